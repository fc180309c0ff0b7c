"""Adapters that raise, hang and return rubbish: named, UNKNOWN, and nobody else's trouble."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tck import history as histories
from tck.adapter import ErrorKind, OmsError
from tck.checkers.answers import ops, succeeds
from tck.checkers.delivery import nothing_lost
from tck.conformance import Conform, judge
from tck.connection import Connection
from tck.history import Entry, History
from tck.messages import Header, Message, SendResult
from tck.operations import (
    Attributes,
    CurrentState,
    GetThrowable,
    IsBindQueue,
    ListQueues,
    Open,
    Reply,
    Send,
    SendAsync,
    Stop,
    Version,
)
from tck.programs import AwaitDeliveries, Drain, Program, ReceiveUntil, client, producer, puller, pusher, send
from tck.recorder import OpenOperation
from tck.runner import run
from tck.selftest.histories import CALIBRATION
from tck.targets import target

CALM = msgspec.structs.replace(CALIBRATION, quiet=0.02, patience=5.0, overdue=10.0)
FAST = msgspec.structs.replace(CALIBRATION, quiet=0.02, patience=0.3, overdue=1.0)
"""For what hangs, or waits in vain."""
SECRET = "hunter2-and-more"
URI = f"oms:memory://me:{SECRET}@localhost/local"
Change = Callable[..., Any]


class Proxy:
    """Wraps an object of the reference; some methods are replaced by `changes`, at whatever depth they stand."""

    def __init__(self, real: Any, changes: dict[str, Change]) -> None:
        self.real, self.changes = real, changes

    def __getattr__(self, name: str) -> Any:
        if name in self.changes:
            return self.changes[name]
        value = getattr(self.real, name)
        if name.startswith(
            ("open", "create_producer", "create_consumer", "create_pu", "resource_manager", "send_async")
        ):
            return lambda *arguments: Proxy(value(*arguments), self.changes)
        return value


def hostile(**changes: Change) -> Connection:
    """Return a connection to a reference that has some methods of these instead of its own."""
    return Connection("hostile", Proxy(target("memory").adapter, changes), URI)


def raising(error: BaseException) -> Change:
    """Return a method that raises."""

    def method(*_: object) -> None:
        raise error

    return method


def giving(value: object) -> Change:
    """Return a method that returns this."""
    return lambda *_: value


def exchange(*more: Any) -> Program:
    """Send, then receive."""
    return Program.of(producer("p", send("q"), *more)).then(puller("c", "q", ReceiveUntil(1)))


class Unspeakable:
    """What cannot even be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("not even that")


class Rude(Exception):
    """An exception that cannot be shown."""

    def __str__(self) -> str:
        raise RuntimeError("not even that")


class Hollow(OmsError):
    """An error of the standard that holds nothing."""

    def __init__(self) -> None:  # made wrongly on purpose
        Exception.__init__(self)


def wrong_error() -> OmsError:
    """Return an error of the standard with a kind that there is not."""
    return OmsError("WEIRD", 1, "x")  # type: ignore[arg-type] # wrong on purpose


def storable(seen: History, folder: Path) -> None:
    """Check that a history can be stored and read again."""
    histories.save(seen, folder / "h.jsonl")
    assert len(histories.load(folder / "h.jsonl").entries) == len(seen.entries)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"send": raising(ValueError("boom"))}, "the adapter raised ValueError: boom"),
        ({"send": raising(SystemExit(3))}, "the adapter raised SystemExit: 3"),
        ({"send": raising(KeyboardInterrupt())}, "the adapter raised KeyboardInterrupt"),
        ({"send": raising(AssertionError())}, "the adapter raised AssertionError"),
        ({"send": raising(Rude())}, "its text cannot be had: RuntimeError"),
        ({"send": raising(ValueError("\ud800"))}, "the adapter raised ValueError: \\ud800"),
        ({"send": raising(ValueError("x" * (1 << 20)))}, "the adapter raised ValueError: xxx"),
        ({"send": raising(Hollow())}, "the adapter's send raised an OmsError of None"),
        ({"send": raising(wrong_error())}, "Invalid enum value 'WEIRD'"),
        ({"send": raising(OmsError(ErrorKind.OTHER, 1, "\udcff"))}, "raised an OmsError of"),
        ({"send": giving(None)}, "the adapter's send returned None, which the contract does not name"),
        ({"send": giving(Unspeakable())}, "its text cannot be had: RuntimeError"),
        ({"send": giving(SendResult(5))}, "Expected `str | null`, got `int`"),  # type: ignore[arg-type] # on purpose
        ({"send": giving("id")}, "the adapter's send returned 'id'"),
        ({"receive": giving(Message(Header(message_id=7)))}, "Expected `str | null`, got `int`"),  # type: ignore[arg-type] # on purpose
        ({"receive": giving(Message(body="text"))}, "Expected `bytes | null`, got `str`"),  # type: ignore[arg-type] # on purpose
        ({"receive": giving([Message()])}, "the adapter's receive returned [Message"),
        ({"receive": giving(Message(Header("\ud800")))}, "surrogates not allowed"),
        ({"receive": giving(object())}, "the adapter's receive returned <object"),
        ({"receive": giving("x" * (1 << 20))}, "the adapter's receive returned 'xxx"),
        ({"open": raising(ValueError("boom"))}, "the adapter raised ValueError: boom"),
        ({"open": giving(None)}, "the adapter raised AttributeError"),
        ({"create_queue": giving("made")}, "the adapter's create_queue returned 'made'"),
        ({"create_producer": giving(None)}, "the adapter raised AttributeError"),
        ({"ack": giving(1)}, "the adapter's ack returned 1"),
    ],
)
def test_what_breaks_the_contract_is_named_and_unknown(tmp_path: Path, changes: dict[str, Change], words: str) -> None:
    seen = run(exchange(), hostile(**changes), CALM, check="x")
    assert any(words in entry.problem for entry in seen.problems), [entry.problem for entry in seen.problems]
    assert all(len(entry.problem) < 5000 for entry in seen.problems)
    assert all(
        one.verdict == "UNKNOWN" for one in judge(seen, {"a": nothing_lost(), "b": succeeds(ops(Send))}).values()
    )
    storable(seen, tmp_path)


@pytest.mark.parametrize(
    ("step", "changes"),
    [
        (Version(), {"version": giving(1)}),
        (Attributes(), {"attributes": giving({"a": 1})}),
        (Attributes(), {"attributes": giving([1, 2])}),
        (ListQueues(), {"list_queues": giving([1, None])}),
        (ListQueues(), {"list_queues": giving("queue")}),
        (CurrentState(), {"current_state": giving("ASLEEP")}),
        (IsBindQueue(), {"is_bind_queue": giving("yes")}),
        (IsBindQueue(), {"is_bind_queue": giving(1)}),
        (Stop(), {"stop": giving(value=False)}),
    ],
)
def test_rubbish_of_every_kind_is_named(step: Any, changes: dict[str, Change]) -> None:
    on = client("c", step) if isinstance(step, Version | Attributes | ListQueues) else puller("c", "q", step)
    seen = run(Program.of(on), hostile(**changes), CALM)
    assert "which the contract does not name" in seen.problems[0].problem


@pytest.mark.parametrize("value", [None, "no future", 7])
def test_a_future_that_is_none_is_named(value: object) -> None:
    seen = run(
        Program.of(producer("p", SendAsync(send("q").message), GetThrowable())), hostile(send_async=giving(value)), CALM
    )
    assert "the adapter raised AttributeError" in seen.problems[0].problem


@pytest.fixture
def never() -> Any:
    """Make an event that is set when the test is over, so that what hung can end."""
    event = threading.Event()
    yield event
    event.set()


def hanging(never: threading.Event) -> Change:
    """Return a method that does not return while the test runs."""
    return lambda *_: never.wait(60) and None


@pytest.mark.parametrize("method", ["send", "open", "create_queue", "receive", "create_consumer", "ack"])
def test_an_adapter_that_hangs_is_named_and_given_up(never: threading.Event, method: str, tmp_path: Path) -> None:
    seen = run(exchange(), hostile(**{method: hanging(never)}), FAST)
    assert f"the adapter hangs: {method} did not return within" in seen.problems[0].problem
    assert judge(seen, {"a": nothing_lost()})["a"].verdict == "UNKNOWN"
    storable(seen, tmp_path)


def test_what_was_given_up_stays_so_though_it_returns_at_last() -> None:
    given_up = threading.Event()

    class Patient(Proxy):
        """Returns from send as soon as it was given up."""

        def send(self, message: Message) -> SendResult:
            given_up.wait(10)
            return SendResult("late")

    class Late(Proxy):
        """Gives such producers."""

        def open(self, uri: str, attributes: dict[str, str]) -> Any:
            return Late(self.real.open(uri, attributes), {})

        def create_producer(self) -> Any:
            return Patient(self.real.create_producer(), {})

        def delete_queue(self, queue: str) -> None:
            given_up.set()
            self.real.delete_queue(queue)

        def resource_manager(self) -> Any:
            return self

    seen = run(Program.of(producer("p", send("q"))), Connection("late", Late(target("memory").adapter, {}), URI), FAST)
    assert "the adapter hangs: send" in seen.problems[0].problem
    assert seen.of(Send)[0].outcome == "unknown"


class Tricked(Proxy):
    """A consumer that gives its listener something else than it should."""

    def __init__(self, real: Any, changes: dict[str, Change], give: Callable[[Any, Any], None]) -> None:
        super().__init__(real, changes)
        self.give = give

    def bind_queue(self, queue: str, listener: Any = None) -> None:
        """Bind with a listener in between."""
        self.real.bind_queue(queue, listener and (lambda message, context: self.give(listener, (message, context))))

    def bind_queue_batch(self, queue: str, listener: Any) -> None:
        """Bind with a listener in between."""
        self.real.bind_queue_batch(queue, lambda messages, context: self.give(listener, (messages, context)))


def tricked(give: Callable[[Any, Any], None]) -> Connection:
    """Return a connection whose consumers are tricked."""
    adapter = target("memory").adapter

    class Point(Proxy):
        def create_consumer(self) -> Any:
            return Tricked(self.real.create_consumer(), {}, give)

        def open(self, uri: str, attributes: dict[str, str]) -> Any:
            return Point(self.real.open(uri, attributes), {})

    return Connection("tricked", Point(adapter, {}), URI)


def pushing(reply: Reply = Reply.ACK, *, batch: bool = False) -> Program:
    """Be pushed one message."""
    return Program.of(pusher("c", "q", reply=reply, batch=batch), producer("p")).then(
        client("p", send("q"), AwaitDeliveries(1, on="c"))
    )


class Raises:
    """A context that raises."""

    def ack(self) -> None:
        """Fail."""
        raise ValueError("no ack today")

    def success(self, receipts: object) -> None:
        """Fail."""
        raise SystemExit(4)


@pytest.mark.parametrize(
    ("batch", "reply", "give", "words"),
    [
        (False, Reply.ACK, lambda call, given: call(given[0], Raises()), "the adapter raised ValueError: no ack today"),
        (False, Reply.ACK, lambda call, given: call(given[0], None), "the adapter raised AttributeError"),
        (True, Reply.ACK, lambda call, given: call(given[0], Raises()), "the adapter raised ValueError: no ack today"),
        (True, Reply.FIRST, lambda call, given: call(given[0], Raises()), "the adapter raised SystemExit: 4"),
        (True, Reply.FIRST, lambda call, given: call(given[0], None), "the adapter raised AttributeError"),
        (False, Reply.SKIP, lambda call, given: call(None, given[1]), "the adapter gave a listener"),
        (False, Reply.SKIP, lambda call, given: call("text", given[1]), "the adapter gave a listener"),
        (True, Reply.SKIP, lambda call, given: call(None, given[1]), "the adapter gave a listener"),
        (True, Reply.SKIP, lambda call, given: call(given[0][0], given[1]), ""),
        (True, Reply.SKIP, lambda call, given: call([1, "x", None], given[1]), "the adapter gave a listener"),
    ],
)
def test_a_listener_that_is_given_rubbish_says_so(
    *, batch: bool, reply: Reply, give: Callable[[Any, Any], None], words: str, tmp_path: Path
) -> None:
    seen = run(pushing(reply, batch=batch), tricked(give), msgspec.structs.replace(FAST, patience=1.0))
    if words:
        assert any(words in entry.problem for entry in seen.problems), seen.problems
        assert judge(seen, {"a": nothing_lost()})["a"].verdict == "UNKNOWN"
    storable(seen, tmp_path)


def test_a_context_that_hangs_is_named(never: threading.Event) -> None:
    class Hangs:
        def ack(self) -> None:
            never.wait(60)

    seen = run(pushing(), tricked(lambda call, given: call(given[0], Hangs())), FAST)
    assert any("a listener's context did not return" in entry.problem for entry in seen.problems)


UNUSUAL = "tck_fixtures.miniatures.unusual"


@pytest.mark.parametrize(
    ("adapter", "steps"),
    [
        ("RedeliversWhatIsHeld", (ReceiveUntil(3, ack=False),)),
        ("RedeliversWhatIsHeld", (ReceiveUntil(3, ack=False, batch=True),)),
        ("DeliversLate", (Drain(expect=3),)),
    ],
)
def test_a_pull_goes_on_until_so_many_different_messages_came(adapter: str, steps: tuple[Any, ...]) -> None:
    one = target(f"{UNUSUAL}:{adapter}").adapter
    program = Program.of(producer("p", *[send("q")] * 3)).then(puller("c", "q", *steps))
    assert nothing_lost("c")(run(program, Connection(adapter, one, URI), CALM)).verdict == "PASS"


def test_a_drain_waits_for_what_others_left() -> None:
    one = target(f"{UNUSUAL}:RedeliversLate").adapter
    program = Program.of(
        producer("p", *[send("q")] * 3), pusher("c", "q", AwaitDeliveries(3), Stop(), reply=Reply.SKIP)
    )
    for rest, verdict in ((False, "FAIL"), (True, "PASS")):
        seen = run(program.then(puller("d", "q", Drain(rest=rest))), Connection("late", one, URI), CALM)
        assert nothing_lost("d")(seen).verdict == verdict


def test_an_empty_batch_is_judged_and_breaks_nothing() -> None:
    seen = run(pushing(Reply.FIRST, batch=True), tricked(lambda call, given: call([], given[1])), FAST)
    assert seen.problems == []


@pytest.mark.parametrize(
    ("method", "change", "words"),
    [
        ("delete_queue", raising(ValueError("stuck")), "the adapter raised ValueError: stuck"),
        ("delete_queue", raising(SystemExit(2)), "the adapter raised SystemExit: 2"),
        ("stop", raising(ValueError("stuck")), "the adapter raised ValueError: stuck"),
        ("close", raising(ValueError("stuck")), "the adapter raised ValueError: stuck"),
    ],
)
def test_what_fails_while_cleaning_up_is_named(method: str, change: Change, words: str, tmp_path: Path) -> None:
    seen = run(exchange(), hostile(**{method: change}), CALM)
    assert words in seen.problems[0].problem
    assert seen.problems[0].client == "cleanup"
    assert [entry.index for entry in seen.entries] == list(range(len(seen.entries)))
    assert judge(seen, {"a": nothing_lost()})["a"].verdict == "UNKNOWN"
    storable(seen, tmp_path)


@pytest.mark.parametrize("method", ["delete_queue", "stop", "close"])
def test_what_hangs_while_cleaning_up_is_named(never: threading.Event, method: str) -> None:
    seen = run(exchange(), hostile(**{method: hanging(never)}), FAST)
    assert f"the adapter hangs: {method} did not return" in seen.problems[-1].problem


def test_an_error_of_the_standard_while_cleaning_up_is_none() -> None:
    gone = raising(OmsError(ErrorKind.DESTINATION, 1404, "gone"))
    assert run(exchange(), hostile(delete_queue=gone), CALM).problems == []


def test_one_broken_program_leaves_the_others_alone() -> None:
    def picky(real: Any, message: Message) -> SendResult:
        if message.body == b"bad":
            raise ValueError("picky")
        return real.send(message)  # type: ignore[no-any-return] # the reference's own

    class Point(Proxy):
        def open(self, uri: str, attributes: dict[str, str]) -> Any:
            return Point(self.real.open(uri, attributes), {})

        def create_producer(self) -> Any:
            real = self.real.create_producer()
            return Proxy(real, {"send": lambda message: picky(real, message)})

    connection = Connection("picky", Point(target("memory").adapter, {}), URI)
    found: dict[bytes, History] = {}

    def one(body: bytes) -> None:
        program = Program.of(producer("p", send("q", body))).then(puller("c", "q", ReceiveUntil(1)))
        found[body] = run(program, connection, CALM)

    threads = [threading.Thread(target=one, args=(body,)) for body in (b"bad", b"good", b"fine")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    verdicts = {body: judge(seen, {"a": nothing_lost()})["a"].verdict for body, seen in found.items()}
    assert verdicts == {b"bad": "UNKNOWN", b"good": "PASS", b"fine": "PASS"}


# Secrets ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"send": raising(ValueError(f"cannot reach {URI}"))},
        {"send": raising(OmsError(ErrorKind.SECURITY, 1401, f"wrong: {SECRET}"))},
        {"attributes": giving({"URI": URI, "ACCOUNT_KEY": SECRET, "password": SECRET, "REGION": "local"})},
        {"delete_queue": raising(ValueError(f"no {SECRET}"))},
    ],
)
def test_no_secret_is_in_a_history_or_its_evidence(changes: dict[str, Change], tmp_path: Path) -> None:
    opened = Open("oms:{driver}://{account}@{hosts}/{region}", {"ACCESS_KEY": SECRET, "api-token": SECRET}, on="other")
    program = Program.of(client("a", opened, Attributes(on="ap"))).then(producer("p", send("q")))
    connection = hostile(**changes)
    connection = msgspec.structs.replace(connection, attributes={"ACCOUNT_KEY": SECRET})
    conform = Conform(connection, CALM, "test_x::y", {"a": nothing_lost()}, folder=None)
    seen = run(program, connection, CALM)
    stored = msgspec.json.encode(list(seen.entries)) + msgspec.json.encode(seen.origin.access_point)
    assert SECRET.encode() not in stored
    conform(program)
    assert SECRET.encode() not in msgspec.json.encode(conform.result())


def test_a_password_that_is_the_account_is_not_struck_out_of_texts() -> None:
    refusal = raising(OmsError(ErrorKind.OTHER, 1, "no queue of guest"))
    connection = msgspec.structs.replace(hostile(send=refusal), uri="oms:memory://guest:guest@localhost/local")
    [sent] = run(Program.of(producer("p", send("q"))), connection, CALM).of(Send)
    assert sent.error
    assert sent.error.text == "no queue of guest"


def test_nothing_is_left_running_of_a_program_that_ended() -> None:
    before = threading.active_count()
    run(exchange(), hostile(), CALM)
    assert threading.active_count() <= before + 1


def test_a_mapping_and_a_sequence_of_its_own_are_no_fault_of_an_adapter() -> None:
    from collections import deque
    from types import MappingProxyType

    class Names(Sequence[str]):
        """A sequence that is no list."""

        def __len__(self) -> int:
            return 1

        def __getitem__(self, place: Any) -> Any:
            return ["q"][place]

    changes = {"attributes": giving(MappingProxyType({"REGION": "r"})), "list_queues": giving(Names())}
    seen = run(Program.of(client("c", Attributes(), ListQueues())), hostile(**changes), CALM)
    assert seen.problems == []
    assert [entry.result for entry in seen.entries[-2:]] == [{"REGION": "r"}, ("q",)]
    assert run(Program.of(client("c", ListQueues())), hostile(list_queues=giving(deque("q"))), CALM).problems == []


def test_a_body_may_be_any_bytes() -> None:
    given = giving(Message(body=bytearray(b"ab")))  # type: ignore[arg-type] # what a client library may give
    seen = run(Program.of(puller("c", "q", ReceiveUntil(1))), hostile(receive=given), CALM)
    assert seen.entries[-1].result.body == b"ab"


def test_an_open_operation_becomes_an_entry_field_by_field() -> None:
    assert OpenOperation.__struct_fields__ == Entry.__struct_fields__
