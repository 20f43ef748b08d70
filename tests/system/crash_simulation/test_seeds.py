"""The engine, killed between any two awaits in a world that loses things, keeps its promises."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from sandbox.processes import ROOT
from tests.system.crash_simulation.planted_faults import FAULTS

pytestmark = pytest.mark.proof


SEEDS = 250
"""Seeds for each of four processes: a thousand in every run, more by `make simulate`."""


def simulate(*words: str, hash_seed: str = "random") -> tuple[int, list[str]]:
    """Run seeds in a process of their own, because dead lives stay in memory."""
    command = [sys.executable, "-m", "tests.system.crash_simulation", *words]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert not done.stderr, done.stderr[-2000:]
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize("first", [0, SEEDS, 2 * SEEDS, 3 * SEEDS])
def test_nothing_is_lost_paid_twice_or_left_unanswered(
    first: int, figures: Callable[[str], None]
) -> None:
    status, lines = simulate("--seeds", str(SEEDS), "--first", str(first))
    assert status == 0, "\n".join(lines)
    seen = json.loads(lines[-1])
    figures(f"simulation, seeds {first} to {first + SEEDS - 1}: {words_of(seen)}")
    assert seen["seeds"] >= SEEDS  # those of kept_seeds.txt come in addition
    assert seen["kills"] > SEEDS
    assert seen["delivered"] > seen["jobs"] / 2


def words_of(seen: dict[str, int]) -> str:
    """Return a summary of a thousand lives in words."""
    broken = {name: seen.get(name, 0) for name in ("faulty", "paid_twice", "lost", "books_wrong")}
    counts = ", ".join(f"{seen.get(name, 0)} {name}" for name in ("kills", "jobs", "delivered"))
    return f"{counts}; " + ", ".join(f"{count} {name}" for name, count in broken.items())


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_simulation_notices_each_removed_guard(fault: str) -> None:
    status, lines = simulate("--seeds", "40", "--fault", fault)
    assert status == 1, f"{fault} was not caught: {lines[-1]}"


def test_simulation_of_a_seed_is_repeatable() -> None:
    """Otherwise a seed in kept_seeds.txt would prove nothing the next time."""
    runs = [("--first", "43", "--seeds", "3"), ("--first", "45", "--seeds", "1")]

    seen = [simulate(*words, hash_seed=str(n))[1][-1] for n, words in enumerate(runs)]

    assert len({json.loads(line)["last_seed"] for line in seen}) == 1
