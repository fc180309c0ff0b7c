"""The checkers that tell readings apart by what messages hold, on handwritten histories with known verdicts."""

from __future__ import annotations

import msgspec
import pytest

from tck.checkers.answers import Checker
from tck.checkers.readings_of_messages import in_each, receipt_of_sent
from tck.checkers.routing import routed_from, routed_id
from tck.checkers.security import denied_with
from tck.history import History
from tck.messages import SendResult
from tck.operations import CreateQueue
from tck.selftest.histories import REFUSED, Did, did, got, history, message, nothing, send

full = in_each("p", "with its body", lambda one: bool(one.body))
no_receipt, inert = receipt_of_sent(inert=False), receipt_of_sent(inert=True)
same_id, own_id = routed_id(same=True), routed_id(same=False)


def case(checker: Checker, *lines: Did) -> tuple[Checker, History]:
    """Return a checker and the history that it judges."""
    return checker, history(*lines, queues=("q", "r"))


def told(number: int, receipt: str | None = None) -> Did:
    """Send a message of which the sender then sees a receipt."""
    line = send(number)
    return msgspec.structs.replace(line, result=SendResult(f"id-{number}", message(number, receipt=receipt)))


PASS = {
    "with its body": case(full, send(1), got(1)),
    "no receipt": case(no_receipt, told(1), got(1)),
    "another receipt": case(inert, told(1, receipt="inert"), got(1)),
    "the same id": case(same_id, send(1), got(1, "target")),
    "another id": case(own_id, send(1), got(1, "target", message_id="z")),
    "where it is": case(routed_from("r"), send(1), got(1, "target", destination="r")),
    "the status": case(denied_with("p", 1503), did(CreateQueue("q", on="ap"), "p", error=REFUSED)),
}
FAIL = {
    "without its body": case(full, send(1), got(1, body=b"")),
    "it never came": case(full, send(1), nothing()),
    "it was refused": case(full, send(1, error=REFUSED)),
    "its receipt": case(inert, told(1, receipt="r1"), got(1)),
    "a receipt": case(no_receipt, told(1, receipt="inert"), got(1)),
    "no id": case(own_id, send(1), got(1, "target", message_id=None)),
    "elsewhere": case(routed_from("r"), send(1), got(1, "target")),
    "another status": case(denied_with("p", 1401), did(CreateQueue("q", on="ap"), "p", error=REFUSED)),
}
UNKNOWN = {
    "nothing was sent": case(full, nothing()),
    "nothing routed": case(same_id, send(1), got(1)),
    "nothing denied": case(denied_with("p", 1401), send(1)),
    "no message of its own": case(inert, send(1, gives=None), nothing()),
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
