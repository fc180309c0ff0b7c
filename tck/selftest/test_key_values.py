"""The checkers of KeyValues, on histories that were written by hand, and what the strategy of their programs promises."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tck.checkers.answers import Checker, follows
from tck.checkers.key_changes import Case, case, kind_of
from tck.checkers.key_values import (
    apart,
    as_put,
    as_text,
    at_once,
    chained,
    contains,
    empty,
    exact,
    gives,
    gives_nothing,
    live,
    taken,
)
from tck.conformance import judge
from tck.connection import Connection
from tck.history import History
from tck.messages import Binary, Boolean, Double, Integer, Long, Short, String, Typed
from tck.operations import ContainsKey, GetValue, Keys, KeySet, NewKeyValue, Put, Remove, ValueKind
from tck.programs import Program, client
from tck.runner import run
from tck.selftest.histories import CALIBRATION, REFUSED, Did, did, history
from tck.strategies import key_values
from tck.targets import target
from tck.verdicts import Verdict

SHORT, INT, LONG, TEXT = ValueKind.SHORT, ValueKind.INT, ValueKind.LONG, ValueKind.STRING
new_int, again_int, no_int = gives(INT, Case.INSERTED), gives(INT, Case.REPLACED), gives(INT, Case.NEW, Case.MISSING)
instead, in_spite = gives(LONG, Case.MISSING, default=True), gives_nothing(LONG)
there = gives(LONG, Case.INSERTED, default=True)
either = follows({"default": instead, "zero": in_spite})
text = follows(as_text(7))
NEW = did(NewKeyValue(), "kv")
OTHER = did(NewKeyValue(on="other"), "kv")
ALL = (new_int, taken(INT), in_spite, contains, empty, exact, live, at_once, as_put, apart, chained, text)


def put(key: str, value: Typed | int, who: str = "kv", on: str = "kv", **line: object) -> Did:
    """Put a value, an int where it is a plain number."""
    typed = Integer(value) if isinstance(value, int) else value
    return did(Put(key, typed, f"{who}.chained", on=on), who, **line)


def get(key: str, gives_: Typed | int | None, kind: ValueKind = INT, on: str = "kv", **line: object) -> Did:
    """Read a key, an int where nothing else is said."""
    result = Integer(gives_) if isinstance(gives_, int) else gives_
    default = line.pop("default", None)
    return did(GetValue(key, kind, default, on=on), str(line.pop("who", "kv")), result, **line)


def has(key: str, *, gives_: bool, on: str = "kv") -> Did:
    """Ask for a key."""
    return did(ContainsKey(key, on=on), "kv", gives_)


def obtain(name: str = "kv.keys", on: str = "kv", **line: object) -> Did:
    """Obtain a set of keys."""
    return did(KeySet(name, on=on), "kv", **line)


def keys(*given: str, on: str = "kv.keys", **line: object) -> Did:
    """Go through a set of keys."""
    return did(Keys(on=on), "kv", given, **line)


def remove(key: str, on: str = "kv.keys", **line: object) -> Did:
    """Remove a key from a set."""
    return did(Remove(key, on=on), "kv", **line)


REMOVED = (NEW, put("a", 1), obtain(), remove("a"))
AT_ONCE = (NEW, put("a", 1, "s", at=(10, 20)), put("a", 2, "t", at=(15, 25)))
CHAIN = (NEW, put("a", 1), put("b", 2, on="kv.chained"), put("a", String("x"), on="kv.chained"))

JUDGED: dict[str, tuple[Checker, tuple[Did, ...], str]] = {
    "put and read": (new_int, (NEW, put("a", 1), get("a", 1)), "PASS"),
    "another value": (new_int, (NEW, put("a", 1), get("a", 2)), "FAIL"),
    "the value as another type": (new_int, (NEW, put("a", 1), get("a", Long(1))), "FAIL"),
    "nothing": (new_int, (NEW, put("a", 1), get("a", None)), "FAIL"),
    "the read failed": (new_int, (NEW, put("a", 1), get("a", None, error=REFUSED)), "FAIL"),
    "the read never ended": (new_int, (NEW, put("a", 1), get("a", 1), get("a", None, unknown=True)), "UNKNOWN"),
    "the put failed, which says nothing of what is there": (
        new_int, (NEW, put("a", 1, error=REFUSED), get("a", 0)), "UNKNOWN"),
    "a put that failed": (taken(INT), (NEW, put("a", 1, error=REFUSED)), "FAIL"),
    "put again": (again_int, (NEW, put("a", 1), put("a", 2), get("a", 2)), "PASS"),
    "the first stays": (again_int, (NEW, put("a", 1), put("a", 2), get("a", 1)), "FAIL"),
    "an int in the place of a text": (again_int, (NEW, put("a", String("x")), put("a", 2), get("a", 2)), "PASS"),
    "not put again": (again_int, (NEW, put("a", 1), get("a", 1)), "UNKNOWN"),
    "put after a removal is no second put": (again_int, (*REMOVED, put("a", 2), get("a", 2)), "UNKNOWN"),
    "put after a removal is a first one": (new_int, (*REMOVED, put("a", 2), get("a", 2)), "PASS"),
    "a text read as an int": (new_int, (NEW, put("a", String("1")), get("a", 1)), "UNKNOWN"),
    "missing": (no_int, (NEW, put("a", 1), get("b", 0)), "PASS"),
    "missing in a new one": (no_int, (NEW, get("b", 0)), "PASS"),
    "missing as null": (no_int, (NEW, get("b", None)), "FAIL"),
    "missing text": (gives(TEXT, Case.NEW), (NEW, get("b", None, TEXT)), "PASS"),
    "missing text as an empty one": (gives(TEXT, Case.NEW), (NEW, get("b", String(""), TEXT)), "FAIL"),
    "of an object that nobody made": (no_int, (get("b", 5),), "UNKNOWN"),
    "the default": (instead, (NEW, put("a", 1), get("b", Long(9), LONG, default=Long(9))), "PASS"),
    "not the default": (instead, (NEW, put("a", 1), get("b", Long(0), LONG, default=Long(9))), "FAIL"),
    "zero in spite of it": (in_spite, (NEW, put("a", 1), get("b", Long(0), LONG, default=Long(9))), "PASS"),
    "not zero": (in_spite, (NEW, put("a", 1), get("b", Long(9), LONG, default=Long(9))), "FAIL"),
    "a default of zero tells nothing": (in_spite, (NEW, get("b", Long(0), LONG, default=Long(0))), "UNKNOWN"),
    "neither": (either, (NEW, put("a", 1), get("b", Long(5), LONG, default=Long(9))), "FAIL"),
    "an error for a default": (either, (NEW, put("a", 1), get("b", None, LONG, default=Long(9), error=REFUSED)), "FAIL"),
    "the value though there is a default": (there, (NEW, put("a", Long(0)), get("a", Long(0), LONG, default=Long(9))), "PASS"),
    "the default though there is a value": (there, (NEW, put("a", Long(0)), get("a", Long(9), LONG, default=Long(9))), "FAIL"),
    "contained": (contains, (NEW, put("a", 0), has("a", gives_=True), has("b", gives_=False)), "PASS"),
    "not contained": (contains, (NEW, put("a", 0), has("a", gives_=False)), "FAIL"),
    "contained though never put": (contains, (NEW, put("a", 0), has("b", gives_=True)), "FAIL"),
    "contained after a removal is another matter": (contains, (*REMOVED, has("a", gives_=True)), "UNKNOWN"),
    "empty": (empty, (NEW, obtain(), keys(), has("a", gives_=False)), "PASS"),
    "not empty": (empty, (NEW, obtain(), keys("version")), "FAIL"),
    "empty after a put is another matter": (empty, (NEW, put("a", 1), obtain(), keys("a")), "UNKNOWN"),
    "the keys in any order": (exact, (NEW, put("a", 1), put("b", 1), obtain(), keys("b", "a")), "PASS"),
    "a key is lacking": (exact, (NEW, put("a", 1), put("b", 1), obtain(), keys("b")), "FAIL"),
    "a key too many": (exact, (NEW, put("a", 1), obtain(), keys("b", "a")), "FAIL"),
    "a key twice": (exact, (NEW, put("a", 1), put("a", 2), obtain(), keys("a", "a")), "FAIL"),
    "gone": (live, (*REMOVED, has("a", gives_=False), get("a", 0), put("b", 2), keys("b")), "PASS"),
    "gone from the set only": (live, (*REMOVED, has("a", gives_=True), keys()), "FAIL"),
    "still read": (live, (*REMOVED, get("a", 1), keys()), "FAIL"),
    "still in the set": (live, (*REMOVED, get("a", 0), keys("a")), "FAIL"),
    "the removal failed": (live, (NEW, put("a", 1), obtain(), remove("a", error=REFUSED), get("a", 1), keys("a")), "UNKNOWN"),
    "a later put is not in the set": (live, (*REMOVED, get("a", 0), put("b", 2), keys()), "FAIL"),
    "nothing since the set was obtained": (live, (NEW, put("a", 1), obtain(), keys("a")), "UNKNOWN"),
    "only one direction": (live, (*REMOVED, get("a", 0)), "UNKNOWN"),
    "removed through another set": (live, (*REMOVED, obtain("new"), has("a", gives_=False), keys(on="new")), "PASS"),
    "one of two that were put at once": (at_once, (*AT_ONCE, get("a", 1, at=(30, 31))), "PASS"),
    "the other of them": (at_once, (*AT_ONCE, get("a", 2, at=(30, 31))), "PASS"),
    "neither of them": (at_once, (*AT_ONCE, get("a", 0, at=(30, 31))), "FAIL"),
    "what was put over long ago": (at_once, (*AT_ONCE, put("a", 3, "s", at=(30, 31)), get("a", 1, at=(40, 41))), "FAIL"),
    "what is put meanwhile, or not yet": (at_once, (NEW, get("a", 0, who="t", at=(9, 15)), put("a", 1, at=(10, 20))), "PASS"),
    "what was put before it was read": (at_once, (NEW, put("a", 1, at=(10, 20)), put("b", 1, "t"), get("a", 0, at=(21, 22))), "FAIL"),
    "a put that never ended": (at_once, (*AT_ONCE, put("a", 3, "u", at=(26, 27), unknown=True), get("a", 3, at=(50, 51))), "PASS"),
    "all keys that were put at once": (at_once, (*AT_ONCE, put("b", 1, "s", at=(30, 31)), obtain(at=(40, 41)), keys("a", "b", at=(50, 51))), "PASS"),
    "a key that was lost": (at_once, (*AT_ONCE, put("b", 1, "s", at=(30, 31)), obtain(at=(40, 41)), keys("a", at=(50, 51))), "FAIL"),
    "one thread alone": (at_once, (NEW, put("a", 1), get("a", 1)), "UNKNOWN"),
    "all as it was put": (as_put, (NEW, put("a", 1), get("a", 1), has("b", gives_=False), obtain(), keys("a")), "PASS"),
    "not all": (as_put, (NEW, put("a", 1), get("a", 1), has("b", gives_=True)), "FAIL"),
    "apart": (apart, (NEW, OTHER, put("a", 1), get("a", 0, on="other")), "PASS"),
    "the other's value": (apart, (NEW, OTHER, put("a", 1), get("a", 1, on="other")), "FAIL"),
    "the other's key": (apart, (NEW, OTHER, put("a", 1), has("a", gives_=True, on="other")), "FAIL"),
    "the other's key in the set": (apart, (NEW, OTHER, put("a", 1), obtain("o", "other"), keys("a", on="o")), "FAIL"),
    "removed from the other": (
        apart, (*REMOVED, OTHER, put("a", 2, on="other"), obtain("o", "other"), remove("a", "o"), put("a", 3), get("a", 0)), "FAIL"),
    "wrong, but not the other's": (apart, (NEW, OTHER, put("a", 1), get("a", 7, on="other")), "PASS"),
    "only one of them": (apart, (NEW, put("a", 1), get("a", 1)), "UNKNOWN"),
    "chained": (chained, (*CHAIN, get("a", String("x"), TEXT, on="kv.chained"), get("b", 2, on="kv.chained")), "PASS"),
    "chained, with the last alone": (chained, (*CHAIN, get("b", 0, on="kv.chained")), "FAIL"),
    "chained, without the last": (chained, (*CHAIN, get("a", None, TEXT, on="kv.chained")), "FAIL"),
    "chained, without the key": (chained, (*CHAIN, has("b", gives_=False, on="kv.chained")), "FAIL"),
    "chained, and more put into the first": (chained, (*CHAIN, put("b", 3), get("b", 7, on="kv.chained")), "UNKNOWN"),
    "what was chained need not be in the first": (new_int, (*CHAIN, get("b", 0)), "UNKNOWN"),
    "it was not chained": (chained, (NEW, put("a", 1), get("a", 1)), "UNKNOWN"),
    "converted": (text, (NEW, put("a", 7), get("a", String("7"), TEXT)), "PASS"),
    "not found": (text, (NEW, put("a", 7), get("a", None, TEXT)), "PASS"),
    "refused": (text, (NEW, put("a", 7), get("a", None, TEXT, error=REFUSED)), "PASS"),
    "converted wrongly": (text, (NEW, put("a", 7), get("a", String("7.0"), TEXT)), "FAIL"),
    "no int was read": (text, (NEW, put("a", String("7")), get("a", String("7"), TEXT)), "UNKNOWN"),
}  # fmt: skip


@pytest.mark.parametrize("name", JUDGED)
def test_key_values_are_judged(name: str) -> None:
    checker, lines, verdict = JUDGED[name]
    finding = checker(history(*lines))
    assert finding.verdict == verdict, finding
    assert finding.verdict != Verdict.FAIL or finding.operations


@pytest.mark.parametrize("checker", ALL)
def test_an_empty_history_never_passes(checker: Checker) -> None:
    assert checker(history()).verdict == "UNKNOWN"
    assert checker(history(NEW)).verdict == "UNKNOWN"


def test_a_finding_says_what_was_read_and_shows_what_was_put() -> None:
    finding = again_int(history(NEW, put("b", 1), put("a", 1), put("a", 2), get("a", 1)))
    assert finding.actual == "get_value of 'a' as int gave i32 1, not i32 2"
    assert finding.operations == (3, 4, 5)


def test_readings_are_named() -> None:
    read = (NEW, put("a", 7), get("a", None, TEXT))
    assert text(history(*read)).reading == "typed"
    assert either(history(NEW, put("a", 1), get("b", Long(0), LONG, default=Long(9)))).reading == "zero"


def test_reals_are_told_apart_by_their_text() -> None:
    real = gives(ValueKind.DOUBLE, Case.INSERTED)
    nan, zero = Double.of(float("nan")), Double.of(0.0)
    assert real(history(NEW, put("a", nan), get("a", nan, ValueKind.DOUBLE))).verdict == "PASS"
    assert real(history(NEW, put("a", Double.of(-0.0)), get("a", zero, ValueKind.DOUBLE))).verdict == "FAIL"


def test_a_kind_is_known_by_its_value() -> None:
    assert [kind_of(one) for one in (Boolean(value=False), Short(1), String(""))] == [ValueKind.BOOLEAN, SHORT, TEXT]
    assert kind_of(Binary(b"")) is None


def ran(program: Program) -> History:
    """Run a program on the reference."""
    memory = target("memory").adapter
    return run(program, Connection("memory", memory, memory.access_point), CALIBRATION)


def test_the_runner_knows_key_values_by_name() -> None:
    steps = (NewKeyValue(on="k"), Put("a", Integer(1), "then", on="k"), Put("b", Integer(2), on="then"), KeySet(on="k"))
    seen = ran(Program.of(client("c", *steps, Remove("a"), Keys(), GetValue("a", INT, Integer(9), on="k")), queues=()))
    assert seen.problems == []
    assert [entry.result for entry in seen.of(Keys, GetValue)] == [("b",), Integer(9)]


def test_a_key_value_that_nobody_made_is_in_vain() -> None:
    seen = ran(Program.of(client("c", ContainsKey("a", on="nothing")), queues=()))
    assert seen.of(ContainsKey) == ()


@settings(max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(key_values())
def test_every_generated_program_shows_every_case(program: Program) -> None:
    seen = ran(program)
    shown = {case(seen, entry) for entry in seen.of(GetValue, ContainsKey, Keys)}
    assert shown == {Case.NEW, Case.MISSING, Case.INSERTED, Case.REPLACED, Case.REMOVED}
    of_kind = {kind.value: gives(kind, Case.INSERTED) for kind in ValueKind}
    found = judge(seen, {**of_kind, "live": live, "exact": exact, "empty": empty, "contains": contains})
    assert {finding.verdict for finding in found.values()} == {Verdict.PASS}
