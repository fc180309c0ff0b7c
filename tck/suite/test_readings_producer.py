"""What the documents leave open about producers and their results: which reading an implementation follows."""

from tck.checkers.answers import (
    Checker,
    all_of,
    fails,
    follows,
    gets_alone,
    gives,
    gives_null,
    gives_what,
    ops,
    succeeds,
)
from tck.checkers.delivery import nothing_lost
from tck.checkers.readings import Place, batch_id, came, completes, fails_otherwise, unless_timed_out, where
from tck.conformance import Conform, clauses
from tck.history import Entry
from tck.messages import Message, SendResult
from tck.operations import (
    CreateProducer,
    CurrentState,
    Get,
    GetThrowable,
    LifeState,
    Send,
    SendAsync,
    SendBatch,
    SendBatchAsync,
    SendOneway,
    Start,
    Stop,
)
from tck.programs import Drain, Program, ReceiveUntil, client, message, producer, puller, send

FENCE = b"fence"


def in_state(of: str, at: int, *states: LifeState) -> Checker:
    """The endpoint says that it is in one of these states."""
    return gives_what(ops(CurrentState, on=of, at=at), " or ".join(states), lambda given, _: given in states)


def sends(of: str, *, arrives: bool) -> Checker:
    """The endpoint's send succeeds and the message is received, or it fails and the message is not."""
    ended = succeeds if arrives else fails
    return all_of(ended(ops(Send, on=of)), came(f"of {of}", FENCE, *([of.encode()] if arrives else [])))


@clauses(
    {
        "api.ServiceLifecycle.send-needs-start": follows(
            {"fails": sends("idle", arrives=False), "sends": sends("idle", arrives=True)}
        ),
        "api.ServiceLifecycle.stop-no-send": follows(
            {"fails": sends("stopped", arrives=False), "sends": sends("stopped", arrives=True)}
        ),
        "api.Producer.send-oneway-not-started": follows(
            {
                "silent": succeeds(ops(SendOneway)),
                "raises": all_of(fails(ops(SendOneway)), came("of oneway", FENCE)),
            }
        ),
        "api.ServiceLifecycle.start-twice": follows(
            {
                "nothing": all_of(succeeds(ops(Start, on="twice")), in_state("twice", 0, LifeState.STARTED)),
                "error": all_of(fails(ops(Start, on="twice", at=1)), in_state("twice", 0, LifeState.STARTED)),
            }
        ),
        "api.ServiceLifecycle.stop-twice": follows(
            {
                "nothing": all_of(succeeds(ops(Stop, on="twice")), in_state("twice", 1, LifeState.STOPPED)),
                "error": all_of(fails(ops(Stop, on="twice", at=1)), in_state("twice", 1, LifeState.STOPPED)),
            }
        ),
    }
)
def test_a_producer_that_does_not_run(conform: Conform) -> None:
    """What is sent before a start or after a stop arrives or is refused, and a second start or stop changes no state."""
    queues = ("idle", "stopped", "oneway")
    program = Program.of(
        client("idle", CreateProducer("idle"), send("idle", b"idle")),
        producer("stopped", Stop(), send("stopped", b"stopped")),
        client("oneway", CreateProducer("oneway"), SendOneway(message("oneway", b"oneway"))),
        producer("twice", Start(), CurrentState(), Stop(), Stop(), CurrentState()),
        queues=queues,
    )
    program = program.then(producer("p", *(send(queue, FENCE) for queue in queues)))
    conform(program.then(*(puller(f"of {queue}", queue, ReceiveUntil(1), Drain(times=4)) for queue in queues)))


ATOMIC = ops(SendBatch, on="atomic")
EMPTY = ops(SendBatch, on="nought")
ASYNC = ops(SendBatchAsync, on="async")


@clauses(
    {
        "api.Producer.send-batch-partly": where(
            fails(ATOMIC),
            follows(
                {
                    "nothing": came("of atomic", FENCE),
                    "others": came("of atomic", FENCE, b"1", b"3"),
                    "before": came("of atomic", FENCE, b"1"),
                }
            ),
        ),
        "api.Producer.send-batch-empty": follows(
            {
                "returns": all_of(succeeds(EMPTY), came("of nought", FENCE)),
                "fails": all_of(fails(EMPTY), came("of nought", FENCE)),
            }
        ),
        "api.Producer.send-batch-async-destinations": where(
            succeeds(ASYNC),
            follows(
                {
                    "own": all_of(succeeds(ops(Get)), came("of one", FENCE, b"1", b"2"), came("of other", FENCE, b"3")),
                    "one": all_of(fails(ops(Get)), came("of one", FENCE), came("of other", FENCE)),
                }
            ),
        ),
        "api.Producer.send-batch-async-result": where(
            all_of(succeeds(ASYNC), succeeds(ops(Get))), follows({str(place): batch_id(place) for place in Place})
        ),
    }
)
def test_batches_at_the_edge(conform: Conform) -> None:
    """What becomes of a batch with an invalid message, of one without messages, and of one to two queues."""
    queues = ("atomic", "nought", "one", "other")
    partly = SendBatch((message("atomic", b"1"), Message(body=b"2"), message("atomic", b"3")))
    several = SendBatchAsync((message("one", b"1"), message("one", b"2"), message("other", b"3")))
    program = Program.of(
        producer("atomic", partly), producer("nought", SendBatch(())), producer("async", several, Get()), queues=queues
    )
    program = program.then(producer("p", *(send(queue, FENCE) for queue in queues)))
    takers = {"atomic": 1, "nought": 1, "one": 3, "other": 2}
    conform(program.then(*(puller(f"of {q}", q, ReceiveUntil(count), Drain(times=2)) for q, count in takers.items())))


def own_id(words: str, *, assigned: bool) -> Checker:
    """The sender's own message holds, once the future gave its result, the id of the result, or none."""

    def holds(given: SendResult | None, _: Entry) -> bool:
        own = given and given.message and given.message.header.message_id
        return given is not None and own == given.message_id if assigned else not own

    return gives_what(ops(Get, client="done"), f"a message with an id: {words}", holds)


SHORT = 0.2
"""A timeout (seconds) that is over soon, of a future that is done before."""


PENDING = [f"f{number}" for number in range(4)]


@clauses(
    {
        "api.Future.get-failure": where(
            succeeds(ops(SendAsync, on="lost")),
            unless_timed_out(
                gets_alone("lost", 0),
                follows(
                    {
                        "raises": fails_otherwise(gets_alone("lost", 0)),
                        "null": all_of(
                            gives(gets_alone("lost", 0), None),
                            gives_what(ops(GetThrowable), "the cause", lambda given, _: given is not None),
                        ),
                    }
                ),
            ),
        ),
        "api.Future.get-timeout-failure": where(
            succeeds(ops(SendAsync, on="lost")),
            unless_timed_out(
                gets_alone("lost", 0),
                follows(
                    {
                        "raises": fails_otherwise(gets_alone("lost", 1)),
                        "null": all_of(
                            gives_null(gets_alone("lost", 1)),
                            gives_what(ops(GetThrowable), "the cause", lambda given, _: given is not None),
                        ),
                    }
                ),
            ),
        ),
        "api.Header.message-id-after-send-async": follows(
            {"at completion": own_id("that of the result", assigned=True), "never": own_id("none", assigned=False)}
        ),
        "api.Producer.send-async-stopped": where(
            succeeds(ops(SendAsync, on="last")),
            follows(
                {
                    "completed": all_of(succeeds(ops(Get, client="last")), nothing_lost("c")),
                    "failed": all_of(fails_otherwise(ops(Get, client="last")), came("c", FENCE, b"done")),
                    "either": all_of(completes(ops(Get, client="last")), nothing_lost("c")),
                }
            ),
        ),
    }
)
def test_futures_at_the_edge(conform: Conform) -> None:
    """What a future gives whose send failed, or whose producer was stopped before it was completed."""
    sends = [SendAsync(message("q", name.encode()), future=name) for name in PENDING]
    program = Program.of(
        producer("lost", SendAsync(message("nowhere")), Get(), GetThrowable(), Get(SHORT)),
        producer("last", *sends, Stop(), *(Get(on=name) for name in PENDING)),
        producer("done", SendAsync(message("q", b"done")), Get()),
        producer("p", send("q", FENCE)),
    )
    conform(program.then(puller("c", "q", ReceiveUntil(6), Drain())))
