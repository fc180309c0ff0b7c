"""What a KeyValue says is in it, held against what was put into it and removed from its set of keys."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet

from tck.checkers.answers import Checker, all_of, succeeds
from tck.checkers.key_changes import Case, Change, Content, case, changes, changes_of, kind_of, origin, possible
from tck.history import Entry, History, Outcome
from tck.messages import Boolean, Double, Integer, Long, Short
from tck.operations import ContainsKey, GetValue, Keys, Put, ValueKind, name
from tck.verdicts import Finding, failed, passed, unknown

NOTHING: dict[ValueKind, Content] = {
    ValueKind.BOOLEAN: Boolean(value=False),
    ValueKind.SHORT: Short(0),
    ValueKind.INT: Integer(0),
    ValueKind.LONG: Long(0),
    ValueKind.DOUBLE: Double.of(0),
    ValueKind.STRING: None,
}
"""What a key that is not there reads as, by the kind of the method that reads it."""


def _allowed(history: History, read: Entry) -> set[object] | None:
    """Return what a read may give; None where that cannot be said, or the key has a value of another kind."""
    of = origin(history, read.op.on, read.index)
    if of is None or not isinstance(read.op, GetValue | ContainsKey):
        return None
    contents = possible(changes_of(history, of.object, read, read.op.key), read)
    if isinstance(read.op, ContainsKey):
        return {content is not None for content in contents}
    kind, instead = read.op.kind, NOTHING[read.op.kind] if read.op.default is None else read.op.default
    if any(content is not None and kind_of(content) is not kind for content in contents):
        return None
    return {instead if content is None else content for content in contents}


def _fault(history: History, read: Entry) -> str | None:
    """Say what is wrong with what a read gave, or nothing; None where it cannot be judged."""
    if read.error:
        return f"{name(read.op)} failed with {read.error}"
    if isinstance(read.op, Keys):
        return _fault_of_keys(history, read)
    allowed = _allowed(history, read)
    if allowed is None or not isinstance(read.op, GetValue | ContainsKey):
        return None
    if read.result in allowed:
        return ""
    how = f" as {read.op.kind.name.lower()}" if isinstance(read.op, GetValue) else ""
    wanted = " or ".join(sorted(map(_said, allowed)))
    return f"{name(read.op)} of {read.op.key!r}{how} gave {_said(read.result)}, not {wanted}"[:300]


def _fault_of_keys(history: History, read: Entry) -> str | None:
    of = origin(history, read.op.on, read.index)
    if of is None:
        return None
    given = list(read.result or ())
    if len(set(given)) < len(given):
        return f"{max(given, key=given.count)!r} is in the set of keys {given.count(max(given, key=given.count))} times"
    odd = _odd_keys(history, of.object, read)
    return f"{min(odd)!r} is {'' if min(odd) in given else 'not '}in the set of keys" if odd else ""


def _odd_keys(history: History, number: int, read: Entry) -> AbstractSet[str]:
    """Return the keys that are in a set and cannot be, or are not in it and must be."""
    given = set(read.result or ())
    known = changes_of(history, number, read)
    contents = {key: possible([c for c in known if c.key == key], read) for key in {c.key for c in known}}
    there = {key for key, some in contents.items() if some != {None}}
    certain = {key for key, some in contents.items() if None not in some}
    return (given - there) | (certain - given)


def _said(result: object) -> str:
    tag = getattr(getattr(result, "__struct_config__", None), "tag", None)
    if tag is None:
        return "null" if result is None else repr(result)
    return f"{tag} {getattr(result, 'value', None)!r}"


def _judged(
    words: str, wanted: Callable[[History, Entry], bool], fault: Callable[[History, Entry], str | None]
) -> Checker:
    """Judge each read that is wanted by what is wrong with it; unknown where there is none, or one never ended."""

    def check(history: History) -> Finding:
        reads = [entry for entry in history.of(GetValue, ContainsKey, Keys) if wanted(history, entry)]
        ended = [entry for entry in reads if entry.outcome is not Outcome.UNKNOWN]
        told = [
            (entry, text) for entry, text in ((entry, fault(history, entry)) for entry in ended) if text is not None
        ]
        wrong = [(entry, text) for entry, text in told if text]
        if wrong:
            shown = [index for entry, _ in wrong[:3] for index in _shown(history, entry)]
            return failed(words, "; ".join(dict.fromkeys(text for _, text in wrong[:5])), dict.fromkeys(shown))
        if not told or len(ended) < len(reads):
            return unknown("nothing shows it" if not told else "a read never ended", words, (e.index for e in reads))
        return passed(f"{len(told)} of {len(told)}: {words}", (entry.index for entry, _ in told[:5]))

    return check


def _shown(history: History, read: Entry) -> list[int]:
    """Return the entries that show what a read gave: the changes of its key, or of its object, before it."""
    of = origin(history, read.op.on, read.index)
    known = changes_of(history, of.object, read, getattr(read.op, "key", None)) if of else []
    return [*(change.entry.index for change in known[-10:]), read.index]


# What the clauses ask -------------------------------------------------------------------------------------------------


def gives(kind: ValueKind, *cases: Case, default: bool = False) -> Checker:
    """What is read by the method of a kind, with a default or without, is right in these cases."""

    def wanted(history: History, read: Entry) -> bool:
        op = read.op
        asked = isinstance(op, GetValue) and op.kind is kind and (op.default is not None) is default
        return asked and case(history, read) in cases

    how = f"{kind.name.lower()}{' with a default' if default else ''}"
    return _judged(f"what is there is read as {how}", wanted, _fault)


def taken(kind: ValueKind) -> Checker:
    """Every put of a kind succeeds."""

    def puts(history: History) -> list[Entry]:
        return [e for e in history.of(Put) if isinstance(e.op, Put) and kind_of(e.op.value) is kind]

    return succeeds(puts)


def gives_nothing(kind: ValueKind) -> Checker:
    """Where a key is missing, the method of a kind with a default gives what the one without a default gives."""

    def wanted(history: History, read: Entry) -> bool:
        op = read.op
        asked = isinstance(op, GetValue) and op.kind is kind and op.default not in {None, NOTHING[kind]}
        return asked and case(history, read) in {Case.NEW, Case.MISSING}

    def fault(_: History, read: Entry) -> str:
        if read.error:
            return f"{name(read.op)} failed with {read.error}"
        return "" if read.result == NOTHING[kind] else f"it gave {_said(read.result)}"

    return _judged(
        f"a {kind.name.lower()} that is not there reads {_said(NOTHING[kind])}, in spite of a default", wanted, fault
    )


def _reads(*kinds: type[GetValue | ContainsKey | Keys], cases: AbstractSet[Case]) -> Callable[[History, Entry], bool]:
    """Select reads of these kinds, in these cases; those with a default are judged by themselves."""
    return lambda history, read: (
        isinstance(read.op, kinds) and getattr(read.op, "default", None) is None and case(history, read) in cases
    )


_PUT = frozenset({Case.INSERTED, Case.REPLACED})

contains = _judged("a key is there if and only if it was put", _reads(ContainsKey, cases=_PUT | {Case.MISSING}), _fault)
"""ContainsKey tells of every key whether it was put."""

empty = _judged("nothing is in a new one", _reads(ContainsKey, Keys, cases={Case.NEW}), _fault)
"""A new KeyValue has no key."""

exact = _judged("the set has the keys that were put, each once", _reads(Keys, cases=_PUT), _fault)
"""The set of keys has exactly the keys."""

live = all_of(
    _judged("what was removed from the set is gone", _reads(GetValue, ContainsKey, cases={Case.REMOVED}), _fault),
    _judged("the set has the keys that are there now", _reads(Keys, cases={Case.REMOVED}), _fault),
)
"""What is removed from the set is gone from the object, and what is put is in a set that was obtained before."""

at_once = _judged(
    "all that several threads put is there", _reads(GetValue, ContainsKey, Keys, cases={Case.SHARED}), _fault
)
"""What several clients put into one KeyValue is there, or one of their values where they put it under the same key."""

as_put = _judged(
    "everything is as it was put", _reads(GetValue, ContainsKey, Keys, cases=set(Case) - {Case.SHARED}), _fault
)
"""Whatever is read is right."""


def apart(history: History) -> Finding:
    """What is done to one KeyValue does not show in another: a key has nothing that it was given there, and lacks nothing."""
    return _judged("what is done to one does not show in another", _elsewhere, _leak)(history)


def _elsewhere(history: History, read: Entry) -> bool:
    """Tell whether a read is of something to which something was done in another object."""
    of = origin(history, read.op.on, read.index)
    return of is not None and not of.chain and bool(_of_others(history, of.object, read))


def _of_others(history: History, number: int, read: Entry) -> list[Change]:
    """Return the changes of other objects that a read may show: of its key, where it is of one."""
    key = getattr(read.op, "key", None)
    others = {change.object for change in changes(history)} - {number}
    return [change for other in others for change in changes_of(history, other, read, key)]


def _leak(history: History, read: Entry) -> str | None:
    """Say what a read gave that is wrong here, and right of another object; nothing where it is otherwise wrong."""
    of = origin(history, read.op.on, read.index)
    fault = _fault(history, read)
    if of is None or not fault or read.error:
        return fault and ""
    others = _of_others(history, of.object, read)
    contents = {change.content for change in others}
    match read.op:
        case GetValue(kind=kind):
            leaked = read.result in contents or (None in contents and read.result == NOTHING[kind])
        case ContainsKey():
            leaked = bool(contents - {None}) if read.result else None in contents
        case _:
            leaked = bool(_odd_keys(history, of.object, read) & {change.key for change in others})
    return fault if leaked else ""


def chained(history: History) -> Finding:
    """What a put gives back has what was put, by it and by the puts before it through which it was reached."""
    return _judged("what a put gives back has what was put", _through_chain, _fault_of_chain)(history)


def _through_chain(history: History, read: Entry) -> bool:
    """Tell whether a read is through what puts gave back, and nothing else was done to the object."""
    of = origin(history, read.op.on, read.index)
    if of is None or not of.chain or not isinstance(read.op, GetValue | ContainsKey):
        return False
    known = [change.entry for change in changes_of(history, of.object, read)]
    return all(entry in of.chain for entry in known)


def _fault_of_chain(history: History, read: Entry) -> str | None:
    of = origin(history, read.op.on, read.index)
    if read.error:
        return f"{name(read.op)} failed with {read.error}"
    puts = [entry.op for entry in of.chain if isinstance(entry.op, Put)] if of else []
    there = [op.value for op in puts if op.key == getattr(read.op, "key", None)]
    content = there[-1] if there else None
    if isinstance(read.op, ContainsKey):
        wanted: object = content is not None
    elif not isinstance(read.op, GetValue) or (content is not None and kind_of(content) is not read.op.kind):
        return None
    else:
        wanted = content if content is not None else NOTHING[read.op.kind]
    return "" if read.result == wanted else f"it has {_said(read.result)}, not {_said(wanted)}"


def as_text(number: int) -> dict[str, Checker]:
    """Return, by reading, the checkers of a number that is read as text: converted, not found, or an error."""

    def wanted(history: History, read: Entry) -> bool:
        of = origin(history, read.op.on, read.index)
        if of is None or not isinstance(read.op, GetValue) or read.op.kind is not ValueKind.STRING:
            return False
        return possible(changes_of(history, of.object, read, read.op.key), read) == {Integer(number)}

    def told(words: str, holds: Callable[[Entry], bool]) -> Checker:
        return _judged(
            words, wanted, lambda _, read: "" if holds(read) else f"it gave {read.error or _said(read.result)}"
        )

    return {
        "converted": told("the number as text", lambda e: getattr(e.result, "value", None) == str(number)),
        "typed": told("nothing", lambda e: e.outcome is Outcome.OK and e.result is None),
        "error": told("an error", lambda e: e.outcome is Outcome.FAIL),
    }
