"""Measures how fast an implementation answers, and derives how long a run must wait."""

from __future__ import annotations

import msgspec

from tck.connection import Connection
from tck.errors import TargetUnreachable
from tck.history import Calibration, Entry, Outcome
from tck.operations import Ack, Receive, Send, Stop
from tck.programs import Program, ReceiveUntil, producer, puller, send
from tck.runner import run

ROUNDS = 10
LEAST_PATIENCE = 10
"""How many quiet times the kit waits at least for what must come: programs hold messages back for a few."""
LONGEST_REDELIVERY = 60.0
_FIRST = Calibration(round_trip=0.0, quiet=0.5, patience=10.0)


def calibrate(connection: Connection, patience: float = 0.0) -> Calibration:
    """Measure round trips of send, receive and ack, and how long it takes until what was not acknowledged comes again.

    Quiet is ten of the slowest round trips, patience a thousand, or two redeliveries, both within bounds that serve any
    broker: too long a patience only costs time where something is lost, and too short a quiet time misses a defect but
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
        patience = max(min(max(1000 * round_trip, 5.0), 30.0), 2 * _redelivery(connection))
    return Calibration(round_trip, quiet, patience, overdue=2 * patience)


def _redelivery(connection: Connection) -> float:
    """Return how many seconds it takes until a message comes again whose consumer was stopped; 0 where none does in a minute."""
    waits = msgspec.structs.replace(_FIRST, patience=LONGEST_REDELIVERY)
    program = Program.of(producer("p", send("q"))).then(puller("lost", "q", ReceiveUntil(1, ack=False), Stop()))
    history = run(program.then(puller("found", "q", ReceiveUntil(1))), connection, waits, check="calibration")
    stops = [e for e in history.of(Stop) if e.outcome is Outcome.OK]
    found = [e for e in history.of(Receive) if e.op.on == "found" and e.outcome is Outcome.OK]
    return ((found[0].completed or 0) - stops[0].invoked) / 1e9 if stops and found else 0.0


def _why(entry: Entry | None) -> str:
    if entry is None:
        return "the program ended early"
    return str(entry.error or entry.problem or "an operation never returned")
