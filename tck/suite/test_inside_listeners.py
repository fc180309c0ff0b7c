"""What a listener itself calls is done like what others call: unless it is refused there."""

from tck.checkers.answers import Checker, Select, gives, ops
from tck.checkers.delivery import not_before, nothing_lost, nothing_to
from tck.checkers.listening import where_done_inside
from tck.checkers.matching import Sent, to
from tck.conformance import Conform, clauses
from tck.operations import (
    AddListener,
    AnyOperation,
    BindQueue,
    CreateProducer,
    CurrentState,
    Get,
    LifeState,
    Reply,
    Resume,
    Send,
    SendAsync,
    Start,
    Stop,
    Suspend,
    UnbindQueue,
)
from tck.programs import (
    AwaitCalls,
    AwaitDeliveries,
    Client,
    Program,
    Quiet,
    ReceiveUntil,
    Step,
    WhenCalled,
    client,
    message,
    producer,
    puller,
    pusher,
)

LATER = b"later"
FUTURES = ("one", "two", "three")


def after_unbinding(one: Sent) -> bool:
    """Tell what is sent to the consumer whose listener unbound it."""
    return one.entry.client == "unbinds" and one.message.body == LATER


def silent(begins: Select, on: str, until: Select) -> Checker:
    """Nothing that is sent after a listener's own call returned is given to its consumer, until it is to begin again."""
    return where_done_inside(begins, not_before(begins, until, on, "nothing that is sent after its listener's call"))


def sends(name: str, queue: str, body: bytes) -> Send:
    """Return the step that sends by the producer that goes with a consumer."""
    return Send(message(queue, body), on=f"p-{name}")


def listens(name: str, *, batch: bool = False) -> Client:
    """Return the client of a consumer with a listener to the queue of its name, and of a producer."""
    made = CreateProducer(f"p-{name}"), Start(on=f"p-{name}")
    return pusher(name, name, *made, batch=batch)


def after(name: str, calls: tuple[AnyOperation, ...], *steps: Step, queue: str = "") -> Client:
    """Return the client whose listener calls something, after which a message is sent (to its queue), and what follows."""
    first = WhenCalled(calls), sends(name, name, b"first"), AwaitDeliveries(1)
    return client(name, *first, sends(name, queue or name, LATER), *steps)


@clauses(
    {
        "api.Consumer.suspend-holds": silent(ops(Suspend, on="suspends"), "suspends", ops(Resume, on="suspends")),
        "api.Consumer.suspend-holds-batch": silent(ops(Suspend, on="holds"), "holds", ops(Resume, on="holds")),
        "api.Consumer.resume-delivers-later": where_done_inside(
            ops(Suspend, Resume, client="resumes.listener"), nothing_lost("resumes", which=to("resumes"))
        ),
        "api.Consumer.unbind-queue-no-push": where_done_inside(
            ops(UnbindQueue),
            nothing_to("unbinds", "nothing that is sent after its listener unbound it", after_unbinding),
        ),
        "api.Consumer.listener-called": where_done_inside(
            ops(BindQueue, client="binds.listener"), nothing_lost("binds", which=to("bound-inside"))
        ),
    }
)
def test_what_a_listener_asks_of_its_consumer_is_done(conform: Conform) -> None:
    """A listener that suspends, resumes, unbinds or binds its own consumer is obeyed or refused."""
    names = ("suspends", "resumes", "unbinds", "binds")
    program = Program.of(*map(listens, names), listens("holds", batch=True), queues=(*names, "holds", "bound-inside"))
    held = Quiet(2), Resume(), AwaitDeliveries(2)
    bind = BindQueue("bound-inside", Reply.ACK, on="binds")
    conform(
        program.then(
            after("suspends", (Suspend(on="suspends"),), *held),
            after("holds", (Suspend(on="holds"),), *held),
            after("resumes", (Suspend(on="resumes"), Resume(on="resumes")), AwaitDeliveries(2)),
            after("unbinds", (UnbindQueue("unbinds", on="unbinds"),), Quiet(2)),
            after("binds", (bind,), AwaitDeliveries(2), queue="bound-inside"),
        )
    )


@clauses(
    {
        "api.ServiceLifecycle.stop-no-push": silent(ops(Stop), "stops", ops(Start, client="again")),
        "api.ServiceLifecycle.stopped-state": where_done_inside(ops(Stop), gives(ops(CurrentState), LifeState.STOPPED)),
        "2.3.4-at-least-once": where_done_inside(
            ops(Send, client="sends.listener"), nothing_lost("c", which=to("answers"))
        ),
    }
)
def test_a_listener_stops_and_another_sends(conform: Conform) -> None:
    """A consumer that its own listener stops is stopped, and what a listener sends comes; or either is refused."""
    program = Program.of(listens("stops"), listens("sends"), producer("inner"), queues=("stops", "sends", "answers"))
    program = program.then(
        after("stops", (Stop(on="stops"),), Quiet(2), CurrentState()),
        after("sends", (Send(message("answers"), on="inner"),)),
    )
    conform(program.then(client("again", Start(on="stops")), puller("c", "answers", ReceiveUntil(1))))


@clauses(
    {
        "api.Producer.send-async-delivers": where_done_inside(
            ops(SendAsync, client="one.listener"), nothing_lost("c", which=to("answers"))
        ),
    }
)
def test_what_the_listener_of_a_future_sends_is_sent(conform: Conform) -> None:
    """What the listeners of futures send, without waiting for it, comes."""
    steps: list[Step] = [step for name in FUTURES for step in (CreateProducer(f"p-{name}"), Start(on=f"p-{name}"))]
    for name in FUTURES:
        inner = SendAsync(message("answers", name.encode()), f"inner-{name}", on=f"p-{name}")
        steps += SendAsync(message("q"), name), WhenCalled((inner,), on=name), AddListener(on=name)
    program = Program.of(producer("p", *steps, *(AwaitCalls(1, on=name) for name in FUTURES)), queues=("q", "answers"))
    program = program.then(*(client(name, Get(on=f"inner-{name}")) for name in FUTURES))
    conform(program.then(puller("c", "answers", ReceiveUntil(len(FUTURES)))))
