"""Contexts of listeners that are used again, after their consumer stopped, or with the receipts of another batch."""

from tck.checkers.answers import Checker, Select, all_of, fails, follows, ops, succeeds
from tck.checkers.content import where_batches_have_several
from tck.checkers.contexts import about, acknowledged_again, where_several_are_held
from tck.checkers.delivery import acknowledged_is_over, unacknowledged_comes_again
from tck.checkers.readings import came
from tck.conformance import Conform, clauses
from tck.operations import ContextAck, Reply, Send, SendBatch, Stop
from tck.programs import (
    AckReceived,
    AwaitDeliveries,
    Drain,
    Program,
    Quiet,
    ReceiveUntil,
    client,
    message,
    producer,
    puller,
    pusher,
    send,
)

FENCE = b"fence"


def only_those(listens: str, last: str, again: Select) -> Checker:
    """What was acknowledged twice is over, and nothing else is, whether the second time was an error or none."""
    kept = about(listens + last, all_of(acknowledged_is_over, unacknowledged_comes_again(last)))
    return follows({"nothing": all_of(succeeds(again), kept), "error": all_of(fails(again), kept)})


SECOND = AckReceived("first", context=True, again=True), AckReceived("first", context=True)


@clauses(
    {
        "api.MessageListener.ack-twice": where_several_are_held(
            "t", 3, only_those("t", "u", ops(ContextAck, on="t", at=1))
        ),
        "api.BatchMessageListener.ack-twice": where_several_are_held(
            "b", 2, only_those("b", "c", ops(ContextAck, on="b", at=1))
        ),
        "api.BatchMessageListener.success-twice": where_batches_have_several(
            about("sd", only_those("s", "d", acknowledged_again("s")))
        ),
    }
)
def test_contexts_acknowledge_twice(conform: Conform) -> None:
    """What a context acknowledges a second time stays acknowledged, and it alone: all else comes again."""
    queues = ("single", "batches", "parts")
    parts = SendBatch(tuple(message("parts", b"part %d" % n) for n in range(4)))
    program = Program.of(producer("p", *(send("single", b"%d" % n) for n in range(3)), parts), queues=queues)
    in_turn = [step for n in (1, 2) for step in (Send(message("batches"), on="p"), AwaitDeliveries(n))]
    program = program.then(
        pusher("t", "single", AwaitDeliveries(3), Quiet(), *SECOND, Stop(), reply=Reply.SKIP),
        pusher("b", "batches", *in_turn, *SECOND, Stop(), reply=Reply.SKIP, batch=True),
        pusher("s", "parts", AwaitDeliveries(4), Quiet(), Stop(), reply=Reply.FIRST_TWICE, batch=True),
    )
    takers = {"u": ("single", 2), "c": ("batches", 1), "d": ("parts", 3)}
    conform(program.then(*(puller(n, queue, ReceiveUntil(count), Drain()) for n, (queue, count) in takers.items())))


def after_stop(of: str) -> Checker:
    """A context that is used once its consumer stopped acknowledges its own message, or none, or raises."""
    acks, taker = ops(ContextAck, on=of), f"after {of}"
    return follows(
        {
            "acknowledges": all_of(succeeds(acks), came(taker, FENCE)),
            "nothing": all_of(succeeds(acks), came(taker, b"held", FENCE)),
            "error": all_of(fails(acks), came(taker, b"held", FENCE)),
        }
    )


FOREIGN = ops(ContextAck, on="own")
OWN = came("after own", b"held", FENCE)


@clauses(
    {
        "api.MessageListener.ack-after-stop": after_stop("one"),
        "api.BatchMessageListener.ack-after-stop": after_stop("many"),
        "api.BatchMessageListener.success-foreign": follows(
            {
                "acknowledges": all_of(succeeds(FOREIGN), OWN, came("after other", FENCE)),
                "nothing": all_of(succeeds(FOREIGN), OWN, came("after other", b"held", FENCE)),
                "error": all_of(fails(FOREIGN), OWN, came("after other", b"held", FENCE)),
            }
        ),
    }
)
def test_contexts_of_what_was_given_back(conform: Conform) -> None:
    """A context of a consumer that stopped, or success with receipts of another batch, acknowledges those or nothing."""
    names = ("one", "many", "own", "other")
    program = Program.of(producer("p", *(send(name, b"held") for name in names)), queues=names)
    stops = {name: (Stop(),) if name in {"one", "many"} else () for name in names}
    listens = (
        pusher(name, name, AwaitDeliveries(1), *stops[name], reply=Reply.SKIP, batch=name != "one") for name in names
    )
    program = program.then(*listens).then(producer("f", *(send(name, FENCE) for name in ("one", "many"))))
    by_foreign = AckReceived(context=True, success=True, foreign="other"), Stop(), Stop(on="other")
    late = (client(name, AckReceived(context=True, stale=True)) for name in ("one", "many"))
    program = program.then(client("own", *by_foreign), *late)
    program = program.then(client("f", *(send(name, FENCE) for name in ("own", "other"))))
    least = {name: 2 if name == "own" else 1 for name in names}
    conform(program.then(*(puller(f"after {n}", n, ReceiveUntil(least[n]), Drain(times=2)) for n in names)))
