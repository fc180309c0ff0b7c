"""The pytest plugin: collects the checks, runs their bodies ahead, and lets each item await its own.

The only module that knows pytest. Without --oms it does nothing but leave the conformance suite alone.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import wait
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tck.ahead import Ahead, keep_to_one_core
from tck.conformance import CheckResult, agree, judges_of, name_of, perform, suite_checks
from tck.errors import TckError
from tck.report import RunReport
from tck.session import Options, Session, Wire
from tck.verdicts import Verdict

SUITE = Path(__file__).parent / "suite"
_BODY = pytest.StashKey[CheckResult]()
_PLUGIN = "oms-tck-session"
SIGNALS_EVERY = 1.0
"""After how long (s) at most a signal is seen."""
HANDOVER = "oms_tck_session"
"""The attribute of pytest's configuration by which the command line hands its own session over."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the kit."""
    group = parser.getgroup("oms", "OpenMessaging TCK")
    group.addoption(
        "--oms", metavar="TARGET", help="certify this implementation: a fixture, an oms: URI, package.module:Adapter"
    )
    group.addoption("--oms-profile", metavar="NAME", action="append", default=[], help="certify for this profile only")
    group.addoption(
        "--oms-out", metavar="DIR", default="", help="the report's folder (default: reports/out/TIME-TARGET)"
    )
    group.addoption("--oms-seed", metavar="N", type=int, default=-1, help="the seed of generated programs")
    group.addoption("--oms-image", metavar="NAME", default="", help="run this image instead of the fixture's own")
    group.addoption(
        "--oms-patience", metavar="SECONDS", type=float, default=0.0, help="how long to wait for what must come"
    )
    group.addoption("--oms-concurrency", metavar="N", type=int, default=0, help="how many programs run at once")
    group.addoption("--oms-examples", metavar="N", type=int, default=0, help="how many programs a property generates")
    group.addoption(
        "--oms-seconds", metavar="N", type=float, default=0.0, help="how long properties go on with fresh programs"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the suite alone without a target, and the kit's own tests with one."""
    other = SUITE.parent / "selftest" if config.getoption("--oms") else SUITE
    return True if other == collection_path or other in collection_path.parents else None


def pytest_configure(config: pytest.Config) -> None:
    """Start the session where a target is named."""
    if config.getoption("--oms") and not config.getoption("collectonly"):
        plugin = Worker(config) if hasattr(config, "workerinput") else Controller(config)
        config.pluginmanager.register(plugin, _PLUGIN)


@pytest.fixture(scope="session")
def conform() -> None:
    """What a check calls with each program; the plugin hands the real one to the body."""


class _Bodies:
    """What every process does: run its share of the bodies ahead, and let items await them."""

    session: Session

    def __init__(self) -> None:
        self.ahead: Ahead[CheckResult] | None = None

    def share(self, items: list[pytest.Item]) -> list[pytest.Item]:
        """Return those items whose bodies this process runs ahead."""
        return items

    def pytest_pycollect_makemodule(self) -> None:
        """Set Hypothesis up before the first check is imported: its decorators copy the settings of that moment."""
        if self.ahead is None:
            self.ahead = Ahead(self.session.concurrency)
            from tck.strategies import set_up  # noqa: PLC0415 - a process that runs no body does without Hypothesis

            set_up()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Start the bodies of all that is left after deselection."""
        checks = [item for item in session.items if judges_of(_function(item))]
        for item in checks:
            self.session.expected[name_of(_function(item))] = tuple(self.session.wanted(judges_of(_function(item))))
        gc.freeze()  # what was imported stays; Hypothesis looks for garbage once on each thread
        # A property draws its examples and adds them behind what waits: so it comes first.
        for item in sorted(self.share(checks), key=lambda item: not hasattr(_function(item), "hypothesis")):
            self.start(item)

    def start(self, item: pytest.Item) -> Any:
        """Return the future of an item's body, starting it if need be; None where no clause of it is to be judged."""
        check = _function(item)
        conform = self.session.conform(check, judges_of(check))
        if conform is None:
            return None
        assert self.ahead is not None, "modules are collected before their items"
        if not hasattr(check, "hypothesis"):
            return self.ahead.add(name_of(check), lambda: perform(check, conform))
        from tck.properties import Property  # noqa: PLC0415 - Hypothesis was imported by the check already

        return self.ahead.begin(name_of(check), Property(check, conform, self.session, self.ahead))

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Await an item's body instead of calling it."""
        if not judges_of(_function(pyfuncitem)):
            return None
        future = self.start(pyfuncitem)
        if future is None:
            pytest.skip("optional or of another profile, and not claimed")
        while not wait((future,), SIGNALS_EVERY).done:
            pass  # a signal that comes just as a wait begins is seen when it ends
        result: CheckResult = future.result()
        pyfuncitem.stash[_BODY] = result
        _conclude(result, self.session)
        if not self.session.expected.get(result.check):
            pytest.skip("optional or of another profile, and not claimed; tried all the same")
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Send what a check gave along with its report, also to another process."""
        report = yield
        if report.when == "call" and _BODY in item.stash:
            report.oms_tck = msgspec.json.encode(item.stash[_BODY]).decode()  # type: ignore[attr-defined] # xdist carries it
        return report

    def pytest_unconfigure(self) -> None:
        """Begin nothing more."""
        if self.ahead:
            self.ahead.cancel()


class Worker(_Bodies):
    """The plugin in a process that pytest-xdist started."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.config = config
        wire = msgspec.json.decode(config.workerinput["oms_tck"], type=Wire)
        self.session = Session(wire.options, wire=wire).__enter__()
        self.session.processes = config.workerinput["workercount"]
        self.number = int(config.workerinput["workerid"].removeprefix("gw"))
        keep_to_one_core(self.number)

    def share(self, items: list[pytest.Item]) -> list[pytest.Item]:
        """Return the part that `Partition` gives to this worker."""
        return items[self.number :: self.config.workerinput["workercount"]]

    def pytest_sessionfinish(self) -> None:
        """Tell the controller what was expected."""
        self.config.workeroutput["oms_tck_expected"] = {c: list(names) for c, names in self.session.expected.items()}


class Controller(_Bodies):
    """The plugin in the process that the user started: it owns the broker and writes the report."""

    def __init__(self, config: pytest.Config) -> None:
        super().__init__()
        self.report: RunReport | None = None
        self.interrupted = ""
        self.resources = contextlib.ExitStack()
        self.trouble = ""
        self.handed_over: Session | None = getattr(config, HANDOVER, None)
        try:
            self.session = self.handed_over or self.resources.enter_context(Session(_options(config)))
        except TckError as error:
            raise pytest.UsageError(str(error)) from None

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self) -> None:
        """See that the catalogue and the suite agree, while the workers start."""
        from tck.strategies import set_up  # noqa: PLC0415 - before the suite is imported, as below

        set_up()
        try:
            agree(self.session.catalogue, suite_checks())
        except TckError as error:
            self.session.failure = error
            pytest.exit(str(error), returncode=error.exit_code)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker about the session."""
        node.workerinput["oms_tck"] = msgspec.json.encode(self.session.wire()).decode()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """Give each worker the items whose bodies it runs ahead."""
        from tck.partition import Partition  # noqa: PLC0415 - only where xdist is in use

        return Partition(config, log)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Learn what is expected of the suite's checks even where no worker lives to tell."""
        checks = suite_checks()
        for name in (Path(path).stem + "::" + check for path, _, check in (one.partition("::") for one in ids)):
            if name in checks:
                self.session.expected[name] = tuple(self.session.wanted(judges_of(checks[name])))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Learn what a worker expected, or that it is gone."""
        output: Mapping[str, Any] = getattr(node, "workeroutput", {})
        for check, names in output.get("oms_tck_expected", {}).items():
            self.session.expected[check] = tuple(names)
        if error or "oms_tck_expected" not in output:
            self.session.kit_errors.append(f"a worker process ended early: {error or 'it said nothing'}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect what a check gave, in whichever process it ran."""
        given = getattr(report, "oms_tck", None)
        if given is not None:
            self.session.add(msgspec.json.decode(given, type=CheckResult))

    def pytest_keyboard_interrupt(self) -> None:
        """Remember that the run was cut short."""
        self.interrupted = "interrupted from the keyboard"

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the report; where that fails say so, or leave it to the command line to say."""
        if self.interrupted:
            self.session.interrupted = self.interrupted
        if exitstatus == pytest.ExitCode.INTERNAL_ERROR:
            self.session.kit_errors.append("pytest reported an internal error")
        try:
            self.report = self.session.finish()
        except TckError as error:
            if self.handed_over:
                raise
            self.trouble, session.exitstatus = str(error), error.exit_code

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what is certified and where the report is."""
        terminalreporter.section("OpenMessaging TCK")
        if self.report is None:
            terminalreporter.write_line(self.trouble or "no report was written", red=True)
            return
        for profile in self.report.profiles:
            terminalreporter.write_line(f"{profile.name}: {profile.state}")
        terminalreporter.write_line(f"report: {self.session.folder / 'report.html'}")

    def pytest_unconfigure(self) -> None:
        """Give the broker back."""
        super().pytest_unconfigure()
        self.resources.close()


def _options(config: pytest.Config) -> Options:
    return Options(
        config.getoption("--oms"),
        tuple(config.getoption("--oms-profile")),
        config.getoption("--oms-out"),
        config.getoption("--oms-seed"),
        config.getoption("--oms-image"),
        config.getoption("--oms-concurrency"),
        config.getoption("--oms-patience"),
        config.getoption("--oms-examples"),
        config.getoption("--oms-seconds"),
    )


def _function(item: pytest.Item) -> Callable[..., None]:
    return getattr(item, "obj", None) or (lambda: None)


def _conclude(result: CheckResult, session: Session) -> None:
    """Turn what a check gave into the item's outcome."""
    if result.kit_error:
        pytest.fail(f"the kit failed: {result.kit_error}", pytrace=False)
    known = {deviation.clause for deviation in session.target.deviations}
    lines = []
    expected = session.expected.get(result.check, ())
    for clause in expected:
        one = result.evidence.get(clause)
        if one is None:
            lines.append(f"UNKNOWN {clause}: the check gave no finding")
        elif one.verdict in {Verdict.FAIL, Verdict.UNKNOWN}:
            statement = session.catalogue.by_id[clause].statement
            lines.append(
                f"{one.verdict} {clause}: {statement}\n  expected: {one.expected}\n  actual:   {one.actual}\n"
                f"  replay:   oms-tck replay {session.folder / one.program} --on {session.target.text}"
            )
    red = [line for line in lines if not (line.startswith("FAIL") and line.split()[1].rstrip(":") in known)]
    if red:
        pytest.fail("\n".join(lines), pytrace=False)
    if lines:
        pytest.xfail("a known deviation: " + ", ".join(line.split()[1].rstrip(":") for line in lines))
