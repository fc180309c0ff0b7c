"""The worked example of an adapter is a true one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tck.places import data_root


@pytest.mark.timeout(180)
def test_the_example_adapter_is_certified_for_core(tmp_path: Path) -> None:
    """The adapter that the documentation shows is certified, from a folder outside of the repository."""
    (tmp_path / "fileq.py").write_bytes((data_root() / "docs" / "fileq.py").read_bytes())
    command = [str(Path(sys.executable).parent / "oms-tck"), "certify", "fileq:Adapter", "--out", "report"]
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Core: certified" in done.stdout
