"""Handwritten histories, one line an operation.

Each operation lasts a millisecond, a millisecond after the one before, unless `at` says from when to when (ms). Messages are known by
a number: `send(1)`, `got(1)`, `pushed(1, 2)`. The consumer is `c` and the queue is `q` where nothing else is said.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tck.history import MARK, Calibration, Entry, History, Origin, Outcome
from tck.messages import ExtensionHeader, Header, Message, Properties, SendResult, String
from tck.operations import (
    Ack,
    AnyOperation,
    BatchReceive,
    BindQueue,
    ContextAck,
    CreateQueue,
    Deliver,
    Error,
    ErrorKind,
    Get,
    Receive,
    Reply,
    Send,
    SendAsync,
    SendBatch,
    SendOneway,
    Wait,
)

RUN = "tck-00000000"
EPOCH = 1_700_000_000_000
"""The wall time (ms since 1970) at which handwritten histories begin."""
CALIBRATION = Calibration(round_trip=0.001, quiet=0.05, patience=5.0)
TIMEOUT = Error(ErrorKind.TIMEOUT, 1410, "nothing came")
REFUSED = Error(ErrorKind.OTHER, 1503, "no")


class Did(msgspec.Struct, frozen=True):
    """One line of a handwritten history."""

    client: str
    op: AnyOperation
    result: Any = None
    error: Error | None = None
    at: tuple[int, int] | None = None
    unknown: bool = False
    wall: tuple[int, int] | None = None
    problem: str = ""
    stalled: float = 0.0


def did(op: AnyOperation, client: str = "c", result: Any = None, **rest: Any) -> Did:
    """Do anything, on the client's own handle where the operation names none."""
    return Did(client, op if op.on else msgspec.structs.replace(op, on=client), result, **rest)


def history(*lines: Did, queues: tuple[str, ...] = ("q",), capabilities: dict[str, str] | None = None) -> History:
    """Return the history of these operations, after a set-up that went well."""
    entries: list[Entry] = []
    for index, line in enumerate((*(Did("setup", CreateQueue(queue, on="ap")) for queue in queues), *lines)):
        begin, end = line.at or (2 * index, 2 * index + 1)
        wall = line.wall or (EPOCH + begin, EPOCH + end)
        outcome = Outcome.UNKNOWN if line.unknown or line.problem else Outcome.FAIL if line.error else Outcome.OK
        entries.append(
            Entry(
                index,
                line.client,
                line.op,
                begin * 1_000_000,
                wall[0] * 1_000_000,
                None if line.unknown else end * 1_000_000,
                None if line.unknown else wall[1] * 1_000_000,
                outcome,
                line.result,
                line.error,
                line.problem,
                line.stalled,
            )
        )
    names = {queue: queue for queue in queues}
    return History(
        Origin(
            "test_x::y", RUN, "hand", names, CALIBRATION, capabilities=capabilities or {}, access_point="oms:x://h:1/r"
        ),
        tuple(entries),
    )


def message(number: int, *, properties: Properties | None = None, mark: bool = True, **fields: Any) -> Message:
    """Return message `number`; `mark` False strips the kit's mark, `extension` and `body` are set, the rest is header."""
    extension: ExtensionHeader | None = fields.pop("extension", None)
    body = fields.pop("body", b"%d" % number)
    receipt = fields.pop("receipt", None)
    header = Header(**{"destination": "q", **fields})
    marked: Properties = {MARK: String(f"{RUN}/p.{number}")} if mark else {}
    return Message(header, extension, {**(properties or {}), **marked}, body, receipt)


def send(number: int, *, gives: str | None = "", stamp: int | None = None, **rest: Any) -> Did:
    """Send a message; `gives` is the id in the result (`id-<number>` where empty), `unknown` a send that never ended."""
    line = {key: rest.pop(key) for key in ("at", "error", "unknown", "wall", "problem") if key in rest}
    sent = message(number, **rest)
    assigned = f"id-{number}" if gives == "" else gives
    after = msgspec.structs.replace(sent.header, message_id=assigned, born_timestamp=stamp, born_host="here")
    ok = not line.get("error") and not line.get("unknown")
    result = SendResult(assigned, msgspec.structs.replace(sent, header=after)) if ok else None
    return did(Send(sent), "p", result, **line)


def send_async(number: int, future: str = "f", **line: Any) -> Did:
    """Send without waiting."""
    return did(SendAsync(message(number), future=future), "p", **line)


def get(number: int | None, future: str = "f", **line: Any) -> Did:
    """Get a future's result: the id of a message, or nothing."""
    return did(Get(5.0, on=future), "p", SendResult(f"id-{number}") if number else None, **line)


def oneway(number: int, **line: Any) -> Did:
    """Send oneway."""
    return did(SendOneway(message(number)), "p", **line)


def batch(*numbers: int, **line: Any) -> Did:
    """Send a batch."""
    return did(SendBatch(tuple(map(message, numbers))), "p", **line)


def bind(queue: str = "q", reply: Reply | None = None, client: str = "c", **line: Any) -> Did:
    """Bind to pull, or with a listener."""
    return did(BindQueue(queue, reply), client, **line)


def received(number: int, **fields: Any) -> Message:
    """Return message `number` as it is received."""
    return message(number, **{"message_id": f"id-{number}", "receipt": f"r{number}", **fields})


def got(number: int, client: str = "c", **rest: Any) -> Did:
    """Pull a message."""
    line = {key: rest.pop(key) for key in ("at", "wall", "stalled") if key in rest}
    return did(Receive(5.0), client, received(number, **rest), **line)


def got_batch(*numbers: int, client: str = "c", **line: Any) -> Did:
    """Pull several messages."""
    return did(BatchReceive(5.0), client, tuple(map(received, numbers)), **line)


def nothing(client: str = "c", **line: Any) -> Did:
    """Pull in vain until the timeout."""
    return did(Receive(0.05), client, error=TIMEOUT, **line)


def pushed(*numbers: int, client: str = "c", reply: Reply = Reply.SKIP, many: bool = False, **rest: Any) -> Did:
    """Have a listener called."""
    line = {key: rest.pop(key) for key in ("at", "wall") if key in rest}
    messages = tuple(received(number, **rest) for number in numbers)
    return did(Deliver("q", messages, reply, batch=many, on=client), f"{client}.listener", **line)


def ack(receipt: str, client: str = "c", **line: Any) -> Did:
    """Acknowledge by receipt."""
    return did(Ack(receipt), client, **line)


def context_ack(delivery: int, *positions: int, **line: Any) -> Did:
    """Acknowledge by a listener's context what the entry `delivery` brought."""
    return did(ContextAck(delivery, positions or (0,), on="c"), "c.listener", **line)


def quiet(client: str = "c", **line: Any) -> Did:
    """Listen to see that nothing comes."""
    return did(Wait("to see that nothing more comes"), client, **line)
