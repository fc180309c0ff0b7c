"""Future: listeners, and cancellation."""

from tck.checkers.answers import Checker, all_of, gives, ops
from tck.checkers.calls import notified, sees_done
from tck.checkers.cancelling import told_as_answered
from tck.conformance import Conform, clauses
from tck.operations import AddListener, Cancel, Get, IsCancelled, SendAsync
from tck.programs import AwaitCalls, Program, Quiet, message, producer

SENT = SendAsync(message("q"))


def is_false(kind: type, client: str) -> Checker:
    """Each of these answers to a client is false."""
    return gives(ops(kind, client=client), expected=False)


@clauses(
    {
        "api.Future.listener-called": notified("p", "early"),
        "api.Future.listener-several": notified("several", "one", "two", "three"),
        "api.Future.listener-called-on-failure": notified("failing", "early"),
        "api.Future.listener-after-completion": notified("late", "late"),
        "api.Future.listener-sees-done": all_of(sees_done("p", "early"), sees_done("late", "late")),
    }
)
def test_listeners_of_a_future_are_called(conform: Conform) -> None:
    """Each listener of a future is called once it is done, well or not, and also where it was done before."""
    conform(
        Program.of(
            producer("p", SENT, AddListener("early"), Get(), AwaitCalls(1, on="p.future"), Quiet()),
            producer(
                "several",
                SENT,
                AddListener("one"),
                AddListener("two"),
                AddListener("three"),
                Get(),
                AwaitCalls(3, on="several.future"),
                Quiet(),
            ),
            producer(
                "failing",
                SendAsync(message("nowhere")),
                AddListener("early"),
                Get(),
                AwaitCalls(1, on="failing.future"),
                Quiet(),
            ),
            producer("late", SENT, Get(), AddListener("late"), AwaitCalls(1, on="late.future"), Quiet()),
        )
    )


@clauses(
    {
        "api.Future.cancel-completed": is_false(Cancel, "done"),
        "api.Future.is-cancelled-completed": is_false(IsCancelled, "done"),
        "api.Future.cancel-answers": told_as_answered,
    }
)
def test_what_is_done_cannot_be_cancelled(conform: Conform) -> None:
    """A future that is done is not cancelled; of another, isCancelled tells what cancel told."""
    conform(
        Program.of(
            producer("done", SENT, Get(), Cancel(), IsCancelled()),
            producer("busy", *[SENT] * 20, Cancel(), IsCancelled()),
        )
    )
