"""What an implementation must offer to be judged: the OMS runtime interface as small Protocols.

The kit opens an access point by its URI, drives the objects below, and records. Every call is synchronous, timeouts are
seconds, and each Protocol's methods are the operations of `tck.operations` under the same names. Rules for an adapter:

- An error is an OmsError with the kind and the status code that the implementation gave; any other exception is a fault
  of the adapter, and makes a verdict UNKNOWN.
- null stays None and an error stays an error; nothing is retried and nothing is acknowledged on the quiet.
- It imports this module, the values that stand below it, and its client library; it never sees what answer is expected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from enum import IntEnum, StrEnum
from typing import Protocol

from tck.access_point import AccessPointUri, Address, parse
from tck.errors import IllegalAccessPoint
from tck.messages import (
    Binary,
    Boolean,
    Double,
    ExtensionHeader,
    Float,
    Header,
    Integer,
    Long,
    Message,
    Partition,
    Properties,
    QueueMetaData,
    SendResult,
    Short,
    String,
    Typed,
)
from tck.operations import Error, ErrorKind, LifeState, ValueKind

__all__ = [
    "AccessPoint",
    "AccessPointUri",
    "Adapter",
    "Address",
    "BatchContext",
    "BatchMessageListener",
    "Binary",
    "Boolean",
    "Consumer",
    "ConsumerInterceptor",
    "Context",
    "Double",
    "Error",
    "ErrorKind",
    "Extension",
    "ExtensionHeader",
    "FillingFactory",
    "Float",
    "Future",
    "FutureListener",
    "Header",
    "Integer",
    "KeySet",
    "KeyValue",
    "KeyValueAdapter",
    "LaterAccessPoint",
    "LifeState",
    "Link",
    "Linked",
    "Long",
    "Message",
    "MessageFactory",
    "MessageListener",
    "OmsError",
    "Partition",
    "Producer",
    "ProducerInterceptor",
    "Properties",
    "PullConsumer",
    "PushConsumer",
    "QueueMetaData",
    "ResourceManager",
    "SendResult",
    "ServiceLifecycle",
    "Short",
    "Status",
    "String",
    "Support",
    "TransactionCheckListener",
    "TransactionalContext",
    "TransactionalResult",
    "Typed",
    "ValueKind",
    "access_point_uri",
]


class Status(IntEnum):
    """The status codes of the standard (OMSResponseStatus)."""

    UNSUPPORTED_VERSION = 1101
    SUCCESS = 1200
    BAD_REQUEST = 1400
    UNAUTHORIZED = 1401
    BODY_REQUIRED = 1402
    FORBIDDEN = 1403
    DESTINATION_NOT_FOUND = 1404
    NAMESPACE_NOT_FOUND = 1405
    DESTINATION_EXISTS = 1406
    NAMESPACE_EXISTS = 1407
    CONSUMER_ID_EXISTS = 1408
    PRODUCER_ID_EXISTS = 1409
    REQUEST_TIMEOUT = 1410
    ATTRIBUTES_TOO_LARGE = 1411
    HEADER_TOO_LARGE = 1412
    BODY_TOO_LARGE = 1413
    NO_NEW_MESSAGE = 1414
    MAX_TOPICS = 1415
    MAX_QUEUES = 1416
    MAX_NAMESPACES = 1417
    BAD_PARAMETER = 1418
    SERVER_ERROR = 1500
    STORAGE_ERROR = 1501
    STORAGE_BUSY = 1502
    SERVICE_UNAVAILABLE = 1503
    FLUSH_DISK_TIMEOUT = 1504
    DRIVER_UNAVAILABLE = 10000
    DRIVER_URL_ILLEGAL = 10001
    IMPL_VERSION_ILLEGAL = 10002
    VERSION_MISMATCH = 10003


class Support(StrEnum):
    """How an implementation offers an optional part; what an adapter does not list is absent."""

    NATIVE = "native"
    EMULATED = "emulated"
    ABSENT = "absent"


class OmsError(Exception):
    """An error of the standard: its kind (the exception class of the API), status code and text."""

    def __init__(self, kind: ErrorKind, code: int | None = None, text: str = "") -> None:
        super().__init__(f"{kind} {code}: {text}")
        self.error = Error(kind, None if code is None else int(code), text)


def access_point_uri(text: str) -> AccessPointUri:
    """Parse an access point URI as an implementation must: an illegal one is status 10001.

    Raises OmsError.
    """
    try:
        return parse(text)
    except IllegalAccessPoint as error:
        raise OmsError(ErrorKind.OTHER, Status.DRIVER_URL_ILLEGAL, error.came) from None


class Context(Protocol):
    """What a listener acknowledges its message by."""

    def ack(self) -> None: ...


class BatchContext(Protocol):
    """What a batch listener acknowledges its messages by: all of them, or those with these receipts."""

    def ack(self) -> None: ...
    def success(self, receipts: Sequence[str]) -> None: ...


MessageListener = Callable[[Message, Context], None]
BatchMessageListener = Callable[[Sequence[Message], BatchContext], None]


class ProducerInterceptor(Protocol):
    """What is called around every send; `attributes` are the same object in the two calls for one message.

    One that raises an OmsError does as an interceptor that throws: whatever the implementation makes of it then happens.
    """

    def pre_send(self, message: Message, attributes: MutableMapping[str, str]) -> Message:
        """Return the message that is to be sent in the place of this one."""

    def post_send(self, message: Message, attributes: MutableMapping[str, str]) -> None:
        """Learn that the message was sent with success."""


class ConsumerInterceptor(Protocol):
    """What is called around every call of a listener of single messages; `attributes` as above."""

    def pre_receive(self, message: Message, attributes: MutableMapping[str, str]) -> None: ...
    def post_receive(self, message: Message, attributes: MutableMapping[str, str]) -> None: ...


class Future(Protocol):
    """The result of an asynchronous send; the last three methods are the profile Runtime API's."""

    def get(self, timeout: float) -> SendResult | None:
        """Return the result within `timeout` seconds; after a batch its `messages`, and an id if there is one for it.

        Raises OmsError: the send's own error, or TIMEOUT.
        """

    def is_done(self) -> bool: ...
    def get_throwable(self) -> Error | None: ...
    def add_listener(self, listener: FutureListener) -> None: ...
    def cancel(self) -> bool: ...
    def is_cancelled(self) -> bool: ...


FutureListener = Callable[[Future], None]


class TransactionalResult(Protocol):
    """A prepared message, and what its transaction is decided by.

    A decision that cannot be made is an OmsError TRANSACTION.
    """

    def message_id(self) -> str | None: ...
    def transaction_id(self) -> str | None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...


class TransactionalContext(Protocol):
    """What a check listener says by what became of a transaction."""

    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def unknown(self) -> None: ...


TransactionCheckListener = Callable[[Message, TransactionalContext], None]


class ServiceLifecycle(Protocol):
    """A service endpoint that can be started and stopped, repeatedly."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def current_state(self) -> LifeState: ...


class Extension(Protocol):
    """What a vendor may add to a producer or a consumer; for the profiles Streaming, Publish/subscribe and Broadcast."""

    def get_queue_meta_data(self, queue: str) -> QueueMetaData | None:
        """Return the partitions of a queue."""


class MessageFactory(Protocol):
    """Makes messages."""

    def create_message(self, queue: str, body: bytes) -> Message: ...


class FillingFactory(MessageFactory, Protocol):
    """A factory, or producer, whose messages are seen before they are sent; needed only for the profile Runtime API."""

    def fill_message(self, queue: str, body: bytes, settings: Sequence[Message]) -> Message:
        """Make a message, set each field that one of `settings` has, one of them after the other, and return how it reads.

        Raises OmsError UNSUPPORTED for a field that is not offered.
        """


class KeySet(Protocol):
    """The keys of a KeyValue: a set that is backed by it, so that what changes in one changes in the other."""

    def keys(self) -> Sequence[str]: ...
    def remove(self, key: str) -> None: ...


class KeyValue(Protocol):
    """Values of six kinds by keys; needed only for the profile Runtime API. Several threads may use one at once."""

    def put(self, key: str, value: Typed) -> KeyValue:
        """Put a value, by the method of its kind, and return the KeyValue that this gives back."""

    def get_value(self, key: str, kind: ValueKind, default: Typed | None = None) -> Typed | None:
        """Return what the method of the kind gives: the one with a default, or where that is None the one without."""

    def contains_key(self, key: str) -> bool: ...
    def key_set(self) -> KeySet: ...


class Producer(ServiceLifecycle, MessageFactory, Protocol):
    """Sends messages to the queue that their header names.

    A message is a value here, so each way of sending returns the sender's own messages as they read afterwards; None
    says that the adapter cannot see them, and leaves what the standard says of them UNKNOWN.
    """

    def send(self, message: Message) -> SendResult: ...
    def send_async(self, message: Message) -> Future: ...
    def send_oneway(self, message: Message) -> Message | None: ...
    def send_batch(self, messages: Sequence[Message]) -> Sequence[Message] | None: ...
    def send_batch_async(self, messages: Sequence[Message]) -> Future: ...
    def send_batch_oneway(self, messages: Sequence[Message]) -> Sequence[Message] | None: ...
    def add_interceptor(self, interceptor: ProducerInterceptor) -> None: ...
    def remove_interceptor(self, interceptor: ProducerInterceptor) -> None: ...

    def prepare(self, message: Message) -> TransactionalResult:
        """Send a message that consumers are given once its transaction is committed; for the profile Transactions.

        Raises OmsError TRANSACTION where the producer has no check listener.
        """


class Consumer(ServiceLifecycle, Protocol):
    """Pulls messages from the queue that it is bound to, or is pushed to where it was bound with a listener."""

    def bind_queue(self, queue: str, listener: MessageListener | None = None) -> None: ...
    def bind_queue_batch(self, queue: str, listener: BatchMessageListener) -> None: ...
    def unbind_queue(self, queue: str) -> None: ...
    def is_bind_queue(self) -> bool: ...
    def get_bind_queue(self) -> str | None: ...

    def receive(self, timeout: float) -> Message | None:
        """Return the next message; None where the consumer was stopped meanwhile.

        Raises OmsError TIMEOUT where none came within `timeout` seconds.
        """

    def batch_receive(self, timeout: float) -> Sequence[Message] | None: ...
    def ack(self, receipt: str) -> None: ...

    def suspend(self, timeout: float | None = None) -> None: ...
    def resume(self) -> None: ...
    def is_suspended(self) -> bool: ...

    def add_interceptor(self, interceptor: ConsumerInterceptor) -> None: ...
    def remove_interceptor(self, interceptor: ConsumerInterceptor) -> None: ...


class _LaterConsumer(ServiceLifecycle, Protocol):
    """What the consumers have in common that commit 5d796063 of the Java API split into two kinds."""

    def unbind_queues(self, queues: Sequence[str]) -> None: ...
    def get_bind_queues(self) -> Sequence[str] | None: ...
    def ack(self, receipt: str) -> None: ...
    def add_interceptor(self, interceptor: ConsumerInterceptor) -> None: ...
    def remove_interceptor(self, interceptor: ConsumerInterceptor) -> None: ...


class PullConsumer(_LaterConsumer, Protocol):
    """Pulls messages from all queues that it is bound to; needed only for the capability api.5d796063."""

    def bind_queues(self, queues: Sequence[str]) -> None: ...

    def receive_forever(self) -> Message | None:
        """Return the next message, whenever it comes; None where the consumer was stopped meanwhile."""

    def receive(self, timeout: float) -> Message | None: ...
    def batch_receive(self, timeout: float) -> Sequence[Message] | None: ...

    def receive_at(self, queue: str, partition: int, receipt: str, timeout: float) -> Message | None:
        """Return the message at the position of a receipt, or the one after it; for the profile Streaming."""

    def batch_receive_at(
        self, queue: str, partition: int, receipt: str, timeout: float
    ) -> Sequence[Message] | None: ...


class PushConsumer(_LaterConsumer, Protocol):
    """Is pushed the messages of all queues that a listener was bound to; needed only for the capability api.5d796063."""

    def bind_queues(self, queues: Sequence[str], listener: MessageListener) -> None: ...
    def bind_queues_batch(self, queues: Sequence[str], listener: BatchMessageListener) -> None: ...
    def suspend(self, timeout: float | None = None) -> None: ...
    def resume(self) -> None: ...
    def is_suspended(self) -> bool: ...


class ResourceManager(Protocol):
    """Manages queues, namespaces, filters and routings; `namespace` None is the access point's current one."""

    def create_queue(self, queue: str) -> None: ...
    def delete_queue(self, queue: str) -> None: ...
    def list_queues(self, namespace: str | None = None) -> Sequence[str]: ...
    def create_namespace(self, namespace: str) -> None: ...
    def delete_namespace(self, namespace: str) -> None: ...

    def switch_namespace(self, namespace: str) -> None:
        """Have the access point's later calls, and what it creates from now on, be about this namespace."""

    def list_namespaces(self) -> Sequence[str]: ...
    def filter(self, queue: str, expression: str) -> None: ...
    def routing(self, queue: str, target: str) -> None: ...


class AccessPoint(Protocol):
    """A connection to an implementation, and the factory of everything else."""

    def version(self) -> str: ...
    def attributes(self) -> Mapping[str, str]: ...
    def create_producer(self) -> Producer: ...
    def create_transaction_producer(self, listener: TransactionCheckListener) -> Producer: ...
    def create_consumer(self) -> Consumer: ...
    def resource_manager(self) -> ResourceManager: ...
    def message_factory(self) -> MessageFactory: ...
    def close(self) -> None: ...


class LaterAccessPoint(AccessPoint, Protocol):
    """An access point that creates the two kinds of consumers; needed only for the capability api.5d796063."""

    def create_pull_consumer(self, attributes: Mapping[str, str] | None = None) -> PullConsumer: ...
    def create_push_consumer(self, attributes: Mapping[str, str] | None = None) -> PushConsumer: ...


class Link(Protocol):
    """The way from an access point to the server."""

    def cut(self) -> None:
        """Let nothing through any more."""

    def hold(self) -> None:
        """Let everything wait, on both ways, until it is restored or cut."""

    def restore(self) -> None:
        """Let everything through again."""


class Linked(Protocol):
    """An adapter whose implementation is not reached through a network, and that can cut off an access point itself.

    Where clients reach the server only through the first host of the access point URI, the kit does that: such an adapter
    declares the capability "relay", and needs nothing of this.
    """

    def open_linked(self, uri: str, attributes: Mapping[str, str]) -> tuple[AccessPoint, Link]:
        """Open an access point, and return with it the way to the server of it and of all that it creates."""


class KeyValueAdapter(Protocol):
    """An adapter that makes KeyValues; needed only for the profile Runtime API."""

    def new_key_value(self) -> KeyValue: ...


class Adapter(Protocol):
    """An implementation under test.

    One that shares queues in other ways than point to point says in `use_cases` (which others may lack) with which attributes
    an access point is opened for "streaming", "publish/subscribe" or "broadcast".

    `access_point` is the URI that is opened where the user gave none; `profiles` are those that it claims;
    `capabilities` says of each optional part how it is offered.
    """

    name: str
    access_point: str
    profiles: Sequence[str]
    capabilities: Mapping[str, Support]

    def version(self) -> str: ...

    def open(self, uri: str, attributes: Mapping[str, str]) -> AccessPoint:
        """Open an access point.

        Raises OmsError: 10001 for an illegal URI, 10000 where there is no such driver or it cannot be reached,
        SECURITY where the account is refused.
        """
