"""The vocabulary: every operation that a client can do, once, as a value.

An operation is a step of a program, a method of the adapter contract, and an entry of the history. Its tag is the
method's name, its fields are the method's arguments in their order, and `returns` is what the method gives back; `on`
names the handle that it is done on. Source: the Java API at openmessaging-1.0.0-alpha, method by method.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar, Literal

import msgspec

from tck.messages import Message, QueueMetaData, SendResult, Typed


class Handle(StrEnum):
    """What kind of object an operation is done on."""

    DRIVER = "driver"
    ACCESS_POINT = "access point"
    MANAGER = "resource manager"
    PRODUCER = "producer"
    CONSUMER = "consumer"
    ENDPOINT = "producer or consumer"
    FUTURE = "future"
    TRANSACTION = "transaction"
    KEY_VALUE = "key-value"
    KEY_SET = "set of keys"
    KIT = "kit"


class LifeState(StrEnum):
    """The states of a service endpoint (ServiceLifeState)."""

    INITIALIZED = "INITIALIZED"
    STARTING = "STARTING"
    STARTED = "STARTED"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"


class Reply(StrEnum):
    """What a program's listener does with what it is given."""

    ACK = "ack"
    """Acknowledge all that it is given."""
    FIRST = "ack first"
    """Acknowledge the first message of a batch, by its receipt."""
    NONE = "ack none"
    """Acknowledge, of a batch, the messages that no receipt names: success without a receipt."""
    REST = "ack rest"
    """Acknowledge all messages of a batch but the first at once, by their receipts."""
    EACH = "ack each"
    """Acknowledge the messages of a batch but the last one after the other, by their receipts."""
    ODD = "ack odd"
    """Acknowledge all that it is given where the last byte of the first message's body is odd."""
    ODD_RAISE = "ack odd, raise"
    """Acknowledge as ODD does, then raise."""
    SKIP = "skip"
    """Return without acknowledging."""
    RAISE = "raise"
    """Raise, without acknowledging."""
    FIRST_TWICE = "ack first, twice"
    """Acknowledge the first message of a batch, by its receipt, and then once more."""
    FIRST_ALL = "ack first, all"
    """Acknowledge the first message of a batch, by its receipt, and then the whole batch."""
    BOUND = "ack bound"
    """Wait until the call that binds the listener has returned, then acknowledge all that it is given."""


class Answer(StrEnum):
    """What a program's check listener says of a transaction that it is asked about."""

    COMMIT = "commit"
    ROLLBACK = "rollback"
    UNKNOWN = "unknown"
    RAISE = "raise"
    """Raise, without an answer."""
    SILENT = "silent"
    """Return, without an answer."""


class ValueKind(StrEnum):
    """The kinds of value that a KeyValue has methods for, each by the tag of its type."""

    BOOLEAN = "bool"
    SHORT = "i16"
    INT = "i32"
    LONG = "i64"
    DOUBLE = "f64"
    STRING = "str"


class ErrorKind(StrEnum):
    """The exception classes of the API; the class, not the text, tells the kind."""

    FORMAT = "FORMAT"
    TIMEOUT = "TIMEOUT"
    UNSUPPORTED = "UNSUPPORTED"
    DESTINATION = "DESTINATION"
    SECURITY = "SECURITY"
    TRANSACTION = "TRANSACTION"
    OTHER = "OTHER"


class Error(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error that an implementation answered with."""

    kind: ErrorKind
    code: int | None = None
    text: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.code if self.code is not None else '(no code)'}: {self.text}"


class Operation(msgspec.Struct, frozen=True, tag_field="do", kw_only=True, omit_defaults=True):
    """Anything that a client does."""

    handle: ClassVar[Handle]
    returns: ClassVar[Any] = None
    on: str = ""


# The driver ---------------------------------------------------------------------------------------------------------


class Open(Operation, frozen=True, tag="open", kw_only=False):
    """Obtain an access point by its URI, and call it `on`; the program's own URI where it is None.

    Where `relayed` the way to the server can be cut off; for a `use_case` with the attributes that the adapter names for it.

    In a program {driver}, {account}, {hosts} and {region} stand for the parts of the program's own URI, {account_id} for its
    account without the secret, {key} for that, and the name of a queue or namespace in braces for its real one.
    """

    handle = Handle.DRIVER
    uri: str | None = None
    with_attributes: dict[str, str] = msgspec.field(default_factory=dict)
    relayed: bool = False
    use_case: str = ""


# The access point ---------------------------------------------------------------------------------------------------


class Version(Operation, frozen=True, tag="version"):
    """Ask for the version of the specification that is implemented."""

    handle = Handle.ACCESS_POINT
    returns = str


class Attributes(Operation, frozen=True, tag="attributes"):
    """Ask for the access point's attributes."""

    handle = Handle.ACCESS_POINT
    returns = dict[str, str]


class CreateProducer(Operation, frozen=True, tag="create_producer", kw_only=False):
    """Create a producer, called `name` in the program."""

    handle = Handle.ACCESS_POINT
    name: str = ""


class CreateTransactionProducer(Operation, frozen=True, tag="create_transaction_producer", kw_only=False):
    """Create a producer with a listener that is asked about its undecided transactions, called `name` in the program.

    Asked about a message for the first time the listener gives the first of `answers`, then the second; the last goes on.
    """

    handle = Handle.ACCESS_POINT
    answers: tuple[Answer, ...]
    name: str = ""


class CreateConsumer(Operation, frozen=True, tag="create_consumer", kw_only=False):
    """Create a consumer, called `name` in the program."""

    handle = Handle.ACCESS_POINT
    name: str = ""


class CreatePullConsumer(Operation, frozen=True, tag="create_pull_consumer", kw_only=False):
    """Create a consumer that pulls, called `name` in the program, with attributes of its own if any are given."""

    handle = Handle.ACCESS_POINT
    with_attributes: dict[str, str] | None = None
    name: str = ""


class CreatePushConsumer(Operation, frozen=True, tag="create_push_consumer", kw_only=False):
    """Create a consumer that is pushed to, called `name` in the program, with attributes of its own if any are given."""

    handle = Handle.ACCESS_POINT
    with_attributes: dict[str, str] | None = None
    name: str = ""


class Close(Operation, frozen=True, tag="close"):
    """Give back everything that the access point holds."""

    handle = Handle.ACCESS_POINT


class CutOff(Operation, frozen=True, tag="cut_off"):
    """Cut the way off from a relayed access point, and all that it made, to the server: this the kit does itself."""

    handle = Handle.ACCESS_POINT


class Hold(Operation, frozen=True, tag="hold"):
    """Hold up all that is on its way between a relayed access point, and all that it made, and the server: the kit itself."""

    handle = Handle.ACCESS_POINT


class Restore(Operation, frozen=True, tag="restore"):
    """Restore the way that was cut off, or let go on what is held up."""

    handle = Handle.ACCESS_POINT


# The resource manager -----------------------------------------------------------------------------------------------


class CreateQueue(Operation, frozen=True, tag="create_queue", kw_only=False):
    """Create a queue."""

    handle = Handle.MANAGER
    queue: str


class DeleteQueue(Operation, frozen=True, tag="delete_queue", kw_only=False):
    """Delete a queue."""

    handle = Handle.MANAGER
    queue: str


class ListQueues(Operation, frozen=True, tag="list_queues", kw_only=False):
    """List the queues of a namespace; of the current one where it is None."""

    handle = Handle.MANAGER
    returns = tuple[str, ...]
    namespace: str | None = None


class CreateNamespace(Operation, frozen=True, tag="create_namespace", kw_only=False):
    """Create a namespace."""

    handle = Handle.MANAGER
    namespace: str


class DeleteNamespace(Operation, frozen=True, tag="delete_namespace", kw_only=False):
    """Delete a namespace."""

    handle = Handle.MANAGER
    namespace: str


class SwitchNamespace(Operation, frozen=True, tag="switch_namespace", kw_only=False):
    """Make a namespace the access point's current one, for all that is done or created through it from then on."""

    handle = Handle.MANAGER
    namespace: str


class ListNamespaces(Operation, frozen=True, tag="list_namespaces"):
    """List the namespaces."""

    handle = Handle.MANAGER
    returns = tuple[str, ...]


class Filter(Operation, frozen=True, tag="filter", kw_only=False):
    """Have a queue give its consumers what an SQL expression over the user properties selects."""

    handle = Handle.MANAGER
    queue: str
    expression: str


class Routing(Operation, frozen=True, tag="routing", kw_only=False):
    """Have what producers send to a queue duplicated to another one, `target`."""

    handle = Handle.MANAGER
    queue: str
    target: str


# Service life cycle -------------------------------------------------------------------------------------------------


class Start(Operation, frozen=True, tag="start"):
    """Start a service endpoint."""

    handle = Handle.ENDPOINT


class Stop(Operation, frozen=True, tag="stop"):
    """Stop a service endpoint."""

    handle = Handle.ENDPOINT


class CurrentState(Operation, frozen=True, tag="current_state"):
    """Ask for a service endpoint's state."""

    handle = Handle.ENDPOINT
    returns = LifeState


class GetQueueMetaData(Operation, frozen=True, tag="get_queue_meta_data", kw_only=False):
    """Ask an endpoint's extension for the meta data of a queue: None where the vendor has no extension."""

    handle = Handle.ENDPOINT
    returns = QueueMetaData | None
    queue: str


# Sending ------------------------------------------------------------------------------------------------------------


class CreateMessage(Operation, frozen=True, tag="create_message", kw_only=False):
    """Make a message with the factory of a producer, or of an access point, without sending it."""

    handle = Handle.PRODUCER
    returns = Message
    queue: str
    body: bytes


class FillMessage(Operation, frozen=True, tag="fill_message", kw_only=False):
    """Make a message with the factory of a producer, or of an access point, set fields of it, and read it; it is not sent.

    Each field that one of `settings` has is set by its setter, one of them after the other: of the headers, the properties
    and the body. What comes back is what the getters then give; a field that was never set need not be in it.
    """

    handle = Handle.PRODUCER
    returns = Message
    queue: str
    body: bytes
    settings: tuple[Message, ...]


class Send(Operation, frozen=True, tag="send", kw_only=False):
    """Send one message and wait for its result."""

    handle = Handle.PRODUCER
    returns = SendResult
    message: Message


class SendAsync(Operation, frozen=True, tag="send_async", kw_only=False):
    """Send one message without waiting; the future is called `future` in the program."""

    handle = Handle.PRODUCER
    message: Message
    future: str = ""


class SendOneway(Operation, frozen=True, tag="send_oneway", kw_only=False):
    """Send one message and never learn what became of it; what comes back is the sender's own, as it reads now."""

    handle = Handle.PRODUCER
    returns = Message | None
    message: Message


class SendBatch(Operation, frozen=True, tag="send_batch", kw_only=False):
    """Send several messages and wait; what comes back is the sender's own, as they read now."""

    handle = Handle.PRODUCER
    returns = tuple[Message, ...] | None
    messages: tuple[Message, ...]


class SendBatchAsync(Operation, frozen=True, tag="send_batch_async", kw_only=False):
    """Send several messages without waiting; one future stands for all."""

    handle = Handle.PRODUCER
    messages: tuple[Message, ...]
    future: str = ""


class SendBatchOneway(Operation, frozen=True, tag="send_batch_oneway", kw_only=False):
    """Send several messages and never learn what became of them; what comes back is the sender's own."""

    handle = Handle.PRODUCER
    returns = tuple[Message, ...] | None
    messages: tuple[Message, ...]


Way = Literal["send", "send_async", "send_oneway", "send_batch", "send_batch_async", "send_batch_oneway", "prepare"]
"""A way of sending, by its method; what is prepared is committed at once."""


class Get(Operation, frozen=True, tag="get", kw_only=False):
    """Wait for a future's result; the program's patience where `timeout` (seconds) is None."""

    handle = Handle.FUTURE
    returns = SendResult | None
    timeout: float | None = None


class IsDone(Operation, frozen=True, tag="is_done"):
    """Ask whether a future is completed."""

    handle = Handle.FUTURE
    returns = bool


class GetThrowable(Operation, frozen=True, tag="get_throwable"):
    """Ask a future for the cause of its failure."""

    handle = Handle.FUTURE
    returns = Error | None


# Transactions -------------------------------------------------------------------------------------------------------


class Prepare(Operation, frozen=True, tag="prepare", kw_only=False):
    """Send one message that waits for its transaction; what decides that is called `transaction` in the program."""

    handle = Handle.PRODUCER
    message: Message
    transaction: str = ""


class MessageId(Operation, frozen=True, tag="message_id"):
    """Ask for the id that a prepared message was given."""

    handle = Handle.TRANSACTION
    returns = str | None


class TransactionId(Operation, frozen=True, tag="transaction_id"):
    """Ask for a transaction's id."""

    handle = Handle.TRANSACTION
    returns = str | None


class Commit(Operation, frozen=True, tag="commit"):
    """Commit a transaction."""

    handle = Handle.TRANSACTION


class Rollback(Operation, frozen=True, tag="rollback"):
    """Roll a transaction back."""

    handle = Handle.TRANSACTION


class AddListener(Operation, frozen=True, tag="add_listener", kw_only=False):
    """Add a listener to a future, called `listener` in the program; where `raises` it raises once it was called."""

    handle = Handle.FUTURE
    listener: str = "listener"
    raises: bool = False


class Cancel(Operation, frozen=True, tag="cancel"):
    """Try to cancel what a future stands for, without an interruption of what runs already."""

    handle = Handle.FUTURE
    returns = bool


class IsCancelled(Operation, frozen=True, tag="is_cancelled"):
    """Ask whether what a future stands for was cancelled."""

    handle = Handle.FUTURE
    returns = bool


# Interceptors -------------------------------------------------------------------------------------------------------


class AddInterceptor(Operation, frozen=True, tag="add_interceptor", kw_only=False):
    """Add an interceptor, called `interceptor` in the program; where `sets` it sets a property of what is sent.

    Where it `rewrites`, what is sent has the body and the properties of that message, and the fields of its header and its
    extension header that are set. Where it `raises`, its call at that point does; where it `leaves`, its first call removes it.
    One of a name that the endpoint's interceptor has is the same.
    """

    handle = Handle.ENDPOINT
    interceptor: str = "interceptor"
    sets: bool = False
    rewrites: Message | None = None
    raises: Point | None = None
    leaves: bool = False


class RemoveInterceptor(Operation, frozen=True, tag="remove_interceptor", kw_only=False):
    """Remove an interceptor."""

    handle = Handle.ENDPOINT
    interceptor: str = "interceptor"


# Consuming ----------------------------------------------------------------------------------------------------------


class BindQueue(Operation, frozen=True, tag="bind_queue", kw_only=False):
    """Bind a consumer to a queue: to pull from it, or to be pushed to where `reply` says what the listener does."""

    handle = Handle.CONSUMER
    queue: str
    reply: Reply | None = None


class BindQueueBatch(Operation, frozen=True, tag="bind_queue_batch", kw_only=False):
    """Bind a consumer to a queue with a listener of batches."""

    handle = Handle.CONSUMER
    queue: str
    reply: Reply


class UnbindQueue(Operation, frozen=True, tag="unbind_queue", kw_only=False):
    """Unbind a consumer from a queue."""

    handle = Handle.CONSUMER
    queue: str


class IsBindQueue(Operation, frozen=True, tag="is_bind_queue"):
    """Ask whether a consumer is bound."""

    handle = Handle.CONSUMER
    returns = bool


class GetBindQueue(Operation, frozen=True, tag="get_bind_queue"):
    """Ask which queue a consumer is bound to."""

    handle = Handle.CONSUMER
    returns = str | None


class BindQueues(Operation, frozen=True, tag="bind_queues", kw_only=False):
    """Bind a consumer to queues at once: to pull from them, or to be pushed to where `reply` says what the listener does."""

    handle = Handle.CONSUMER
    queues: tuple[str, ...]
    reply: Reply | None = None


class BindQueuesBatch(Operation, frozen=True, tag="bind_queues_batch", kw_only=False):
    """Bind a consumer to queues at once with one listener of batches."""

    handle = Handle.CONSUMER
    queues: tuple[str, ...]
    reply: Reply


class UnbindQueues(Operation, frozen=True, tag="unbind_queues", kw_only=False):
    """Unbind a consumer from queues."""

    handle = Handle.CONSUMER
    queues: tuple[str, ...]


class GetBindQueues(Operation, frozen=True, tag="get_bind_queues"):
    """Ask which queues a consumer is bound to."""

    handle = Handle.CONSUMER
    returns = tuple[str, ...] | None


class Receive(Operation, frozen=True, tag="receive", kw_only=False):
    """Pull the next message; wait at most `timeout` seconds, the program's patience where it is None."""

    handle = Handle.CONSUMER
    returns = Message | None
    timeout: float | None = None


class BatchReceive(Operation, frozen=True, tag="batch_receive", kw_only=False):
    """Pull the next messages; wait at most `timeout` seconds, the program's patience where it is None."""

    handle = Handle.CONSUMER
    returns = tuple[Message, ...] | None
    timeout: float | None = None


class ReceiveForever(Operation, frozen=True, tag="receive_forever"):
    """Pull the next message, however long that takes; the program goes on without it once it is overdue."""

    handle = Handle.CONSUMER
    returns = Message | None


class ReceiveAt(Operation, frozen=True, tag="receive_at", kw_only=False):
    """Pull the message at the position of a receipt in a partition of a queue, or the next; `timeout` as in `receive`."""

    handle = Handle.CONSUMER
    returns = Message | None
    queue: str
    partition: int
    receipt: str
    timeout: float | None = None


class BatchReceiveAt(Operation, frozen=True, tag="batch_receive_at", kw_only=False):
    """Pull the messages from the position of a receipt in a partition of a queue on; `timeout` as in `receive`."""

    handle = Handle.CONSUMER
    returns = tuple[Message, ...] | None
    queue: str
    partition: int
    receipt: str
    timeout: float | None = None


class Ack(Operation, frozen=True, tag="ack", kw_only=False):
    """Acknowledge a message by its receipt."""

    handle = Handle.CONSUMER
    receipt: str


class Suspend(Operation, frozen=True, tag="suspend", kw_only=False):
    """Suspend pushing until resumed, or for `timeout` seconds; zero is until resumed, None calls suspend()."""

    handle = Handle.CONSUMER
    timeout: float | None = None


class Resume(Operation, frozen=True, tag="resume"):
    """Resume pushing."""

    handle = Handle.CONSUMER


class IsSuspended(Operation, frozen=True, tag="is_suspended"):
    """Ask whether pushing is suspended."""

    handle = Handle.CONSUMER
    returns = bool


# Key-values ---------------------------------------------------------------------------------------------------------


class NewKeyValue(Operation, frozen=True, tag="new_key_value"):
    """Make an empty KeyValue, and call it `on`."""

    handle = Handle.DRIVER


class Put(Operation, frozen=True, tag="put", kw_only=False):
    """Put a value under a key, by the method of its kind; the KeyValue that this gives back is called `chained`."""

    handle = Handle.KEY_VALUE
    key: str
    value: Typed
    chained: str = ""


class GetValue(Operation, frozen=True, tag="get_value", kw_only=False):
    """Get the value of a key by the method of a kind: with a default, or without one where it is None."""

    handle = Handle.KEY_VALUE
    returns = Typed | None
    key: str
    kind: ValueKind
    default: Typed | None = None


class ContainsKey(Operation, frozen=True, tag="contains_key", kw_only=False):
    """Ask whether a KeyValue has a key."""

    handle = Handle.KEY_VALUE
    returns = bool
    key: str


class KeySet(Operation, frozen=True, tag="key_set", kw_only=False):
    """Ask for the set of the keys, called `key_set` in the program."""

    handle = Handle.KEY_VALUE
    key_set: str = ""


class Keys(Operation, frozen=True, tag="keys"):
    """Go through a set of keys, as it is now, in whatever order."""

    handle = Handle.KEY_SET
    returns = tuple[str, ...]


class Remove(Operation, frozen=True, tag="remove", kw_only=False):
    """Remove a key from a set of keys."""

    handle = Handle.KEY_SET
    key: str


# What the kit itself puts into a history ----------------------------------------------------------------------------


class Deliver(Operation, frozen=True, tag="deliver", kw_only=False):
    """A listener was called, from its entry to its return, with one message or a batch; it was bound to `queue`, or several."""

    handle = Handle.KIT
    queue: str | None
    messages: tuple[Message, ...]
    reply: Reply
    batch: bool = False


class ContextAck(Operation, frozen=True, tag="context_ack", kw_only=False):
    """A listener acknowledged, by its context, messages (their positions) of the delivery that is entry `delivery`."""

    handle = Handle.KIT
    delivery: int
    positions: tuple[int, ...]


class Check(Operation, frozen=True, tag="check", kw_only=False):
    """A producer's check listener was called, from its entry to its return, about the transaction of a message."""

    handle = Handle.KIT
    message: Message
    answer: Answer


class ContextAnswer(Operation, frozen=True, tag="context_answer", kw_only=False):
    """A check listener answered, by its context, what the entry `check` asks."""

    handle = Handle.KIT
    check: int
    answer: Answer


class Point(StrEnum):
    """Where an interceptor is called."""

    PRE_SEND = "pre_send"
    POST_SEND = "post_send"
    PRE_RECEIVE = "pre_receive"
    POST_RECEIVE = "post_receive"


class Intercept(Operation, frozen=True, tag="intercept", kw_only=False):
    """An interceptor was called, with a message, and with attributes (None for null) as they are before it touches them."""

    handle = Handle.KIT
    interceptor: str
    point: Point
    message: Message
    attributes: dict[str, str] | None = msgspec.field(default_factory=dict)


class Notify(Operation, frozen=True, tag="notify", kw_only=False):
    """A listener of a future was called; the rest is what the future that it was given says of itself: once done, all of it."""

    handle = Handle.KIT
    listener: str
    done: bool
    result: SendResult | None = None
    error: Error | None = None


QUIET = "to see that nothing more comes"


class Wait(Operation, frozen=True, tag="wait", kw_only=False):
    """The program waited: for something to come, or to see that nothing more does."""

    handle = Handle.KIT
    reason: str

    @property
    def quiet(self) -> bool:
        """Whether it was to see that nothing more comes."""
        return self.reason == QUIET


AnyOperation = (
    Open | CutOff | Hold | Restore | Version | Attributes | CreateProducer | CreateTransactionProducer | CreateConsumer | Close
    | CreatePullConsumer | CreatePushConsumer
    | CreateQueue | DeleteQueue | ListQueues
    | CreateNamespace | DeleteNamespace | SwitchNamespace | ListNamespaces | Filter | Routing
    | Start | Stop | CurrentState | GetQueueMetaData
    | CreateMessage | FillMessage | Send | SendAsync | SendOneway | SendBatch | SendBatchAsync | SendBatchOneway
    | Get | IsDone | GetThrowable | AddListener | Cancel | IsCancelled
    | Prepare | MessageId | TransactionId | Commit | Rollback
    | AddInterceptor | RemoveInterceptor
    | BindQueue | BindQueueBatch | UnbindQueue | IsBindQueue | GetBindQueue
    | BindQueues | BindQueuesBatch | UnbindQueues | GetBindQueues | ReceiveForever
    | ReceiveAt | BatchReceiveAt
    | Receive | BatchReceive | Ack | Suspend | Resume | IsSuspended
    | NewKeyValue | Put | GetValue | ContainsKey | KeySet | Keys | Remove
    | Deliver | ContextAck | Check | ContextAnswer | Intercept | Notify | Wait
)  # fmt: skip


PROFILES: dict[type[Operation], str] = {
    CreateTransactionProducer: "Transactions",
    Prepare: "Transactions",
    Filter: "Routing",
    Routing: "Routing",
    CreateNamespace: "Namespaces",
    DeleteNamespace: "Namespaces",
    SwitchNamespace: "Namespaces",
    ListNamespaces: "Namespaces",
    AddListener: "Runtime API",
    Cancel: "Runtime API",
    IsCancelled: "Runtime API",
    AddInterceptor: "Runtime API",
    RemoveInterceptor: "Runtime API",
    NewKeyValue: "Runtime API",
    Put: "Runtime API",
    GetValue: "Runtime API",
    ContainsKey: "Runtime API",
    KeySet: "Runtime API",
    Keys: "Runtime API",
    Remove: "Runtime API",
    FillMessage: "Runtime API",
    GetQueueMetaData: "Streaming",
    ReceiveAt: "Streaming",
    BatchReceiveAt: "Streaming",
}
"""The profile of each operation that not every implementation offers: an adapter that does not claim it may lack the method."""


NO_METHOD = "the adapter offers no such method"
NO_RELAY = "the access point was not opened relayed"
NOT_OFFERED = frozenset({NO_METHOD, NO_RELAY})
"""The texts of the errors that the kit itself gives, in place of an adapter that lacks what it need not have."""


def name(operation: Operation) -> str:
    """Return the operation's name: its tag, which is also the method of the contract."""
    return str(operation.__struct_config__.tag)
