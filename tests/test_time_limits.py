"""A test that hangs is stopped and named, and the tests after it are run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROOF_S

ROOT = Path(__file__).resolve().parents[1]

HANGING = """
import asyncio, threading, time

async def test_waits_for_what_never_comes():
    await asyncio.Event().wait()

async def test_waits_in_a_task():
    await asyncio.gather(asyncio.create_task(asyncio.Event().wait()))

async def test_blocks_the_loop():
    threading.Event().wait()

def test_goes_round_and_round():
    while True:
        pass

def test_is_quick():
    pass
"""


def test_hanging_test_is_named_and_the_next_is_run(tmp_path: Path) -> None:
    file = tmp_path / "test_hanging.py"
    file.write_text(HANGING, "utf-8")
    words = ["-q", "-n", "0", "-p", "no:randomly", "-p", "no:cacheprovider", "-o", "timeout=1"]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        str(ROOT / "pyproject.toml"),
        *words,
        str(file),
    ]
    # Options of the run outside are not for this one: it has other plugins.
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=outside | {"COLUMNS": "300"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert not done.stderr
    failed = [line.split("::")[1] for line in done.stdout.splitlines() if line[:7] == "FAILED "]
    assert [line.split(" - ")[0] for line in failed] == [
        "test_waits_for_what_never_comes",
        "test_waits_in_a_task",
        "test_blocks_the_loop",
        "test_goes_round_and_round",
    ]
    assert all("Timeout" in line for line in failed)
    assert "4 failed, 1 passed" in done.stdout


def test_every_test_has_a_limit(request: pytest.FixtureRequest) -> None:
    assert 0 < float(request.config.getini("timeout")) <= 120
    assert request.node.get_closest_marker("timeout") is None


@pytest.mark.proof
def test_proof_has_a_longer_limit(request: pytest.FixtureRequest) -> None:
    marker = request.node.get_closest_marker("timeout")
    assert marker is not None
    assert marker.args == (PROOF_S,)
