"""Consumer, pulling: binding, receiving alone and in batches, waiting and timing out."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tck.checkers.answers import (
    Select,
    all_of,
    ends_in_vain,
    fails,
    follows,
    gives,
    gives_what,
    has_status,
    in_vain,
    lasts,
    not_in_vain_before,
    ops,
    succeeds,
)
from tck.checkers.delivery import nothing_lost, nothing_to, once
from tck.checkers.pulling import (
    batches_bring_something,
    by_a_queue_alone,
    ends_with_nothing,
    gives_a_message,
    receipts_are_there,
    receipts_are_unique,
)
from tck.checkers.readings import where
from tck.conformance import Conform, clauses
from tck.history import Outcome
from tck.operations import (
    BatchReceive,
    BindQueue,
    Close,
    CreateProducer,
    ErrorKind,
    GetBindQueue,
    IsBindQueue,
    Open,
    Receive,
    Send,
    Start,
    Stop,
    UnbindQueue,
)
from tck.programs import (
    MONTH,
    AwaitClients,
    Drain,
    Program,
    Quiet,
    ReceiveUntil,
    client,
    message,
    producer,
    puller,
    send,
)
from tck.suite.test_concurrency import batches

IN_VAIN = in_vain(ops(Receive, client="c"))
timeout_status = where(
    fails(IN_VAIN), follows({"timeout": has_status(IN_VAIN, 1410), "no message": has_status(IN_VAIN, 1414)})
)


def asked_to_bind(consumer: str, at: int) -> Select:
    """Select a binding of a consumer by its position."""
    return ops(BindQueue, on=consumer, at=at)


def asked(kind: type[IsBindQueue | GetBindQueue], at: int) -> Select:
    """Select a question of consumer c by its position."""
    return ops(kind, client="c", at=at)


@clauses(
    {
        "api.Consumer.bind-queue-receives": nothing_lost("c", which=lambda s: s.message.body != b"after"),
        "api.Consumer.is-bind-queue-after-bind": gives(asked(IsBindQueue, 0), expected=True),
        "api.Consumer.get-bind-queue-after-bind": gives_what(
            asked(GetBindQueue, 0),
            "the name of the queue",
            lambda result, entry: str(result).endswith("-q") and entry.outcome is Outcome.OK,
        ),
        "api.Consumer.is-bind-queue-after-unbind": gives(asked(IsBindQueue, 1), expected=False),
        "api.Consumer.get-bind-queue-after-unbind": gives(asked(GetBindQueue, 1), None),
        "api.Consumer.bind-queue-again": nothing_lost(
            "c", which=lambda s: str(s.message.header.destination).endswith("-r")
        ),
        "api.Consumer.unbind-queue-no-new-messages": nothing_to(
            "c",
            "nothing that is sent to a queue after unbindQueue returned",
            which=lambda s: s.message.body == b"after",
        ),
        "api.Consumer.unbind-queue-keeps-messages": nothing_lost("d", which=lambda s: s.message.body == b"after"),
    }
)
def test_binding_and_unbinding(conform: Conform) -> None:
    """A bound consumer receives from its queue, says so, and receives nothing more once it is unbound."""
    program = Program.of(producer("p", send("q", b"before")), queues=("q", "r"))
    program = program.then(puller("c", "q", IsBindQueue(), GetBindQueue(), ReceiveUntil(1)))
    program = program.then(client("c", UnbindQueue("q"), IsBindQueue(), GetBindQueue()))
    program = program.then(client("p", send("q", b"after")))
    program = program.then(client("c", Drain()))
    program = program.then(puller("d", "q", ReceiveUntil(1)))
    conform(program.then(client("c", BindQueue("r"), Send(message("r", b"again"), on="p"), ReceiveUntil(1))))


@clauses({"api.Consumer.bind-queue-unknown": fails(ops(BindQueue), ErrorKind.DESTINATION)})
def test_an_unknown_queue_cannot_be_bound(conform: Conform) -> None:
    """Binding to a queue that does not exist is an error."""
    conform(Program.of(puller("c", "nowhere")))


@clauses(
    {
        "api.Consumer.receive-timeout": follows(
            {
                "no-new-message": all_of(fails(IN_VAIN, ErrorKind.TIMEOUT), has_status(IN_VAIN, 1414)),
                "timeout-error": fails(IN_VAIN, ErrorKind.TIMEOUT),
                "null": gives(IN_VAIN, None),
            }
        ),
        "api.Consumer.receive-timeout-not-early": lasts(IN_VAIN),
        "api.OMSResponseStatus.receive-timeout": timeout_status,
        "api.Consumer.batch-receive-timeout": ends_in_vain(ops(BatchReceive, client="b")),
        "api.Consumer.batch-receive-timeout-not-early": lasts(ops(BatchReceive, client="b")),
    }
)
@settings(max_examples=4)
@given(st.floats(0.02, 0.25).map(lambda seconds: round(seconds, 3)))
def test_waiting_in_vain_times_out(conform: Conform, timeout: float) -> None:
    """A receive, alone or in batches, on an empty queue ends with TIMEOUT, and not early, as does the next."""
    receives = puller("c", "q", Receive(timeout), Receive(timeout)), puller("b", "r", BatchReceive(timeout))
    conform(Program.of(*receives, queues=("q", "r")))


@clauses(
    {
        "api.Consumer.receive-waits": gives_a_message(ops(Receive, client="c")),
        "api.Consumer.batch-receive-waits": gives_a_message(ops(BatchReceive, client="b")),
        "api.Consumer.receive-timeout-not-early": not_in_vain_before(ops(Receive, client="e")),
        "api.Consumer.batch-receive-timeout-not-early": not_in_vain_before(ops(BatchReceive, client="f")),
    }
)
def test_a_receive_waits_for_a_message(conform: Conform) -> None:
    """A receive that finds the queue empty returns a message that is sent while it waits, though it may wait for a month."""
    queues = {"c": "q", "b": "r", "e": "s", "f": "t"}
    takers = (puller(name, queue) for name, queue in queues.items())
    program = Program.of(*takers, producer("p"), queues=queues.values())
    waits = client("c", Receive()), client("b", BatchReceive())
    long = client("e", Receive(MONTH)), client("f", BatchReceive(MONTH))
    conform(program.then(*waits, *long, client("p", Quiet(), *map(send, queues.values()))))


@clauses(
    {
        "api.Consumer.receive-stopped": ends_with_nothing(ops(Receive)),
        "api.Consumer.batch-receive-stopped": ends_with_nothing(ops(BatchReceive, client="b")),
    }
)
def test_stopping_ends_a_receive(conform: Conform) -> None:
    """A receive that waits while its consumer is stopped returns null, before its timeout, also after a restart."""
    again = puller("again", "s", Stop(), Start(), BindQueue("s"))
    program = Program.of(puller("c", "q"), puller("b", "r"), again, queues=("q", "r", "s"))
    stops = client("stopper", Quiet(3), *(Stop(on=name) for name in ("c", "b", "again")))
    waits = client("c", Receive()), client("b", BatchReceive()), client("again", Receive())
    conform(program.then(*waits, stops))


@clauses(
    {
        "2.3.4-at-least-once": nothing_lost(),
        "api.ServiceLifecycle.restart-nothing-lost": nothing_lost("d", which=lambda one: one.entry.client == "s"),
    }
)
def test_a_receive_that_is_over_takes_nothing(conform: Conform) -> None:
    """What is sent after a receive timed out, or was ended by stop, is given to the next one."""
    program = Program.of(producer("p"), puller("c", "q"), puller("d", "r"), queues=("q", "r"))
    again = Send(message("r"), on="p"), Start(on="d"), BindQueue("r", on="d")
    program = program.then(
        client("c", Receive(conform.calibration.quiet), Send(message("q"), on="p"), Quiet(), ReceiveUntil(1)),
        client("d", Receive()),
        client("s", Quiet(2), Stop(on="d"), AwaitClients(("d",)), *again),
    )
    conform(program.then(client("d", ReceiveUntil(1))))


@clauses({"api.Consumer.batch-receive-messages": where(succeeds(asked_to_bind("c", 1)), nothing_lost("c"))})
def test_batches_of_two_queues_are_received(conform: Conform) -> None:
    """A consumer that is bound to two queues receives batches of both, be they bound one after the other."""
    program = Program.of(producer("p", send("r"), send("q")), queues=("q", "r"))
    conform(program.then(puller("c", "q", BindQueue("r"), ReceiveUntil(2, batch=True))))


@clauses(
    {
        "api.Consumer.batch-receive-messages": all_of(nothing_lost("c"), batches_bring_something),
        "api.Message.receipt-present": receipts_are_there,
        "api.Consumer.ack-receipt-unique": receipts_are_unique,
    }
)
@settings(max_examples=6)
@given(st.integers(1, 12))
def test_batches_are_received(conform: Conform, count: int) -> None:
    """batchReceive, called again and again, returns every message, each with a receipt of its own."""
    conform(
        Program.of(producer("p", *batches(count))).then(puller("c", "q", ReceiveUntil(count, ack=False, batch=True)))
    )


@clauses(
    {
        "api.Message.receipt-present": receipts_are_there,
        "api.Consumer.ack-receipt-unique": receipts_are_unique,
        "usecase.p2p-consumed-later": nothing_lost("c"),
        "usecase.p2p-queue-alone": by_a_queue_alone,
    }
)
def test_messages_wait_for_their_consumer(conform: Conform) -> None:
    """What was sent while nobody was bound is received later, also where its sender is gone, each with a receipt."""
    sends = [send("q", b"%d" % n) for n in range(5)]
    sender = client("p", Open(on="theirs"), CreateProducer(on="theirs"), Start(), *sends, Stop(), Close(on="theirs"))
    conform(Program.of(sender).then(puller("c", "q", ReceiveUntil(5, ack=False))))


@clauses(
    {
        "usecase.p2p-shared-queue": nothing_lost("c", "d"),
        "usecase.p2p-consumed-once": once("c", "d", if_acknowledged=True),
    }
)
@settings(max_examples=6)
@given(st.integers(1, 30), st.booleans())
def test_two_consumers_share_a_queue(conform: Conform, count: int, while_sending: bool) -> None:  # noqa: FBT001 - drawn
    """Where two consumers share a queue every message is received, and none by both."""
    sender = producer("p", *(send("q", b"%d" % n) for n in range(count)))
    program = Program.of(puller("c", "q"), puller("d", "q"))
    takers = (client("c", Drain(expect=count)), client("d", Drain(expect=count)))
    program = program.then(sender, *takers) if while_sending else program.then(sender)
    conform(program.then(*takers))
