"""The checkers that tell readings apart, on handwritten histories with known verdicts."""

from __future__ import annotations

import pytest

from tck.checkers import readings
from tck.checkers.answers import (
    Checker,
    any_of,
    ops,
    succeeds,
)
from tck.checkers.readings import (
    Place,
    batch_id,
    brings,
    called,
    came,
    completes,
    fails_otherwise,
    has_no_receipt,
    is_text,
    left_behind,
    none_of_it,
    told,
    where,
)
from tck.history import History
from tck.messages import SendResult
from tck.operations import Attributes, Get, GetBindQueue, Open, Receive, Reply, SendBatchAsync, Start
from tck.selftest.histories import REFUSED, Did, ack, bind, did, got, history, message, nothing, pushed, send
from tck.verdicts import Verdict

received = ops(Receive)
given = came("c", b"1", b"2")
started = where(succeeds(ops(Start)), given)
region = told("ap", REGION="{region}:n", ACCOUNT_ID="{account}")
hosts = told("ap", ACCESS_POINTS="{hosts}, i")
written = readings.opens_with("ap", "REGION", "r")
once, again = left_behind(again=False), left_behind(again=True)
name = is_text(ops(GetBindQueue), "q")
HELD = (send(1), send(2), bind(), got(1), got(2), ack("r1"))


def case(checker: Checker, *lines: Did) -> tuple[Checker, History]:
    """Return a checker and the history that it judges."""
    return checker, history(*lines)


def says(**attributes: str) -> tuple[Did, Did]:
    """Open an access point, and be told its attributes."""
    return did(Open("oms:x://h:1/r:n", on="ap")), did(Attributes(on="ap"), result=attributes)


def bound(text: str | None) -> Did:
    """Tell the name of the bound queue."""
    return did(GetBindQueue(), result=text)


def batch(result: str | None) -> tuple[Did, ...]:
    """Send three messages at once, be given the result, and receive them."""
    sends = did(SendBatchAsync(tuple(message(n) for n in (1, 2, 3)), future="f"), "p")
    return sends, did(Get(5.0, on="f"), "p", result and SendResult(result)), got(1), got(2), got(3)


by_listener, silent, over = called("c", Reply.SKIP), has_no_receipt("c"), none_of_it("c", again_to="d")
first_or_last = any_of(batch_id(Place.FIRST), batch_id(Place.LAST))

PASS = {
    "it ends by a timeout that is not its own": case(completes(received), nothing()),
    "one of several": case(brings(received, b"1", b"2"), got(1), got(2)),
    "just this listener": case(by_listener, pushed(1), pushed(1)),
    "no receipt": case(silent, got(1, receipt=None)),
    "nothing again": case(over, send(1), send(2), pushed(1), got(2, "d"), nothing("d")),
    "one of two ways": case(first_or_last, *batch("id-3")),
    "just these bodies": case(given, got(1), got(2), got(1)),
    "the premise holds": case(started, did(Start()), got(1), got(2)),
    "an error that is no timeout": case(fails_otherwise(received), did(Receive(1.0), error=REFUSED)),
    "each ends": case(completes(received), got(1), did(Receive(1.0), error=REFUSED)),
    "the region, and no account": case(region, *says(REGION="r:n")),
    "the hosts, with their ports": case(hosts, *says(ACCESS_POINTS="h:1,i:80")),
    "just as it was written": case(written, *says(REGION="r")),
    "the name": case(name, bound("q")),
    "the acknowledged one is over": case(once, *HELD, got(2, "d"), nothing("d")),
    "the other is acknowledged by d": case(once, *HELD, got(2, "d"), ack("r2", "d"), nothing("d")),
    "both come again": case(again, *HELD, got(2, "d"), got(1, "d"), nothing("d")),
    "the first": case(batch_id(Place.FIRST), *batch("id-1")),
    "the last": case(batch_id(Place.LAST), *batch("id-3")),
    "one of its own": case(batch_id(Place.BATCH), *batch("id")),
    "none": case(batch_id(Place.NONE), *batch(None)),
}
FAIL = {
    "another message": case(brings(received, b"1"), got(2)),
    "both listeners": case(by_listener, pushed(1), pushed(1, reply=Reply.ACK)),
    "a receipt": case(silent, got(1)),
    "it comes again": case(over, send(1), pushed(1), got(1, "d")),
    "neither way": case(first_or_last, *batch("id-2")),
    "one too few": case(given, got(1)),
    "one too many": case(given, got(1), got(2), got(3)),
    "a timeout": case(fails_otherwise(received), nothing()),
    "it never completes": case(completes(received), nothing(at=(10, 60))),
    "another region": case(region, *says(REGION="r")),
    "an @ in a host": case(hosts, *says(ACCESS_POINTS="@h:1,i:80")),
    "it does not open": case(region, did(Open("oms:x://h:1/r:n", on="ap"), error=REFUSED)),
    "another name": case(name, bound("r")),
    "the other is lost": case(once, *HELD, nothing("d")),
    "just one comes again": case(again, *HELD, got(2, "d"), nothing("d")),
    "the middle": case(batch_id(Place.BATCH), *batch("id-2")),
}
UNKNOWN = {
    "nothing was delivered": case(silent, send(1)),
    "nothing else came": case(over, send(1), pushed(1), nothing("d")),
    "no start": case(started, got(1)),
    "no receive": case(completes(received), send(1)),
    "nothing held": case(once, send(1), bind()),
    "no batch": case(batch_id(Place.NONE), send(1)),
    "never asked": case(name, send(1)),
}


@pytest.mark.parametrize(
    ("verdict", "checker", "judged"),
    [
        pytest.param(verdict, *judged, id=f"{verdict}: {what}")
        for verdict, cases in (("PASS", PASS), ("FAIL", FAIL), ("UNKNOWN", UNKNOWN))
        for what, judged in cases.items()
    ],
)
def test_a_known_history(verdict: str, checker: Checker, judged: History) -> None:
    """Each history has the verdict that it is known to have."""
    assert checker(judged).verdict == verdict


def test_a_premise_that_does_not_hold() -> None:
    """The clause says nothing then, and the finding says why."""
    finding = started(history(did(Start(), error=REFUSED)))
    assert finding.verdict is Verdict.NOT_APPLICABLE
    assert "1503" in finding.actual
