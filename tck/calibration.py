"""Measures how fast an implementation answers, and derives how long a run must wait."""

from __future__ import annotations

import msgspec

from tck.connection import Connection
from tck.errors import TargetUnreachable
from tck.history import Calibration, Entry, Outcome
from tck.operations import Ack, Deliver, Receive, Send, Stop
from tck.programs import AwaitDeliveries, Program, ReceiveUntil, producer, puller, pusher, send
from tck.runner import run

ROUNDS = 10
PUSHES = 3
LEAST_PATIENCE = 10
"""How many quiet times the kit waits at least for what must come: programs hold messages back for a few."""
LONGEST_REDELIVERY = 60.0
_FIRST = Calibration(round_trip=0.0, quiet=0.5, patience=10.0)


def calibrate(connection: Connection, patience: float = 0.0) -> Calibration:
    """Measure round trips of send, receive and ack, and how long it takes until what was not acknowledged comes again.

    Quiet is ten of the slowest round trips, or three times what a redelivery or a push takes; patience is a thousand round
    trips, two redeliveries, or ten quiet times; both within bounds that serve any broker: too long a patience only costs time where something is lost, and too short a quiet time misses a defect but
    never invents one. Where `patience` is given it is that, but no less than ten quiet times, and no redelivery is measured.

    Raises TargetUnreachable where not one message made the trip.
    """
    trips = Program.of(producer("p", *(send("q") for _ in range(ROUNDS)))).then(puller("c", "q", ReceiveUntil(ROUNDS)))
    history = run(trips, connection, _FIRST, check="calibration")
    done = [[e.seconds for e in history.of(kind) if e.outcome is Outcome.OK] for kind in (Send, Receive, Ack)]
    if not all(done):
        first = next((e for e in history.entries if e.outcome is not Outcome.OK), None)
        raise TargetUnreachable(
            f"{connection.target}: no message made the trip: {_why(first)}",
            expected="an access point that opens, and a queue through which a message can be sent and received",
            remedy="check that the implementation runs, and the URI, account and password",
        )
    round_trip = sum(max(times) for times in done)
    quiet = min(max(10 * round_trip, 0.05), 2.0)
    if patience:
        patience = max(patience, LEAST_PATIENCE * quiet)
    else:
        redelivery = _redelivery(connection)
        slowest = max(redelivery, _push(connection) if "Push" in connection.adapter.profiles else 0.0)
        quiet = min(max(quiet, 3 * slowest), 2.0)
        patience = max(min(max(1000 * round_trip, 5.0), 30.0), 2 * redelivery, LEAST_PATIENCE * quiet)
    return Calibration(round_trip, quiet, patience, overdue=2 * patience)


def _redelivery(connection: Connection) -> float:
    """Return how many seconds a consumer waits for a message that another had when it stopped; 0 where it waits a minute in vain."""
    waits = msgspec.structs.replace(_FIRST, patience=LONGEST_REDELIVERY)
    program = Program.of(producer("p", send("q"))).then(puller("lost", "q", ReceiveUntil(1, ack=False), Stop()))
    history = run(program.then(puller("found", "q", ReceiveUntil(1))), connection, waits, check="calibration")
    stops = [e for e in history.of(Stop) if e.outcome is Outcome.OK]
    found = [e for e in history.of(Receive) if e.op.on == "found" and e.outcome is Outcome.OK]
    if not stops or not found:
        return 0.0
    return max(0, (found[0].completed or 0) - max(found[0].invoked, stops[0].completed or 0)) / 1e9


def _push(connection: Connection) -> float:
    """Return how many seconds pass from a send to the call of a listener, at most; 0 where none was called."""
    sends = [step for n in range(1, PUSHES + 1) for step in (send("q"), AwaitDeliveries(n, on="c"))]
    program = Program.of(pusher("c", "q")).then(producer("p", *sends))
    history = run(program, connection, _FIRST, check="calibration")
    pairs = zip(history.of(Send), history.of(Deliver), strict=False)
    return max((max(0, call.invoked - (sent.completed or 0)) / 1e9 for sent, call in pairs), default=0.0)


def _why(entry: Entry | None) -> str:
    if entry is None:
        return "the program ended early"
    return str(entry.error or entry.problem or "an operation never returned")
