"""Measures how fast an implementation answers, and derives how long a run must wait."""

from __future__ import annotations

from tck.connection import Connection
from tck.errors import TargetUnreachable
from tck.history import Calibration, Entry, Outcome
from tck.operations import Ack, Receive, Send
from tck.programs import Program, ReceiveUntil, producer, puller, send
from tck.runner import run

ROUNDS = 10
_FIRST = Calibration(round_trip=0.0, quiet=0.5, patience=10.0)


def calibrate(connection: Connection) -> Calibration:
    """Measure round trips of send, receive and ack.

    Quiet is ten of the slowest, patience a thousand, both within bounds that serve any broker: too long a patience only
    costs time where something is lost, and too short a quiet time misses a defect but never invents one.

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
    patience = min(max(1000 * round_trip, 5.0), 30.0)
    return Calibration(round_trip, min(max(10 * round_trip, 0.05), 2.0), patience, overdue=2 * patience)


def _why(entry: Entry | None) -> str:
    if entry is None:
        return "the program ended early"
    return str(entry.error or entry.problem or "an operation never returned")
