"""The wheel installs into an empty environment, and certifies the reference from there."""

import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tck.places import data_root

ROOT = data_root()


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command with nothing of this checkout on its path, and return what it printed."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PYTEST", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel, as a user would build it."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ".", cwd=ROOT)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_one_package_and_its_data(wheel: Path) -> None:
    """The wheel installs `tck` alone; specs, fixtures and templates travel inside it."""
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"tck"}
    for wanted in (
        "tck/_data/specs/1.0.0-alpha/profiles.toml",
        "tck/_data/fixtures/memory/adapter.py",
        "tck/_data/fixtures/rabbitmq/Dockerfile",
        "tck/_data/reports/html.jinja",
        "tck/suite/test_producer.py",
        *(f"tck/_data/reports/{path.name}" for path in (ROOT / "reports").iterdir() if path.is_file()),
    ):
        assert wanted in names
    assert not [name for name in names if "/out/" in name or "selftest" in name or "__pycache__" in name]


@pytest.mark.timeout(600)
def test_an_empty_environment_certifies_the_reference(wheel: Path, tmp_path: Path) -> None:
    """Where nothing but the wheel and what it needs is installed, both ways of running the suite certify `memory`."""
    home = tmp_path / "env"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    locked = re.findall(r"^([a-z0-9_.-]+==[^\\\n]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("\n".join(locked))
    run(
        python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", constraints, wheel, cwd=tmp_path
    )

    said = run(home / "bin" / "oms-tck", "certify", "memory", "--out", "report", cwd=tmp_path)
    assert "Core: certified" in said
    assert (tmp_path / "report" / "report.html").stat().st_size > 10_000

    suite = ("-m", "pytest", "-p", "tck.plugin", "--pyargs", "tck.suite", "--oms", "memory", "--oms-out", "again", "-q")
    assert "Push: certified" in run(python, *suite, cwd=tmp_path)
