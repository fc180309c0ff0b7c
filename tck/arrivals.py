"""What has come in a run, to whom, and what of it nobody has acknowledged."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence

import msgspec

from tck.history import MARK
from tck.messages import Message
from tck.programs import EVERYBODY

Keys = tuple[object, ...]
"""What the messages of a delivery are known by."""


class Skipped(msgspec.Struct, frozen=True):
    """What acknowledges, by its context, a delivery that a listener has skipped, and the receipts of its messages."""

    delivery: int
    ack: Callable[[], None]
    success: Callable[[Sequence[str]], None] | None
    receipts: Sequence[str]


class Arrivals:
    """The messages by their keys, and by consumer the receipts and contexts by which they can be acknowledged.

    `news` guards it, and is notified when something comes, or a client ends. `stale` is what a consumer held that was stopped.
    """

    def __init__(self) -> None:
        self.news = threading.Condition()
        self.delivered: dict[str, set[object]] = defaultdict(set)
        self.left: set[object] = set()
        self.calls: dict[str, int] = defaultdict(int)
        self.pending: dict[str, list[tuple[str, object]]] = defaultdict(list)
        self.contexts: dict[str, dict[Keys, Skipped]] = defaultdict(dict)
        self.stale: dict[str, list[tuple[str, object]]] = defaultdict(list)
        self.stale_contexts: dict[str, dict[Keys, Skipped]] = defaultdict(dict)

    def arrived(self, consumer: str, messages: Sequence[Message]) -> list[object]:
        """Note what was delivered, and return its keys: a message that comes again, known by its mark, is no further one."""
        keys = [_key(message) for message in messages]
        with self.news:
            self.delivered[consumer].update(keys)
            self.delivered[EVERYBODY].update(keys)
            self.left.update(keys)
            self.news.notify_all()
        return keys

    def called(self, handle: str) -> None:
        """Note that a handle called back."""
        with self.news:
            self.calls[handle] += 1
            self.news.notify_all()

    def skipped(self, consumer: str, skipped: Skipped, messages: Sequence[Message]) -> None:
        """Keep what acknowledges a delivery by its context; of a message that comes again the last context counts."""
        keys = tuple(map(_key, messages))
        self.contexts[consumer].pop(keys, None)
        self.contexts[consumer][keys] = skipped

    def stopped(self, consumer: str) -> None:
        """Note that a consumer was stopped: it holds nothing any more."""
        self.stale[consumer] = self.pending.pop(consumer, [])
        self.stale_contexts[consumer] = self.contexts.pop(consumer, {})


def _key(message: Message) -> object:
    """Return what a message is known by: its mark, whenever it comes."""
    return message.properties.get(MARK) or message.receipt or (message.header.message_id, message.body)
