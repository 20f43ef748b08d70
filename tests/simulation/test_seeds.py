"""The engine, killed between any two awaits in a world that loses things, keeps its promises."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from sandbox.processes import ROOT
from tests.simulation.faults import FAULTS

SEEDS = 75
"""For each of two processes; `make simulate` runs a thousand, `make torture` ten thousand."""


def simulate(*words: str) -> tuple[int, list[str]]:
    """Run seeds in a process of their own: dead lives are left lying about in it."""
    command = [sys.executable, "-m", "tests.simulation", *words]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert not done.stderr, done.stderr[-2000:]
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize("first", [0, SEEDS])
def test_nothing_is_lost_paid_twice_or_left_unanswered(first: int) -> None:
    status, lines = simulate("--seeds", str(SEEDS), "--first", str(first))
    assert status == 0, "\n".join(lines)
    figures = json.loads(lines[-1])
    assert figures["seeds"] == SEEDS
    assert figures["kills"] > SEEDS
    assert figures["delivered"] > figures["jobs"] / 2


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_guard_taken_away_is_noticed(fault: str) -> None:
    status, lines = simulate("--seeds", "40", "--fault", fault)
    assert status == 1, f"{fault} was not caught: {lines[-1]}"
