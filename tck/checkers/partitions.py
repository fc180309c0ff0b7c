"""Where messages are put, and who is given them, where a queue has several partitions."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

import msgspec

from tck.checkers.answers import Checker, fails
from tck.checkers.headers import each_received, extension
from tck.checkers.hearing import UNBINDS, awaited, listened_after
from tck.checkers.matching import BINDS, Received, Sent, Which, by_message, received, sent
from tck.history import History, Outcome
from tck.messages import QueueMetaData
from tck.operations import Close, ErrorKind, GetQueueMetaData, Send, Start, Stop
from tck.verdicts import Finding, failed, not_applicable, passed, unknown

partition = extension("partition")
offset = extension("offset")


def named(one: Sent) -> bool:
    """Select messages whose sender named a partition."""
    return partition(one.message) is not None


def told(history: History) -> set[int]:
    """Return the partitions that the meta data lists."""
    answers = [e.result for e in history.of(GetQueueMetaData) if isinstance(e.result, QueueMetaData)]
    return {one.id for answer in answers for one in answer.partitions}


def where_several(checker: Checker) -> Checker:
    """Judge only where the queue has several partitions."""

    def check(history: History) -> Finding:
        known = told(history)
        if not known:
            return unknown("the partitions of the queue were not told")
        return checker(history) if len(known) > 1 else not_applicable("the queue has a single partition")

    return check


def numbered(first: int) -> Checker:
    """The partitions have the numbers from this one on, without a gap."""

    def check(history: History) -> Finding:
        known = sorted(told(history))
        words = f"the numbers from {first} on"
        if not known:
            return unknown("the partitions of the queue were not told", words)
        right = known == list(range(first, first + len(known)))
        return passed(f"{known}") if right else failed(words, f"they are {known}")

    return check


def in_its_partition(which: Which) -> Checker:
    """Every message that names a partition is received with it, and at least one of them is."""
    return each_received(
        "the partition that its sender named",
        lambda one: (
            ""
            if one.sent and partition(one.message) == partition(one.sent.message)
            else f"its partition is {partition(one.message)!r}, {one.sent and partition(one.sent.message)!r} was named"
        ),
        only=lambda one: one.sent is not None and named(one.sent) and which(one.sent),
    )


def every_partition(which: Which) -> Checker:
    """A message for each of the partitions is accepted, and received from it."""

    def check(history: History) -> Finding:
        words = "a message for each partition is received from it"
        chosen = sent(history, lambda one: which(one) and named(one))
        refused = [one for one in chosen if one.outcome is Outcome.FAIL]
        if refused:
            return failed(words, f"{refused[0].label} failed with {refused[0].done.error}", [refused[0].done.index])
        come = {partition(one.message) for one in received(history) if one.sent in chosen}
        missing = told(history) - come
        if not chosen:
            return unknown("no message was sent to a partition", words)
        if not missing:
            return passed(f"{len(come)} partitions")
        owed = [one for one in chosen if one.accepted and partition(one.message) in missing]
        if not owed or not all(awaited(history, one) for one in owed):
            return unknown(f"nothing was accepted for {sorted(missing)}, or nobody listened afterwards", words)
        return failed(words, f"nothing came from {sorted(missing)}", (one.entry.index for one in owed[:5]))

    return check


def existing(which: Which = lambda _: True) -> Checker:
    """Every message is received with a partition that the queue has."""

    def check(history: History) -> Finding:
        known = told(history)
        if not known:
            return unknown("the partitions of the queue were not told")
        return each_received(
            f"one of the partitions {sorted(known)}",
            lambda one: "" if partition(one.message) in known else f"its partition is {partition(one.message)!r}",
            only=lambda one: one.sent is not None and which(one.sent),
        )(history)

    return check


def refused(which: Which, *kinds: ErrorKind) -> Checker:
    """What `which` selects is refused, with an error of one of these kinds if any is given."""

    def check(history: History) -> Finding:
        chosen = sent(history, which)
        return fails(lambda _: [one.done for one in chosen], *kinds)(history)

    return check


def elsewhere(which: Which) -> Checker:
    """What names a partition that does not exist is received from one that does."""

    def check(history: History) -> Finding:
        words = "it is received from a partition that exists"
        chosen, known, come = sent(history, which), told(history), by_message(history)
        if not chosen or not known:
            return unknown("no such message was sent, or the partitions were not told", words)
        for one in chosen:
            if one.outcome is Outcome.FAIL:
                return failed(words, f"the send failed with {one.done.error}", [one.done.index])
            if one.mark in come:
                if partition(come[one.mark][0].message) not in known:
                    text = f"it came from partition {partition(come[one.mark][0].message)!r}"
                    return failed(words, text, [one.entry.index, come[one.mark][0].index])
            elif not one.accepted or not awaited(history, one):
                return unknown("it may not have been accepted, or nobody listened after it was sent", words)
            else:
                return failed(words, f"{one.label} was accepted, and never came", [one.entry.index])
        return passed(f"{len(chosen)} messages")

    return check


def same_key_same_partition(which: Which) -> Checker:
    """Messages of the same key, which name no partition, are received from the same."""

    def check(history: History) -> Finding:
        words = "messages of one key are received from one partition"
        found: dict[Any, set[int | None]] = defaultdict(set)
        shown: dict[Any, list[int]] = defaultdict(list)
        for one in received(history):
            key = one.sent and extension("message_key")(one.sent.message)
            if one.sent and key and which(one.sent):
                found[key].add(partition(one.message))
                shown[key].append(one.index)
        if not any(len(indices) > 1 for indices in shown.values()):
            return unknown("no two messages of a key were received", words)
        for key, parts in found.items():
            if len(parts) > 1:
                return failed(words, f"those of {key!r} came from {sorted(map(str, parts))}", shown[key])
        return passed(f"{len(found)} keys, each in a partition")

    return check


def offsets_unique(history: History) -> Finding:
    """No two messages of a partition have the same offset."""
    words = "no two messages of a partition have the same offset"
    owners: dict[Any, set[str]] = defaultdict(set)
    for mark, group in by_message(history).items():
        for one in group:
            if offset(one.message) is not None:
                owners[one.message.header.destination, partition(one.message), offset(one.message)].add(mark)
    if len({mark for marks in owners.values() for mark in marks}) < 2:
        return unknown("fewer than two messages have an offset", words)
    shared = [place for place, marks in owners.items() if len(marks) > 1]
    if shared:
        return failed(
            words, f"{len(owners[shared[0]])} messages have the offset {shared[0][2]} of partition {shared[0][1]}"
        )
    return passed(f"{len(owners)} offsets, all different")


def offsets_grow(history: History) -> Finding:
    """Of two messages that a producer sent to a partition, one after the other had been accepted, the later has the greater offset."""
    words = "of two messages of a producer in a partition the later has the greater offset"
    rows: dict[Any, list[Received]] = defaultdict(list)
    for group in by_message(history).values():
        one = group[0]
        if one.sent and isinstance(one.sent.entry.op, Send) and offset(one.message) is not None:
            rows[one.sent.entry.op.on, one.message.header.destination, partition(one.message)].append(one)
    pairs = [
        (a, b)
        for row in rows.values()
        for a, b in pairwise(sorted(row, key=lambda one: one.sent.entry.invoked if one.sent else 0))
        if a.sent and b.sent and a.sent.accepted and (a.sent.done.completed or 0) <= b.sent.entry.invoked
    ]
    if not pairs:
        return unknown("no partition has two messages of a producer", words)
    for a, b in pairs:
        if offset(b.message) <= offset(a.message):
            text = f"{a.label} has the offset {offset(a.message)}, {b.label} after it {offset(b.message)}"
            return failed(words, text, [a.index, b.index])
    return passed(f"{len(pairs)} pairs")


def spread(which: Which) -> Checker:
    """Messages without key and partition do not all come from the same."""

    def check(history: History) -> Finding:
        words = "they come from more than one partition"
        come = [one for one in received(history) if one.sent and which(one.sent)]
        found = {partition(one.message) for one in come}
        if len(come) < 2:
            return unknown("fewer than two of them were received", words)
        if len(found) < 2:
            return failed(
                words, f"all {len(come)} came from partition {found.pop()!r}", (one.index for one in come[:5])
            )
        return passed(f"{len(come)} messages of {len(found)} partitions")

    return check


def one_consumer_each(which: Which) -> Checker:
    """The messages of a partition all go to the same consumer."""

    def check(history: History) -> Finding:
        words = "the messages of one partition go to one consumer"
        takers: dict[int | None, list[Received]] = defaultdict(list)
        come = [one for one in received(history) if one.sent and which(one.sent)]
        for one in sorted(come, key=lambda one: one.came):
            takers[partition(one.message)].append(one)
        torn = [
            (a, b) for row in takers.values() for a, b in pairwise(row) if a.delivery.consumer != b.delivery.consumer
        ]
        kept = [(a, b) for a, b in torn if not _divided_anew(history, a, b)]
        if kept:
            a, b = kept[0]
            text = f"those of {partition(a.message)!r} went to {a.delivery.consumer}, {b.delivery.consumer}"
            return failed(words, text, [a.index, b.index])
        if torn:
            return unknown("the consumers changed meanwhile", words, [torn[0][0].index, torn[0][1].index])
        return passed(f"{len(takers)} partitions") if len(come) > len(takers) else unknown("too few came", words)

    return check


def _divided_anew(history: History, before: Received, after: Received) -> bool:
    """Tell whether a consumer may have come or gone between two deliveries, so that the partitions are divided anew."""
    changes = history.of(*BINDS, *UNBINDS, Start, Stop, Close)
    return any((e.completed or after.came) >= before.came and e.invoked <= after.came for e in changes)


def each_given_some(*on: str, which: Which, partitions: int = 0) -> Checker:
    """Each of these consumers is given some of the messages that `which` selects; where there are so many `partitions`.

    Where no number is given it is enough that each of them can have one.
    """

    def check(history: History) -> Finding:
        words = f"{' and '.join(on)} are given some of them"
        come = [one for one in received(history) if one.sent and which(one.sent)]
        idle = [name for name in on if not any(one.delivery.consumer == name for one in come)]
        if not come:
            return unknown("nothing was received", words)
        if idle and len(told(history)) < (partitions or len(on)):
            return not_applicable("there are not so many partitions that each consumer has one")
        latest = max(one.sent.done.completed or 0 for one in come if one.sent)
        if not all(listened_after(history, latest, on=[name]) for name in idle):
            return unknown(f"{', '.join(idle)} got none, but did not listen after they were sent", words)
        return (
            failed(words, f"{', '.join(idle)} got none of {len(come)}") if idle else passed(f"{len(come)} deliveries")
        )

    return check


def alike(*on: str) -> Checker:
    """All of these consumers are given a message with the same id, fields, properties and body."""

    def whole(one: Received) -> object:
        header = msgspec.structs.replace(one.message.header, delivery_count=None)
        return header, one.message.extension_header, one.message.properties, one.message.body

    def check(history: History) -> Finding:
        words = "the same message for every consumer"
        groups = [
            group for group in by_message(history, on=on).values() if len({o.delivery.consumer for o in group}) > 1
        ]
        if not groups:
            return unknown("no message was given to two consumers", words)
        for group in groups:
            other = [one for one in group if whole(one) != whole(group[0])]
            if other:
                text = f"{group[0].label} differs between {group[0].delivery.consumer} and {other[0].delivery.consumer}"
                return failed(words, text, [group[0].index, other[0].index])
        return passed(f"{len(groups)} messages")

    return check
