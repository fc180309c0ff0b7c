"""Future: listeners, and cancellation."""

from tck.checkers.answers import Checker, all_of, gives, ops, succeeds
from tck.checkers.calls import notified, sees_done
from tck.checkers.cancelling import told_as_answered, told_of_its_own
from tck.checkers.readings import where
from tck.conformance import Conform, clauses
from tck.operations import AddListener, Cancel, Get, IsCancelled, SendAsync, SendBatchAsync
from tck.programs import AwaitCalls, Program, Quiet, Step, message, producer

SENT = SendAsync(message("q"))
LOST = SendAsync(message("nowhere"))
SOME = SendBatchAsync((message("q"), message("q")))
ASKED = Get(), Cancel(), IsCancelled()
NONE = SendBatchAsync((message("nowhere"), message("nowhere")))


def is_false(kind: type, client: str) -> Checker:
    """Each of these answers to a client is false."""
    return gives(ops(kind, client=client), expected=False)


def with_future(client: str, checker: Checker) -> Checker:
    """Judge where a client's send gave a future, and did not fail before."""
    return where(succeeds(ops(SendAsync, SendBatchAsync, client=client)), checker)


def listened(send: Step) -> tuple[Step, ...]:
    """Return the steps that send, and listen for the end."""
    return send, AddListener("early"), Get()


@clauses(
    {
        "api.Future.listener-called": notified("p", "early"),
        "api.Future.listener-several": notified("several", "one", "two", "three"),
        "api.Future.listener-called-on-failure": notified("failing", "early"),
        "api.Future.listener-after-completion": notified("late", "late"),
        "api.Future.listener-sees-done": all_of(sees_done("p", "early"), sees_done("late", "late")),
        "api.FutureListener.operation-complete-own": told_of_its_own,
        "api.Producer.send-batch-async-listener": notified("batch", "early"),
        "api.Producer.send-batch-async-listener-failure": with_future("none", notified("none", "early")),
    }
)
def test_listeners_of_a_future_are_called(conform: Conform) -> None:
    """Each listener of a future is called once it is done, well or not, and also where it was done before."""
    conform(
        Program.of(
            producer("p", *listened(SENT), AwaitCalls(1, on="p.future"), Quiet()),
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
            producer("failing", *listened(LOST), AwaitCalls(1, on="failing.future"), Quiet()),
            producer("batch", *listened(SOME), AwaitCalls(1, on="batch.future"), Quiet()),
            producer("none", *listened(NONE), AwaitCalls(1, on="none.future"), Quiet()),
            producer("late", SENT, Get(), AddListener("late"), AwaitCalls(1, on="late.future"), Quiet()),
        )
    )


@clauses(
    {
        "api.Future.cancel-completed": is_false(Cancel, "done"),
        "api.Future.is-cancelled-completed": is_false(IsCancelled, "done"),
        "api.Future.cancel-failed": with_future("lost", is_false(Cancel, "lost")),
        "api.Future.is-cancelled-failed": with_future("lost", is_false(IsCancelled, "lost")),
        "api.Future.cancel-completed-batch": all_of(
            *(is_false(kind, "batch") for kind in (Cancel, IsCancelled)),
            *(with_future("none", is_false(kind, "none")) for kind in (Cancel, IsCancelled)),
        ),
        "api.Future.cancel-answers": told_as_answered,
    }
)
def test_what_is_done_cannot_be_cancelled(conform: Conform) -> None:
    """A future that is done, well or not, is not cancelled; of another, isCancelled tells what cancel told."""
    conform(
        Program.of(
            producer("done", SENT, *ASKED),
            producer("lost", LOST, *ASKED),
            producer("batch", SOME, *ASKED),
            producer("none", NONE, *ASKED),
            producer("busy", *[SENT] * 20, Cancel(), IsCancelled()),
        )
    )
