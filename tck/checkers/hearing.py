"""Who listened to which queue, from when to when, and heard nothing.

That nothing came says something only where somebody would have been given it: a pull in vain that began afterwards, or a
time of quiet while a listener was bound. A pull that at once brought another message says nothing: no order is promised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from tck.checkers.matching import BINDS, PULLS, Received, Sent, bound_queues, may_have_happened, queues_of
from tck.history import Entry, History, Outcome, once
from tck.operations import (
    Close,
    CreateConsumer,
    CreatePullConsumer,
    CreatePushConsumer,
    CutOff,
    DeleteQueue,
    Deliver,
    Hold,
    IsSuspended,
    Operation,
    Restore,
    Resume,
    Start,
    Stop,
    Suspend,
    UnbindQueue,
    UnbindQueues,
    Wait,
)

CREATES = (CreateConsumer, CreatePullConsumer, CreatePushConsumer)
UNBINDS = (UnbindQueue, UnbindQueues)
NEVER = 1 << 63
"""A moment (ns) that no history reaches."""
Spans = list[tuple[int, int]]
"""From when to when (ns), in their order."""


class Listening(msgspec.Struct, frozen=True):
    """A time (ns) in which a consumer listened to a queue, by pulling or with a listener; an empty queue is every one."""

    consumer: str
    queue: str
    pushed: bool
    begin: int
    end: int


def listened_after(
    history: History, moment: int, *, on: Iterable[str] = (), queues: Iterable[str] = (), before: int = NEVER
) -> bool:
    """Tell whether a consumer (one of `on`, and bound to one of `queues`, where these are given) listened in vain after a moment (ns).

    It pulled and was given nothing, or had a listener while the program waited: wholly after the moment, and `before`
    another, or between them at least as long as the kit listens to see that nothing comes; so long
    also a pull that then brought something else.
    """
    consumers, places = set(on), set(queues)
    quiet = history.origin.calibration.quiet * 1e9
    there = [
        one
        for one in _listening(history)
        if (not consumers or one.consumer in consumers) and (not places or not one.queue or one.queue in places)
    ]
    for entry in _silences_seen(history):
        ended = entry.completed or entry.invoked
        for one in there if ended > moment else ():
            if one.pushed if isinstance(entry.op, PULLS) else not one.pushed:
                continue
            if isinstance(entry.op, PULLS) and entry.op.on != one.consumer:
                continue
            begin, end = max(moment, one.begin, entry.invoked), min(before, one.end, ended)
            whole = _in_vain(entry) and (begin, end) == (entry.invoked, ended)
            if whole or end - begin >= quiet:
                return True
    return False


def listened_between(history: History, begin: int, end: int, queue: str) -> bool:
    """Tell whether a consumer of a queue pulled and was answered, or had a listener, at some time between two moments (ns)."""
    there = [one for one in _listening(history) if one.queue in ("", queue) and one.begin < end and one.end > begin]
    pulls = [e for e in history.of(*PULLS) if answered(e) and e.invoked < end and (e.completed or 0) > begin]
    pulling = {(entry.op.on, False) for entry in pulls}
    return any(one.pushed or (one.consumer, one.pushed) in pulling for one in there)


def awaited(history: History, one: Sent, *, on: Iterable[str] = (), after: int = 0) -> bool:
    """Tell whether somebody who would be given a message listened in vain after its send (and `after` a moment).

    That is a consumer of its queue; of those `on`, one that was never bound to that queue may be given it another way.
    """
    queue = one.message.header.destination or ""
    moment = max(after, one.done.completed or 0)
    if not (names := list(on)):
        return listened_after(history, moment, queues=[queue])
    bound = bound_queues(history)
    return any(
        listened_after(history, moment, on=[name], queues=[queue] if queue in bound.get(name, ()) else [])
        for name in names
    )


def awaited_again(history: History, one: Received, *, on: Iterable[str] = (), after: int = 0) -> bool:
    """Tell whether somebody (of those `on`) who would be given a message again listened in vain after it came."""
    return listened_after(history, max(one.came, after), on=on, queues=origins(history, one))


def origins(history: History, one: Received) -> set[str]:
    """Return the queues that a delivery may have come from: that which its message names, if its consumer was bound to it."""
    named = one.message.header.destination or ""
    queue = getattr(one.delivery.entry.op, "queue", None)
    bound = {queue} if queue is not None else bound_queues(history).get(one.delivery.consumer, set())
    return {named} if named in bound else bound


def asked_in_vain(history: History, consumer: str, moment: int) -> bool:
    """Tell whether a consumer, bound or not, would have been seen to be given something after a moment (ns).

    It pulled, and was told that there is nothing, or that it does not run, or its listener, which is called at times, was not
    while the program was quiet.
    """
    quiet = history.origin.calibration.quiet * 1e9
    pulls = [entry for entry in history.of(*PULLS) if entry.op.on == consumer and entry.completed is not None]
    told = [entry for entry in pulls if entry.outcome is not Outcome.UNKNOWN and not entry.result and not entry.starved]
    runs = _running(history, consumer, shown=bool(_made(history, consumer)))
    told = [e for e in told if not (away(e) and any(begin <= e.invoked < end for begin, end in runs))]
    if any(entry.invoked >= moment or (entry.completed or 0) - moment >= quiet for entry in told):
        return True
    called = any(entry.op.on == consumer for entry in history.of(Deliver))
    return called and quiet_between(history, moment)


def given_back(history: History, one: Received) -> int:
    """Return when (ns) the consumer of a delivery that was not acknowledged gave it back by its stop or unbinding; 0 if never."""
    ends = history.of(Stop, *UNBINDS)
    return max((e.completed or 0 for e in ends if e.op.on == one.delivery.consumer and e.invoked > one.came), default=0)


def quiet_between(history: History, begin: int, end: int = NEVER) -> bool:
    """Tell whether the program waited, to see that nothing comes, between two moments (ns)."""
    least = history.origin.calibration.quiet * 1e9
    for entry in _silences_seen(history):
        if isinstance(entry.op, Wait):
            first, last = max(begin, entry.invoked), min(end, entry.completed or entry.invoked)
            if last - first >= least or (entry.op.quiet and (first, last) == (entry.invoked, entry.completed)):
                return True
    return False


def waited_until(history: History) -> int:
    """Return when (ns) the last time of quiet was over, or what was waited for had not come; 0 where there is none."""
    return max((entry.completed or 0 for entry in _silences_seen(history) if isinstance(entry.op, Wait)), default=0)


def listened_until(history: History) -> int:
    """Return when (ns) the last pull was answered, or the last wait was over; 0 where there is none."""
    pulls = [entry.completed or 0 for entry in history.of(*PULLS) if answered(entry)]
    return max([*pulls, waited_until(history)])


def answered(entry: Entry) -> bool:
    """Tell whether a pull ended with a message or for want of one, not with another error."""
    return entry.outcome is Outcome.OK or (entry.error is not None and entry.error.kind == "TIMEOUT")


def away(entry: Entry) -> bool:
    """Tell whether the server was at fault, so that nothing is known of what it would have given."""
    return entry.error is not None and entry.error.code is not None and entry.error.code // 100 == 15


@once
def _silences_seen(history: History) -> tuple[Entry, ...]:
    """Return the pulls in vain, those that waited long until they brought something, and the waits in which nothing came.

    A pull in vain for which the machine had no time is none: there was none to bring anything either.
    """
    quiet = history.origin.calibration.quiet
    ended = (entry for entry in history.of(*PULLS) if entry.completed is not None and answered(entry))
    pulls = (entry for entry in ended if not entry.starved and (_in_vain(entry) or entry.own_seconds >= quiet))
    over = {True: Outcome.OK, False: Outcome.FAIL}
    waits = (e for e in history.of(Wait) if isinstance(e.op, Wait) and e.outcome is over[e.op.quiet])
    return (*pulls, *waits)


def _in_vain(entry: Entry) -> bool:
    """Tell whether an operation went on until it was known that nothing comes, however long that is."""
    return entry.op.quiet if isinstance(entry.op, Wait) else not entry.result and getattr(entry.op, "timeout", 1) != 0


# When who listened ------------------------------------------------------------------------------------------------------


@once
def _listening(history: History) -> tuple[Listening, ...]:
    names = {entry.op.on for entry in history.of(*BINDS, *PULLS, Deliver)}
    return tuple(one for name in sorted(names) for one in _of(history, name))


def _of(history: History, consumer: str) -> Iterator[Listening]:
    """Yield when a consumer listened: bound, started, not suspended, and able to reach the server."""
    made = _made(history, consumer)
    binds = [entry for entry in history.of(*BINDS) if entry.op.on == consumer]
    free = _common(_running(history, consumer, shown=bool(made)), _free(history, consumer))
    free = _common(free, _reached(history, {entry.op.on for entry in made}))
    if not made and not binds:  # the history does not show how it came to listen
        pushes = any(entry.op.on == consumer for entry in history.of(Deliver))
        for pushed in (False, True)[: 1 + pushes]:
            yield from (Listening(consumer, "", pushed, begin, end) for begin, end in free)
    for queue in {queue for entry in binds for queue in queues_of(entry.op)}:
        for pushed in (False, True):
            bound = _common(free, _bound(history, consumer, queue, pushed=pushed))
            yield from (Listening(consumer, queue, pushed, begin, end) for begin, end in bound)


def _made(history: History, consumer: str) -> list[Entry]:
    return [entry for entry in history.of(*CREATES) if getattr(entry.op, "name", "") == consumer]


def _bound(history: History, consumer: str, queue: str, *, pushed: bool) -> Spans:
    changes = []
    for entry in history.of(*BINDS, *UNBINDS, DeleteQueue):
        mine = isinstance(entry.op, DeleteQueue) or entry.op.on == consumer
        if mine and queue in queues_of(entry.op):
            changes += _change(entry, on=isinstance(entry.op, BINDS) and _pushes(entry.op) is pushed)
    return _spans(changes, at_first=False)


def _running(history: History, consumer: str, *, shown: bool) -> Spans:
    entries = [entry for entry in history.of(Start, Stop) if entry.op.on == consumer]
    changes = [change for entry in entries for change in _change(entry, on=isinstance(entry.op, Start))]
    return _spans(changes, at_first=not shown)


def _free(history: History, consumer: str) -> Spans:
    """Return when a consumer was not suspended, nor may have been: until it suspends, once it is resumed, or says so."""
    entries = [entry for entry in history.of(Suspend, Resume) if entry.op.on == consumer]
    changes = [change for entry in entries for change in _change(entry, on=isinstance(entry.op, Resume))]
    told = [entry for entry in history.of(IsSuspended) if entry.op.on == consumer and entry.result is False]
    changes += [change for entry in told for change in _change(entry, on=True)]
    for entry in entries:
        timeout = entry.op.timeout if isinstance(entry.op, Suspend) else None
        if timeout and entry.completed is not None:
            over = entry.completed + int(timeout * 1e9)
            later = [e for e in entries if isinstance(e.op, Suspend) and entry.invoked < e.invoked < over]
            changes += [] if later else [(over, True)]
    return _spans(changes, at_first=True)


def _reached(history: History, points: set[str]) -> Spans:
    """Return when the server could be reached through the access point, if that is known."""
    entries = [e for e in history.of(Close, CutOff, Hold, Restore) if not points or e.op.on in points]
    changes = [change for entry in entries for change in _change(entry, on=isinstance(entry.op, Restore))]
    return _spans(changes, at_first=True)


def _pushes(op: Operation) -> bool:
    return getattr(op, "reply", None) is not None


def _change(entry: Entry, *, on: bool) -> list[tuple[int, bool]]:
    """Return since when (ns) something is on for sure, or is so no more for sure; nothing where it did not come to that."""
    if on:
        return [(entry.completed or entry.invoked, True)] if entry.outcome is Outcome.OK else []
    return [(entry.invoked, False)] if may_have_happened(entry) else []


def _spans(changes: list[tuple[int, bool]], *, at_first: bool) -> Spans:
    found: Spans = []
    since = 0 if at_first else None
    for moment, on in sorted(changes):
        if on and since is None:
            since = moment
        elif not on and since is not None:
            found.append((since, moment))
            since = None
    return [*found, (since, NEVER)] if since is not None else found


def _common(some: Spans, others: Spans) -> Spans:
    """Return the times that are in both."""
    pairs = [(max(a, c), min(b, d)) for a, b in some for c, d in others]
    return [(begin, end) for begin, end in pairs if begin < end]
