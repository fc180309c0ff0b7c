"""Turns a finding and its history into what a report shows: nothing of it is trusted, all of it is shortened."""

from __future__ import annotations

from typing import Any

import msgspec

from tck.history import MARK, Entry, History, once
from tck.messages import Message, SendResult, Value
from tck.operations import Check, Deliver, Wait, name
from tck.report import Evidence, OperationView
from tck.verdicts import Finding

LONGEST = 300
MOST_OPERATIONS = 30


def shortened(text: str, limit: int = LONGEST) -> str:
    """Return a text of at most about `limit` characters, with its middle left out and its length told."""
    return text if len(text) <= limit else f"{text[: limit // 2]} … {text[-limit // 4 :]} ({len(text)} characters)"


def evidence(finding: Finding, history: History, *, history_file: str = "", program_file: str = "") -> Evidence:
    """Return the evidence of one finding."""
    start, waited, began, ended = _times(history)
    shown = [history.entries[i] for i in finding.operations[:MOST_OPERATIONS] if i < len(history.entries)]
    return Evidence(
        check=history.origin.check,
        verdict=finding.verdict,
        expected=shortened(finding.expected, 1000),
        actual=shortened(finding.actual, 1000),
        operations=tuple(view(entry, start) for entry in shown),
        history=history_file,
        program=program_file,
        waited=waited,
        began=began,
        ended=ended,
        reading=finding.reading,
        rate=finding.rate,
    )


@once
def _times(history: History) -> tuple[float, ...]:
    """Return when it began (monotonic, ns), its longest wait, and when it began and ended (seconds since 1970)."""
    waits = [entry.seconds for entry in history.of(Wait) if entry.completed is not None]
    return (
        min([entry.invoked for entry in history.entries], default=0),
        round(max(waits, default=0.0), 6),
        min([entry.invoked_wall for entry in history.entries], default=0) / 1e9,
        max([entry.completed_wall or entry.invoked_wall for entry in history.entries], default=0) / 1e9,
    )


def view(entry: Entry, start: float) -> OperationView:
    """Return an entry as a report shows it; `start` is the monotonic time (ns) at which its program began."""
    result = str(entry.error) if entry.error else entry.problem or said(entry.result)
    return OperationView(
        index=entry.index,
        client=entry.client,
        what=doing(entry),
        at=round((entry.invoked - start) / 1e9, 6),
        took=None if entry.completed is None else round(entry.seconds, 6),
        outcome=entry.outcome.value,
        result=shortened(result),
    )


def doing(entry: Entry) -> str:
    """Return an operation as words: its name and its arguments."""
    op = entry.op
    if isinstance(op, Deliver):
        return shortened(f"deliver({', '.join(map(said, op.messages))}) to {op.on}, which does: {op.reply.value}")
    if isinstance(op, Check):
        return shortened(f"check({said(op.message)}) by {op.on}, which says: {op.answer.value}")
    if isinstance(op, Wait):
        return f"wait {op.reason}"
    arguments = (getattr(op, field) for field in op.__struct_fields__ if field != "on")
    return shortened(f"{op.on}.{name(op)}({', '.join(said(a) for a in arguments if a is not None)})")


def said(value: Any) -> str:
    """Return a value as words."""
    match value:
        case None:
            return "null"
        case bytes():
            return shortened(repr(value)) if len(value) <= LONGEST else f"{value[:40]!r}… ({len(value)} bytes)"
        case SendResult(message_id=assigned):
            return f"message_id={assigned!r}"
        case Message():
            return _message(value)
        case Value():
            return (
                f"{value.__struct_config__.tag} {shortened(str(getattr(value, 'text', None) or repr(value.value)), 80)}"  # type: ignore[attr-defined] # every type has one of them
            )
        case list() | tuple():
            return f"[{', '.join(map(said, value[:8]))}{', …' if len(value) > 8 else ''}]"
        case dict():
            return "{" + ", ".join(f"{shortened(str(k), 60)}: {said(v)}" for k, v in list(value.items())[:8]) + "}"
    return shortened(repr(value) if isinstance(value, str) else str(value), 120)


def _message(message: Message) -> str:
    header = {f: v for f in message.header.__struct_fields__ if (v := getattr(message.header, f)) is not None}
    extension = message.extension_header
    if extension is not None:
        header.update({f: v for f in extension.__struct_fields__ if (v := getattr(extension, f)) is not None})
    properties = {key: value for key, value in message.properties.items() if key != MARK}
    mark = message.properties.get(MARK)
    parts = [f"{field}={shortened(str(value), 60)}" for field, value in header.items()]
    parts += [f"properties={said(properties)}"] if properties else []
    parts += [f"body={said(message.body)}", f"receipt={message.receipt}" if message.receipt else ""]
    return f"message {str(mark.value).rpartition('/')[2] if mark else '(unmarked)'}<{', '.join(filter(None, parts))}>"


def with_log(found: Evidence, log: str) -> Evidence:
    """Return the evidence with what the broker logged at that time."""
    return msgspec.structs.replace(found, broker_log=shortened(log, 4000))
