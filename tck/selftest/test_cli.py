"""The command line under bad input: one message that says what to do, the right exit code, never a traceback."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import pytest

from tck import columns, programs, report
from tck import history as histories
from tck.cli import main
from tck.columns import Kind
from tck.connection import Connection
from tck.errors import TckError
from tck.programs import Program, ReceiveUntil, producer, puller, send
from tck.runner import run
from tck.selftest.columnar import history as bulk_history
from tck.selftest.histories import CALIBRATION
from tck.selftest.test_session import certified
from tck.targets import target

Oms = Callable[..., "Said"]
CHECK = "test_consumer_pull::test_messages_wait_for_their_consumer"
PROGRAM = Program.of(producer("p", *[send("q")] * 5)).then(puller("c", "q", ReceiveUntil(5, ack=False)))


class Said:
    """What a command printed, and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def oms(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Oms:
    """Run a command in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    before = signal.getsignal(signal.SIGTERM)

    def run_it(*arguments: str | Path) -> Said:
        monkeypatch.setattr(sys, "argv", ["oms-tck", *map(str, arguments)])
        try:
            with pytest.raises(SystemExit) as ended:
                main()
        finally:
            signal.signal(signal.SIGTERM, before)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Said(int(ended.value.code or 0), said.out, said.err)

    return run_it


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """Make a report's folder: a history, a program, results."""
    folder = tmp_path / "stored"
    folder.mkdir()
    adapter = target("memory").adapter
    histories.save(
        run(PROGRAM, Connection("memory", adapter, adapter.access_point), CALIBRATION, check=CHECK), folder / "h.jsonl"
    )
    programs.save(PROGRAM, folder / "p.json", check=CHECK, target="memory", seed=1)
    report.save(certified(), folder / "results.json")
    return folder


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["certify", "rabitmq"], 2, "did you mean rabbitmq?"),
        (["certify", "nothing-like-it"], 2, "see oms-tck targets"),
        (["certify", ""], 2, "unknown target ''"),
        (["certify", "oms:rabbitmq"], 2, "illegal access point URI 'oms:rabbitmq'"),
        (["certify", "oms:rabbitmq://h:port/r"], 2, "'h:port' is no host[:port]"),
        (["certify", "oms:nats://h/r"], 2, "no adapter for the driver type 'nats'"),
        (["certify", "nowhere.at.all:Adapter"], 2, "there is no module 'nowhere'"),
        (["certify", "json:loads"], 3, "making the adapter failed"),
        (["certify", "memory", "--profile", "Nope"], 2, "unknown profile 'Nope'"),
        (["certify", "memory", "--patience", "nan"], 2, "patience is nan"),
        (["certify", "memory", "--patience", "1e12"], 2, "patience is 1e+12"),
        (["certify", "memory", "--seconds", "inf"], 2, "seconds is inf"),
        (["certify", ".x:Y"], 2, "unknown target '.x:Y'"),
        (["certify", "memory", "--image", "x", "--out", "o"], 2, "runs in no container"),
        (["certify", "memory", "--out", "/dev/null"], 3, "/dev/null: Not a directory"),
        (["certify", "memory", "--out", "/proc/nowhere"], 3, "/proc/nowhere: No such file or directory"),
        (["certify", "memory", "--jobs", "0"], 2, "--jobs"),
        (["certify", "memory", "--seed", "x"], 2, "--seed"),
        (["certify"], 2, "Missing argument"),
        (["explode"], 2, "No such command 'explode'"),
        (["clauses", "--profile", "Nope"], 2, "known are Core"),
        (["render", "none.json"], 2, "none.json: No such file or directory"),
        (["render", ".", "--format", "pdf"], 2, "pdf"),
        (["judge", "none.jsonl"], 2, "none.jsonl: No such file or directory"),
        (["judge", "."], 2, "Is a directory"),
        (["replay", "none.json"], 2, "none.json: No such file or directory"),
    ],
)
def test_what_makes_no_sense_is_told(oms: Oms, arguments: list[str], code: int, words: str) -> None:
    said = oms(*arguments)
    assert said.code == code
    assert words in said.err
    assert said.err.count("oms-tck:") <= 1


def test_a_message_tells_what_came_what_was_expected_and_what_to_do(oms: Oms) -> None:
    lines = oms("certify", "memroy").err.splitlines()
    assert lines[0] == "oms-tck: unknown target 'memroy'"
    assert lines[1].startswith("  expected: one of memory")
    assert lines[2] == "  to do:    did you mean memory?"


def test_without_an_engine_a_container_is_refused(oms: Oms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    said = oms("certify", "rabbitmq", "--out", "o")
    assert said.code == 3
    assert "no Docker engine answers" in said.err
    assert "to do:" in said.err


def test_a_broker_that_is_not_there_is_told_without_its_password(oms: Oms) -> None:
    pytest.importorskip("pika", reason="the client of RabbitMQ is not installed")
    said = oms("certify", "oms:rabbitmq://me:hunter2@127.0.0.1:1/local", "--out", "o")
    assert said.code == 3
    assert "oms:rabbitmq://me:***@127.0.0.1:1/local" in said.err
    assert "hunter2" not in said.err + said.out
    assert "to do:" in said.err


@pytest.mark.parametrize("file", ["h.jsonl", "p.json", "results.json"])
@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"",
        lambda whole: whole[: len(whole) // 2],
        lambda whole: re.sub(rb"/[12]\"", b'/9"', whole, count=1),
        lambda whole: b"\xff" + whole,
        lambda _: b"[" * 100_000,
        lambda whole: whole.replace(b'"', b"'"),
    ],
    ids=["empty", "truncated", "of another version", "not UTF-8", "without end", "not JSON"],
)
def test_a_damaged_file_is_told(oms: Oms, stored: Path, file: str, change: Callable[[bytes], bytes]) -> None:
    path = stored / file
    path.write_bytes(change(path.read_bytes()))
    said = oms({"h.jsonl": "judge", "p.json": "replay", "results.json": "render"}[file], path)
    assert said.code == 2
    assert str(path) in said.err
    assert "expected: " in said.err
    assert "to do:" in said.err


def with_check(whole: bytes) -> bytes:
    """Return a stored history with the checksum of its lines; another file as it is."""
    if not whole.startswith(b'{"format":"oms-tck/history'):
        return whole
    head, found, _ = whole.rpartition(b'"check":')
    return head + found + b"%d}\n" % crc32(head[: head.rindex(b"\n") + 1])


@pytest.mark.parametrize(("command", "file"), [("judge", "p.json"), ("replay", "h.jsonl"), ("render", "p.json")])
def test_a_file_of_another_kind_is_told(oms: Oms, stored: Path, command: str, file: str) -> None:
    said = oms(command, stored / file)
    assert said.code == 2
    assert "expected: " in said.err


@pytest.mark.parametrize(("command", "file"), [("judge", "h.jsonl"), ("replay", "p.json")])
def test_a_check_that_this_kit_does_not_know_is_told(oms: Oms, stored: Path, command: str, file: str) -> None:
    path = stored / file
    path.write_bytes(with_check(path.read_bytes().replace(CHECK.encode(), b"test_x::test_y")))
    said = oms(command, path, *(["--out", "o"] if command == "replay" else []))
    assert said.code == 2
    assert "there is no check 'test_x::test_y'" in said.err


def test_a_stored_history_is_judged_again(oms: Oms, stored: Path) -> None:
    said = oms("judge", stored / "h.jsonl")
    assert said.code == 0
    assert "PASS api.Consumer.ack-receipt-unique:" in said.out


def test_what_is_left_of_a_history_is_judged_as_unknown(oms: Oms, stored: Path) -> None:
    path = stored / "h.jsonl"
    path.write_bytes(b"\n".join(path.read_bytes().splitlines()[:8]))
    said = oms("judge", "--partial", path)
    assert said.code == 1
    assert "without its last line" in said.err
    assert set(re.findall(r"^([A-Z]+) ", said.out, re.MULTILINE)) == {"UNKNOWN"}


def test_a_history_in_columns_is_judged(oms: Oms, tmp_path: Path) -> None:
    path = tmp_path / "h"
    columns.save(bulk_history("1 2 3", "1 3 3", "0", asks=(Kind.LOST, Kind.PHANTOM, Kind.DUPLICATED)), path)
    said = oms("judge", path)
    assert said.code == 1
    assert said.out.splitlines() == [
        "FAIL lost",
        "  expected: every message that was accepted is delivered",
        "  actual:   1 lost: message 0.1",
        "PASS phantom",
        "  actual:   3 messages, 3 deliveries",
        "FAIL duplicated",
        "  expected: a message is delivered again only where it was given back, or its consumer was gone",
        "  actual:   1 duplicated: message 0.2 in delivery 2",
        "3 sends, 3 deliveries, 1 acks of hand",
    ]
    columns.save(bulk_history("1 2 3", "1 2 3", asks=(Kind.LOST, Kind.PHANTOM, Kind.DUPLICATED)), path)
    assert oms("judge", path).code == 0
    columns.save(bulk_history(""), path)
    said = oms("judge", path)
    assert said.code == 1
    assert set(re.findall(r"^([A-Z]+) ", said.out, re.MULTILINE)) == {"UNKNOWN"}


def test_a_damaged_history_in_columns_is_judged_as_unknown(oms: Oms, tmp_path: Path) -> None:
    path = tmp_path / "h"
    columns.save(bulk_history("1 2 3", "1 3 3", "0 1"), path)
    path.write_bytes(path.read_bytes()[:-8])
    said = oms("judge", path)
    assert said.code == 2
    assert f"{path}: it ends at byte" in said.err
    assert "within acks from row 0" in said.err
    assert "expected: " in said.err
    assert "to do:    judge it with --partial" in said.err
    said = oms("judge", "--partial", path)
    assert said.code == 1
    assert "judging what is undamaged: 3 sends, 3 deliveries, 0 acks" in said.err
    assert "UNKNOWN lost: the rest of the history is missing; what is there would be FAIL: 1 lost" in said.out
    assert set(re.findall(r"^([A-Z]+) ", said.out, re.MULTILINE)) == {"UNKNOWN"}
    path.write_bytes(path.read_bytes()[:40])
    assert oms("judge", "--partial", path).code == 2


def test_a_saved_program_is_run_again(oms: Oms, stored: Path) -> None:
    said = oms("replay", stored / "p.json", "--out", "again")
    assert said.code == 0
    assert "PASS usecase.p2p-consumed-later:" in said.out
    assert oms("judge", "again/histories/test_consumer_pull.test_messages_wait_for_their_consumer.jsonl").code == 0


@pytest.mark.parametrize("form", ["html", "junit", "badge", "badge-json", "markdown"])
def test_stored_results_are_rendered(oms: Oms, stored: Path, form: str) -> None:
    assert oms("render", stored, "--format", form).out.strip()
    assert oms("render", stored / "results.json", "--format", form, "--out", "x").code == 0
    assert Path("x").stat().st_size


def test_a_file_that_cannot_be_written_is_told(oms: Oms, stored: Path) -> None:
    said = oms("render", stored, "--out", "/dev/null/x")
    assert said.code == 3
    assert "expected: " in said.err
    assert "to do:" in said.err


def test_an_error_of_the_disk_is_told(oms: Oms, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "/somewhere")

    monkeypatch.setattr("tck.cli.oms_tck.main", full)
    said = oms("certify", "memory")
    assert said.code == 3
    assert "/somewhere: No space left on device" in said.err
    assert "to do:" in said.err


def test_what_an_implementation_says_moves_no_terminal(oms: Oms, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise TckError("\x1b[2J\u202e\ud800<script>" + "x" * (1 << 20), detail="line\n" * 5000)

    monkeypatch.setattr("tck.cli.oms_tck.main", refused)
    said = oms("certify", "memory")
    assert said.code == 3
    assert said.err.replace("\n", "").isprintable()
    assert len(said.err) < 10_000


def test_targets_clauses_and_doctor_answer(oms: Oms, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "memory" in oms("targets").out
    assert "2.3.1-message-id-assigned" in oms("clauses").out
    assert '"digest"' in oms("clauses", "--json").out
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent")
    said = oms("doctor")
    assert said.code == 0
    assert "lacks a Docker engine" in said.out


HOSTILE = """
import threading, time
from tck.targets import target
never = threading.Event()

class Proxy:
    def __init__(self, real, changes): self.real, self.changes = real, changes
    def __getattr__(self, name):
        if name in self.changes: return self.changes[name]
        value = getattr(self.real, name)
        if name in ("open", "create_producer", "create_consumer", "resource_manager"):
            return lambda *a: Proxy(value(*a), self.changes)
        return value

def boom(*_): raise ValueError("<script>boom</script> \\x1b[2J hunter2")
def Raises(): return named(Proxy(target("memory").adapter, {"suspend": boom, "is_suspended": lambda: "<b>yes</b>"}))
def Hangs(): return named(Proxy(target("memory").adapter, {"list_queues": lambda *a: never.wait()}))
def named(proxy):
    proxy.access_point = "oms:memory://me:hunter2@localhost/local"
    return proxy
"""


MAIN = """
import signal
from tck.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job, which these tests may be, ignores it
main()
"""


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start the command itself, beside hostile adapters."""
    (tmp_path / "hostile.py").write_text(HOSTILE)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")} | {"NO_COLOR": "1"}

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", MAIN, *arguments], cwd=tmp_path, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, start_new_session=True,
        )  # fmt: skip

    return start


def until_some_are_stored(folder: Path) -> None:
    """Wait until histories are there; the checks that hang keep the run from ending."""
    pause = threading.Event()
    for _ in range(1200):
        if len(list(folder.glob("*.jsonl"))) > 3:
            return
        pause.wait(0.05)
    raise AssertionError(f"no histories came into {folder}")


def test_the_reference_is_certified(command: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    done = command("certify", "memory", "--out", "o", "--seed", "1")
    out, err = done.communicate(timeout=120)
    assert (done.returncode, err) == (0, ""), out
    assert "Core: certified" in out
    assert "\x1b" not in out
    assert report.load(tmp_path / "o" / "results.json").conformant


def test_an_adapter_that_breaks_its_contract_is_named_and_the_run_goes_on(
    command: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    done = command("certify", "hostile:Raises", "--out", "o", "--seed", "1")
    out, err = done.communicate(timeout=120)
    assert (done.returncode, err) == (1, "")
    found = report.load(tmp_path / "o" / "results.json")
    assert found.emitted == found.expected
    assert any("the adapter raised ValueError: <script>boom" in error for error in found.adapter_errors)
    assert "Core: certified" in out
    assert "Push: incomplete" in out
    assert "\x1b" not in out
    assert {c.verdict for c in found.clauses if c.id == "api.Consumer.suspend-holds"} == {"UNKNOWN"}
    for path in (tmp_path / "o").rglob("*"):
        assert path.is_dir() or b"hunter2" not in path.read_bytes(), path
    assert "<script>boom" not in (tmp_path / "o" / "report.html").read_text(encoding="utf-8")
    assert 'fill="#6b7280"' in (tmp_path / "o" / "badge.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_a_report_that_says_so(
    command: Callable[..., subprocess.Popen[str]], tmp_path: Path, number: signal.Signals
) -> None:
    done = command("certify", "hostile:Hangs", "--out", "o", "--jobs", "1")
    until_some_are_stored(tmp_path / "o" / "histories")
    done.send_signal(number)
    out, err = done.communicate(timeout=60)
    assert "Traceback" not in err
    assert done.returncode == 3, out + err
    found = report.load(tmp_path / "o" / "results.json")
    assert found.interrupted
    assert not found.complete
    assert found.expected > found.emitted
    assert "incomplete" in (tmp_path / "o" / "badge.svg").read_text(encoding="utf-8")


def test_after_a_kill_the_histories_so_far_can_be_judged(
    command: Callable[..., subprocess.Popen[str]], tmp_path: Path, oms: Oms
) -> None:
    done = command("certify", "hostile:Hangs", "--out", "o", "--jobs", "1")
    folder = tmp_path / "o" / "histories"
    until_some_are_stored(folder)
    done.kill()
    done.communicate(timeout=60)
    whole = list(folder.glob("*.jsonl"))
    assert whole
    for path in whole[:5]:
        assert oms("judge", path).code in {0, 1}
