from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.common.ids import new_job_id
from services.db import Store
from services.models import Accepted, Job, Limits, Request, Window
from services.settings.types import Secret
from tests.support.requests import NOON, a_request

DAY = Window(day="2026-11-22", starts_at=NOON - 43_200, resets_at=NOON + 43_200)


@dataclass
class StoreHarness:
    """A store with the helpers that most tests need."""

    store: Store
    limits: Limits = field(default_factory=Limits)
    now: float = NOON

    async def accept(self, request: Request | None = None) -> Accepted:
        self.now += 0.01
        return await self.store.admission.accept(
            request or a_request(),
            job_id=new_job_id(self.now),
            limits=self.limits,
            window=DAY,
            now=self.now,
        )

    async def take(self, *, units: int = 9, per_user: int = 0) -> list[Job]:
        taken = await self.store.jobs.fetch_due(
            now=self.now, lease_s=60, units=units, per_user=per_user
        )
        return taken.jobs

    async def running(self, request: Request | None = None) -> Job:
        """Bring a job to `running`, its next poll due now."""
        job = (await self.accept(request)).job
        await self.take()
        await self.store.jobs.mark_running(
            job.id, task_id=f"task-{job.id}", now=self.now, next_at=self.now
        )
        return await self.job(job.id)

    async def job(self, job_id: str) -> Job:
        job = await self.store.jobs.get(job_id)
        assert job is not None
        return job

    async def used(self, user_id: int = 1) -> int:
        usage = await self.store.admission.usage(user_id=user_id, guild_id=5, day=DAY.day)
        return usage.user


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.proof)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | Secret:
    """Return each of the two databases in turn, empty."""
    if request.param == "sqlite":
        return tmp_path / "repaint.db"
    return request.getfixturevalue("postgresql_place")


@pytest.fixture
async def store(place: Path | Secret) -> AsyncIterator[Store]:
    async with Store(place, provider="provider") as store:
        yield store


@pytest.fixture
def harness(store: Store) -> StoreHarness:
    return StoreHarness(store)
