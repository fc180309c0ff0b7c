"""The checkers of single answers and of access points, on handwritten histories with known verdicts."""

from __future__ import annotations

import pytest

from tck.checkers import access, answers
from tck.checkers.answers import Checker, all_of, ops
from tck.history import History
from tck.operations import Attributes, Error, ErrorKind, Get, IsSuspended, Open, Receive, SendOneway, Start, Version
from tck.selftest.histories import REFUSED, TIMEOUT, Did, did, history, nothing, oneway
from tck.selftest.judging import verdicts
from tck.verdicts import Finding, Verdict, failed, passed, unknown, worst

URI = "oms:x://me:***@h:1,i:2/r:n"
GIVEN = {"ACCESS_POINTS": "h:1,i:2", "REGION": "r", "ACCOUNT_ID": "me"}
NO_TEXT = Error(ErrorKind.FORMAT, 1400, "  ")
NO_CODE = Error(ErrorKind.FORMAT, None, "bad")
FLUSH = Error(ErrorKind.OTHER, 1504, "stored, and not flushed in time")

succeeds = answers.succeeds(ops(Start))
fails = answers.fails(ops(Start))
fails_format = answers.fails(ops(Start), ErrorKind.FORMAT)
has_1503 = answers.has_status(ops(Start), 1503)
has_status = answers.has_status(ops(Start))
lacks_1503 = answers.lacks_status(ops(Start), 1503)
has_text = answers.has_text(ops(Start))
is_false = answers.gives(ops(IsSuspended), expected=False)
lasts = answers.lasts(ops(Receive))
version = answers.gives_what(ops(Version), "X.Y.Z", access.well_formed)
compatible = answers.gives_what(ops(Version), "1.0", access.compatible)
constant = answers.constant(ops(Version))
standard = answers.constant(ops(Attributes), access.standard_attributes)
in_time = answers.ends_within(ops(Receive))
at_once = answers.ends_within(ops(Receive), 0.0)
same_kind = answers.same_error(ops(Start))
same_code = answers.same_error(ops(Start), code=True)
either = answers.any_of(succeeds, has_1503)
got_well = answers.succeeds(ops(Get))
brought = answers.succeeds(ops(Receive))
told_nothing = answers.succeeds(ops(SendOneway))


def case(checker: Checker, *lines: Did) -> tuple[Checker, History]:
    """Return a checker and the history that it judges."""
    return checker, history(*lines)


def start(error: Error | None = None, **line: bool) -> Did:
    """Start an endpoint."""
    return did(Start(), error=error, **line)


def says(text: str) -> Did:
    """Tell a version."""
    return did(Version(), result=text)


def attributes(**changed: str | None) -> tuple[Did, Did]:
    """Open an access point, and be told its attributes: those of its URI, some of them changed or left out."""
    given = {key: value for key, value in {**GIVEN, **changed}.items() if value is not None}
    return did(Open(URI, on="ap")), did(Attributes(on="ap"), result=given)


PASS = {
    "it succeeded": case(succeeds, start(), start()),
    "it failed": case(fails, start(REFUSED)),
    "it failed as it must": case(fails_format, start(NO_CODE)),
    "the status": case(has_1503, start(REFUSED)),
    "a status": case(has_status, start(REFUSED)),
    "another status": case(lacks_1503, start(NO_TEXT), start()),
    "a text": case(has_text, start(REFUSED)),
    "false": case(is_false, did(IsSuspended(), result=False)),
    "as long as its timeout": case(lasts, nothing(at=(1, 51))),
    "a tick short of its timeout": case(lasts, nothing(at=(1, 45))),
    "however the wall clock jumps": case(lasts, nothing(at=(1, 60), wall=(10_000, 0))),
    "a version": case(version, says("1.0.0-alpha"), says("10.2.3")),
    "a compatible one": case(compatible, says("1.0.9")),
    "the hosts": case(access.hosts_attribute, *attributes()),
    "the hosts with a space": case(access.hosts_attribute, *attributes(ACCESS_POINTS="h:1, i:2")),
    "the region": case(access.region_attribute, *attributes()),
    "the region with its namespace": case(access.region_attribute, *attributes(REGION="r:n")),
    "the account": case(access.account_attribute, *attributes()),
    "the same each time": case(constant, says("1.0.0"), says("1.0.0")),
    "the same standard attributes": case(standard, *attributes(), *attributes(other="more")),
    "in time": case(in_time, nothing(at=(1, 51))),
    "a little late": case(in_time, nothing(at=(1, 500))),
    "late only once": case(in_time, nothing(at=(1, 900)), nothing(at=(901, 960))),
    "at once": case(at_once, did(Receive(5.0), at=(1, 2))),
    "the same error": case(same_kind, start(REFUSED), start(Error(ErrorKind.OTHER, 1500, "no"))),
    "the same status": case(same_code, start(REFUSED), start(REFUSED)),
    "the one": case(either, start()),
    "the other": case(either, start(REFUSED)),
}

FAIL = {
    "an error": (case(succeeds, start(), start(REFUSED)), "start failed with OTHER 1503: no"),
    "no error": (case(fails, start()), "start succeeded"),
    "another kind": (case(fails_format, start(REFUSED)), "OTHER 1503"),
    "the wrong status": (case(has_1503, start(NO_TEXT)), "FORMAT 1400"),
    "no status": (case(has_status, start(NO_CODE)), "(no code)"),
    "success has no status": (case(has_1503, start()), "start succeeded"),
    "the status it must not have": (case(lacks_1503, start(REFUSED)), "OTHER 1503"),
    "no text": (case(has_text, start(NO_TEXT)), "has no text"),
    "true": (case(is_false, did(IsSuspended(), result=True)), "returned True"),
    "it could not say": (case(is_false, did(IsSuspended(), error=REFUSED)), "OTHER 1503"),
    "too early": (case(lasts, nothing(at=(1, 10))), "with a timeout of 0.050 s ended after 0.009 s"),
    "no timeout": (case(lasts, did(Receive(0.05), error=REFUSED)), "not with TIMEOUT"),
    "null too early": (case(lasts, did(Receive(0.05))), "with a timeout of 0.050 s ended after 0.001 s"),
    "no version": (case(version, says("one")), "returned 'one'"),
    "an empty version": (case(version, says("")), "returned ''"),
    "a trailing line": (case(version, says("1.0.0\n")), "returned '1.0.0\\n'"),
    "an incompatible one": (case(compatible, says("2.0.0")), "returned '2.0.0'"),
    "other hosts": (case(access.hosts_attribute, *attributes(ACCESS_POINTS="h:1")), "attributes returned"),
    "rubbish for hosts": (case(access.hosts_attribute, *attributes(ACCESS_POINTS="@/:")), "attributes returned"),
    "no hosts": (case(access.hosts_attribute, *attributes(ACCESS_POINTS=None)), "attributes returned"),
    "another region": (case(access.region_attribute, *attributes(REGION="n")), "attributes returned"),
    "another account": (case(access.account_attribute, *attributes(ACCOUNT_ID="you")), "attributes returned"),
    "no account": (case(access.account_attribute, *attributes(ACCOUNT_ID=None)), "attributes returned"),
    "another the second time": (case(constant, says("1.0.0"), says("1.0.1")), "returned '1.0.1'"),
    "another region the second time": (case(standard, *attributes(), *attributes(REGION="n")), "attributes returned"),
    "late, though the machine had time": (case(in_time, nothing(at=(1, 900), stalled=0.1)), "took 0.899 s"),
    "long after its timeout": (case(in_time, nothing(at=(1, 602))), "took 0.601 s, 0.050 s were asked for"),
    "not at once": (case(at_once, did(Receive(5.0), at=(1, 2_600))), "0.000 s were asked for"),
    "another error": (case(same_kind, start(REFUSED), start(NO_CODE)), "FORMAT"),
    "no error the second time": (case(same_kind, start(REFUSED), start()), "start succeeded"),
    "another status the second time": (
        case(same_code, start(REFUSED), start(Error(ErrorKind.OTHER, 1500, "no"))), "1500",
    ),
    "neither": (case(either, start(NO_TEXT)), "FORMAT 1400"),
    "a future that is not done": (case(got_well, did(Get(0.05), error=TIMEOUT, at=(1, 60))), "get failed with TIMEOUT"),
    "a pull that brought nothing": (case(brought, nothing()), "receive failed with TIMEOUT"),
    "a pull that had some time": (case(brought, nothing(at=(1, 61), stalled=0.04)), "receive failed with TIMEOUT"),
    "one that had time among some that had none": (case(brought, nothing(at=(1, 61), stalled=0.05), nothing()), "receive failed with TIMEOUT"),
    "oneway that waited": (case(told_nothing, oneway(1, error=TIMEOUT)), "send_oneway failed with TIMEOUT"),
    "one failed, one is not known": (case(succeeds, start(REFUSED), start(TIMEOUT)), "OTHER 1503"),
}  # fmt: skip

UNKNOWN = {
    "never reached": case(succeeds, nothing()),
    "perhaps done": case(succeeds, start(), start(TIMEOUT)),
    "perhaps stored": case(succeeds, start(FLUSH)),
    "perhaps refused otherwise": case(fails_format, start(TIMEOUT)),
    "perhaps of another status": case(has_1503, start(TIMEOUT)),
    "perhaps false": case(is_false, did(IsSuspended(), error=TIMEOUT)),
    "perhaps the same error": case(same_kind, start(REFUSED), start(TIMEOUT)),
    "a future that ended by the server's timeout": case(got_well, did(Get(0.05), error=TIMEOUT, at=(1, 2))),
    "never ended": case(succeeds, start(), start(unknown=True)),
    "never ended, so it did not fail": case(fails, start(unknown=True)),
    "never ended, so it has no status": case(has_status, start(unknown=True)),
    "never answered": case(is_false, did(IsSuspended(), unknown=True)),
    "late, as the machine had no time": case(in_time, nothing(at=(1, 900), stalled=0.5)),
    "a pull that had no time": case(brought, nothing(at=(1, 61), stalled=0.05)),
    "never received": case(lasts, start()),
    "never asked": case(access.region_attribute, did(Open(URI, on="ap"))),
    "asked once": case(constant, says("1.0.0")),
    "never failed nor ended": case(same_kind, start(unknown=True)),
    "one could not be told": case(either, start(unknown=True)),
}

ALL = (
    succeeds, fails, fails_format, has_1503, has_status, lacks_1503, has_text, is_false, lasts, version, compatible,
    access.hosts_attribute, access.region_attribute, access.account_attribute, constant, standard, in_time, at_once,
    same_kind, same_code, either,
)  # fmt: skip


TestVerdicts = verdicts(PASS, FAIL, UNKNOWN, ALL)


def test_one_that_failed_is_a_failure_though_another_never_ended() -> None:
    assert succeeds(history(start(REFUSED), start(unknown=True))).verdict == "FAIL"


def test_operations_are_selected_by_kind_client_handle_and_place() -> None:
    seen = history(did(Start(), "a"), did(Start(), "b"), did(Start(on="a"), "c"), did(IsSuspended(), "a"))
    assert [entry.index for entry in ops(Start)(seen)] == [1, 2, 3]
    assert [entry.index for entry in ops(Start, IsSuspended, client="a")(seen)] == [1, 4]
    assert [entry.index for entry in ops(Start, on="a")(seen)] == [1, 3]
    assert [entry.index for entry in ops(Start, at=1)(seen)] == [2]
    assert [entry.index for entry in ops(Start, at=-1)(seen)] == [3]
    assert ops(Start, at=9)(seen) == []


ONE, TWO, THREE = passed("one", [1]), failed("two", "no", [2]), unknown("three")


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ((ONE, ONE), Verdict.PASS),
        ((ONE, TWO, THREE), Verdict.FAIL),
        ((THREE, TWO), Verdict.FAIL),
        ((ONE, THREE), Verdict.UNKNOWN),
    ],
)
def test_of_several_findings_the_worst_counts(findings: tuple[Finding, ...], expected: Verdict) -> None:
    assert all_of(*(lambda _, one=one: one for one in findings))(history()).verdict is expected


def test_several_passes_tell_what_each_saw() -> None:
    assert all_of(lambda _: ONE, lambda _: passed("more", [3]))(history()) == passed("one; more", [1, 3])


def test_silence_is_no_evidence() -> None:
    assert worst([]) is Verdict.UNKNOWN
    assert worst([Verdict.PASS, Verdict.UNKNOWN]) is Verdict.UNKNOWN
    assert worst([Verdict.UNKNOWN, Verdict.FAIL]) is Verdict.FAIL
    assert TIMEOUT.kind is ErrorKind.TIMEOUT
