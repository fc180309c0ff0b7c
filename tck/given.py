"""What an adapter gives, as the kit's own copy: nothing of it is trusted, not even its text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

import msgspec


def raised(error: BaseException) -> str:
    """Return what an adapter did wrong by raising this."""
    return f"the adapter raised {type(error).__name__}: {_text(error)}"[:2000]


def _text(value: object, say: Callable[[Any], str] = str) -> str:
    """Return what an adapter's object says of itself, fit to be stored; it may fail even at that."""
    try:
        return say(value)[:4000].encode("utf-8", "backslashreplace").decode()
    except BaseException as error:  # noqa: BLE001 - it is the adapter's code that runs here
        return f"(its text cannot be had: {type(error).__name__})"


def typed(value: Any, expected: Any) -> tuple[Any, str]:
    """Return the kit's own copy of what an adapter gave, or what is wrong with its type."""
    if value is None is expected:
        return None, ""
    with suppress(BaseException):  # what the shorter way does not take, the longer one does, or says why not
        return _decoder(expected).decode(_encode(value)), ""
    try:
        plain = msgspec.to_builtins(value, builtin_types=_BYTES, enc_hook=_plain)
        copy = msgspec.convert(plain, expected, builtin_types=_BYTES)
        msgspec.json.encode(copy)  # a text may hold what cannot be stored
    except BaseException as error:  # noqa: BLE001 - encoding runs the code of whatever the adapter gave
        text = _text(value, repr)
        return None, f"{text[:200]}{'…' if len(text) > 200 else ''}, which the contract does not name: {_text(error)}"
    return copy, ""


@cache
def _decoder(expected: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(expected)


_encode = msgspec.msgpack.Encoder().encode
_BYTES = (bytes, bytearray, memoryview)


def _plain(value: Any) -> Any:
    """Return a mapping or a sequence of the adapter's own making as a plain one: the contract asks for no more."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"a {type(value).__name__} is no value")
