"""Programs as values: what they do on the reference, and what strategies make."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tck import strategies
from tck.checkers.delivery import nothing_lost, once, only_own_queue
from tck.conformance import judge
from tck.connection import Connection
from tck.errors import UsageError
from tck.history import MARK, Outcome
from tck.messages import ExtensionHeader
from tck.operations import (
    Ack,
    Answer,
    AnyOperation,
    BatchReceive,
    CreateQueue,
    CreateTransactionProducer,
    Prepare,
    Receive,
    Send,
    Start,
    Wait,
    name,
)
from tck.programs import (
    AckReceived,
    AwaitDeliveries,
    Drain,
    Program,
    Quiet,
    ReceiveUntil,
    Respond,
    SendExpiring,
    client,
    message,
    producer,
    puller,
    pusher,
    send,
)
from tck.runner import run
from tck.selftest.histories import CALIBRATION
from tck.targets import target

FAST = msgspec.structs.replace(CALIBRATION, quiet=0.01, patience=1.0)


def reference() -> Connection:
    """Return a connection to a reference of one's own."""
    adapter = target("memory").adapter
    return Connection("memory", adapter, adapter.access_point)


def test_a_program_has_one_json_form() -> None:
    program = Program.of(producer("p", send("q", b"\xff")), queues=("q", "r")).then(puller("c", "q", Drain()))
    assert msgspec.json.decode(msgspec.json.encode(program), type=Program) == program
    assert program.size == 7


def test_every_operation_has_a_name_of_its_own() -> None:
    kinds = AnyOperation.__args__
    assert len({kind.__struct_config__.tag for kind in kinds}) == len(kinds)
    assert name(Send(send("q").message)) == "send"


def test_what_a_program_does_is_in_its_history() -> None:
    program = Program.of(producer("p", send("q"), send("q"))).then(puller("c", "q", ReceiveUntil(2, ack=False)))
    program = program.then(client("c", AckReceived("first"), AckReceived(), Quiet(0.1)))
    seen = run(program, reference(), FAST, check="x")
    assert seen.problems == []
    assert [type(e.op) for e in seen.by("setup")][1:] == [CreateQueue]
    assert len(seen.of(Receive)) == 2
    assert len(seen.of(Ack)) == 2
    assert [e.index for e in seen.entries] == list(range(len(seen.entries)))
    assert all(e.outcome is Outcome.OK for e in seen.entries)
    assert len({e.op.message.properties[MARK] for e in seen.of(Send) if isinstance(e.op, Send)}) == 2


def test_two_kinds_of_handles_have_two_names() -> None:
    connection = reference()
    stopped: list[object] = []
    made = connection.adapter.transaction_producer  # type: ignore[attr-defined] # the reference's own

    class Noting(made):  # type: ignore[misc, valid-type] # as above
        def stop(self) -> None:
            stopped.append(self)
            super().stop()

    connection.adapter.transaction_producer = Noting  # type: ignore[attr-defined] # as above
    begins = CreateTransactionProducer((Answer.COMMIT,)), Start(), Prepare(message("q"), "p")
    with pytest.raises(UsageError, match="calls a transaction 'p', as it calls a producer or consumer already"):
        run(Program.of(client("p", *begins)), connection, FAST)
    assert len(stopped) == 1


def test_names_are_fresh_in_each_run() -> None:
    program = Program.of(producer("p", send("q")))
    one, other = (run(program, reference(), FAST) for _ in range(2))
    assert one.origin.names.keys() == other.origin.names.keys() == {"q"}
    assert one.real("q") != other.real("q")


def test_batches_are_received_until_all_came() -> None:
    program = Program.of(producer("p", *[send("q")] * 3)).then(puller("c", "q", ReceiveUntil(3, batch=True)))
    assert all(e.outcome is Outcome.OK for e in run(program, reference(), FAST).of(BatchReceive))


@pytest.mark.parametrize("after", [0.5, -3600])
def test_a_moment_of_expiry_is_counted_from_the_send(after: float) -> None:
    kept = message("q", b"x", extension=ExtensionHeader(trace_id="t"))
    [sent] = run(Program.of(producer("p", SendExpiring(kept, after))), reference(), FAST).of(Send)
    assert isinstance(sent.op, Send)
    extension = sent.op.message.extension_header
    assert extension
    assert abs((extension.expire_time or 0) - sent.invoked_wall / 1e6 - after * 1000) < 100
    assert extension.trace_id == "t"
    assert sent.outcome is Outcome.OK


def test_waiting_for_deliveries_ends_with_them_or_in_vain() -> None:
    program = Program.of(pusher("c", "q"), producer("p")).then(client("p", send("q"), AwaitDeliveries(1, on="c")))
    [wait] = run(program, reference(), FAST).of(Wait)
    assert wait.outcome is Outcome.OK
    program = Program.of(pusher("c", "q", AwaitDeliveries(1)))
    [wait] = run(program, reference(), msgspec.structs.replace(FAST, patience=0.05)).of(Wait)
    assert wait.outcome is Outcome.FAIL


@pytest.mark.parametrize("programs", [strategies.exchanges(), strategies.crashes(), strategies.suspensions()])
def test_generated_programs_are_sound_on_the_reference(programs: st.SearchStrategy[Program]) -> None:
    @settings(max_examples=5, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(programs)
    def holds(program: Program) -> None:
        assert msgspec.json.decode(msgspec.json.encode(program), type=Program) == program
        seen = run(program, reference(), FAST)
        found = judge(seen, {"lost": nothing_lost(), "strays": only_own_queue})
        assert seen.problems == []
        assert {one.verdict for one in found.values()} <= {"PASS", "UNKNOWN"}, found
        assert once()(seen).verdict in {"PASS", "UNKNOWN", "FAIL"}

    holds()


def test_a_response_bears_the_id_of_what_was_received_last() -> None:
    answer = Respond(message("q", b"!"), on="p")
    program = Program.of(producer("p", send("q", b"?"))).then(puller("c", "q", answer, ReceiveUntil(1), answer))
    seen = run(program, reference(), FAST)
    sends = [entry.op for entry in seen.of(Send) if isinstance(entry.op, Send)]
    first, second, third = (one.message.extension_header for one in sends)
    [received] = [entry.result for entry in seen.of(Receive)]
    assert first is None
    assert second == ExtensionHeader()
    assert third == ExtensionHeader(correlation_id=received.header.message_id)
