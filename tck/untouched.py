"""Which checks a variant of an implementation cannot fare otherwise in: they call nothing that it has changed.

A variant is a subclass, whose parts (the class attributes that are classes) are subclasses of those of the original. What
it does otherwise is in the functions that it replaces; where it differs in anything else, no check is left out for it.
Programs share the implementation: that one spoils it for another which calls nothing changed is not seen this way.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from inspect import getattr_static
from types import CodeType, FrameType, FunctionType
from typing import Any

from tck.conformance import Conform
from tck.history import Origin

Function = tuple[str, int, str]
"""A function by its file, its first line and its name: the same in every process. Or what is claimed, and which part of it."""

_SAYS_NOTHING = {"__module__", "__qualname__", "__doc__", "__annotations__", "__dict__", "__weakref__"}
_SAYS_NOTHING |= {"__orig_bases__", "__parameters__", "__slots__", "breaks"}


_ASKS = {
    Conform.claims.__code__: "profiles",
    Conform.supports.__code__: "capabilities",
    Origin.offers.__code__: "capabilities",
}
"""By nothing else do a check, or its checkers, know what is claimed: they ask for one part of it."""


class _UnseenError(Exception):
    """A variant differs in more than functions."""


def replaced(variant: type, original: type) -> frozenset[Function] | None:
    """Return the original's functions in whose place a variant or one of its parts has others; None where that is not all."""
    try:
        return frozenset(_replaced(variant, original))
    except _UnseenError:
        return None


def _replaced(variant: type, original: type) -> set[Function]:
    if type(variant) is not type(original) or not issubclass(variant, original):
        raise _UnseenError
    found = set()
    for kind in set(variant.__mro__) - set(original.__mro__):
        for name, value in vars(kind).items():
            if name not in _SAYS_NOTHING:
                found |= _instead_of(getattr_static(original, name, None), name, value)
    return found


def _instead_of(known: Any, name: str, value: Any) -> set[Function]:
    """Return the functions for which an attribute of a variant stands; `known` is what the original has by its name."""
    code = _code(known)
    if isinstance(known, type) and isinstance(value, type):
        return _replaced(value, known)
    if code and _code(value):
        return {_function(code)}
    if name in _ASKS.values():
        return {_claim(name, part) for part in _differing(known, value)}
    if isinstance(known, tuple) and value == known:
        return set()
    if known is None and not name.startswith("__") and (_code(value) or not hasattr(value, "__get__")):
        return set()  # by a name of its own: only what was replaced knows it
    raise _UnseenError


def _differing(known: Any, value: Any) -> set[str]:
    """Return the profiles, or the optional parts, that a variant claims otherwise."""
    if isinstance(known, tuple) and isinstance(value, tuple):
        return set(map(str, known)) ^ set(map(str, value))
    if isinstance(known, Mapping) and isinstance(value, Mapping):
        return {str(part) for part in {*known, *value} if known.get(part) != value.get(part)}
    raise _UnseenError


def _claim(name: str, part: str) -> Function:
    return f"what it claims of its {name}", 0, part


def _code(value: Any) -> CodeType | None:
    plain = getattr(value, "__func__", value)  # of a static method or a class method
    return plain.__code__ if isinstance(plain, FunctionType) else None


def _function(code: CodeType) -> Function:
    return code.co_filename, code.co_firstlineno, code.co_name


class Calls:
    """Sees which functions are called, one thing being done after the other: by this thread, the only one, and by all that it begins."""

    def __init__(self) -> None:
        assert threading.active_count() == 1, "what another thread calls could not be seen"
        self._seen: set[CodeType] = set()
        self._asked: set[Function] = set()
        threading.setprofile(self._called)
        sys.setprofile(self._called)

    def _called(self, frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            code = frame.f_code
            self._seen.add(code)
            if code in _ASKS:
                self._asked.add(_claim(_ASKS[code], str(frame.f_locals[code.co_varnames[1]])))

    def during(self, do: Callable[[], object]) -> set[Function]:
        """Do something, and return the functions that were called meanwhile, and for which claims somebody asked."""
        self._seen, self._asked = set(), set()
        do()
        return {_function(code) for code in self._seen.copy()} | self._asked.copy()
