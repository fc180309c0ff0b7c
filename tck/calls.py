"""Does one operation of a program on the adapter, and writes down what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from time import monotonic_ns, time_ns
from typing import Any

from tck.access_point import redact
from tck.adapter import AccessPoint, Link, OmsError
from tck.arrivals import Arrivals
from tck.book import Book
from tck.callbacks import Interceptor, Listener
from tck.connection import SECRET, Connection, public
from tck.given import typed
from tck.handles import Handles
from tck.history import Outcome
from tck.listeners import Listeners
from tck.naming import Names
from tck.operations import (
    NO_METHOD,
    NO_RELAY,
    PROFILES,
    AddInterceptor,
    AddListener,
    AnyOperation,
    Attributes,
    BindQueue,
    BindQueueBatch,
    BindQueues,
    BindQueuesBatch,
    CreateConsumer,
    CreateMessage,
    CreateNamespace,
    CreateProducer,
    CreatePullConsumer,
    CreatePushConsumer,
    CreateTransactionProducer,
    CutOff,
    ErrorKind,
    FillMessage,
    Handle,
    Hold,
    KeySet,
    Open,
    Operation,
    Prepare,
    Put,
    RemoveInterceptor,
    Restore,
    SendAsync,
    SendBatchAsync,
    Wait,
    name,
)
from tck.recorder import OpenOperation
from tck.relay import Relay


class Abandoned(Exception):
    """The client cannot go on: a handle is missing."""


class Broken(Exception):
    """The program need not go on: the adapter broke its contract, so nothing of it can be judged."""


class Calls:
    """The calls of one run: of the handles that it made, with its names, in its book.

    `links` are the ways that can be cut; `told` is, by handle, what a listener is to do when it is called next,
    and `busy` are those whose listener has not done it.
    """

    def __init__(
        self, connection: Connection, names: Names, book: Book, arrivals: Arrivals, listeners: Listeners
    ) -> None:
        self.connection = connection
        self.names = names
        self.book = book
        self.arrivals = arrivals
        self.listeners = listeners
        self.handles = Handles()
        self.links: dict[str, Link] = {}
        self.listening: set[str] = set()
        self.told: dict[str, Sequence[AnyOperation]] = {}
        self.busy: set[str] = set()
        self._interceptors: dict[tuple[str, str], Interceptor] = {}
        listeners.inside = self.inside

    def __call__(self, client: str, step: AnyOperation, *, inside: bool = False) -> OpenOperation:
        """Do one operation, write down what came of it, and return that; `inside` a listener nobody waits for its end.

        Raises Abandoned where its handle is missing, and Broken where the adapter is at fault.
        """
        op = self.names.resolved(client, step)
        if op.handle is not Handle.DRIVER and op.on not in self.handles.by_name:
            raise self.in_vain(client, op.on, f"{name(op)} needs {op.on!r}, which was not created")
        operation = (self.book.open if inside else self.book.begin)(client, public(op))
        try:
            result = self._method(op)(*self._arguments(op))
        except BaseException as error:  # noqa: BLE001 - whatever an adapter raises is recorded, SystemExit too
            self.book.fail(operation, error)
            if operation.problem:
                raise Broken from None
            return operation
        kind = type(op)
        if kind in _BINDS:
            self.listening.add(op.on)
        elif isinstance(op, CreateNamespace):
            self.names.namespaces.add(op.namespace)
        elif self.handles.keep(op, result):
            operation.close(Outcome.OK)
            return operation
        ended = monotonic_ns(), time_ns()
        result, fault = typed(result, op.returns)
        if fault:
            operation.close(Outcome.UNKNOWN, problem=f"the adapter's {name(op)} returned {fault}")
            raise Broken
        if isinstance(op, Attributes):
            result = {key: "***" if SECRET.search(key) else redact(value) for key, value in result.items()}
        operation.close(Outcome.OK, result, at=ended)
        return operation

    def inside(self, handle: str) -> None:
        """Do, in the listener of a handle that was called, what that was told to do; it is busy until that ends."""
        steps = self.told.pop(handle, ())
        self.busy.update([handle] if steps else ())
        with suppress(Abandoned, Broken):
            for step in steps:
                self(f"{handle}.listener", step, inside=True)
        self.busy.discard(handle)

    def in_vain(self, client: str, on: str, why: str) -> Abandoned:
        """Write down that a client cannot do what it is to do, and return what ends it."""
        self.book.open(client, Wait(f"in vain: {why}", on=on))
        return Abandoned()

    def _method(self, op: AnyOperation) -> Callable[..., Any]:
        adapter, kind = self.connection.adapter, type(op)
        if isinstance(op, Open):
            return partial(self._open_relayed, op.on) if op.relayed else adapter.open
        if kind in _WAYS:
            link = self.links.get(op.on)
            return _no_link if link is None else getattr(link, _WAYS[kind])
        handle: Any = adapter if op.handle is Handle.DRIVER else self.handles.by_name[op.on]
        if op.handle is Handle.MANAGER:
            handle = handle.resource_manager()
        elif kind in _OF_FACTORY and self.handles.kinds[op.on] is Handle.ACCESS_POINT:
            handle = handle.message_factory()
        profile = PROFILES.get(kind)
        if profile and profile not in adapter.profiles and not hasattr(handle, name(op)):
            return _absent
        return getattr(handle, name(op))  # type: ignore[no-any-return] # a method of the contract, by its name

    def _open_relayed(self, access_point: str, uri: str, attributes: Mapping[str, str]) -> AccessPoint:
        """Open an access point whose way to the server can be cut: the adapter cuts it itself, or the kit does."""
        adapter = self.connection.adapter
        if hasattr(adapter, "open_linked"):
            opened, self.links[access_point] = adapter.open_linked(uri, attributes)
            return opened  # type: ignore[no-any-return] # as Linked says
        relay = self.links[access_point] = Relay(uri)
        return adapter.open(relay.uri, attributes)

    def _arguments(self, op: AnyOperation) -> tuple[Any, ...]:
        given = _ARGUMENTS.get(type(op))
        return given(self, op) if given else tuple([getattr(op, field) for field in _fields(type(op))])

    def where(self, op: Open) -> tuple[str, Mapping[str, str]]:
        """Return the URI and the attributes that an access point is opened with."""
        ways: Mapping[str, Mapping[str, str]] = getattr(self.connection.adapter, "use_cases", {})
        whole = {**self.connection.attributes, **ways.get(op.use_case, {}), **op.with_attributes}
        return self.connection.uri if op.uri is None else op.uri, whole

    def interceptor(self, op: AddInterceptor) -> Interceptor:
        """Return an endpoint's interceptor of this name, always the same."""
        if (op.on, op.interceptor) not in self._interceptors:
            leave = partial(self, f"{op.on}.interceptor", RemoveInterceptor(op.interceptor, on=op.on))
            self._interceptors[op.on, op.interceptor] = Interceptor(self.book.recorder, op, self.arrivals.called, leave)
        return self._interceptors[op.on, op.interceptor]

    def listener(self, op: AddListener) -> Listener:
        """Return a listener of a future."""

        def called(future: str) -> None:
            self.inside(future)
            self.arrivals.called(future)

        return Listener(self.book.recorder, op, called)


def _no_link() -> None:
    raise OmsError(ErrorKind.UNSUPPORTED, text=NO_RELAY)


def _absent(*_: Any) -> None:
    raise OmsError(ErrorKind.UNSUPPORTED, text=NO_METHOD)


@cache
def _fields(kind: type[Operation]) -> tuple[str, ...]:
    return tuple(field for field in kind.__struct_fields__ if field != "on")


_BINDS = {BindQueue, BindQueueBatch, BindQueues, BindQueuesBatch}
_OF_FACTORY = {CreateMessage, FillMessage}
_WAYS: dict[type[Operation], str] = {CutOff: "cut", Hold: "hold", Restore: "restore"}


def _attributes(_calls: Calls, op: CreatePullConsumer | CreatePushConsumer) -> tuple[Any, ...]:
    return () if op.with_attributes is None else (op.with_attributes,)


def _bound(calls: Calls, op: BindQueue) -> tuple[Any, ...]:
    return (op.queue,) if op.reply is None else (op.queue, calls.listeners.single(op.on, op.queue, op.reply))


def _bound_several(calls: Calls, op: BindQueues) -> tuple[Any, ...]:
    return (op.queues,) if op.reply is None else (op.queues, calls.listeners.single(op.on, None, op.reply))


_ARGUMENTS: dict[type[Operation], Callable[[Calls, Any], tuple[Any, ...]]] = {
    Open: Calls.where,
    CreateProducer: lambda _calls, _op: (),
    CreateConsumer: lambda _calls, _op: (),
    CreatePullConsumer: _attributes,
    CreatePushConsumer: _attributes,
    CreateTransactionProducer: lambda calls, op: (calls.listeners.check(op.name, op.answers),),
    SendAsync: lambda _calls, op: (op.message,),
    SendBatchAsync: lambda _calls, op: (op.messages,),
    Prepare: lambda _calls, op: (op.message,),
    Put: lambda _calls, op: (op.key, op.value),
    KeySet: lambda _calls, _op: (),
    AddListener: lambda calls, op: (calls.listener(op),),
    AddInterceptor: lambda calls, op: (calls.interceptor(op),),
    RemoveInterceptor: lambda calls, op: (calls.interceptor(AddInterceptor(op.interceptor, on=op.on)),),
    BindQueue: _bound,
    BindQueueBatch: lambda calls, op: (op.queue, calls.listeners.batch(op.on, op.queue, op.reply)),
    BindQueues: _bound_several,
    BindQueuesBatch: lambda calls, op: (op.queues, calls.listeners.batch(op.on, None, op.reply)),
}
"""What an operation is called with where that is not its fields, in their order."""
