"""The checkers of delivery, each on handwritten histories with a known verdict."""

from __future__ import annotations

import pytest

from tck.checkers import delivery
from tck.checkers.answers import Checker, ops
from tck.history import History
from tck.operations import Error, ErrorKind, Reply, Resume, Start, Suspend
from tck.selftest.histories import (
    REFUSED,
    TIMEOUT,
    Did,
    ack,
    batch,
    bind,
    context_ack,
    did,
    get,
    got,
    got_batch,
    history,
    nothing,
    oneway,
    pushed,
    quiet,
    send,
    send_async,
)
from tck.selftest.judging import verdicts

Case = tuple[Checker, History, str]
silence = delivery.not_before(ops(Suspend), ops(Resume), "c", "nothing is given")
NO_RECEIPT = Error(ErrorKind.FORMAT, 1418, "no such receipt")
none_to_c = delivery.nothing_to("c", "nothing comes")
again = delivery.unacknowledged_comes_again("last")
never_twice = delivery.not_returned(lambda _: True)
same_id = delivery.same_when_redelivered("id", "the same id", lambda one: one.message.header.message_id)
by_half = delivery.oneway_arrives(at_least=0.5)
accepted = delivery.all_accepted()


def case(checker: Checker, *lines: Did) -> tuple[Checker, History]:
    """Return a checker and the history that it judges."""
    return checker, history(*lines)


PASS = {
    "all came": case(delivery.nothing_lost(), send(1), send(2), got(2), got(1)),
    "all were accepted": case(accepted, send(1), batch(2, 3)),
    "all were pushed": case(delivery.nothing_lost("c"), send(1), pushed(1)),
    "a refused send owes nothing": case(delivery.nothing_lost(), send(1), send(2, error=REFUSED), got(1)),
    "an unknown send owes nothing": case(delivery.nothing_lost(), send(1), send(2, unknown=True), got(1)),
    "a get that timed out owes nothing": case(
        delivery.nothing_lost(), send(1), send_async(2), get(None, error=TIMEOUT), got(1)
    ),
    "an unknown send that comes once is no phantom": case(
        delivery.only_own_queue, bind(), send(1, unknown=True), got(1)
    ),
    "an unknown send that comes once is no duplicate": case(
        delivery.once(), send(1, unknown=True), got(1), nothing()
    ),
    "a refused send that comes once is no duplicate": case(
        delivery.once(), send(1, error=TIMEOUT), got(1), nothing()
    ),
    "a stripped mark is known by its id": case(
        delivery.nothing_lost(), send(1, body=b"same"), send(2, body=b"same"),
        got(1, mark=False, body=b"same"), got(2, mark=False, body=b"same"),
    ),
    "a stripped mark and id are known by the body": case(
        delivery.nothing_lost(), send(1), got(1, mark=False, message_id=None)
    ),
    "each from its own queue": case(delivery.only_own_queue, bind(), send(1), got(1), pushed(1)),
    "one each": case(delivery.once(), send(1), send(2), got(1), got(2), nothing()),
    "acknowledged and over": case(delivery.acknowledged_is_over, send(1), got(1), ack("r1"), nothing()),
    "acknowledged by a context and over": case(
        delivery.acknowledged_is_over, send(1), pushed(1), context_ack(2), quiet()
    ),
    "a crash between delivery and ack: it comes again": case(
        delivery.acknowledged_is_over, send(1), send(2), got(1), got(2), ack("r2"), got(1, "d", receipt="s1"),
        ack("s1", "d"), nothing("d"),
    ),
    "a redelivery that was under way before the ack": case(
        delivery.acknowledged_is_over, send(1), got(1, at=(2, 3)), got(1, "d", receipt="s", at=(3, 9)),
        ack("r1", at=(4, 8)), nothing(at=(10, 11)),
    ),
    "an ack that was refused ends nothing": case(
        delivery.acknowledged_is_over, send(1), send(2), got(1), ack("r1", error=REFUSED), got(1, receipt="s"),
        got(2), ack("r2"), nothing(),
    ),
    "given up at last": case(again, send(1), got(1), got(1, "d", receipt="d1"), nothing("last")),
    "unacknowledged comes again": case(again, send(1), got(1), got(1, "last", receipt="s1")),
    "an ack that never ended may have been one": case(
        again, send(1), send(2), got(1), ack("r1", unknown=True), got(2), got(2, "last", receipt="s2")
    ),
    "an ack that timed out may have been one": case(
        again, send(1), send(2), got(1), ack("r1", error=TIMEOUT), got(2), got(2, "last", receipt="s2")
    ),
    "only the rest of a batch comes again": case(
        again, batch(1, 2), pushed(1, 2, many=True), context_ack(2, 0), got(2, "last", receipt="s2")
    ),
    "a listener that raised is given it again": case(
        again, send(1), pushed(1, reply=Reply.RAISE), pushed(1, reply=Reply.RAISE, client="last")
    ),
    "a message that was given twice is over with one acknowledgement": case(
        again, send(1), send(2), got(1), got(1, receipt="s1"), ack("r1"), got(2), got(2, "last", receipt="s2")
    ),
    "acknowledged when it was given again": case(again, send(1), got(1), got(1, receipt="s1"), ack("s1"), nothing()),
    "consumers number their receipts alike": case(
        again, send(1), send(2), got(1, receipt="1"), got(2, "last", receipt="1"), ack("1", "last"),
        got(1, "last", receipt="2"), ack("2", "last"),
    ),
    "a receipt that is kept is acknowledged where it was given": case(
        again, send(1), got(1), got(1, "last"), ack("r1", "last")
    ),
    "receipts begin again after a restart": case(
        delivery.acknowledged_is_over, send(1), send(2), got(1, receipt="1"), did(Start()), got(2, receipt="1"),
        ack("1"), got(1, receipt="2"), ack("2"), nothing(),
    ),
    "nothing reached c": case(none_to_c, bind("r"), send(1), got(1, "d"), nothing()),
    "the same when redelivered": case(same_id, send(1), got(1), got(1, "d")),
    "held until resume": case(silence, did(Suspend()), send(1), did(Resume()), pushed(1)),
    "a pull that waited is no early one": case(
        silence, did(Suspend(), at=(1, 2)), send(1, at=(3, 4)), got(1, at=(2, 9)), did(Resume(), at=(7, 8))
    ),
    "held twice": case(
        silence, did(Suspend()), send(1), did(Resume()), pushed(1), did(Suspend()), send(2), did(Resume()), pushed(2)
    ),
    "pushed between two silences": case(
        silence, did(Suspend()), send(1), did(Resume()), send(2), pushed(1), pushed(2), did(Suspend()), did(Resume())
    ),
    "at most once": case(never_twice, send(1), send(2), got(1), nothing()),
}  # fmt: skip

FAIL = {
    "lost": (case(delivery.nothing_lost(), send(1), send(2), got(1), nothing()), "1 of 2 never came: message p.2"),
    "lost among async ones": (
        case(delivery.nothing_lost(), send_async(1), get(1), nothing()), "1 of 1 never came: message p.1"),
    "lost to c": (case(delivery.nothing_lost("c"), send(1), got(1, "d"), nothing()), "message p.1"),
    "lost by a listener": (case(delivery.nothing_lost("c"), bind(reply=Reply.ACK), send(1), quiet()), "message p.1"),
    "oneway lost": (case(by_half, *map(oneway, range(1, 5)), nothing()), "0 of 4, 95% interval 0.00-0.49"),
    "one of many refused": (case(accepted, send(1), send(2, error=REFUSED)), "message p.2 failed with OTHER 1503"),
    "a phantom": (case(delivery.only_own_queue, bind(), send(1), got(1), got(7)), "never sent: 1"),
    "of another run": (
        case(delivery.only_own_queue, bind(), send(1), got(1, mark=False, message_id="x", body=b"other")),
        "never sent: 1"),
    "from another queue": (
        case(delivery.only_own_queue, bind("r"), send(1), got(1)), "from another queue: message p.1"),
    "twice": (case(delivery.once(), send(1), got(1), got(1)), "more than once: message p.1"),
    "twice, logged before the send ended": (
        case(delivery.once(), send(1, at=(1, 9)), got(1, at=(2, 3)), got(1, "d", at=(4, 5)), nothing(at=(10, 11))),
        "more than once: message p.1"),
    "twice of an unknown send": (case(delivery.once(), send(1, unknown=True), got(1), got(1)), "message p.1"),
    "twice in one batch": (case(delivery.once(), send(1), got_batch(1, 1)), "message p.1"),
    "twice, once without its mark": (case(delivery.once(), send(1), got(1), got(1, mark=False)), "message p.1"),
    "after an accepted ack": (
        case(delivery.acknowledged_is_over, send(1), got(1), ack("r1"), got(1, "d", receipt="s")),
        "delivered again: message p.1"),
    "pushed after an accepted ack": (
        case(delivery.acknowledged_is_over, send(1), pushed(1), context_ack(2), pushed(1)), "message p.1"),
    "never again": (case(again, send(1), got(1), nothing("last")), "never came again: message p.1"),
    "never again, though another was acknowledged by its receipt": (
        case(again, send(1), send(2), got(1, receipt="1"), got(2, "last", receipt="1"), ack("1", "last"),
             nothing("last")), "never came again: message p.1"),
    "after an accepted ack, with the same receipt": (
        case(delivery.acknowledged_is_over, send(1), got(1), ack("r1"), got(1, "d"), nothing("d")),
        "delivered again: message p.1"),
    "a refused ack is none": (
        case(again, send(1), got(1), ack("r1", error=NO_RECEIPT), nothing("last")), "never came again: message p.1"),
    "success took the whole batch": (
        case(again, batch(1, 2), pushed(1, 2, many=True), context_ack(2, 0), nothing("last")),
        "never came again: message p.2"),
    "c was given it": (case(none_to_c, did(Start()), send(1), got(1), quiet()), "c was given message p.1"),
    "another id": (case(same_id, send(1), got(1), got(1, "d", message_id="other")), "'id-1', then 'other'"),
    "pushed while suspended": (
        case(silence, did(Suspend()), send(1), pushed(1), did(Resume())), "c was given message p.1"),
    "pushed too early, the second time": (
        case(silence, did(Suspend()), did(Resume()), did(Suspend()), send(1), pushed(1), did(Resume())),
        "c was given message p.1",
    ),
    "at most once, twice": (case(never_twice, send(1), got(1), got(1, "d")), "delivered again: message p.1"),
}  # fmt: skip

UNKNOWN = {
    "nothing was accepted": case(delivery.nothing_lost(), send(1, error=REFUSED), nothing()),
    "nobody listened": case(delivery.nothing_lost(), send(1)),
    "c never listened": case(delivery.nothing_lost("c"), send(1), nothing("d")),
    "a listener that could not be bound": case(delivery.nothing_lost(), send(1), bind(reply=Reply.ACK, error=REFUSED)),
    "no oneway": case(by_half, send(1), got(1)),
    "oneway, and nobody listened": case(by_half, oneway(1)),
    "nothing was sent": case(accepted, got(1)),
    "a send never ended": case(accepted, send(1), send(2, unknown=True)),
    "nothing was received": case(delivery.only_own_queue, bind(), send(1), nothing()),
    "nothing came once": case(delivery.once(), send(1), nothing()),
    "nobody looked for a second": case(delivery.once(), send(1), got(1)),
    "nothing was acknowledged": case(delivery.acknowledged_is_over, send(1), got(1), nothing()),
    "nobody looked after the ack": case(delivery.acknowledged_is_over, send(1), got(1), ack("r1")),
    "looking after the ack failed": case(
        delivery.acknowledged_is_over, send(1), got(1), ack("r1"), nothing("d", unknown=True)
    ),
    "nothing was left unacknowledged": case(again, send(1), got(1), ack("r1"), nothing("last")),
    "none was accepted for c": case(none_to_c, did(Start()), send(1, error=REFUSED), quiet()),
    "c did nothing": case(none_to_c, send(1), quiet("d")),
    "nobody waited for c": case(none_to_c, did(Start()), send(1)),
    "nothing came again": case(same_id, send(1), got(1)),
    "no silence": case(silence, send(1), did(Resume())),
    "the silence never ended": case(silence, did(Suspend()), did(Resume()), did(Suspend()), send(1)),
    "the silence could not begin": case(silence, did(Suspend(), error=REFUSED), send(1), did(Resume())),
    "nothing was sent in silence": case(silence, did(Suspend()), did(Resume()), send(1)),
    "none at most once": case(never_twice, send(1, error=REFUSED), nothing()),
    "none of them came": case(never_twice, send(1), nothing()),
    "nobody looked for it again": case(never_twice, send(1), got(1)),
}

ALL = (
    delivery.nothing_lost(), by_half, accepted, delivery.only_own_queue, delivery.once(), again, silence,
    delivery.acknowledged_is_over, none_to_c, same_id, never_twice,
)  # fmt: skip


TestVerdicts = verdicts(PASS, FAIL, UNKNOWN, ALL)


@pytest.mark.parametrize(
    ("lost", "rate"), [(0, "4 of 4, 95% interval 0.51-1.00"), (3, "1 of 4, 95% interval 0.05-0.70")]
)
def test_what_is_sent_oneway_is_observed(lost: int, rate: str) -> None:
    measured = delivery.oneway_arrives(at_least=0.0)
    finding = measured(history(*map(oneway, range(4)), *map(got, range(lost, 4)), nothing()))
    assert finding.verdict == "OBSERVED"
    assert finding.actual.startswith(rate)
    assert len(finding.operations) == lost
