"""Verdicts on messages wherever they are: committed, duplicated, alike; and what programs send so."""

from time import time_ns

import pytest

from tck.checkers.answers import Checker
from tck.checkers.delivery import nothing_lost
from tck.checkers.matching import to
from tck.checkers.places import as_many_as_sent, there, where_any, where_received
from tck.history import MARK
from tck.messages import String
from tck.operations import Commit, CreateProducer, CreateQueue, GetQueueMetaData, Open, Prepare, Routing, Send, Start
from tck.programs import Drain, Program, SendPartitioned, client, producer, puller
from tck.programs import message as sending
from tck.runner import run
from tck.selftest.histories import REFUSED, Did, bind, did, got, history, message, nothing, oneway, send
from tck.selftest.test_programs import FAST, reference
from tck.verdicts import Verdict

MADE = did(CreateProducer("p"), "p")
ROUTED = did(Routing("q", "r"))
PREPARED = did(Prepare(message(1), transaction="t"), "p", unknown=False)
COMMITTED = did(Commit(on="t"), "p")
ALIKE = [send(1, mark=False, body=b"a"), send(2, mark=False, body=b"a")]
LOST = nothing_lost("c")


def a(number: int) -> Did:
    """Have one of those received that are alike."""
    return got(number, mark=False, body=b"a")


@pytest.mark.parametrize(
    ("verdict", "checker", "lines"),
    [
        (Verdict.PASS, there(LOST), [MADE, ROUTED, send(1), bind("r"), got(1), nothing()]),
        (Verdict.FAIL, there(LOST), [MADE, ROUTED, send(1), bind("r"), nothing()]),
        # nobody listened to the queue where it was, for the routing was refused
        (
            Verdict.UNKNOWN,
            there(nothing_lost()),
            [MADE, did(Routing("q", "r"), error=REFUSED), send(1), bind("r"), nothing()],
        ),
        (Verdict.FAIL, there(LOST), [MADE, PREPARED, COMMITTED, bind(), nothing()]),
        (Verdict.UNKNOWN, there(LOST), [MADE, PREPARED, bind(), nothing()]),
        (Verdict.NOT_APPLICABLE, there(LOST), [bind(), nothing()]),
        (Verdict.PASS, as_many_as_sent("c", b"a"), [*ALIKE, bind(), a(1), a(2), nothing()]),
        (Verdict.PASS, as_many_as_sent("c", b"a"), [*ALIKE, bind(), a(1), a(2), a(2), nothing()]),
        (Verdict.FAIL, as_many_as_sent("c", b"a"), [*ALIKE, bind(), a(1), nothing()]),
        (Verdict.UNKNOWN, as_many_as_sent("c", b"a"), [*ALIKE, bind(), a(1)]),
        (Verdict.UNKNOWN, as_many_as_sent("c", b"a"), [ALIKE[0], bind(), a(1), nothing()]),
        (Verdict.FAIL, where_any(to("q"), LOST), [send(1), bind(), nothing()]),
        (Verdict.NOT_APPLICABLE, where_any(to("r"), LOST), [send(1), bind(), nothing()]),
        (Verdict.NOT_APPLICABLE, where_any(to("q"), LOST), [oneway(1), bind(), nothing()]),
        (Verdict.PASS, where_received(lambda one: bool(one.sent), LOST), [send(1), bind(), got(1)]),
        (Verdict.NOT_APPLICABLE, where_received(lambda one: bool(one.sent), LOST), [send(1), bind(), nothing()]),
    ],
)
def test_messages_wherever_they_are(verdict: Verdict, checker: Checker, lines: list[Did]) -> None:
    assert checker(history(*lines, queues=("q", "r"))).verdict is verdict


def test_a_message_with_an_empty_mark_is_sent_without_one() -> None:
    alike = Send(sending("q", b"a", {MARK: String("")}))
    seen = run(Program.of(producer("p", alike, alike)).then(puller("c", "q", Drain())), reference(), FAST)
    ops = [entry.op for entry in seen.of(Send)]
    assert [MARK in op.message.properties for op in ops if isinstance(op, Send)] == [False, False]
    assert as_many_as_sent("c", b"a")(seen).verdict is Verdict.PASS


def test_what_is_sent_to_a_partition_expires_at_a_moment() -> None:
    steps = (CreateProducer("p", on="there"), Start(on="p"), GetQueueMetaData("q", on="p"))
    sends = SendPartitioned(sending("q"), expires=60.0, on="p")
    opened = client("opener", Open(on="there", use_case="streaming"), CreateQueue("q", on="there"), *steps, sends)
    ops = [entry.op for entry in run(Program.of(opened, queues=()), reference(), FAST).of(Send)]
    moments = [
        op.message.extension_header.expire_time for op in ops if isinstance(op, Send) and op.message.extension_header
    ]
    assert len(moments) > 1
    assert all(0 < (moment or 0) - time_ns() // 1_000_000 <= 60_000 for moment in moments)
