"""What is asynchronous does not wait for the server: futures while everything to and from it is held up."""

from collections.abc import Iterable

from tck.checkers.answers import (
    Checker,
    Select,
    all_of,
    ends_in_vain,
    ends_within,
    fails,
    follows,
    gives,
    gives_null,
    gives_what,
    lasts,
    ops,
)
from tck.checkers.calls import notified, sees_done
from tck.checkers.held import (
    begun,
    ends_meanwhile,
    held,
    later_result,
    overdue,
    returns_afterwards,
    where_begun,
    while_pending,
)
from tck.checkers.readings import fails_otherwise, where
from tck.conformance import Conform, clauses
from tck.history import Entry, History
from tck.operations import (
    AddListener,
    AnyOperation,
    Cancel,
    CreateProducer,
    ErrorKind,
    Get,
    GetThrowable,
    Hold,
    IsCancelled,
    IsDone,
    Open,
    Operation,
    Restore,
    Send,
    SendAsync,
    SendBatchAsync,
    Start,
)
from tck.programs import MONTH, AwaitCalls, AwaitClients, Client, Program, Quiet, client, message

HELD = message("q", b"held up")
WAYS: dict[str, AnyOperation] = {"one": SendAsync(HELD), "other": SendAsync(HELD), "some": SendBatchAsync((HELD, HELD))}
WAYS |= {"more": SendBatchAsync((HELD, HELD))}
SHORT = 0.2
"""A timeout (seconds) that is over while everything is held up."""


STILL = 2.0
"""How many seconds a busy machine may let a call stand still."""


def held_up(*clients: Client, until: Iterable[str]) -> Program:
    """Return the program in which clients with a producer of their own go on though nothing comes through to the server.

    It does again as soon as those named in `until` have ended: who waits for the server has waited for the program's patience.
    """
    made = (step for one in clients for step in (CreateProducer(one.name, on="far"), Start(on=one.name)))
    known = (Send(message("q", b"before"), on=one.name) for one in clients)
    program = Program.of(client("opener", Open(on="far", relayed=True), *made, *known))
    program = program.then(client("holder", Hold(on="far")))
    program = program.then(*clients, client("restorer", AwaitClients(tuple(until)), Quiet(4), Restore(on="far")))
    return program.then(*(client(one.name, Get(), IsDone()) for one in clients))


def short(history: History) -> list[Entry]:
    """Select the calls of get that are to give up while the way is held up."""
    return [entry for entry in begun(ops(Get))(history) if entry.client in WAYS]


def no_longer_than_asked(client_name: str) -> Checker:
    """A client's get with a timeout of zero, or less, ends at once without a result, waits for one, or is refused."""
    first = ops(Get, client=client_name, at=0)
    readings = {
        "zero": all_of(ends_in_vain(held(first)), ends_within(held(first), 0.0, grace=STILL)),
        "none": returns_afterwards(first),
        "error": fails_otherwise(first),
    }
    return while_pending(where_begun(first, follows(readings)), client_name)


@clauses(
    {
        "api.Producer.send-async-not-blocking": ends_meanwhile(ops(SendAsync)),
        "api.Producer.send-batch-async-not-blocking": ends_meanwhile(ops(SendBatchAsync)),
        "api.Future.is-done-while-pending": while_pending(gives(held(ops(IsDone)), expected=False)),
        "api.Future.throwable-while-pending": while_pending(gives(held(ops(GetThrowable)), expected=None)),
        "api.Future.get-result": later_result(*WAYS),
        "api.Future.get-waits": while_pending(returns_afterwards(ops(Get, client="waits")), "waits"),
        "api.Future.get-zero": no_longer_than_asked("zero"),
        "api.Future.get-negative": no_longer_than_asked("negative"),
        "api.Future.get-timeout": while_pending(all_of(ends_meanwhile(short), ends_within(short, grace=STILL))),
        "api.Future.get-timeout-elapsed": while_pending(
            follows(
                {
                    "timeout": all_of(fails(overdue(short), ErrorKind.TIMEOUT), lasts(overdue(short))),
                    "null": all_of(gives_null(overdue(short)), lasts(overdue(short))),
                }
            )
        ),
    }
)
def test_a_future_is_pending_while_nothing_comes_through(conform: Conform) -> None:
    """An asynchronous send returns at once; its future is not done, and get waits for the result, if not for ever."""
    asks = (IsDone(), GetThrowable(), Get(SHORT), IsDone())
    waits = client("waits", SendAsync(HELD), Get(MONTH))
    edges = client("zero", SendAsync(HELD), Get(0.0)), client("negative", SendAsync(HELD), Get(-1.0))
    program = held_up(*(client(name, send, *asks) for name, send in WAYS.items()), waits, *edges, until=WAYS)
    conform(program.then(*(client(name, GetThrowable()) for name in WAYS)))


CROWD = tuple(f"listener {n}" for n in range(12))
CANCELLED = gives(ops(Cancel, client="cancels", at=0), expected=True)


def of_cancelled(kind: type[Operation], *, at: int | None = None) -> Select:
    """Select what is asked of the future that the program cancels, each answer by itself."""
    asked = slice(None) if at is None else slice(at, at + 1)
    return lambda history: [entry for entry in history.of(kind) if entry.client == "cancels"][asked]


def refused(*, done: bool) -> Checker:
    """A future that could not be cancelled while its send is under way is done after that, or is not."""
    return gives(held(ops(IsDone, client="refused")), expected=done)


@clauses(
    {
        "api.Future.cancelled-is-done": where(CANCELLED, gives(of_cancelled(IsDone), expected=True)),
        "api.Future.cancelled-stays": where(CANCELLED, gives(of_cancelled(IsCancelled), expected=True)),
        "api.Future.cancel-again": where(CANCELLED, gives(of_cancelled(Cancel, at=1), expected=False)),
        "api.Future.cancelled-listener": where(CANCELLED, notified("cancels", "told")),
        "api.Future.get-cancelled": where(
            CANCELLED,
            follows({"raises": fails_otherwise(of_cancelled(Get)), "null": gives(of_cancelled(Get), expected=None)}),
        ),
        "api.Future.throwable-cancelled": where(
            CANCELLED,
            follows(
                {
                    "none": gives(of_cancelled(GetThrowable), expected=None),
                    "cause": gives_what(of_cancelled(GetThrowable), "a cause", lambda given, _: given is not None),
                }
            ),
        ),
        "reading.api-cancel-done": while_pending(
            where(
                gives(begun(ops(Cancel, client="refused")), expected=False),
                follows({"done": refused(done=True), "pending": refused(done=False)}),
            ),
            "refused",
        ),
        "api.Future.listener-sees-done": sees_done("listens", "early"),
        "api.Future.listener-several": while_pending(notified("crowd", *CROWD), "crowd"),
    }
)
def test_a_pending_future_is_cancelled_or_heard(conform: Conform) -> None:
    """A future that was cancelled is done and gives no result, and one that was listened to is done when that is called.

    Of many listeners, the first of which raises, each is called.
    """
    asked = Cancel(), IsDone(), IsCancelled(), Cancel()
    cancels = client("cancels", *[SendAsync(HELD)] * 3, AddListener("told"), *asked)
    refuses = client("refused", SendAsync(HELD), Quiet(), Cancel(), IsDone(), IsDone())
    listens = client("listens", SendAsync(HELD), AddListener("early"))
    crowd = client("crowd", SendAsync(HELD), AddListener("raises", raises=True), *map(AddListener, CROWD))
    program = held_up(cancels, refuses, listens, crowd, until=("cancels", "refused", "listens", "crowd"))
    conform(
        program.then(
            client("listens", AwaitCalls(1, on="listens.future"), Quiet()),
            client("crowd", AwaitCalls(len(CROWD) + 1, on="crowd.future"), Quiet()),
            client("cancels", AwaitCalls(1, on="cancels.future"), Quiet(), IsCancelled(), GetThrowable()),
        )
    )
