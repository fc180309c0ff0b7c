"""What consumers of several queues say and do, as commit 5d796063 of the API has them."""

from __future__ import annotations

from tck.checkers.answers import Checker, Select, gives_what
from tck.checkers.matching import Which
from tck.history import History, Outcome
from tck.operations import ReceiveForever, Send, Stop, Wait
from tck.verdicts import Finding, failed, passed, unknown


def bodies(*of: bytes) -> Which:
    """Select messages by their bodies."""
    return lambda one: one.message.body in of


def names(select: Select, *queues: str) -> Checker:
    """Each names just these queues of the program, every one once; where there are none it gives null or no name."""
    words = f"the names of {', '.join(queues)}, each once" if queues else "null, or no name"

    def check(history: History) -> Finding:
        real = sorted(map(history.real, queues))
        return gives_what(select, words, lambda result, _: sorted(result or ()) == real)(history)

    return check


def wakes(history: History) -> Finding:
    """A receive without a timeout that waits returns a message that is sent meanwhile, or null where its consumer is stopped."""
    words = "it ends once there is cause: with a message that came, or with null where its consumer was stopped"
    waiting = history.of(ReceiveForever)
    if not waiting:
        return unknown("the receive was never reached", words)
    receive = waiting[0]
    stops = [entry for entry in history.of(Stop) if entry.op.on == receive.op.on]
    causes = [entry for entry in stops or history.of(Send) if entry.outcome is Outcome.OK]
    if not causes or causes[0].invoked < receive.invoked:
        return unknown("there was no cause for it to end while it waited", words, [receive.index])
    if receive.completed is None:
        since = causes[0].completed or 0
        waited = max((entry.invoked - since for entry in history.of(Wait)), default=0) / 1e9
        if waited < history.origin.calibration.patience / 2:
            return unknown("it was given up too soon", words, [receive.index])
        return failed(words, f"it waited on for {waited:.1f} s", [causes[0].index, receive.index])
    if receive.error or (receive.result is None) is not bool(stops):
        text = str(receive.error or ("a message" if receive.result else "null"))
        return failed(words, f"it ended with {text} after {receive.seconds:.3f} s", [causes[0].index, receive.index])
    return passed(f"it ended after {receive.seconds:.3f} s", [receive.index])
