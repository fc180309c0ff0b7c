"""Runs a program on an adapter and returns the history of what happened."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from time import monotonic, monotonic_ns, time_ns
from typing import Any

import msgspec

from tck.access_point import redact
from tck.adapter import AccessPoint, BatchContext, Context, Link, OmsError, TransactionalContext
from tck.callbacks import Interceptor, Listener
from tck.connection import SECRET, Connection, public, without_secret
from tck.errors import UsageError
from tck.given import raised, typed
from tck.history import MARK, Calibration, Entry, History, Origin, Outcome
from tck.messages import ExtensionHeader, Message, QueueMetaData, SendResult
from tck.naming import ACCESS_POINT, Names
from tck.operations import (
    NO_METHOD,
    NO_RELAY,
    PROFILES,
    QUIET,
    Ack,
    AddInterceptor,
    AddListener,
    Answer,
    AnyOperation,
    Attributes,
    BatchReceive,
    BatchReceiveAt,
    BindQueue,
    BindQueueBatch,
    BindQueues,
    BindQueuesBatch,
    Check,
    Close,
    Commit,
    ContextAck,
    ContextAnswer,
    CreateConsumer,
    CreateMessage,
    CreateNamespace,
    CreateProducer,
    CreatePullConsumer,
    CreatePushConsumer,
    CreateQueue,
    CreateTransactionProducer,
    CutOff,
    DeleteNamespace,
    DeleteQueue,
    Deliver,
    Error,
    ErrorKind,
    FillMessage,
    Get,
    GetQueueMetaData,
    GetThrowable,
    Handle,
    Hold,
    KeySet,
    NewKeyValue,
    Open,
    Operation,
    Prepare,
    Put,
    Receive,
    ReceiveAt,
    ReceiveForever,
    RemoveInterceptor,
    Reply,
    Restore,
    Send,
    SendAsync,
    SendBatchAsync,
    Stop,
    Wait,
    Way,
    name,
)
from tck.programs import (
    EVERYBODY,
    AckReceived,
    AwaitCalls,
    AwaitClients,
    AwaitDeliveries,
    Client,
    Drain,
    Forward,
    Program,
    Quiet,
    ReceiveFrom,
    ReceiveUntil,
    Respond,
    SendExpiring,
    SendPartitioned,
    Step,
    sends,
)
from tck.recorder import OpenOperation, Recorder
from tck.relay import Relay
from tck.workers import Work, Workers

SETUP = "setup"
CLEANUP = "cleanup"
SERVER_FAULTS = range(1500, 1600)
"""Status codes that say that the server is at fault, for now: what was asked may be asked again."""


class ListenerFailure(Exception):
    """What a program's listener raises where its reply is to raise."""


class _Skipped(msgspec.Struct, frozen=True):
    """What acknowledges, by its context, a delivery that a listener has skipped, and the receipts of its messages."""

    delivery: int
    ack: Callable[[], None]
    success: Callable[[Sequence[str]], None] | None
    receipts: Sequence[str]


class _Abandoned(Exception):
    """The client cannot go on: a handle is missing."""


class _Broken(Exception):
    """The program need not go on: the adapter broke its contract, so nothing of it can be judged."""


def run(
    program: Program, connection: Connection, calibration: Calibration, *, check: str = "", encoded: bytes = b""
) -> History:
    """Run a program once and return its history; never raise for anything that the adapter does.

    Raises UsageError where the program calls two kinds of handles by one name.

    `encoded` is the program as JSON, where somebody has it already.
    """
    return _Run(program, connection, calibration, check, encoded or msgspec.json.encode(program)).history()


class _Run:
    """One run: the handles by name, what was received, and the recorder."""

    def __init__(
        self, program: Program, connection: Connection, calibration: Calibration, check: str, encoded: bytes
    ) -> None:
        self.program = program
        self.encoded = msgspec.Raw(encoded)
        self.connection = connection
        self.calibration = calibration
        self.check = check
        self.names = Names(program.queues, connection, calibration.patience)
        self.interceptors: dict[tuple[str, str], Interceptor] = {}
        self.recorder = Recorder()
        self.handles: dict[str, Any] = {}
        self.kinds: dict[str, Handle] = {}
        self.pending: dict[str, list[tuple[str, object]]] = defaultdict(list)
        self.contexts: dict[str, dict[tuple[object, ...], _Skipped]] = defaultdict(dict)
        self.stale: dict[str, list[tuple[str, object]]] = defaultdict(list)
        self.stale_contexts: dict[str, dict[tuple[object, ...], _Skipped]] = defaultdict(dict)
        self.bound: dict[tuple[str, str], threading.Event] = defaultdict(threading.Event)
        self.delivered: dict[str, set[object]] = defaultdict(set)
        self.left: set[object] = set()
        self.last: dict[tuple[str, str], Message] = {}
        self.pulled: dict[tuple[str, bytes | None], Message] = {}
        self.asked: dict[str, list[object]] = defaultdict(list)
        self.calls: dict[str, int] = defaultdict(int)
        self.arrival = threading.Condition()
        self.over = threading.Event()
        self.broken = threading.Event()
        self.active: set[str] = set()
        self.current: dict[str, OpenOperation | None] = {}
        self.hangs: dict[int, str] = {}
        self.partitions: dict[str, list[int]] = {}
        self.links: dict[str, Link] = {}
        self.listening: set[str] = set()

    def history(self) -> History:
        try:
            self.await_end(_workers.begin(self.play))
            entries = self.entries()
        finally:
            self.over.set()
            for link in self.links.values():
                link.restore()
            faults = self.cleanup()
            for link in self.links.values():
                link.cut()
        return History(
            Origin(
                self.check,
                self.names.id,
                self.connection.target,
                self.names.by_queue,
                self.calibration,
                self.encoded,
                {part: str(support) for part, support in self.connection.adapter.capabilities.items()},
                redact(self.connection.uri),
            ),
            (*entries, *(msgspec.structs.replace(e, index=n) for n, e in enumerate(faults, start=len(entries)))),
        )

    # Phases and clients -------------------------------------------------------------------------------------------------

    def play(self) -> None:
        """Set the program up and run its phases, as far as it can go on."""
        setup = Client(SETUP, (Open(on=ACCESS_POINT), *map(CreateQueue, self.program.queues)))
        if self.phase((setup,)) and all(e.outcome is Outcome.OK for e in self.recorder.entries()):
            all(map(self.phase, self.program.phases))

    def phase(self, clients: Sequence[Client]) -> bool:
        """Run clients at the same time, the first of them on this thread; return whether the program can go on."""
        self.active.update(one.name for one in clients)
        others = [_workers.begin(partial(self.client, one)) for one in clients[1:]]
        for one in clients[:1]:
            self.client(one)
        for other in others:
            other.wait()
        return not self.broken.is_set()

    def await_end(self, played: Work) -> None:
        """Wait until the program has been played, or all of its clients that have not ended hang in an operation.

        What is overdue is given a moment more: it may be the kit's own process that stood still.
        """
        while not played.wait(self.calibration.patience):
            late = {client: one for client, one in self.current.copy().items() if one and self.overdue(one)}
            if not late or played.wait(self.calibration.patience / 2):
                continue
            hung = {client for client, one in late.items() if one.completed is None}
            for client in hung:
                self.give_up(client, late[client])
            if hung:
                self.broken.set()
                if self.active <= hung:
                    return

    def limit(self, op: AnyOperation) -> float:
        """Return within how many seconds an operation is to return."""
        return (getattr(op, "timeout", None) or 0) + self.calibration.overdue

    def overdue(self, operation: OpenOperation) -> bool:
        """Tell whether an operation should have returned by now, and has not."""
        return operation.completed is None and monotonic() - operation.invoked / 1e9 >= self.limit(operation.op)

    def give_up(self, client: str, operation: OpenOperation) -> None:
        """Write down that the adapter hangs in an operation."""
        op = operation.op
        if isinstance(op, ReceiveForever):  # it may wait for ever: a checker says whether it should have ended
            self.recorder.open(client, Wait("no longer for what may last for ever", on=op.on)).close(Outcome.OK)
            return
        self.hangs[operation.index] = f"the adapter hangs: {name(op)} did not return within {self.limit(op):.0f} s"

    def entries(self) -> tuple[Entry, ...]:
        """Return what was recorded; an operation that was given up stays one, though it may have returned since."""
        recorded = self.recorder.entries()
        self.hung_listeners(recorded)
        if not self.hangs:
            return recorded
        return tuple(
            msgspec.structs.replace(e, outcome=Outcome.UNKNOWN, problem=self.hangs[e.index])
            if e.index in self.hangs
            else e
            for e in recorded
        )

    def hung_listeners(self, recorded: Sequence[Entry]) -> None:
        """Write down that the adapter hangs where a listener's acknowledgement, called long ago, has not returned."""
        for entry in recorded:
            if entry.completed is None and isinstance(entry.op, ContextAck | ContextAnswer):
                seconds = monotonic() - entry.invoked / 1e9
                if seconds > self.calibration.patience / 2:
                    self.hangs[entry.index] = (
                        f"the adapter hangs: a listener's context did not return within {seconds:.1f} s"
                    )

    def client(self, one: Client) -> None:
        try:
            for step in one.steps:
                if self.broken.is_set() or self.over.is_set():
                    return
                self.step(one.name, step)
        except _Broken:
            self.broken.set()
        except _Abandoned:
            return  # the other clients go on: what they do shows other things
        finally:
            with self.arrival:
                self.active.discard(one.name)
                self.arrival.notify_all()

    def step(self, client: str, step: Step) -> None:
        match step:
            case ReceiveUntil():
                self.receive_until(client, step)
            case Drain():
                self.drain(client, step)
            case AckReceived():
                self.ack_received(client, step)
            case AwaitDeliveries(count=count):
                self.await_deliveries(client, step.on or client, count)
            case AwaitCalls(count=count):
                self.await_calls(client, step.on or client, count)
            case AwaitClients(clients=clients):
                self.await_clients(client, frozenset(clients))
            case Quiet(times=times, least=least):
                wait = self.recorder.open(client, Wait(QUIET, on=step.on or client))
                self.over.wait(max(self.calibration.quiet * times, least))
                wait.close(Outcome.OK)
            case SendExpiring():
                expiring = _expiring(step)
                if step.transaction:
                    self.call(client, Prepare(expiring.message, step.transaction, on=step.on))
                else:
                    self.send(client, step.way, expiring)
            case Respond():
                last = self.last.get((client, "received"), Message())
                self.call(client, _extended(step, correlation_id=last.header.message_id))
            case ReceiveFrom():
                self.receive_from(client, step)
            case SendPartitioned():
                self.send_partitioned(client, step)
            case GetQueueMetaData():
                told = self.call(client, step).result
                if isinstance(told, QueueMetaData):
                    self.partitions[self.names.real(step.queue)] = [partition.id for partition in told.partitions]
            case Get():
                answer = self.call(client, step)
                if answer.outcome is Outcome.OK and answer.result is None:
                    self.call(client, GetThrowable(on=step.on))
            case Forward():
                self.forward(client, step)
            case Send():
                result = self.call(client, step).result
                if isinstance(result, SendResult) and result.message:
                    self.last[client, "sent"] = result.message
            case CreateMessage():
                made = self.call(client, step).result
                if isinstance(made, Message):
                    self.last[client, "made"] = made
            case Stop():
                on = step.on or client
                self.call(client, step)
                self.stale[on] = self.pending.pop(on, [])  # a stopped consumer holds nothing any more
                self.stale_contexts[on] = self.contexts.pop(on, {})
            case BindQueue(queue=queue) | BindQueueBatch(queue=queue):
                self.call(client, step)
                self.bound[step.on or client, self.names.real(queue)].set()
            case Receive() | BatchReceive() | ReceiveForever():
                self.received(self.call(client, step), client, step.on, ack=False)
            case _:
                self.call(client, step)

    def receive_until(self, client: str, step: ReceiveUntil) -> None:
        come: set[object] = set()
        kind = BatchReceive if step.batch else Receive
        deadline = monotonic() + self.calibration.patience
        while len(come) < step.count:
            entry = self.call(client, kind(on=step.on))
            new = self.received(entry, client, step.on, ack=step.ack)
            if not new <= come:
                deadline = monotonic() + self.calibration.patience
            elif monotonic() > deadline or self.over.is_set():
                return
            elif not new:
                if not _busy(entry):
                    return
                self.over.wait(self.calibration.quiet)
            come |= new

    def drain(self, client: str, step: Drain) -> None:
        quiet = max(self.calibration.quiet * step.times, step.least)
        deadline = monotonic() + self.calibration.patience
        left = set(self.left) if step.rest else set()
        come: set[object] = set()
        while True:
            entry = self.call(client, Receive(quiet, on=step.on))
            if got := self.received(entry, client, step.on, ack=step.ack):
                if not got <= come:
                    deadline = monotonic() + self.calibration.patience
                elif monotonic() > deadline or self.over.is_set():
                    return  # it gives the same again and again
                come |= got
                continue
            if _busy(entry) and monotonic() < deadline and not self.over.wait(quiet):
                continue
            mine = self.delivered[step.on or client]
            missing = len(self.delivered[EVERYBODY]) < step.expect or not left & self.left <= mine
            if not missing or monotonic() > deadline or self.over.is_set():
                return

    def received(self, entry: OpenOperation, client: str, on: str, *, ack: bool) -> set[object]:
        """Note what a receive brought, acknowledge it if asked, and return which messages that is."""
        result = entry.result
        messages = (result,) if isinstance(result, Message) else result or ()
        if messages:
            self.last[client, "received"] = messages[-1]
            self.pulled.update({(on or client, message.body): message for message in messages})
        keys = self.arrived(on or client, messages)
        for message, key in zip(messages, keys, strict=True):
            if message.receipt is not None:
                if ack:
                    self.acknowledge(client, on, message.receipt, key)
                else:
                    self.pending[on or client].append((message.receipt, key))
        return set(keys)

    def ack_received(self, client: str, step: AckReceived) -> None:
        on = step.on or client
        chosen = {"all": slice(None), "first": slice(0, 1), "last": slice(-1, None)}[step.which]
        if step.context:
            self.ack_by_contexts(client, step, chosen)
            return
        pending = (self.stale if step.stale else self.pending)[step.of or on]
        for receipt, key in pending[chosen]:
            if not step.again:
                pending.remove((receipt, key))
            self.acknowledge(client, on, receipt, key)

    def ack_by_contexts(self, client: str, step: AckReceived, chosen: slice) -> None:
        on = step.of or step.on or client
        contexts = (self.stale_contexts if step.stale else self.contexts)[on]
        for keys in list(contexts)[chosen]:
            skipped = contexts[keys] if step.again else contexts.pop(keys)
            receipts = [receipt for receipt, _ in self.pending[step.foreign]] if step.foreign else skipped.receipts
            act = partial(skipped.success, receipts) if step.success and skipped.success else skipped.ack
            places = () if step.foreign else range(len(keys))
            if self.by_context(client, ContextAck(skipped.delivery, tuple(places), on=on), act):
                self.left.difference_update(keys if places else ())

    def receive_from(self, client: str, step: ReceiveFrom) -> None:
        there = self.pulled.get((step.of or step.on or client, step.body))
        if there is None or there.receipt is None:
            self.recorder.open(client, Wait(f"in vain: nothing with the body {step.body!r} was pulled", on=step.on))
            raise _Abandoned
        kind = BatchReceiveAt if step.batch else ReceiveAt
        own = (there.extension_header or ExtensionHeader()).partition or 0
        partition = own if step.partition is None else step.partition
        self.call(
            client,
            kind(self.names.named(there.header.destination) or "", partition, there.receipt, step.timeout, on=step.on),
        )

    def send_partitioned(self, client: str, step: SendPartitioned) -> None:
        there = self.partitions.get(self.names.real(step.message.header.destination or ""))
        if not there:
            self.recorder.open(client, Wait("in vain: the partitions of the queue were not told", on=step.on))
            raise _Abandoned
        for partition in {"each": there, "past": [max(there) + 1], "below": [-1]}[step.which]:
            moment = {} if step.expires is None else {"expire_time": _moment(step.expires)}
            self.send(client, step.way, _extended(step, partition=partition, **moment))

    def send(self, client: str, way: Way, alone: Send) -> None:
        """Send a message in this way instead of alone."""
        for step in sends(way, alone.message):
            self.call(client, step if isinstance(step, Get | Commit) else msgspec.structs.replace(step, on=alone.on))  # type: ignore[arg-type] # operations

    def forward(self, client: str, step: Forward) -> None:
        last = self.last.get((client, step.what))
        if last is None:
            self.recorder.open(client, Wait(f"in vain: nothing was {step.what} that could be sent", on=step.on))
            raise _Abandoned
        destination = step.queue or self.names.named(last.header.destination)
        again = msgspec.structs.replace(
            last,
            header=msgspec.structs.replace(last.header, destination=destination),
            properties={**last.properties, **step.properties},
            body=last.body if step.body is None else step.body,
        )
        self.call(client, Send(again, on=step.on))

    def acknowledge(self, client: str, on: str, receipt: str, key: object) -> None:
        if self.call(client, Ack(receipt, on=on)).outcome is Outcome.OK:
            self.left.discard(key)

    def await_deliveries(self, client: str, on: str, count: int) -> None:
        wait = self.recorder.open(client, Wait(f"until {count} messages have been delivered", on=on))
        with self.arrival:
            come, deadline = -1, 0.0
            while len(self.delivered[on]) < count and not self.over.is_set() and on in {EVERYBODY, *self.listening}:
                if len(self.delivered[on]) > come:
                    come, deadline = len(self.delivered[on]), monotonic() + self.calibration.patience
                if not self.arrival.wait(deadline - monotonic()):
                    break
        wait.close(Outcome.OK if len(self.delivered[on]) >= count else Outcome.FAIL)

    def await_calls(self, client: str, on: str, count: int) -> None:
        wait = self.recorder.open(client, Wait(f"until it has called back {count} times", on=on))
        with self.arrival:
            called = self.arrival.wait_for(
                lambda: self.calls[on] >= count or self.over.is_set(), self.calibration.patience
            )
        wait.close(Outcome.OK if called else Outcome.FAIL)

    def await_clients(self, client: str, others: frozenset[str]) -> None:
        wait = self.recorder.open(client, Wait(f"until {', '.join(sorted(others))} have ended"))
        with self.arrival:
            ended = self.arrival.wait_for(
                lambda: not self.active & others or self.over.is_set(), self.calibration.patience
            )
        wait.close(Outcome.OK if ended else Outcome.FAIL)

    def called(self, handle: str) -> None:
        """Note that a handle called back."""
        with self.arrival:
            self.calls[handle] += 1
            self.arrival.notify_all()

    # One operation ------------------------------------------------------------------------------------------------------

    def call(self, client: str, step: AnyOperation) -> OpenOperation:
        """Do one operation, write down what came of it, and return that; stop the client where the adapter is at fault."""
        op = self.names.resolved(client, step)
        if op.handle is not Handle.DRIVER and op.on not in self.handles:
            self.recorder.open(client, Wait(f"in vain: {name(op)} needs {op.on!r}, which was not created", on=op.on))
            raise _Abandoned
        operation = self.current[client] = self.recorder.open(client, public(op))
        try:
            result = self.method(op)(*self.arguments(op))
        except BaseException as error:  # noqa: BLE001 - whatever an adapter raises is recorded, SystemExit too
            self.fail(operation, error)
            if operation.problem:
                raise _Broken from None
            return operation
        if isinstance(op, BindQueue | BindQueueBatch | BindQueues | BindQueuesBatch):
            self.listening.add(op.on)
        if isinstance(op, CreateNamespace):
            self.names.namespaces.add(op.namespace)
        made = _MAKES.get(type(op))
        if made:
            self.keep(made.named(op), made.kind, result)
            operation.close(Outcome.OK)
            return operation
        ended = monotonic_ns(), time_ns()
        result, fault = typed(result, op.returns)
        if fault:
            operation.close(Outcome.UNKNOWN, problem=f"the adapter's {name(op)} returned {fault}")
            raise _Broken
        if isinstance(op, Attributes):
            result = {key: "***" if SECRET.search(key) else redact(value) for key, value in result.items()}
        operation.close(Outcome.OK, result, at=ended)
        return operation

    def keep(self, handle: str, kind: Handle, made: Any) -> None:
        """Keep what an operation made; a handle of another kind by the same name would never be given back."""
        if self.kinds.setdefault(handle, kind) is not kind:
            raise UsageError(
                f"the program calls a {kind} {handle!r}, as it calls a {self.kinds[handle]} already",
                expected="a name of its own for each kind of handle",
                remedy="mend the program",
            )
        self.handles[handle] = made

    def fail(self, operation: OpenOperation, error: BaseException) -> None:
        """Write down how an operation failed: with an error of the standard, or by a fault of the adapter."""
        if isinstance(error, OmsError):
            given, fault = typed(getattr(error, "error", None), Error)
            if not fault:
                given = msgspec.structs.replace(given, text=self.without_secret(given.text))
                operation.close(Outcome.FAIL, error=given)
                return
            operation.close(
                Outcome.UNKNOWN, problem=f"the adapter's {name(operation.op)} raised an OmsError of {fault}"
            )
        else:
            operation.close(Outcome.UNKNOWN, problem=self.without_secret(raised(error)))

    def without_secret(self, text: str) -> str:
        """Return a text of the adapter without what it was opened with as a secret."""
        return without_secret(text, self.connection)

    def method(self, op: AnyOperation) -> Callable[..., Any]:
        if isinstance(op, Open):
            return partial(self.open_relayed, op.on) if op.relayed else self.connection.adapter.open
        if isinstance(op, CutOff | Hold | Restore):
            link = self.links.get(op.on)
            ways = {} if link is None else {CutOff: link.cut, Hold: link.hold, Restore: link.restore}
            return ways.get(type(op), _no_link)
        handle: Any = self.connection.adapter if op.handle is Handle.DRIVER else self.handles[op.on]
        if op.handle is Handle.MANAGER:
            handle = handle.resource_manager()
        if isinstance(op, CreateMessage | FillMessage) and self.kinds[op.on] is Handle.ACCESS_POINT:
            handle = handle.message_factory()
        profile = PROFILES.get(type(op))
        if profile and profile not in self.connection.adapter.profiles and not hasattr(handle, name(op)):
            return _absent
        return getattr(handle, name(op))  # type: ignore[no-any-return] # a method of the contract, by its name

    def open_relayed(self, name: str, uri: str, attributes: Mapping[str, str]) -> AccessPoint:
        """Open an access point whose way to the server can be cut: the adapter cuts it itself, or the kit does."""
        adapter = self.connection.adapter
        if hasattr(adapter, "open_linked"):
            opened, self.links[name] = adapter.open_linked(uri, attributes)
            return opened  # type: ignore[no-any-return] # as Linked says
        relay = self.links[name] = Relay(uri)
        return adapter.open(relay.uri, attributes)

    def arguments(self, op: AnyOperation) -> tuple[Any, ...]:
        given = _ARGUMENTS.get(type(op))
        return (
            given(self, op) if given else tuple(getattr(op, field) for field in op.__struct_fields__ if field != "on")
        )

    def where(self, op: Open) -> tuple[str, Mapping[str, str]]:
        """Return the URI and the attributes that an access point is opened with."""
        ways: Mapping[str, Mapping[str, str]] = getattr(self.connection.adapter, "use_cases", {})
        whole = {**self.connection.attributes, **ways.get(op.use_case, {}), **op.with_attributes}
        return self.connection.uri if op.uri is None else op.uri, whole

    def interceptor(self, op: AddInterceptor) -> Interceptor:
        if (op.on, op.interceptor) not in self.interceptors:
            self.interceptors[op.on, op.interceptor] = Interceptor(self.recorder, op, self.called)
        return self.interceptors[op.on, op.interceptor]

    # Listeners ----------------------------------------------------------------------------------------------------------

    def listener(self, consumer: str, queue: str | None, reply: Reply) -> Callable[[Message, Context], None]:
        def on_received(message: Message, context: Context) -> None:
            self.deliver(consumer, Deliver(queue, (message,), reply, on=consumer), partial(_call, context, "ack"), None)

        return on_received

    def batch_listener(
        self, consumer: str, queue: str | None, reply: Reply
    ) -> Callable[[Sequence[Message], BatchContext], None]:
        def on_received(messages: Sequence[Message], context: BatchContext) -> None:
            given: Any = tuple(messages) if isinstance(messages, Sequence) else (messages,)
            deliver = Deliver(queue, given, reply, batch=True, on=consumer)
            self.deliver(consumer, deliver, partial(_call, context, "ack"), partial(_call, context, "success"))

        return on_received

    def deliver(
        self,
        consumer: str,
        op: Deliver,
        ack: Callable[[], None],
        success: Callable[[Sequence[str]], None] | None,
    ) -> None:
        messages, fault = typed(op.messages, tuple[Message, ...])
        delivery = self.recorder.open(f"{consumer}.listener", msgspec.structs.replace(op, messages=messages or ()))
        if fault:
            delivery.close(Outcome.UNKNOWN, problem=f"the adapter gave a listener {fault}")
            return
        if op.reply is Reply.BOUND and op.queue:
            self.bound[consumer, op.queue].wait(self.calibration.patience)
        acknowledged: list[int] = []
        for places, act in _acknowledgements(op, ack, success):
            acknowledged += self.context_ack(consumer, delivery.index, places, act)
        delivery.close(Outcome.OK)
        if op.reply is Reply.SKIP:
            given = tuple(map(_key, messages or ()))
            self.contexts[consumer].pop(given, None)  # of a message that comes again the last context counts
            receipts = [message.receipt or "" for message in messages or ()]
            self.contexts[consumer][given] = _Skipped(delivery.index, ack, success, receipts)
        keys = self.arrived(consumer, messages or ())
        if op.reply is Reply.SKIP:
            pairs = zip(messages or (), keys, strict=True)
            self.pending[consumer] += [(one.receipt, key) for one, key in pairs if one.receipt is not None]
        self.left.difference_update(keys[place] for place in acknowledged)
        if op.reply in {Reply.RAISE, Reply.ODD_RAISE}:
            raise ListenerFailure(f"the listener of {consumer} raises, as its program says")

    def arrived(self, consumer: str, messages: Sequence[Message]) -> list[object]:
        """Note what was delivered, and return its keys: a message that comes again, known by its mark, is no further one."""
        keys = [_key(message) for message in messages]
        with self.arrival:
            self.delivered[consumer].update(keys)
            self.delivered[EVERYBODY].update(keys)
            self.left.update(keys)
            self.arrival.notify_all()
        return keys

    def context_ack(
        self, consumer: str, delivery: int, positions: Sequence[int], ack: Callable[[], None]
    ) -> Sequence[int]:
        """Acknowledge by a listener's context, and return the positions for which that succeeded."""
        done = self.by_context(f"{consumer}.listener", ContextAck(delivery, tuple(positions), on=consumer), ack)
        return positions if done else ()

    def by_context(self, client: str, op: AnyOperation, act: Callable[[], None]) -> bool:
        """Write down what a listener does by its context, and what came of it; return whether that succeeded."""
        operation = self.current[client] = self.recorder.open(client, op)
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - whatever an adapter raises is recorded, SystemExit too
            self.fail(operation, error)
            return False
        operation.close(Outcome.OK)
        return True

    def check_listener(
        self, producer: str, answers: Sequence[Answer]
    ) -> Callable[[Message, TransactionalContext], None]:
        def check(message: Message, context: TransactionalContext) -> None:
            given, fault = typed(message, Message)
            key = MARK if fault else given.properties.get(MARK)
            with self.arrival:
                answer = answers[min(self.asked[producer].count(key), len(answers) - 1)]
                self.asked[producer].append(key)
            asked = self.recorder.open(f"{producer}.check", Check(given or Message(), answer, on=producer))
            if fault:
                asked.close(Outcome.UNKNOWN, problem=f"the adapter gave a check listener {fault}")
                return
            if answer not in {Answer.RAISE, Answer.SILENT}:
                said = ContextAnswer(asked.index, answer, on=producer)
                self.by_context(f"{producer}.check", said, partial(_call, context, answer.value))
            asked.close(Outcome.OK)
            self.called(producer)
            if answer is Answer.RAISE:
                raise ListenerFailure(f"the check listener of {producer} raises, as its program says")

        return check

    # Cleaning up --------------------------------------------------------------------------------------------------------

    def cleanup(self) -> list[Entry]:
        """Stop, delete and close everything, each within the time for one operation; return what the adapter did wrong."""
        faults: list[Entry] = []
        giving = _workers.begin(partial(self.give_back, faults))
        hanging, ended = None, False
        while not ended and (hanging is None or hanging is not self.current.get(CLEANUP)):
            hanging = self.current.get(CLEANUP)
            ended = giving.wait(self.calibration.overdue)
        if not ended and hanging is not None:
            hanging.problem = (
                f"the adapter hangs: {name(hanging.op)} did not return within {self.calibration.overdue:.0f} s"
            )
            return [*faults, hanging.entry()]
        return list(faults)

    def give_back(self, faults: list[Entry]) -> None:
        for action, op in self.remains():
            operation = self.current[CLEANUP] = Recorder().open(CLEANUP, op)
            try:
                action()
            except OmsError:
                continue  # it was stopped, deleted or closed before
            except BaseException as error:  # noqa: BLE001 - whatever else an adapter raises is its fault, and is recorded
                self.fail(operation, error)
                faults.append(operation.entry())

    def remains(self) -> Iterator[tuple[Callable[[], None], AnyOperation]]:
        endpoints = [h for h, kind in self.kinds.items() if kind is Handle.ENDPOINT]
        for handle in endpoints:
            yield partial(_call, self.handles[handle], "stop"), Stop(on=handle)
        access_point = self.handles.get(ACCESS_POINT)
        if access_point is not None:
            for queue in self.names.by_queue.values():
                if queue not in self.names.namespaces:
                    yield partial(_delete, access_point, queue), DeleteQueue(queue)
            for namespace in self.names.namespaces:
                yield partial(self.forget_namespace, namespace), DeleteNamespace(namespace)
        for handle in [h for h, kind in self.kinds.items() if kind is Handle.ACCESS_POINT]:
            yield partial(_call, self.handles[handle], "close"), Close(on=handle)

    def forget_namespace(self, namespace: str) -> None:
        """Delete a namespace and the program's queues in it, through access points that no program has switched."""
        inside, outside = (
            self.connection.adapter.open(self.connection.uri, self.connection.attributes) for _ in range(2)
        )
        try:
            inside.resource_manager().switch_namespace(namespace)
            for queue in set(self.names.by_queue.values()) & set(inside.resource_manager().list_queues()):
                inside.resource_manager().delete_queue(queue)
            outside.resource_manager().delete_namespace(namespace)
        finally:
            inside.close()
            outside.close()


def _busy(entry: OpenOperation) -> bool:
    """Tell whether the server was at fault, so that it may be asked again."""
    return entry.error is not None and entry.error.code in SERVER_FAULTS


def _no_link() -> None:
    raise OmsError(ErrorKind.UNSUPPORTED, text=NO_RELAY)


def _absent(*_: Any) -> None:
    raise OmsError(ErrorKind.UNSUPPORTED, text=NO_METHOD)


_workers = Workers()


def _key(message: Message) -> object:
    """Return what a message is known by: its mark, whenever it comes."""
    return message.properties.get(MARK) or message.receipt or (message.header.message_id, message.body)


def _call(handle: Any, method: str, *arguments: Any) -> None:
    getattr(handle, method)(*arguments)


def _acknowledgements(
    op: Deliver, ack: Callable[[], None], success: Callable[[Sequence[str]], None] | None
) -> list[tuple[Sequence[int], Callable[[], None]]]:
    """Return what a listener acknowledges, as its reply says: positions, and how that is done."""
    everything = range(len(op.messages))
    odd = bool(op.messages) and bool((op.messages[0].body or b"\0")[-1] % 2)
    if op.reply in {Reply.ACK, Reply.BOUND} or (op.reply in {Reply.ODD, Reply.ODD_RAISE} and odd):
        return [(everything, ack)]
    parts: dict[Reply, list[range]] = {
        Reply.FIRST: [everything[:1]],
        Reply.FIRST_TWICE: [everything[:1]] * 2,
        Reply.FIRST_ALL: [everything[:1]],
        Reply.REST: [everything[1:]],
        Reply.EACH: [everything[place : place + 1] for place in everything[:-1]],
        Reply.NONE: [everything[:0]],
    }
    chosen = parts.get(op.reply, []) if success else []
    receipts = [message.receipt or "" for message in op.messages]
    acts: list[tuple[Sequence[int], Callable[[], None]]] = [
        (part, partial(success, [receipts[n] for n in part]))
        for part in chosen
        if success and (part or op.reply is Reply.NONE)
    ]
    return [*acts, (everything, ack)] if op.reply is Reply.FIRST_ALL else acts


def _expiring(step: SendExpiring) -> Send:
    """Return the send of a message that expires so many seconds from now."""
    return _extended(step, expire_time=_moment(step.after))


def _moment(after: float) -> int:
    """Return the moment so many seconds from now, in ms since 1970."""
    return time_ns() // 1_000_000 + round(after * 1000)


def _extended(step: SendExpiring | Respond | SendPartitioned, **fields: int | str | None) -> Send:
    """Return the send of a step's message with further fields in its extension header."""
    extension = msgspec.structs.replace(step.message.extension_header or ExtensionHeader(), **fields)
    return Send(msgspec.structs.replace(step.message, extension_header=extension), on=step.on)


def _delete(access_point: AccessPoint, queue: str) -> None:
    access_point.resource_manager().delete_queue(queue)


class _Made(msgspec.Struct, frozen=True):
    kind: Handle
    named: Callable[[Any], str]


_MAKES: dict[type[Operation], _Made] = {
    Open: _Made(Handle.ACCESS_POINT, lambda op: str(op.on)),
    CreateProducer: _Made(Handle.ENDPOINT, lambda op: str(op.name)),
    CreateTransactionProducer: _Made(Handle.ENDPOINT, lambda op: str(op.name)),
    CreateConsumer: _Made(Handle.ENDPOINT, lambda op: str(op.name)),
    CreatePullConsumer: _Made(Handle.ENDPOINT, lambda op: str(op.name)),
    CreatePushConsumer: _Made(Handle.ENDPOINT, lambda op: str(op.name)),
    SendAsync: _Made(Handle.FUTURE, lambda op: str(op.future)),
    SendBatchAsync: _Made(Handle.FUTURE, lambda op: str(op.future)),
    Prepare: _Made(Handle.TRANSACTION, lambda op: str(op.transaction)),
    NewKeyValue: _Made(Handle.KEY_VALUE, lambda op: str(op.on)),
    Put: _Made(Handle.KEY_VALUE, lambda op: str(op.chained)),
    KeySet: _Made(Handle.KEY_SET, lambda op: str(op.key_set)),
}
"""The operations whose result is a handle: of which kind, and what the program calls it."""


def _attributes(_run: _Run, op: CreatePullConsumer | CreatePushConsumer) -> tuple[Any, ...]:
    return () if op.with_attributes is None else (op.with_attributes,)


def _bound(run: _Run, op: BindQueue) -> tuple[Any, ...]:
    return (op.queue,) if op.reply is None else (op.queue, run.listener(op.on, op.queue, op.reply))


def _bound_several(run: _Run, op: BindQueues) -> tuple[Any, ...]:
    return (op.queues,) if op.reply is None else (op.queues, run.listener(op.on, None, op.reply))


_ARGUMENTS: dict[type[Operation], Callable[[_Run, Any], tuple[Any, ...]]] = {
    Open: _Run.where,
    CreateProducer: lambda _run, _op: (),
    CreateConsumer: lambda _run, _op: (),
    CreatePullConsumer: _attributes,
    CreatePushConsumer: _attributes,
    CreateTransactionProducer: lambda run, op: (run.check_listener(op.name, op.answers),),
    SendAsync: lambda _run, op: (op.message,),
    SendBatchAsync: lambda _run, op: (op.messages,),
    Prepare: lambda _run, op: (op.message,),
    Put: lambda _run, op: (op.key, op.value),
    KeySet: lambda _run, _op: (),
    AddListener: lambda run, op: (Listener(run.recorder, op.on, op.listener, run.called),),
    AddInterceptor: lambda run, op: (run.interceptor(op),),
    RemoveInterceptor: lambda run, op: (run.interceptor(AddInterceptor(op.interceptor, on=op.on)),),
    BindQueue: _bound,
    BindQueueBatch: lambda run, op: (op.queue, run.batch_listener(op.on, op.queue, op.reply)),
    BindQueues: _bound_several,
    BindQueuesBatch: lambda run, op: (op.queues, run.batch_listener(op.on, None, op.reply)),
}
"""What an operation is called with where that is not its fields, in their order."""
