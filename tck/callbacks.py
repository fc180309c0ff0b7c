"""What a program's interceptors and its listeners of futures do: they write down that they were called."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping

import msgspec

from tck.adapter import Future
from tck.given import raised, typed
from tck.history import INTERCEPTED, MARK, Outcome
from tck.messages import Message, String
from tck.operations import Intercept, Notify, Point
from tck.recorder import Recorder


class Interceptor:
    """An interceptor of a producer or consumer, of both kinds at once; where `sets` it sets a property of what is sent."""

    def __init__(
        self, recorder: Recorder, endpoint: str, name: str, called: Callable[[str], None], *, sets: bool = False
    ) -> None:
        self.recorder = recorder
        self.endpoint = endpoint
        self.name = name
        self.called = called
        self.sets = sets

    def pre_send(self, message: Message, attributes: MutableMapping[str, str]) -> Message:
        """Return the message, with the property if asked."""
        self._called(Point.PRE_SEND, message, attributes)
        if not self.sets:
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

    def _called(self, point: Point, message: Message, attributes: MutableMapping[str, str]) -> None:
        given, fault = typed(message, Message)
        found, other = typed(attributes, dict[str, str])
        entry = self.recorder.open(
            f"{self.endpoint}.interceptor",
            Intercept(self.name, point, given or Message(), found or {}, on=self.endpoint),
        )
        if fault or other:
            entry.close(Outcome.UNKNOWN, problem=f"the adapter gave an interceptor {fault or other}")
            return
        if point in {Point.PRE_SEND, Point.PRE_RECEIVE}:
            try:
                attributes[self.name] = str(given.properties[MARK].value) if MARK in given.properties else ""
            except BaseException as error:  # noqa: BLE001 - whatever the adapter's attributes raise is recorded
                entry.close(Outcome.UNKNOWN, problem=raised(error))
                return
        entry.close(Outcome.OK)
        self.called(self.endpoint)


class Listener:
    """A listener of a future."""

    def __init__(self, recorder: Recorder, future: str, name: str, called: Callable[[str], None]) -> None:
        self.recorder = recorder
        self.future = future
        self.name = name
        self.called = called

    def __call__(self, future: Future) -> None:
        """Write down that it was called, and whether the future that it was given is done."""
        try:
            done, fault = typed(future.is_done(), bool)
        except BaseException as error:  # noqa: BLE001 - whatever an adapter raises is recorded
            done, fault = False, raised(error)
        entry = self.recorder.open(f"{self.future}.listener", Notify(self.name, done=bool(done), on=self.future))
        entry.close(Outcome.UNKNOWN if fault else Outcome.OK, problem=fault)
        self.called(self.future)
