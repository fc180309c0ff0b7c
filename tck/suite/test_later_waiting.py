"""Receiving at a position, as commit 5d796063 of the API has it: what it waits for, how long, and what it holds."""

from tck.checkers.answers import (
    Checker,
    Select,
    all_of,
    ends_within,
    fails,
    follows,
    gives,
    gives_what,
    has_status,
    lasts,
    ops,
)
from tck.checkers.delivery import nothing_lost
from tck.checkers.later import gives_no_other, provides
from tck.checkers.matching import bodies
from tck.checkers.readings import brings, fails_otherwise, where
from tck.conformance import Conform, clauses
from tck.history import Entry, History
from tck.messages import ExtensionHeader
from tck.operations import (
    BatchReceiveAt,
    CreatePullConsumer,
    ErrorKind,
    Receive,
    ReceiveAt,
    Start,
    Stop,
)
from tck.programs import (
    Drain,
    Program,
    Quiet,
    ReceiveFrom,
    ReceiveUntil,
    client,
    producer,
    pull_consumer,
    send,
)

HERE, LATER = b"here", b"later"
WAYS = {"one": ReceiveAt, "many": BatchReceiveAt}
"""The consumers, and how each receives at a position."""
IN_VAIN = 3


def where_it_waits(name: str, checker: Checker) -> Checker:
    """What a checker says, where a receive after the last message runs out of time."""
    first = ops(WAYS[name], client=name, at=0)
    return where(provides(first), where(fails(first, ErrorKind.TIMEOUT), checker))


def in_vain(name: str) -> Select:
    """Select the receives for which nothing comes."""
    return lambda history: ops(WAYS[name], client=name)(history)[:IN_VAIN]


def waits(name: str) -> Checker:
    """The receive that waits as a message is sent brings it."""
    words = "the message that is sent meanwhile"

    def it_is_there(given: object, _: object) -> bool:
        come = given if isinstance(given, tuple | list) else (given,)
        return [getattr(one, "body", None) for one in come] == [LATER]

    return where_it_waits(name, gives_what(ops(WAYS[name], client=name, at=IN_VAIN), words, it_is_there))


def status(select: Select) -> Checker:
    """The errors of these have a status that says that nothing came in time."""
    return follows({"timeout": has_status(select, 1410), "no message": has_status(select, 1414)})


LOOSE = ops(ReceiveAt, client="loose")
READ = ops(ReceiveAt, client="one", at=IN_VAIN)


def again(given: object) -> bool:
    """Tell whether a receive brought what was received at a position before."""
    return getattr(given, "body", None) == LATER


def ordinary(history: History) -> list[Entry]:
    """Select the receives without a position that brought it; the last one, where none did: others may come again."""
    asked = ops(Receive, client="one")(history)
    return [entry for entry in asked if again(entry.result)] or asked[-1:]


def held_or_read() -> Checker:
    """What was received at a position is given to its consumer by a receive too, or to another once that was stopped."""
    reads = gives_what(ordinary, "what was received at a position", lambda given, _: again(given))
    holds = nothing_lost("heir", which=bodies(LATER))
    return where(brings(READ, LATER), follows({"reads": reads, "holds": holds}))


@clauses(
    {
        "api.PullConsumer.receive-at-timeout-not-early": where_it_waits("one", lasts(in_vain("one"))),
        "api.PullConsumer.receive-at-at-most": where_it_waits("one", ends_within(in_vain("one"))),
        "api.PullConsumer.receive-at-waits": waits("one"),
        "api.PullConsumer.batch-receive-at-timeout-not-early": where_it_waits("many", lasts(in_vain("many"))),
        "api.PullConsumer.batch-receive-at-at-most": where_it_waits("many", ends_within(in_vain("many"))),
        "api.PullConsumer.batch-receive-at-waits": waits("many"),
        "api.OMSResponseStatus.receive-timeout-at": where_it_waits(
            "one", where_it_waits("many", all_of(status(in_vain("one")), status(in_vain("many"))))
        ),
        "api.PullConsumer.receive-at-unbound": where(
            provides(LOOSE),
            follows(
                {
                    "gives": all_of(brings(LOOSE, HERE, LATER), gives_no_other(LOOSE)),
                    "fails": fails_otherwise(LOOSE),
                    "times out": fails(LOOSE, ErrorKind.TIMEOUT),
                    "null": gives(LOOSE, None),
                }
            ),
        ),
        "api.PullConsumer.receive-at-holds": where(provides(READ), held_or_read()),
    }
)
def test_a_position_is_waited_at(conform: Conform) -> None:
    """A receive after the last message ends with its timeout, or once a message is sent there; what it gave is not lost."""
    timeout = conform.calibration.quiet
    queues = {"one": "q", "many": "r"}
    first = ExtensionHeader(partition=0)
    program = Program.of(producer("p", *(send(queue, HERE, extension=first) for queue in queues.values())), queues="qr")
    program = program.then(
        *(pull_consumer(name, (queue,), ReceiveUntil(1, ack=False)) for name, queue in queues.items()),
        client("loose", CreatePullConsumer(name="loose"), Start()),
    )
    asks = {name: [ReceiveFrom(HERE, timeout=timeout, batch=name == "many")] * IN_VAIN for name in queues}
    program = program.then(*(client(name, *steps) for name, steps in asks.items()))
    ways = (client(name, ReceiveFrom(HERE, batch=name == "many")) for name in queues)
    later = (send(queue, LATER, extension=first) for queue in queues.values())
    program = program.then(*ways, client("p", Quiet(2), *later))
    program = program.then(
        client("one", Drain(ack=False)), client("loose", ReceiveFrom(HERE, of="one", timeout=timeout))
    )
    program = program.then(client("one", Stop()))
    conform(program.then(pull_consumer("heir", ("q",), ReceiveUntil(2), Drain())))
