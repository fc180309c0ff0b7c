"""Consumer, pulling: unbound while it waits, and receipts that outlive their delivery."""

from tck.checkers.answers import Checker, Select, all_of, fails, follows, gives, ops, succeeds
from tck.checkers.delivery import nothing_to
from tck.checkers.pulling import goes_on_until, where_it_waited
from tck.checkers.readings import came, fails_otherwise, left_behind
from tck.conformance import Conform, clauses
from tck.operations import Ack, BatchReceive, BindQueue, ErrorKind, Receive, Send, Start, Stop, UnbindQueue
from tck.programs import (
    AckReceived,
    Client,
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

AFTER = b"after"
FENCE = b"fence"
RECEIVE, BATCH_RECEIVE = ops(Receive, client="c"), ops(BatchReceive, client="b")


def none_of_it(select: Select, consumer: str) -> Checker:
    """A consumer that waited as it was unbound is given nothing that was sent to its queue afterwards."""
    words = "nothing that is sent to a queue after unbindQueue returned"
    return where_it_waited(select, nothing_to(consumer, words, which=lambda one: one.entry.client == f"un{consumer}"))


def how_it_ends(select: Select, consumer: str) -> Checker:
    """A receive that waited as its consumer was unbound goes on until that is stopped, or ends before."""
    ends = {
        "waits": goes_on_until(select, ops(Stop, on=consumer)),
        "null": gives(select, None),
        "times out": fails(select, ErrorKind.TIMEOUT),
        "fails": fails_otherwise(select),
    }
    return where_it_waited(select, follows(ends))


@clauses(
    {
        "api.Consumer.unbind-queue-waiting-receive": none_of_it(RECEIVE, "c"),
        "api.Consumer.unbind-queue-waiting-batch-receive": none_of_it(BATCH_RECEIVE, "b"),
        "reading.unbind-waiting-receive": how_it_ends(RECEIVE, "c"),
        "reading.unbind-waiting-batch-receive": how_it_ends(BATCH_RECEIVE, "b"),
    }
)
def test_a_consumer_is_unbound_while_it_waits(conform: Conform) -> None:
    """A receive that waits while its consumer is unbound by another thread is given nothing that is sent afterwards."""

    def unbinds(consumer: str, queue: str) -> Client:
        after = Send(message(queue, AFTER), on=f"of {queue}")
        return client(
            f"un{consumer}", Quiet(2, least=0.25), UnbindQueue(queue, on=consumer), after, Quiet(2), Stop(on=consumer)
        )

    program = Program.of(puller("c", "q"), puller("b", "r"), producer("of q"), producer("of r"), queues=("q", "r"))
    timeout = 3 * conform.calibration.patience
    waits = client("c", Receive(timeout)), client("b", BatchReceive(timeout))
    program = program.then(*waits, unbinds("c", "q"), unbinds("b", "r"))
    conform(program.then(puller("d", "q", ReceiveUntil(1)), puller("e", "r", ReceiveUntil(1))))


LATE = ops(Ack, on="stops")
OLD = ops(Ack, on="c")


@clauses(
    {
        "api.Consumer.ack-after-stop": follows(
            {
                "acknowledges": all_of(succeeds(LATE), came("after it", FENCE)),
                "nothing": all_of(succeeds(LATE), came("after it", b"held", FENCE)),
                "error": all_of(fails(LATE), came("after it", b"held", FENCE)),
            }
        ),
        "api.Consumer.ack-earlier-delivery": follows(
            {
                "acknowledges": all_of(succeeds(OLD), left_behind(again=False, select=OLD)),
                "nothing": all_of(succeeds(OLD), left_behind(again=True, select=OLD)),
                "error": all_of(fails(OLD), left_behind(again=True, select=OLD)),
            }
        ),
    }
)
def test_receipts_of_what_was_given_back(conform: Conform) -> None:
    """A receipt that is given after its consumer stopped, or after its message came again, acknowledges that one or none."""
    sends = send("stopped", b"held"), send("earlier"), send("earlier")
    program = Program.of(producer("p", *sends), queues=("stopped", "earlier"))
    again = Stop(), Start(), BindQueue("earlier"), ReceiveUntil(2, ack=False), AckReceived("first", stale=True), Stop()
    program = program.then(
        puller("stops", "stopped", ReceiveUntil(1, ack=False), Stop()),
        puller("c", "earlier", ReceiveUntil(2, ack=False), *again),
    )
    program = program.then(client("p", send("stopped", FENCE))).then(client("stops", AckReceived(stale=True)))
    last = ReceiveUntil(1), Drain(times=2)
    conform(program.then(puller("after it", "stopped", *last), puller("d", "earlier", *last)))
