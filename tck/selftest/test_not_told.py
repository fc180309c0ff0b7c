"""Clauses of the suite on histories that do not tell: of another queue, of what was not held, not heard of, or timed out."""

from __future__ import annotations

import pytest

from tck.checkers.answers import Checker, all_of, fails, follows, ops, succeeds
from tck.checkers.delivery import nothing_to, over
from tck.checkers.matching import to
from tck.checkers.readings import left_behind, never_given, where
from tck.checkers.routing import each_comes
from tck.checkers.timing import delayed, due
from tck.history import History
from tck.messages import ExtensionHeader
from tck.operations import Ack, BatchReceive, BindQueues, GetBindQueues, Start, Stop, UnbindQueue, UnbindQueues
from tck.selftest.histories import EPOCH, REFUSED, TIMEOUT, Did, ack, bind, did, got, history, nothing, send
from tck.suite import test_later_binding as later_binding
from tck.suite import test_unbinding as unbinding

TO_Q, TO_R = to("q"), to("r")
late = all_of(succeeds(ops(Ack, client="c")), over(Ack, by="c"))
unbound = where(succeeds(ops(UnbindQueue, client="c")), nothing_to("c", "nothing", TO_Q))
old = follows(
    {
        "acknowledges": all_of(succeeds(unbinding.OLD), left_behind(again=False, select=unbinding.OLD)),
        "nothing": all_of(succeeds(unbinding.OLD), left_behind(again=True, select=unbinding.OLD)),
        "error": all_of(fails(unbinding.OLD), left_behind(again=True, select=unbinding.OLD)),
    }
)
once = each_comes(1, "c")
expired = nothing_to("c", "nothing that expires", delayed, after=due)
bound_again = later_binding.again("pull")
QUEUES = (
    "pull-old",
    "pull-new",
    "pull-bound",
    "forever-gone",
    "forever-never",
    "forever-r",
    "batch-gone",
    "batch-never",
)


def sent(number: int, queue: str, **line: object) -> Did:
    """Send a message whose body is the name of its queue."""
    return send(number, destination=queue, body=queue.encode(), **line)


def given(number: int, queue: str, client: str) -> Did:
    """Be given such a message."""
    return got(number, client=client, body=queue.encode(), destination=queue)


def binds(client: str, *queues: str, **line: object) -> Did:
    """Bind to queues."""
    return did(BindQueues(queues), client, **line)


BOUND_NEW = binds("pull", "pull-old"), binds("pull", "pull-new")
NOTHING_BOUND = (
    binds("pull empty", "pull-bound"),
    binds("pull empty"),
    did(GetBindQueues(), "pull empty", result=()),
)
HELD_TWICE = (
    got(1),
    nothing(),
    did(Stop()),
    did(Start()),
    bind(),
    got(1, receipt="again"),
    nothing(),
    ack("r1"),
    did(Stop()),
)
LATER = did(UnbindQueues(("forever-gone",)), "forever")
LISTENS_ON = nothing("pull", at=(300, 400))

HISTORIES: dict[str, tuple[Checker, History, str]] = {
    "what was never held comes to another": (
        late, history(send(1), send(3), bind(), got(1), nothing(), ack("r1"), bind(client="d"), got(3, client="d"),
                      nothing("d", at=(200, 300))), "PASS",
    ),
    "what was acknowledged comes to another": (
        late, history(send(1), bind(), got(1), ack("r1"), bind(client="d"), got(1, client="d")), "FAIL",
    ),
    "an acknowledgement without an answer": (
        late, history(send(1), bind(), got(1), ack("r1", unknown=True), bind(client="d"), got(1, client="d")), "UNKNOWN",
    ),
    "perhaps not unbound": (
        unbound, history(bind(), did(UnbindQueue("q"), "c", error=TIMEOUT), send(1), got(1)), "UNKNOWN",
    ),
    "unbound, and nothing accepted": (
        unbound, history(bind(), did(UnbindQueue("q"), "c"), send(1, error=REFUSED), did(BatchReceive(0.05))), "UNKNOWN",
    ),
    "unbound, and given": (unbound, history(bind(), did(UnbindQueue("q"), "c"), send(1), got(1)), "FAIL"),
    "another was stored late": (
        old, history(send(1), send(2, error=TIMEOUT), bind(), *HELD_TWICE, bind(client="d"), got(1, client="d"),
                     got(2, client="d"), nothing("d", at=(500, 600))), "PASS",
    ),
    "again after an acknowledgement that timed out": (
        once, history(send(1), bind(), got(1), ack("r1", error=TIMEOUT), got(1), nothing(at=(200, 300))), "UNKNOWN",
    ),
    "again after it was acknowledged": (
        once, history(send(1), bind(), got(1), ack("r1"), got(1), nothing(at=(200, 300))), "FAIL",
    ),
    "a binding timed out, and was done": (
        bound_again,
        history(binds("pull", "pull-old"), binds("pull", "pull-new", error=TIMEOUT),
                did(GetBindQueues(), "pull", result=("pull-old", "pull-new")), sent(1, "pull-old"), sent(2, "pull-new"),
                given(1, "pull-old", "pull"), given(2, "pull-new", "pull"), LISTENS_ON, queues=QUEUES), "UNKNOWN",
    ),
    "it says that it left a queue, and nobody listened on": (
        bound_again,
        history(*BOUND_NEW, did(GetBindQueues(), "pull", result=("pull-new",)), sent(1, "pull-old"), sent(2, "pull-new"),
                given(2, "pull-new", "pull"), queues=QUEUES), "UNKNOWN",
    ),
    "it says that it left a queue": (
        bound_again,
        history(*BOUND_NEW, did(GetBindQueues(), "pull", result=("pull-new",)), sent(1, "pull-old"), sent(2, "pull-new"),
                given(2, "pull-new", "pull"), LISTENS_ON, queues=QUEUES), "PASS",
    ),
    "bound to nothing, and nothing was accepted": (
        later_binding.empty("pull"),
        history(*NOTHING_BOUND, sent(1, "pull-bound", error=REFUSED), nothing("pull empty"), queues=QUEUES), "UNKNOWN",
    ),
    "bound to nothing, and nobody asked": (
        later_binding.empty("pull"), history(*NOTHING_BOUND, sent(1, "pull-bound"), queues=QUEUES), "UNKNOWN",
    ),
    "bound to nothing": (
        later_binding.empty("pull"),
        history(*NOTHING_BOUND, sent(1, "pull-bound"), nothing("pull empty", at=(200, 300)), queues=QUEUES), "PASS",
    ),
    "its own queue refused what another took": (
        later_binding.only_bound("forever"),
        history(bind("forever-r", client="forever"), sent(1, "forever-never", error=REFUSED), sent(2, "batch-never"),
                nothing("forever", at=(200, 300)), queues=QUEUES), "UNKNOWN",
    ),
    "the queue it left refused what another took": (
        later_binding.nothing_of("forever", later_binding.UNBOUND),
        history(binds("forever", "forever-gone", "forever-r"), LATER, sent(1, "forever-gone", error=REFUSED),
                sent(2, "batch-gone"), nothing("forever", at=(200, 300)), queues=QUEUES), "UNKNOWN",
    ),
    "nobody listened when the delay was over": (
        expired,
        history(bind(), send(1, extension=ExtensionHeader(delay_time=2000, expire_time=EPOCH + 1000)),
                nothing(at=(10, 70))), "UNKNOWN",
    ),
    "it never came when the delay was over": (
        expired,
        history(bind(), send(1, extension=ExtensionHeader(delay_time=50, expire_time=EPOCH + 20)),
                nothing(at=(200, 300))), "PASS",
    ),
    "given though it asked for nothing": (never_given("c"), history(send(1), got(1)), "FAIL"),
}  # fmt: skip


@pytest.mark.parametrize("name", HISTORIES)
def test_a_history_that_does_not_tell_is_no_verdict(name: str) -> None:
    checker, seen, verdict = HISTORIES[name]
    assert checker(seen).verdict == verdict, checker(seen)
