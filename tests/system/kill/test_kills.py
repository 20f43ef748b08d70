"""The unmodified bot as a process, killed at least fifty times over three hundred jobs."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.system.kill.judge import judge
from tests.system.kill.kill_run import KillRun
from tests.system.kill.report import figures_of

pytestmark = pytest.mark.proof


KILLS, JOBS = 50, 300


async def test_nothing_is_lost_paid_twice_or_posted_twice(
    tmp_path: Path, figures: Callable[[str], None]
) -> None:
    seed = secrets.randbelow(10**6)
    print(f"seed {seed}: python -m tests.system.kill --kills {KILLS} --jobs {JOBS} --seed {seed}")

    seen = await KillRun(tmp_path, kills=KILLS, jobs=JOBS, seed=seed).run()

    figures(f"{figures_of(seen)} (seed {seed})")
    assert judge(seen).faults == {}
    assert seen.kills >= KILLS
    assert len(seen.rows) >= JOBS
