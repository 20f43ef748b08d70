"""Many calls at once against one limit: in one process, and in two on one database file."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from pathlib import Path

import pytest

from services.db import Store
from services.errors import QuotaExceeded
from services.models import Limits
from services.settings.types import Secret
from tests.services.db.conftest import DAY, StoreHarness
from tests.support.requests import a_request

ROOT = Path(__file__).resolve().parents[3]
LIMIT = 60
SHARED = 200
"""Large enough for both processes to be in the midst of it together."""


@pytest.mark.proof
async def test_accept_of_thousands_at_once_stops_at_the_limit(
    harness: StoreHarness, store: Store, place: Path | Secret
) -> None:
    harness.limits = Limits(user_daily=LIMIT)
    asked = 10_000 if isinstance(place, Path) else 600  # each is a dozen round trips to the server

    answers = await asyncio.gather(
        *(harness.accept() for _ in range(asked)), return_exceptions=True
    )

    outcomes = Counter(type(answer).__name__ for answer in answers)
    assert outcomes == {"Accepted": LIMIT, QuotaExceeded.__name__: asked - LIMIT}
    assert await harness.used() == LIMIT
    assert await rows(store) == (LIMIT, LIMIT)


async def test_accept_by_many_users_fills_the_cap_exactly(harness: StoreHarness) -> None:
    harness.limits = Limits(user_daily=3, guild_daily=50, bot_daily=41)
    requests = [a_request(user_id=user, count=2, guild_id=5 + user % 2) for user in range(300)]

    answers = await asyncio.gather(*map(harness.accept, requests), return_exceptions=True)

    assert sum(not isinstance(answer, QuotaExceeded) for answer in answers) == 20
    usage = await harness.store.admission.usage(user_id=1, guild_id=5, day=DAY.day)
    assert usage.bot == 40


@pytest.mark.proof
async def test_accept_by_two_processes_stops_at_the_limit(place: Path | Secret) -> None:
    async with Store(place, provider="provider") as store:
        racers = [await racer(place, first) for first in (1, 10_001)]
        for each in racers:
            assert each.stdout is not None
            assert await each.stdout.readline() == b"ready\n"  # both are up before either starts
        told = await asyncio.gather(*(each.communicate(b"go\n") for each in racers))

        assert [each.returncode for each in racers] == [0, 0]
        admitted = [int(out) for out, _ in told]
        assert sum(admitted) == SHARED
        assert min(admitted) > 0, "one of them was alone, so this proved nothing"
        assert await rows(store) == (SHARED, SHARED)


async def racer(place: Path | Secret, first: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "tests.services.db.limit_race",
            name_of(place),
            str(first),
            str(SHARED),
        ),
        cwd=ROOT,
        stdin=PIPE,
        stdout=PIPE,
    )


def name_of(place: Path | Secret) -> str:
    return str(place) if isinstance(place, Path) else place.reveal()


async def rows(store: Store) -> tuple[int, int]:
    """Count jobs and their units in the table itself."""
    query = "SELECT COUNT(*), SUM(units) FROM job WHERE given_back = 0"
    return await store._thread.transact(lambda db: db.execute(query).fetchone(), writes=False)
