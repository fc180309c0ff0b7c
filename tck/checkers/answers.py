"""How single operations were answered: with success, a value, or an error of the right kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import msgspec

from tck.checkers.matching import FLUSH_TIMEOUT, PULLS
from tck.history import Entry, History, Outcome, gets
from tck.operations import (
    BatchReceiveAt,
    ErrorKind,
    Get,
    Operation,
    ReceiveAt,
    SendAsync,
    SendBatchAsync,
    SendBatchOneway,
    SendOneway,
    name,
)
from tck.verdicts import Finding, Verdict, failed, passed, unknown, worst

Checker = Callable[[History], Finding]
Select = Callable[[History], list[Entry]]

LATE = 0.5
"""Seconds by which a call may end late."""
CLOCK_RESOLUTION = 0.016
"""Seconds by which a wait may seem too short: the coarsest tick of a clock in common use."""
DECIDED = (*PULLS, ReceiveAt, BatchReceiveAt, SendAsync, SendBatchAsync, SendOneway, SendBatchOneway)
"""What a timeout is itself the answer to, or waits for none."""


def ops(*kinds: type[Operation], client: str = "", on: str = "", at: int | None = None) -> Select:
    """Select the entries of some kinds, of a client, on a handle; only the one at position `at` of them if given.

    A future that gave null and then told a cause failed.
    """

    def select(history: History) -> list[Entry]:
        known = gets(history) if kinds == (Get,) else history.of(*kinds)
        found = [entry for entry in known if (not client or entry.client == client) and (not on or entry.op.on == on)]
        return found if at is None else found[at : at + 1 or None]

    return select


def gets_alone(client: str, at: int | None = None) -> Select:
    """Select what get gave a client by itself (at its call number `at`), whatever a cause told afterwards."""

    def select(history: History) -> list[Entry]:
        found = [entry for entry in history.of(Get) if entry.client == client]
        return found if at is None else found[at : at + 1]

    return select


def waited(entry: Entry) -> bool:
    """Tell whether an operation took all the time that it was given, give or take a tick."""
    return entry.seconds >= float(getattr(entry.op, "timeout", None) or 0.0) - CLOCK_RESOLUTION


def never_ended(entry: Entry) -> bool:
    """Tell whether an operation never ended."""
    return entry.outcome is Outcome.UNKNOWN


def unanswered(entry: Entry) -> bool:
    """Tell whether nobody knows what an operation did: it never ended, or the server's answer to it did not come in time.

    A timeout is itself the answer to a pull, and to a get that took all of its own time.
    """
    if never_ended(entry) or entry.error is None:
        return never_ended(entry)
    timed_out = entry.error.kind is ErrorKind.TIMEOUT or entry.error.code == FLUSH_TIMEOUT
    return timed_out and not isinstance(entry.op, DECIDED) and not (isinstance(entry.op, Get) and waited(entry))


def each(
    select: Select,
    expected: str,
    fault: Callable[[Entry], str],
    unsure: Callable[[Entry], bool] = never_ended,
    starved: Callable[[Entry], bool] = attrgetter("starved"),
) -> Checker:
    """Judge each selected entry: `fault` says what is wrong with it, or nothing.

    What is `unsure` of one is unknown, and what is wrong with one that was `starved`: the machine had no time for it.
    """

    def check(history: History) -> Finding:
        entries = select(history)
        if not entries:
            return unknown("the operation was never reached", expected)
        faults = [(entry, fault(entry)) for entry in entries if not unsure(entry)]
        found = [(entry, text) for entry, text in faults if text]
        wrong = [(entry, text) for entry, text in found if not starved(entry)]
        if wrong:
            texts = dict.fromkeys(text for _, text in wrong)
            return failed(expected, "; ".join(list(texts)[:5]), (entry.index for entry, _ in wrong))
        if any(map(never_ended, entries)):
            return unknown("an operation never ended", expected, (e.index for e in entries))
        if found:
            said = f"{found[0][1]}, but the machine had no time for the kit meanwhile"
            return unknown(said, expected, (entry.index for entry, _ in found))
        if late := [entry for entry in entries if unsure(entry)]:
            said = f"{name(late[0].op)} failed with {late[0].error}: it may have been done"
            return unknown(said, expected, (e.index for e in late))
        return passed(f"{len(entries)} of {len(entries)}: {expected}", (e.index for e in entries[:5]))

    return check


def succeeds(select: Select) -> Checker:
    """Each ends without an error; of one that timed out it is not known."""
    return each(
        select,
        "no error",
        lambda e: f"{name(e.op)} failed with {e.error}" if e.outcome is Outcome.FAIL else "",
        unanswered,
    )


def fails(select: Select, *kinds: ErrorKind, late: Callable[[Entry], bool] = unanswered) -> Checker:
    """Each ends with an error, of one of these kinds if any is given; then it is not known of one that is `late`."""
    wanted = f"an error of kind {' or '.join(kinds)}" if kinds else "an error"

    def fault(entry: Entry) -> str:
        if entry.outcome is Outcome.OK:
            return f"{name(entry.op)} succeeded"
        if kinds and entry.error and entry.error.kind not in kinds:
            return f"{name(entry.op)} failed with {entry.error}"
        return ""

    def unsure(entry: Entry) -> bool:
        return late(entry) and not (entry.error and (not kinds or entry.error.kind in kinds))

    return each(select, wanted, fault, unsure)


def has_status(select: Select, *codes: int) -> Checker:
    """Each ends with an error that has one of these status codes, where it did not time out; with any where none is given."""
    wanted = f"an error with status {_named(codes)}" if codes else "an error with a status code"

    def fault(entry: Entry) -> str:
        if entry.error is None:
            return f"{name(entry.op)} succeeded"
        if entry.error.code is None or (codes and entry.error.code not in codes):
            return f"{name(entry.op)} failed with {entry.error}"
        return ""

    def unsure(entry: Entry) -> bool:
        return unanswered(entry) and not (entry.error and (not codes or entry.error.code in codes))

    return each(select, wanted, fault, unsure)


def lacks_status(select: Select, *codes: int) -> Checker:
    """Each succeeds, or fails with another status code than these."""
    return each(
        select,
        f"no error with status {_named(codes)}",
        lambda e: f"{name(e.op)} failed with {e.error}" if e.error and e.error.code in codes else "",
    )


def _named(codes: Sequence[int]) -> str:
    """Return status codes in words: a long row by its ends."""
    return " or ".join(map(str, codes)) if len(codes) < 9 else f"{min(codes)} to {max(codes)}"


def has_text(select: Select) -> Checker:
    """Each ends with an error that has a text."""

    def fault(entry: Entry) -> str:
        if entry.error is None:
            return f"{name(entry.op)} succeeded"
        return "" if entry.error.text.strip() else f"the error of {name(entry.op)} has no text: {entry.error}"

    return each(select, "an error with a text that describes it", fault)


def gives(select: Select, expected: Any) -> Checker:
    """Each returns just this."""
    return gives_what(select, f"{expected!r}", lambda result, _: result == expected)


def gives_null(select: Select) -> Checker:
    """Each returns null; one that timed out, whenever it did, gave another answer."""
    return gives_what(select, "None", lambda result, _: result is None, never_ended)


def gives_what(
    select: Select,
    expected: str,
    holds: Callable[[Any, Entry], bool],
    unsure: Callable[[Entry], bool] = unanswered,
) -> Checker:
    """Each returns something for which `holds`; `expected` says it in words. Of one that timed out it is not known."""

    def fault(entry: Entry) -> str:
        if entry.outcome is Outcome.FAIL:
            return f"{name(entry.op)} failed with {entry.error}"
        return "" if holds(entry.result, entry) else f"{name(entry.op)} returned {entry.result!r}"[:300]

    return each(select, expected, fault, unsure)


def constant(select: Select, part: Callable[[Any], Any] = lambda result: result) -> Checker:
    """Each returns the same (`part` of it) as the first."""

    def check(history: History) -> Finding:
        entries = [entry for entry in select(history) if entry.outcome is Outcome.OK]
        if len(entries) < 2:
            return unknown("it was answered less than twice", "the same at every call")
        first = part(entries[0].result)
        return gives_what(select, f"{first!r} at every call"[:300], lambda result, _: part(result) == first)(history)

    return check


def _in_vain(entry: Entry) -> bool:
    """Tell whether an operation ended as one does whose timeout was over: with TIMEOUT, or with null."""
    return entry.error.kind is ErrorKind.TIMEOUT if entry.error else entry.result is None


def in_vain(select: Select) -> Select:
    """Select those that ended as one does whose timeout was over; all, where none did."""

    def those(history: History) -> list[Entry]:
        entries = select(history)
        return [entry for entry in entries if entry.outcome is not Outcome.UNKNOWN and _in_vain(entry)] or entries

    return those


def ends_in_vain(select: Select) -> Checker:
    """Each ends as one does whose timeout was over: with TIMEOUT, or with null."""
    return each(
        select,
        "an error of kind TIMEOUT, or null",
        lambda e: "" if _in_vain(e) else f"{name(e.op)} ended with {e.error or repr(e.result)}"[:300],
    )


def lasts(select: Select) -> Checker:
    """Each that ends with a TIMEOUT, or null, does so no earlier than its timeout."""

    def fault(entry: Entry) -> str:
        if not _in_vain(entry):
            return f"{name(entry.op)} ended with {entry.error or entry.result!r}, not with TIMEOUT"[:300]
        timeout = float(getattr(entry.op, "timeout", None) or 0.0)
        if entry.seconds < timeout - CLOCK_RESOLUTION:
            return f"{name(entry.op)} with a timeout of {timeout:.3f} s ended after {entry.seconds:.3f} s"
        return ""

    return each(select, "a TIMEOUT no earlier than the timeout", fault)


def not_in_vain_before(select: Select) -> Checker:
    """None ends with a TIMEOUT, or null, before its timeout; how else it ends is not what it is about."""

    def fault(entry: Entry) -> str:
        timeout = float(getattr(entry.op, "timeout", None) or 0.0)
        early = _in_vain(entry) and entry.seconds < timeout - CLOCK_RESOLUTION
        return f"{name(entry.op)} with a timeout of {timeout:.3f} s ended after {entry.seconds:.3f} s" if early else ""

    return each(select, "no TIMEOUT before the timeout", fault)


def same_error(select: Select, *, code: bool = False) -> Checker:
    """Each fails, with an error of the same kind (and the same status `code`) as the first."""
    words = f"an error of the same kind{' and status' if code else ''} each time"

    def check(history: History) -> Finding:
        entries = select(history)
        told = {(e.error.kind, e.error.code if code else None) for e in entries if e.error}
        late = [e for e in entries if unanswered(e)]
        if late and len(told) > 1:
            return unknown(f"{name(late[0].op)} failed with {late[0].error}", words, (e.index for e in late))
        finding = fails(select)(history)
        if finding.verdict is Verdict.PASS and len(told) > 1:
            return failed(words, "; ".join(str(e.error) for e in entries), (e.index for e in entries))
        return finding

    return check


def ends_within(select: Select, seconds: float | None = None, *, grace: float = LATE) -> Checker:
    """The quickest ends in so many seconds (its timeout, if none is given), give or take `grace` or ten round trips.

    A busy machine delays one call, and not each of several.
    """

    def check(history: History) -> Finding:
        most = max(grace, 10 * history.origin.calibration.round_trip)
        entries = select(history)
        quickest = sorted(entries, key=lambda entry: entry.seconds if entry.completed else 0.0)[:1]

        def limit(entry: Entry) -> float:
            return float(getattr(entry.op, "timeout", None) or 0.0) if seconds is None else seconds

        def fault(entry: Entry) -> str:
            late = entry.seconds > limit(entry) + most
            return f"{name(entry.op)} took {entry.seconds:.3f} s, {limit(entry):.3f} s were asked for" if late else ""

        def starved(entry: Entry) -> bool:
            return entry.own_seconds <= limit(entry) + most

        words = f"an end in time, give or take {most:.1f} s"
        return each(lambda _: quickest, words, fault, starved=starved)(history)

    return check


def all_of(*checkers: Checker) -> Checker:
    """The worst of several findings; a pass tells what each saw, and the reading that one of them names."""

    def check(history: History) -> Finding:
        findings = [checker(history) for checker in checkers]
        bad = [f for f in findings if f.verdict != "PASS"]
        if bad:
            return next(f for f in bad if f.verdict is worst(f.verdict for f in bad))
        whole = passed(
            "; ".join(dict.fromkeys(f.actual for f in findings)), (i for f in findings for i in f.operations)
        )
        return msgspec.structs.replace(whole, reading=next((f.reading for f in findings if f.reading), ""))

    return check


def any_of(*checkers: Checker) -> Checker:
    """One of several things is so, whichever: unknown where none is and one could not be told; as `follows` else."""

    def check(history: History) -> Finding:
        findings = [checker(history) for checker in checkers]
        if good := [finding for finding in findings if finding.verdict is Verdict.PASS]:
            return good[0]
        if all(finding.verdict is Verdict.NOT_APPLICABLE for finding in findings):
            return findings[0]
        words = " or ".join(dict.fromkeys(finding.expected for finding in findings))
        said = "; ".join(dict.fromkeys(finding.actual for finding in findings))
        shown = dict.fromkeys(index for finding in findings for index in finding.operations)
        if any(finding.verdict is not Verdict.FAIL for finding in findings):
            return unknown(said, words, shown)
        return failed(words, said, shown)

    return check


def follows(readings: Mapping[str, Checker]) -> Checker:
    """One of the readings of an ambiguity, each with a checker of its own, is followed: the first that passes is named.

    Unknown where none passes and one could not tell; a failure where none does; where none says anything, so it is.
    """

    def check(history: History) -> Finding:
        findings = {reading: checker(history) for reading, checker in readings.items()}
        for reading, finding in findings.items():
            if finding.verdict is Verdict.PASS:
                return msgspec.structs.replace(finding, reading=reading)
        if all(finding.verdict is Verdict.NOT_APPLICABLE for finding in findings.values()):
            return next(iter(findings.values()))
        words = f"one of the readings is followed: {', '.join(readings)}"
        said = "; ".join(f"not {reading}: {finding.actual}" for reading, finding in findings.items())
        shown = dict.fromkeys(index for finding in findings.values() for index in finding.operations)
        if any(finding.verdict is not Verdict.FAIL for finding in findings.values()):
            return unknown(said, words, shown)
        return failed(words, said, shown)

    return check
