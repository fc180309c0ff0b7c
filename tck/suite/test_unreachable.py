"""What fails while the server cannot be reached, and what takes effect once it can."""

from tck.adapter import Status
from tck.checkers.answers import Checker, Select, all_of, any_of, fails, follows, gives, has_status, ops, succeeds
from tck.checkers.delivery import nothing_lost, once
from tck.checkers.later import provides, unless_null_before
from tck.checkers.matching import Which
from tck.checkers.readings import left_behind, where
from tck.checkers.status import where_refused
from tck.conformance import Conform, clauses
from tck.operations import (
    Ack,
    BatchReceive,
    BatchReceiveAt,
    BindQueue,
    BindQueueBatch,
    BindQueues,
    BindQueuesBatch,
    ContextAck,
    CreateConsumer,
    CreateProducer,
    CreatePullConsumer,
    CreatePushConsumer,
    CreateQueue,
    CurrentState,
    CutOff,
    DeleteQueue,
    Get,
    IsDone,
    LifeState,
    ListQueues,
    Open,
    Operation,
    Receive,
    ReceiveAt,
    ReceiveForever,
    Reply,
    Restore,
    Send,
    SendAsync,
    SendBatch,
    SendBatchAsync,
    SendBatchOneway,
    SendOneway,
    Start,
    Stop,
)
from tck.programs import (
    AckReceived,
    AwaitDeliveries,
    Client,
    Drain,
    Program,
    Quiet,
    ReceiveFrom,
    ReceiveUntil,
    Step,
    client,
    message,
    producer,
    puller,
    send,
)

UNREACHED = ops(Ack, client="acker")
NO_OTHER = any_of(*(left_behind(again=again, by="holds", to="near holds", select=UNREACHED) for again in (True, False)))
LOST = message("q", b"cut off")
BATCH = (LOST, LOST)


def afar(*steps: Step) -> Client:
    """Return the client that opens an access point which can be cut off, as "far", and makes everything there."""
    return client("opener", Open(on="far", relayed=True), *steps)


def started(create: type[CreateConsumer | CreatePullConsumer | CreatePushConsumer], *names: str) -> tuple[Step, ...]:
    """Return the steps that create and start consumers there."""
    return tuple(step for name in names for step in (create(name=name, on="far"), Start(on=name)))


def binding(name: str, kind: type[Operation]) -> Checker:
    """The binding fails, or what is sent once the server can be reached arrives."""
    return any_of(
        fails(ops(kind, on=name)), nothing_lost(name, which=lambda one: (one.message.body or b"") == name.encode())
    )


def done(name: str) -> Checker:
    """The future of this client completes with an error."""
    return all_of(fails(ops(Get, client=name)), gives(ops(IsDone, client=name), expected=True))


def unavailable(select: Select) -> Checker:
    """What fails while the server cannot be reached, unless with TIMEOUT, says so by its status."""
    return where_refused(select, Status.SERVICE_UNAVAILABLE)


@clauses(
    {
        "api.Producer.send-failure": fails(ops(Send, client="alone")),
        "api.Producer.send-async-failure": done("async"),
        "api.Producer.send-batch-failure": fails(ops(SendBatch, client="batch")),
        "api.Producer.send-batch-async-failure": done("batch async"),
        "api.Producer.send-oneway-failure-no-error": succeeds(ops(SendOneway)),
        "api.Producer.send-batch-oneway-failure-no-error": succeeds(ops(SendBatchOneway)),
        "api.Consumer.receive-failure": fails(ops(Receive, client="receiver")),
        "api.Consumer.batch-receive-failure": fails(ops(BatchReceive, client="receiver")),
        "api.Consumer.bind-queue-failure": binding("pulls", BindQueue),
        "api.ResourceManager.create-queue-failure": fails(ops(CreateQueue, client="manager")),
        "api.ResourceManager.delete-queue-failure": fails(ops(DeleteQueue, client="manager")),
        "api.ResourceManager.list-queues-failure": fails(ops(ListQueues, client="manager")),
        "api.ServiceLifecycle.start-failure": any_of(
            fails(ops(Start, client="starter")), succeeds(ops(Send, on="late"))
        ),
        "api.ServiceLifecycle.state-after-failure": where(
            fails(ops(Start, client="starter")),
            follows(
                {
                    "before": gives(ops(CurrentState, client="starter"), LifeState.INITIALIZED),
                    "stopped": gives(ops(CurrentState, client="starter"), LifeState.STOPPED),
                }
            ),
        ),
        "api.Consumer.ack-failure": follows(
            {
                "runtime": all_of(fails(UNREACHED), NO_OTHER),
                "none": all_of(succeeds(UNREACHED), NO_OTHER),
            }
        ),
        "api.OMSResponseStatus.service-not-available": all_of(
            has_status(ops(Send, client="alone"), Status.SERVICE_UNAVAILABLE),
            has_status(ops(SendBatch, client="batch"), Status.SERVICE_UNAVAILABLE),
            has_status(ops(CreateQueue, DeleteQueue, ListQueues, client="manager"), Status.SERVICE_UNAVAILABLE),
        ),
        "api.OMSResponseStatus.service-not-available-async": unavailable(ops(Get)),
        "api.OMSResponseStatus.service-not-available-receive": unavailable(
            ops(Receive, BatchReceive, client="receiver")
        ),
        "api.OMSResponseStatus.service-not-available-bind": unavailable(ops(BindQueue, client="binder")),
        "api.OMSResponseStatus.service-not-available-start": unavailable(ops(Start, client="starter")),
    }
)
def test_what_needs_the_server_fails_without_it(conform: Conform) -> None:
    """While the server cannot be reached every way of sending but oneway, receiving, binding and managing fail."""
    quiet = conform.calibration.quiet
    held = (Send(message("kept", b"%d" % n), on="p") for n in range(2))
    program = Program.of(
        afar(
            CreateProducer("p", on="far"),
            Start(on="p"),
            *started(CreateConsumer, "c", "pulls", "holds"),
            BindQueue("empty", on="c"),
            BindQueue("kept", on="holds"),
            CreateProducer("late", on="far"),
            Send(message("q", b"before"), on="p"),
            *held,
            ReceiveUntil(2, ack=False, on="holds"),
        ),
        queues=("q", "empty", "doomed", "pulled", "kept"),
    )
    program = program.then(client("cutter", CutOff(on="far"), Quiet()))
    program = program.then(
        client("alone", Send(LOST, on="p")),
        client("async", SendAsync(LOST, on="p"), Get(), IsDone()),
        client("batch", SendBatch(BATCH, on="p")),
        client("batch async", SendBatchAsync(BATCH, on="p"), Get(), IsDone()),
        client("oneway", SendOneway(LOST, on="p"), SendBatchOneway(BATCH, on="p")),
        client("receiver", Receive(quiet, on="c"), BatchReceive(quiet, on="c")),
        client("binder", BindQueue("pulled", on="pulls")),
        client("manager", CreateQueue("made", on="far"), DeleteQueue("doomed", on="far"), ListQueues(on="far")),
        client("starter", Start(on="late"), CurrentState(on="late")),
        client("acker", AckReceived("first", on="holds")),
    )
    program = program.then(client("restorer", Restore(on="far"), Stop(on="holds")))
    conform(
        program.then(
            producer("near", send("pulled", b"pulls")),
            client("sender", Send(message("q", b"once it can be reached"), on="late")),
            client("pulls", ReceiveUntil(1)),
            puller("near holds", "kept", ReceiveUntil(1), Drain()),
        )
    )


@clauses(
    {
        "api.Consumer.listener-failure": binding("hears", BindQueue),
        "api.Consumer.batch-listener-failure": binding("hears many", BindQueueBatch),
    }
)
def test_a_listener_is_not_bound_without_the_server(conform: Conform) -> None:
    """Binding a listener while the server cannot be reached fails, or takes effect once it can."""
    program = Program.of(afar(*started(CreateConsumer, "hears", "hears many")), queues=("heard", "batched"))
    program = program.then(client("cutter", CutOff(on="far"), Quiet()))
    program = program.then(
        client("one", BindQueue("heard", Reply.ACK, on="hears")),
        client("many", BindQueueBatch("batched", Reply.ACK, on="hears many")),
    ).then(client("restorer", Restore(on="far")))
    program = program.then(producer("near", send("heard", b"hears"), send("batched", b"hears many")))
    conform(program.then(client("hears", AwaitDeliveries(1)), client("hears many", AwaitDeliveries(1))))


@clauses(
    {
        "api.MessageListener.ack-failure": fails(ops(ContextAck, on="one")),
        "api.BatchMessageListener.ack-failure": fails(ops(ContextAck, on="many")),
        "api.BatchMessageListener.success-failure": fails(ops(ContextAck, on="some")),
        "api.OMSResponseStatus.service-not-available-context": unavailable(ops(ContextAck)),
    }
)
def test_a_context_cannot_acknowledge_without_the_server(conform: Conform) -> None:
    """A context whose server cannot be reached raises where it is to acknowledge, all of it or by receipts."""
    names = ("one", "many", "some")
    binds = (
        BindQueue("one", Reply.SKIP, on="one"),
        BindQueueBatch("many", Reply.SKIP, on="many"),
        BindQueueBatch("some", Reply.SKIP, on="some"),
    )
    program = Program.of(afar(*started(CreateConsumer, *names), *binds), queues=names)
    program = program.then(producer("p", *map(send, names)))
    program = program.then(*(client(name, AwaitDeliveries(1)) for name in names)).then(
        client("cutter", CutOff(on="far"), Quiet())
    )
    conform(program.then(*(client(name, AckReceived(context=True, success=name == "some")) for name in names)))


def with_qos(qos: int) -> Which:
    """Select messages with this quality of service."""
    return lambda one: one.message.header.qos == qos


@clauses(
    {
        "2.3.4-qos-1-consumer-lost": once(which=with_qos(1)),
        "2.3.4-qos-2-consumer-lost": once(which=with_qos(2)),
    }
)
def test_what_a_lost_consumer_had_is_not_given_to_another(conform: Conform) -> None:
    """What was handed out at most once, and what was acknowledged of exactly once, does not come again when a consumer is lost."""
    held = (BindQueue("most", on="at most"), BindQueue("exact", on="exactly"))
    program = Program.of(
        afar(*started(CreateConsumer, "at most", "exactly"), *held),
        producer("p", *[send("most", qos=1)] * 3, *[send("exact", qos=2)] * 3),
        queues=("most", "exact"),
    )
    program = program.then(client("at most", ReceiveUntil(3, ack=False)), client("exactly", ReceiveUntil(3)))
    program = program.then(client("cutter", CutOff(on="far"), Quiet()))
    conform(program.then(puller("near", "most", Drain(times=4)), puller("nearer", "exact", Drain(times=4))))


@clauses(
    {
        "api.PullConsumer.bind-queues-failure": binding("pulls", BindQueues),
        "api.PullConsumer.ack-failure": fails(ops(Ack, client="c")),
        "api.PullConsumer.receive-at-failure": where(provides(ops(ReceiveAt)), fails(ops(ReceiveAt))),
        "api.PullConsumer.batch-receive-at-failure": where(provides(ops(BatchReceiveAt)), fails(ops(BatchReceiveAt))),
        "api.OMSResponseStatus.service-not-available-pull-consumer": unavailable(
            lambda history: [*ops(Ack, client="c")(history), *ops(BindQueues, client="binder")(history)]
        ),
        "api.OMSResponseStatus.service-not-available-receive-at": where(
            provides(ops(ReceiveAt, BatchReceiveAt)), unavailable(ops(ReceiveAt, BatchReceiveAt))
        ),
        "api.PullConsumer.receive-forever-failure": unless_null_before(ops(ReceiveForever), ops(Restore)),
    }
)
def test_a_pulling_consumer_without_the_server(conform: Conform) -> None:
    """While the server cannot be reached a consumer that pulls acknowledges and receives nothing, and is not bound."""
    program = Program.of(producer("p", send("q", b"held")), queues=("q", "empty", "pulled"))
    bound = (BindQueues(("q",), on="c"), BindQueues(("empty",), on="waits"))
    program = program.then(afar(*started(CreatePullConsumer, "c", "pulls", "waits"), *bound))
    program = program.then(client("c", ReceiveUntil(1, ack=False))).then(client("cutter", CutOff(on="far"), Quiet()))
    timeout = conform.calibration.quiet
    positions = (ReceiveFrom(b"held", timeout=timeout), ReceiveFrom(b"held", timeout=timeout, batch=True))
    program = program.then(
        client("c", AckReceived("all", again=True), *positions), client("binder", BindQueues(("pulled",), on="pulls"))
    )
    program = program.then(
        client("waiter", ReceiveForever(on="waits")), client("restorer", Quiet(2), Restore(on="far"), Stop(on="waits"))
    )
    conform(program.then(producer("near", send("pulled", b"pulls"))).then(client("pulls", ReceiveUntil(1))))


@clauses(
    {
        "api.PushConsumer.listener-failure": binding("hears", BindQueues),
        "api.PushConsumer.batch-listener-failure": binding("hears many", BindQueuesBatch),
        "api.OMSResponseStatus.service-not-available-push-consumer": unavailable(ops(BindQueues, BindQueuesBatch)),
    }
)
def test_a_pushed_consumer_without_the_server(conform: Conform) -> None:
    """Binding a listener to queues while the server cannot be reached fails, or takes effect once it can."""
    program = Program.of(afar(*started(CreatePushConsumer, "hears", "hears many")), queues=("heard", "batched"))
    program = program.then(client("cutter", CutOff(on="far"), Quiet()))
    program = program.then(
        client("one", BindQueues(("heard",), Reply.ACK, on="hears")),
        client("many", BindQueuesBatch(("batched",), Reply.ACK, on="hears many")),
    ).then(client("restorer", Restore(on="far")))
    program = program.then(producer("near", send("heard", b"hears"), send("batched", b"hears many")))
    conform(program.then(client("hears", AwaitDeliveries(1)), client("hears many", AwaitDeliveries(1))))
