"""The reference with one unlucky answer, of a kind that every implementation may give: no clause fails but those about that answer."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from tck.adapter import ErrorKind, OmsError, Status
from tck.conformance import Conform, judges_of, perform, suite_checks
from tck.connection import Connection
from tck.history import Calibration
from tck.selftest.unlucky import MAY_FAIL, NOTHING_TO_SEE
from tck.targets import FIXTURES, target
from tck.verdicts import Verdict

WAITS = Calibration(round_trip=0.002, quiet=0.05, patience=1.0, overdue=5.0)
STALL = 0.2
"""Seconds."""
AT_ONCE = 40
CHAPTERS = (
    "2_3_4_qos",
    "2_message_model",
    "acknowledgement",
    "authority",
    "batch_listener",
    "consumer_pull",
    "consumer_push",
    "domain",
    "extension_header",
    "later_pulling",
    "later_pushing",
    "lifecycle",
    "namespaces",
    "partitions",
    "producer",
    "readings_consumer",
    "readings_push",
    "request_reply",
    "resource_manager",
    "routing",
    "scheduling",
    "suspension",
    "transactions",
)
"""Of the suite the checks of what arrives and what does not; properties, which run many programs, are left out."""


def timed_out() -> OmsError:
    """Return the error of a call whose answer did not come in time."""
    return OmsError(ErrorKind.TIMEOUT, Status.REQUEST_TIMEOUT, "injected: no answer in time")


def away() -> OmsError:
    """Return the error of a call that came while the server was away."""
    return OmsError(ErrorKind.OTHER, Status.SERVICE_UNAVAILABLE, "injected: away for a moment")


Method = Callable[..., Any]


def first_fails(method: Method, error: Callable[[], OmsError], *, done: bool = False) -> Method:
    """Return the method of which the first call on each object fails, though what was asked is `done`."""

    def unlucky(self: Any, *arguments: Any) -> Any:
        hit = next(self.__dict__.setdefault(f"calls of {method.__name__}", count())) == 0
        if hit and not done:
            raise error()
        result = method(self, *arguments)
        if hit:
            raise error()
        return result

    return unlucky


def only_the_first_binds(method: Method) -> Method:
    """Return the binding that fails for every consumer of a queue but the first."""

    def unlucky(self: Any, queue: str, *arguments: Any) -> Any:
        first = self.broker.__dict__.setdefault("first consumers", {}).setdefault(queue, self)
        if first is not self:
            raise away()
        return method(self, queue, *arguments)

    return unlucky


def second_stalls(method: Method) -> Method:
    """Return the method of which the second call on each object stands still for a while before it is done."""

    def unlucky(self: Any, *arguments: Any) -> Any:
        if next(self.__dict__.setdefault(f"calls of {method.__name__}", count())) == 1:
            time.sleep(STALL)
        return method(self, *arguments)

    return unlucky


def always_away(_: Method) -> Method:
    """Return the method that always fails."""

    def unlucky(*_: Any) -> Any:
        raise away()

    return unlucky


def never(_: Method) -> Method:
    """Return the turn of a listener in which it is never called."""
    return lambda *_: False


UNLUCKY: Mapping[str, tuple[str, tuple[str, ...], Callable[[Method], Method]]] = {
    "a binding fails": ("consumer:Consumer", ("_bind",), only_the_first_binds),
    "an ack is lost": ("consumer:Consumer", ("ack",), lambda m: first_fails(m, timed_out)),
    "the answer to an ack is lost": ("consumer:Consumer", ("ack",), lambda m: first_fails(m, timed_out, done=True)),
    "a send is lost": ("producer:Producer", ("put",), lambda m: first_fails(m, timed_out)),
    "the answer to a send is lost": ("producer:Producer", ("put",), lambda m: first_fails(m, timed_out, done=True)),
    "a send stalls": ("producer:Producer", ("put",), second_stalls),
    "a receive fails": ("consumer:Consumer", ("_next",), lambda m: first_fails(m, away)),
    "every receive fails": ("consumer:Consumer", ("_next",), always_away),
    "no listener is called": ("consumer:Consumer", ("_deliver", "_deliver_batch"), never),
}
"""What is injected: the class of the reference, its methods, and what becomes of them."""


def sample() -> dict[str, Callable[..., None]]:
    """Return the checks that are run."""
    chapters = tuple(f"test_{chapter}::" for chapter in CHAPTERS)
    return {
        name: check
        for name, check in suite_checks().items()
        if name.startswith(chapters) and not hasattr(check, "hypothesis")
    }


def findings(checks: Mapping[str, Callable[..., None]]) -> dict[str, tuple[Verdict, str]]:
    """Run checks on the reference, and return the verdict of each with a clause, and why."""
    memory = target("memory").adapter
    connection = Connection("memory", memory, memory.access_point)

    def run(name: str) -> Mapping[str, Any]:
        return perform(checks[name], Conform(connection, WAITS, name, judges_of(checks[name]))).evidence

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = zip(checks, pool.map(run, checks), strict=True)
        return {f"{name} {clause}": (one.verdict, one.actual) for name, given in found for clause, one in given.items()}


def failing(found: Mapping[str, tuple[Verdict, str]], allowed: frozenset[str]) -> dict[str, str]:
    """Return the failures that are not allowed, each a check with a clause, and why."""
    wrong = {key: why for key, (verdict, why) in found.items() if verdict is Verdict.FAIL}
    return {key: why for key, why in wrong.items() if key.split()[1] not in allowed}


@pytest.mark.parametrize("name", UNLUCKY)
def test_one_unlucky_answer_fails_no_other_clause(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, methods, change = UNLUCKY[name]
    target("memory")  # makes the fixtures importable
    module, _, owner = where.partition(":")
    cls = getattr(importlib.import_module(f"{FIXTURES}.memory.{module}"), owner)
    for method in methods:
        monkeypatch.setattr(cls, method, change(getattr(cls, method)))
    checks = sample()
    found = findings(checks)
    wrong = failing(found, MAY_FAIL[name])
    again = findings({one: checks[one] for one in dict.fromkeys(key.split()[0] for key in wrong)})
    assert not failing(again, MAY_FAIL[name]), "a busy machine does not make the same clause fail twice"
    passed = {key for key, (verdict, _) in found.items() if verdict is Verdict.PASS}
    assert not {key for key in passed if key.split()[1] in NOTHING_TO_SEE.get(name, ())}
