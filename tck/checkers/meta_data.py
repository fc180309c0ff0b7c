"""What an extension tells of a queue: its name, its partitions, and where these are."""

from __future__ import annotations

from tck.checkers.answers import Checker, Select, gives_what
from tck.history import Entry, History, Outcome
from tck.messages import Partition, QueueMetaData
from tck.operations import ErrorKind
from tck.verdicts import Finding, failed, not_applicable, passed, unknown


def _lacking(asked: Select, history: History) -> dict[str, Entry]:
    """Return the endpoints that have no extension, each with an answer: all of them are null, or that it is not offered."""
    answers = _answers(asked, history)
    given = {entry.op.on for entry in answers if not _says_no(entry)}
    return {entry.op.on: entry for entry in answers if entry.op.on not in given}


def _answers(asked: Select, history: History) -> list[Entry]:
    return [entry for entry in asked(history) if entry.outcome is not Outcome.UNKNOWN]


def _says_no(entry: Entry) -> bool:
    return entry.error.kind is ErrorKind.UNSUPPORTED if entry.error else entry.result is None


def there(asked: Select) -> Checker:
    """One of the endpoints that were asked has the extension."""

    def check(history: History) -> Finding:
        words = "there is an extension"
        lacking = _lacking(asked, history)
        if any(entry.op.on not in lacking for entry in _answers(asked, history)):
            return passed(words)
        shown = [entry.index for entry in lacking.values()]
        return failed(words, "there is no extension", shown) if shown else unknown("nobody answered", words)

    return check


def where_there(select: Select, asked: Select) -> Select:
    """Select what is done on the endpoints that have the extension, as their answers to what was asked tell."""
    return lambda history: [e for e in select(history) if e.op.on not in _lacking(asked, history)]


def ids(entry: Entry) -> list[int]:
    """Return the partitions that an answer lists, in their order."""
    return sorted(one.id for one in entry.result.partitions) if isinstance(entry.result, QueueMetaData) else []


def names_the_queue(select: Select, *, with_namespace: bool = False) -> Checker:
    """Each names the queue that was asked for: just so, or with a namespace before it."""
    words = "the name that was asked for" + (" after its namespace" if with_namespace else "")

    def holds(result: QueueMetaData | None, entry: Entry) -> bool:
        asked = str(getattr(entry.op, "queue", ""))
        name = result.queue if result else ""
        return name.endswith(f"://{asked}") if with_namespace else name == asked

    return gives_what(select, words, holds)


def _where_listed(select: Select, checker: Checker) -> Checker:
    """What a checker says, where any partition is listed."""

    def check(history: History) -> Finding:
        return checker(history) if any(map(ids, select(history))) else unknown("no partition was listed")

    return check


def distinct(select: Select) -> Checker:
    """None of them lists a partition twice."""
    words = "different partitions"
    return _where_listed(select, gives_what(select, words, lambda _, entry: len(set(ids(entry))) == len(ids(entry))))


def hosted(select: Select) -> Checker:
    """Each partition that they list has a host; an implementation of the later API may have none at all."""

    def check(history: History) -> Finding:
        hosts = [
            one.host for e in select(history) if isinstance(e.result, QueueMetaData) for one in e.result.partitions
        ]
        if history.origin.offers("api.5d796063") and all(host is None for host in hosts):
            return not_applicable("the later API has no host of a partition")
        words = "a host for each partition"
        return gives_what(select, words, lambda given, _: given and all(map(_host, given.partitions)))(history)

    return _where_listed(select, check)


def _host(partition: Partition) -> str:
    return (partition.host or "").strip()


def alike(select: Select, others: Select) -> Checker:
    """Each lists just the partitions that one of the others lists of the same queue."""

    def check(history: History) -> Finding:
        known = {getattr(e.op, "queue", ""): ids(e) for e in others(history) if ids(e)}
        chosen = [entry for entry in select(history) if getattr(entry.op, "queue", "") in known]
        words = "the same partitions of a queue, whoever is asked"
        if not chosen:
            return unknown("no queue's partitions were told by both", words)
        return gives_what(lambda _: chosen, words, lambda _, e: ids(e) == known[e.op.queue])(history)  # type: ignore[union-attr] # it has a queue

    return check


def fails_or_right(select: Select, others: Select) -> Checker:
    """Each fails, not as what is not offered, or lists just the partitions that the others list of its queue."""

    def check(history: History) -> Finding:
        words = "an error, or the partitions as they are"
        entries = select(history)
        wrong = [e for e in entries if e.error and e.error.kind is ErrorKind.UNSUPPORTED]
        if wrong:
            return failed(words, f"it failed with {wrong[0].error}", (entry.index for entry in wrong))
        if not entries or any(entry.outcome is Outcome.UNKNOWN for entry in entries):
            return unknown("it was never asked, or never answered", words)
        answered = [entry for entry in entries if entry.outcome is Outcome.OK]
        if answered:
            return alike(lambda _: answered, others)(history)
        return passed(f"{len(entries)} of {len(entries)} failed", (entry.index for entry in entries))

    return check
