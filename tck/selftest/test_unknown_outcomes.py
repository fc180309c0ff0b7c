"""What may not have happened owes nothing, and what may have is no surprise, on handwritten histories."""

from __future__ import annotations

import pytest

from tck.checkers import (
    contexts,
    delivery,
    headers,
    listening,
    namespaces,
    partitions,
    pulling,
    pushing,
    qos,
    readings,
    readings_of_messages,
    routing,
    transactions,
)
from tck.checkers.answers import Checker, ops
from tck.history import History
from tck.messages import ExtensionHeader, Partition, QueueMetaData, SendResult
from tck.operations import (
    Answer,
    Check,
    Commit,
    ContextAnswer,
    CreateProducer,
    CreatePullConsumer,
    GetQueueMetaData,
    IsSuspended,
    Prepare,
    Receive,
    Reply,
    Resume,
    Rollback,
    Send,
    Stop,
    Suspend,
    Wait,
)
from tck.selftest.histories import (
    REFUSED,
    TIMEOUT,
    Did,
    ack,
    batch,
    bind,
    did,
    got,
    history,
    message,
    nothing,
    oneway,
    pushed,
    quiet,
    send,
)

LISTENS = bind(reply=Reply.ACK)
PARTITIONS = did(GetQueueMetaData("q"), "p", QueueMetaData("q", (Partition(0), Partition(1))))
PREPARED = did(Prepare(message(1), transaction="t"), "p")
SUSPENDED = did(Suspend(0.3), at=(4, 5))


def everything(_: object) -> bool:
    """Select every message."""
    return True


def put(number: int, partition: int, **line: object) -> Did:
    """Send a message to a partition."""
    return send(number, extension=ExtensionHeader(partition=partition), **line)


def at(number: int, partition: int, offset: int | None = None, client: str = "c", **line: object) -> Did:
    """Pull a message of a partition."""
    return got(number, client, extension=ExtensionHeader(partition=partition, offset=offset), **line)


def decide(op: type[Commit | Rollback], **line: object) -> Did:
    """Decide the transaction."""
    return Did("p", op(on="t"), **line)  # type: ignore[arg-type] # its own fields


def checked(answer: Answer, *, mark: bool = True) -> Did:
    """Have the check listener called."""
    return did(Check(message(1, mark=mark), answer, on="p"), "p.check")


def says(check: int, answer: Answer) -> Did:
    """Answer what entry `check` asks."""
    return did(ContextAnswer(check, answer, on="p"), "p.check")


def called_back(**line: object) -> Did:
    """Wait for the check listener to be called."""
    return did(Wait("until it has called back 2 times"), "p", **line)


every = partitions.every_partition(everything)
elsewhere = partitions.elsewhere(everything)
grow = partitions.offsets_grow
one_each = partitions.one_consumer_each(everything)
both = partitions.each_given_some("c", "d", which=everything)
in_each = readings_of_messages.in_each("p")
given = readings.came("c", b"1")
given_none = readings.came("c")
called = readings.called("c", Reply.ACK)
a_message = pulling.gives_a_message(ops(Receive))
ends_empty = pulling.ends_with_nothing(ops(Receive))
receipts = pulling.receipts_are_unique
by_half = delivery.oneway_arrives(at_least=0.5)
odd = routing.just("c", lambda one: one.message.body != b"2")
left = qos.comes_again("c", "d", everything)
hidden, committed = transactions.hidden_until_commit, transactions.committed_arrive()
asked_once, asked_twice = transactions.asked(1, "asked"), transactions.asked(2, "asked again")
three_held = contexts.where_several_are_held("c", 3, delivery.acknowledged_is_over)
grows, first_is_0 = headers.delivery_count_grows, headers.first_delivery_count(0)
ids_differ = headers.received_ids_differ


def case(checker: Checker, *lines: Did, verdict: str = "UNKNOWN") -> tuple[Checker, History, str]:
    """Return a checker, the history that it judges, and the verdict."""
    return checker, history(*lines), verdict


SENDS = {
    "a partition was perhaps sent to": case(
        every, bind(), PARTITIONS, put(1, 0), put(2, 1, unknown=True), at(1, 0), nothing()
    ),
    "a partition's send timed out": case(
        every, bind(), PARTITIONS, put(1, 0), put(2, 1, error=TIMEOUT), at(1, 0), nothing()
    ),
    "nothing is in a partition that does not exist": case(elsewhere, bind(), PARTITIONS, put(1, 9, unknown=True), nothing()),
    "what was perhaps sent never came": case(in_each, bind(), send(1, unknown=True), nothing()),
    "what was perhaps sent came": case(in_each, bind(), send(1, unknown=True), got(1), verdict="PASS"),
    "nobody listened for what was sent": case(in_each, bind(), send(1)),
    "c was given none of what was perhaps sent": case(given, bind(), send(1, unknown=True), nothing()),
    "c was given none of what was sent, and did not listen": case(given, bind(), send(1)),
    "c was given none of what was sent": case(given, bind(), send(1), nothing(), verdict="FAIL"),
    "c was given something else": case(given, bind(), send(1, unknown=True), send(2), got(2), verdict="FAIL"),
    "c was given nothing, and did not listen": case(given_none, bind(), send(1)),
    "c was given nothing, and listened": case(given_none, bind(), send(1, destination="r"), nothing(), verdict="PASS"),
    "no listener is called for what was perhaps sent": case(called, LISTENS, send(1, unknown=True), quiet()),
    "no listener is called": case(called, LISTENS, send(1), quiet(), verdict="FAIL"),
    "nothing was pulled or pushed of what was perhaps sent": case(
        listening.pulled_or_pushed, LISTENS, send(1, unknown=True), nothing(), quiet()
    ),
    "nothing was accepted while the receive waited": case(a_message, bind(), send(1, unknown=True), nothing()),
    "it was accepted as the receive ended": case(
        a_message, bind(), did(Receive(0.1), error=TIMEOUT, at=(4, 104)), send(1, at=(5, 100))
    ),
    "it was accepted in time": case(
        a_message, bind(), did(Receive(0.1), error=TIMEOUT, at=(4, 104)), send(1, at=(5, 40)), verdict="FAIL"
    ),
    "oneways that were refused": case(by_half, bind(), *(oneway(n, error=REFUSED) for n in range(8)), nothing()),
    "the filter let through what was perhaps sent": case(
        odd, bind(), send(1), send(2, unknown=True), send(3, body=b"2"), got(1), got(2), nothing(), verdict="FAIL"
    ),
    "a batch of one has no ids that differ": case(ids_differ, bind(), batch(1), got(1), verdict="NOT APPLICABLE"),
    "one of several came": case(ids_differ, bind(), batch(1, 2), got(1)),
    "a stranger's body was sent twice": case(
        delivery.only_own_queue, bind(), send(1, body=b"x", gives=None), send(2, body=b"x", gives=None),
        got(1, mark=False, body=b"x"),
    ),
    "a send without a mark is known by its body": case(
        delivery.nothing_lost(), bind(), did(Send(message(1, mark=False)), "p", SendResult("x")),
        got(1, mark=False, message_id=None), verdict="PASS",
    ),
    "where a consumer belongs is told of every kind": case(
        namespaces.nothing_leaks, did(CreateProducer("p", on="ap")), did(CreatePullConsumer(name="c", on="ap")), bind(),
        send(1), got(1),
    ),
    "where a consumer belongs is not told": case(namespaces.nothing_leaks, send(1), got(1)),
}  # fmt: skip

PUSHES = {
    "nothing was accepted during the suspension": case(
        pushing.pushed_in_time, LISTENS, SUSPENDED, send(1, error=REFUSED), quiet(at=(400, 500))
    ),
    "it was perhaps accepted during the suspension": case(
        pushing.pushed_in_time, LISTENS, SUSPENDED, send(1, unknown=True), quiet(at=(400, 500))
    ),
    "resumed late, pushed late": case(
        pushing.pushed_before_timeout, LISTENS, SUSPENDED, send(1), did(Resume(), at=(350, 351)), pushed(1, at=(352, 353))
    ),
    "resumed in time, pushed late": case(
        pushing.pushed_before_timeout, LISTENS, SUSPENDED, send(1), did(Resume(), at=(10, 11)), pushed(1, at=(352, 353)),
        verdict="FAIL",
    ),
    "resumed in time, and nothing was accepted": case(
        pushing.pushed_before_timeout, LISTENS, SUSPENDED, send(1, error=REFUSED), did(Resume()), quiet()
    ),
    "resumed before it was pushed": case(
        pushing.held_for_its_timeout, LISTENS, SUSPENDED, send(1), did(Resume(), at=(10, 11)), pushed(1, at=(12, 13))
    ),
    "asked only before the time was over": case(
        pushing.ends_by_itself, LISTENS, SUSPENDED, did(IsSuspended(), result=True)
    ),
    "asked only after it was resumed": case(
        pushing.ends_by_itself, LISTENS, SUSPENDED, did(Resume()), did(IsSuspended(), result=False, at=(400, 401))
    ),
    "it pushes, and says that it does not": case(
        pushing.ends_by_itself, LISTENS, SUSPENDED, send(1), pushed(1, at=(10, 11)), did(IsSuspended(), result=True),
        verdict="FAIL",
    ),
    "pushed once the time of a suspension was over": case(
        pushing.says_whether_it_pushes, LISTENS, SUSPENDED, did(IsSuspended(), result=True), send(1),
        quiet(at=(12, 70)), pushed(1, at=(400, 401)), verdict="PASS",
    ),
    "said to be suspended, and nobody waited": case(
        pushing.says_whether_it_pushes, LISTENS, did(IsSuspended(), result=True), send(1)
    ),
}  # fmt: skip

PULLS = {
    "the consumer had been stopped before": case(
        ends_empty, bind(), did(Stop(), at=(4, 5)), did(Receive(5.0), error=REFUSED, at=(6, 7))
    ),
    "it was stopped as the time was nearly over": case(
        ends_empty, bind(), did(Receive(0.1), at=(4, 105)), did(Stop(on="c"), "s", at=(100, 101))
    ),
    "a receipt that was acknowledged is used again": case(
        receipts, send(1), got(1, receipt="1"), ack("1"), send(2), got(2, receipt="1"), verdict="PASS"
    ),
    "a receipt is used again after a stop": case(
        receipts, send(1), got(1, receipt="1"), did(Stop()), send(2), got(2, receipt="1"), verdict="PASS"
    ),
    "a receipt is used again after a refused acknowledgement": case(
        receipts, send(1), send(2), got(1, receipt="1"), ack("1", error=did(Stop()).error), got(2, receipt="1"),
        verdict="PASS",
    ),
    "a receipt is used for two that are held": case(
        receipts, send(1), send(2), got(1, receipt="1"), got(2, receipt="1"), verdict="FAIL"
    ),
    "a message without its mark comes again": case(
        receipts, send(1), got(1, mark=False), got(1, mark=False), verdict="PASS"
    ),
    "given twice, and the first perhaps acknowledged": case(
        delivery.once(), bind(), send(1), got(1), ack("r1", error=TIMEOUT), got(1, receipt="s"), nothing()
    ),
    "left, but acknowledged after all": case(left, bind(), bind(client="d"), send(1), got(1), ack("r1"), nothing("d")),
    "nothing was acknowledged of what is held": case(
        three_held, LISTENS, *map(send, (1, 2, 3)), *map(pushed, (1, 2, 3))
    ),
    "no batch was acknowledged": case(listening.over_where_several, LISTENS, batch(1, 2), pushed(1, 2, many=True)),
    "no batch had several": case(
        listening.over_where_several, LISTENS, send(1), pushed(1, many=True), verdict="NOT APPLICABLE"
    ),
    "the counts of two pulls at once": case(
        grows, send(1), got(1, delivery_count=2, at=(10, 20)), got(1, "d", delivery_count=1, at=(6, 30)), verdict="PASS"
    ),
    "the same count in two pulls at once": case(
        grows, send(1), got(1, delivery_count=1, at=(10, 20)), got(1, "d", delivery_count=1, at=(6, 30)), verdict="FAIL"
    ),
    "a receive before may have been the first": case(
        first_is_0, send(1), did(Receive(0.05), unknown=True), got(1, "d", delivery_count=1)
    ),
    "a receive afterwards was not": case(
        first_is_0, send(1), got(1, "d", delivery_count=1), did(Receive(0.05), unknown=True), verdict="FAIL"
    ),
}  # fmt: skip

PARTS = {
    "offsets of two queues": case(
        grow, send(1), send(2, destination="r"), at(1, 0, 7), got(2, destination="r", extension=ExtensionHeader(partition=0, offset=0)),
    ),
    "offsets of sends at once": case(grow, send(1, at=(10, 20)), send(2, at=(11, 15)), at(1, 0, 1), at(2, 0, 0)),
    "offsets after a send that timed out": case(grow, send(1, error=TIMEOUT), send(2), at(2, 0, 0), at(1, 0, 1)),
    "a partition was taken over": case(
        one_each, bind(), bind(client="d"), send(1), at(1, 0), did(Stop()), send(2), at(2, 0, client="d")
    ),
    "a partition moved to a newcomer": case(
        one_each, bind(), send(1), at(1, 0), bind(client="d"), send(2), at(2, 0, client="d")
    ),
    "one of two never pulled": case(both, PARTITIONS, bind(), bind(client="d"), send(1), send(2), at(1, 0), at(2, 1)),
}  # fmt: skip

TRANSACTIONS = {
    "nobody listened after the commit that was taken": case(
        committed, bind(), PREPARED, decide(Commit, unknown=True), nothing(), decide(Commit)
    ),
    "rolled back and delivered is not visible before": case(
        hidden, bind(), PREPARED, nothing(), decide(Rollback), got(1), verdict="PASS"
    ),
    "committed by a check whose mark is gone": case(
        hidden, bind(), PREPARED, nothing(), checked(Answer.COMMIT, mark=False), says(4, Answer.COMMIT), got(1),
        verdict="PASS",
    ),
    "an answer to no check": case(hidden, bind(), PREPARED, nothing(), says(99, Answer.COMMIT), got(1), verdict="FAIL"),
    "committed when first asked": case(
        asked_twice, PREPARED, checked(Answer.COMMIT), says(2, Answer.COMMIT), called_back(error=TIMEOUT)
    ),
    "waited only before the preparation": case(asked_once, called_back(error=TIMEOUT), PREPARED),
    "waited until others were asked about": case(asked_once, PREPARED, called_back()),
    "waited in vain": case(asked_once, PREPARED, called_back(error=TIMEOUT), verdict="FAIL"),
}  # fmt: skip

CASES = {name: judged for group in (SENDS, PUSHES, PULLS, PARTS, TRANSACTIONS) for name, judged in group.items()}


@pytest.mark.parametrize(("checker", "seen", "verdict"), CASES.values(), ids=CASES)
def test_what_is_not_known_is_not_held_against_anybody(checker: Checker, seen: History, verdict: str) -> None:
    finding = checker(seen)
    assert finding.verdict == verdict, finding
