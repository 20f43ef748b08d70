"""Three unmodified bots on one PostgreSQL, with each planned kind of trouble at least once."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.postgresql import Server
from tests.system.kill.fault_plan import KINDS, plan
from tests.system.kill.fleet_run import FleetRun
from tests.system.kill.judge import judge
from tests.system.kill.report import figures_of

BOTS, TROUBLES, JOBS = 3, 8, 100


def test_each_kind_comes_before_one_comes_again_and_a_seed_repeats_them() -> None:
    plans = [plan(random.Random(7), count=20, seats=3) for _ in range(2)]

    kinds = [one.kind for one in plans[0]]
    assert Counter(kinds[:8]) == Counter(kinds[8:16]) == Counter(KINDS)
    assert [(one.kind, one.seat, one.seconds) for one in plans[0]] == [
        (one.kind, one.seat, one.seconds) for one in plans[1]
    ]


@pytest.fixture
def server(postgresql_programs: Path) -> Iterator[Server]:
    """Run a server of this test's own: it is crashed."""
    server = Server(postgresql_programs, may_crash=True)
    try:
        yield server
    finally:
        server.close()


@pytest.mark.proof
async def test_nothing_is_lost_paid_twice_or_posted_twice_by_several(
    tmp_path: Path, server: Server, figures: Callable[[str], None]
) -> None:
    seed = secrets.randbelow(10**6)
    words = f"--bots {BOTS} --troubles {TROUBLES} --jobs {JOBS} --seed {seed}"
    print(f"seed {seed}: python -m tests.system.kill {words}")

    seen = await FleetRun(
        tmp_path, server, bots=BOTS, troubles=TROUBLES, jobs=JOBS, seed=seed
    ).run()

    figures(f"{figures_of(seen)} (seed {seed})")
    assert judge(seen).faults == {}
    assert len(seen.rows) >= JOBS
    assert set(seen.troubles) >= set(KINDS)
    assert seen.troubles["COMMITs lost"]
    assert seen.kling["peak_units"] > seen.units / 2
