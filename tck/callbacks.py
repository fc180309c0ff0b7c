"""What a program's interceptors and its listeners of futures do: they write down that they were called."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

import msgspec

from tck.adapter import Future, OmsError
from tck.given import raised, typed
from tck.history import INTERCEPTED, MARK, Outcome
from tck.messages import ExtensionHeader, Header, Message, SendResult, String
from tck.operations import AddInterceptor, AddListener, Error, ErrorKind, Intercept, Notify, Point
from tck.recorder import Recorder

BAD_REQUEST = 1400
AT_ONCE = 1.0
"""Seconds that a listener gives a future which says that it is done: it has its result already."""


class Interceptor:
    """An interceptor of a producer or consumer, of both kinds at once; what it does beside is as its program says."""

    def __init__(
        self, recorder: Recorder, as_told: AddInterceptor, called: Callable[[str], None], leave: Callable[[], object]
    ) -> None:
        self.recorder = recorder
        self.endpoint = as_told.on
        self.name = as_told.interceptor
        self.told = as_told
        self.called = called
        self.leave: Callable[[], object] | None = leave if as_told.leaves else None

    def pre_send(self, message: Message, attributes: MutableMapping[str, str]) -> Message:
        """Return the message, changed if asked."""
        self._called(Point.PRE_SEND, message, attributes)
        if self.told.rewrites is not None:
            message = _rewritten(message, self.told.rewrites)
        if not self.told.sets:
            return message
        return msgspec.structs.replace(message, properties={**message.properties, INTERCEPTED: String(self.name)})

    def post_send(self, message: Message, attributes: MutableMapping[str, str]) -> None:
        """Write it down."""
        self._called(Point.POST_SEND, message, attributes)

    def pre_receive(self, message: Message, attributes: MutableMapping[str, str]) -> None:
        """Write it down."""
        self._called(Point.PRE_RECEIVE, message, attributes)

    def post_receive(self, message: Message, attributes: MutableMapping[str, str]) -> None:
        """Write it down."""
        self._called(Point.POST_RECEIVE, message, attributes)

    def _called(self, point: Point, message: Message, attributes: MutableMapping[str, str] | None) -> None:
        given, fault = typed(message, Message)
        found, other = typed(attributes, dict[str, str] | None)
        entry = self.recorder.open(
            f"{self.endpoint}.interceptor",
            Intercept(self.name, point, given or Message(), {} if other else found, on=self.endpoint),
        )
        if fault or other:
            entry.close(Outcome.UNKNOWN, problem=f"the adapter gave an interceptor {fault or other}")
            return
        if point in {Point.PRE_SEND, Point.PRE_RECEIVE} and attributes is not None:
            try:
                attributes[self.name] = str(given.properties[MARK].value) if MARK in given.properties else ""
            except BaseException as error:  # noqa: BLE001 - whatever the adapter's attributes raise is recorded
                entry.close(Outcome.UNKNOWN, problem=raised(error))
                return
        entry.close(Outcome.OK)
        self.called(self.endpoint)
        leave, self.leave = self.leave, None
        if leave:
            leave()
        if self.told.raises is point:
            raise OmsError(ErrorKind.OTHER, BAD_REQUEST, f"the interceptor {self.name} raises, as its program says")


def _rewritten(message: Message, other: Message) -> Message:
    """Return a message with its mark, and with body, properties and set header and extension fields of another one."""
    own = {key: value for key, value in message.properties.items() if key == MARK}
    extension, changed = message.extension_header, _set(other.extension_header or ExtensionHeader())
    if changed:
        extension = msgspec.structs.replace(extension or ExtensionHeader(), **changed)
    header = msgspec.structs.replace(message.header, **_set(other.header))
    properties = {**other.properties, **own}
    return msgspec.structs.replace(
        message, header=header, extension_header=extension, properties=properties, body=other.body
    )


def _set(fields: Header | ExtensionHeader) -> dict[str, Any]:
    """Return the fields that are set."""
    return {field: value for field, value in msgspec.structs.asdict(fields).items() if value is not None}


class Listener:
    """A listener of a future."""

    def __init__(self, recorder: Recorder, as_told: AddListener, called: Callable[[str], None]) -> None:
        self.recorder = recorder
        self.future = as_told.on
        self.name = as_told.listener
        self.raises = as_told.raises
        self.called = called

    def __call__(self, future: Future) -> None:
        """Write down that it was called, and what the future that it was given says: whether it is done, and then how."""
        notify = Notify(self.name, done=False, on=self.future)
        try:
            notify, fault = self._asked(notify, future)
        except BaseException as error:  # noqa: BLE001 - whatever an adapter raises is recorded
            fault = raised(error)
        entry = self.recorder.open(f"{self.future}.listener", notify)
        entry.close(Outcome.UNKNOWN if fault else Outcome.OK, problem=fault)
        self.called(self.future)
        if self.raises:
            raise OmsError(ErrorKind.OTHER, BAD_REQUEST, f"the listener {self.name} raises, as its program says")

    def _asked(self, notify: Notify, future: Future) -> tuple[Notify, str]:
        done, fault = typed(future.is_done(), bool)
        if fault or not done:
            return notify, fault
        result = None
        try:
            error, fault = typed(future.get_throwable(), Error | None)
            if not fault and error is None:
                result, fault = typed(future.get(AT_ONCE), SendResult | None)
        except OmsError as told:
            error, fault = typed(told.error, Error)
        return msgspec.structs.replace(notify, done=True, result=result, error=error), fault
