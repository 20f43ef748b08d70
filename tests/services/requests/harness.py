"""Acceptance on a real database, for tests."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from bot import DATA
from services.catalog.models import ModelTable
from services.catalog.styles import StyleTable
from services.common.ids import new_job_id
from services.db import Store
from services.guilds.service import GuildService
from services.models import Accepted, Generation, Limits, Request
from services.monitoring.notices import OperatorNotices
from services.monitoring.write_check import WriteCheck
from services.policy.quotas import Allowance
from services.requests.acceptance import Acceptance
from services.requests.preferences import MemberPreferences
from services.storage import LocalStorage
from tests.support.engine_harness import Channel
from tests.support.requests import a_request
from tests.support.time import HandClock


@dataclass
class AcceptanceHarness:
    """Acceptance on a real database, and the parts that it uses."""

    store: Store
    acceptance: Acceptance
    community: GuildService
    clock: HandClock
    channel: Channel
    writing: WriteCheck
    woken: list[float] = field(default_factory=list)

    async def accept(self, request: Request | None = None, *, answer: bool = True) -> Accepted:
        self.clock.move_to(self.clock.now() + 0.01)
        complete = await self.acceptance.complete(request or a_request())
        accepted = await self.acceptance.accept(complete, job_id=new_job_id(self.clock.now()))
        if answer:
            await self.acceptance.mark_acknowledged(accepted.job.id, None)
        return accepted

    async def take(self, *, units: int = 9) -> list[str]:
        """Claim the due jobs; return their ids."""
        taken = await self.store.jobs.fetch_due(
            now=self.clock.now(), lease_s=60, units=units, per_user=0
        )
        return [job.id for job in taken.jobs]

    async def run(self, job_id: str) -> None:
        await self.take()
        now = self.clock.now()
        await self.store.jobs.mark_running(job_id, task_id=f"t-{job_id}", now=now, next_at=now)

    async def teach(self, seconds: float, *, tasks: int = 5) -> None:
        """Generate some tasks of one image, each in this many seconds, for the estimates."""
        for number in range(tasks):
            job = (await self.accept(a_request(user_id=100 + number))).job
            await self.run(job.id)
            took = Generation(seconds=seconds)
            now = self.clock.now() + seconds
            await self.store.jobs.mark_ready(job.id, [], now=now, generation=took)


@asynccontextmanager
async def here(
    folder: Path,
    *,
    limits: Limits | None = None,
    concurrency: int = 9,
    max_count: int = 9,
) -> AsyncGenerator[AcceptanceHarness]:
    clock, channel = HandClock(), Channel()
    woken: list[float] = []
    models, styles = ModelTable.load(DATA / "models.toml"), StyleTable.load(DATA / "styles.toml")
    allowance = Allowance(
        limits=limits or Limits(),
        zone=ZoneInfo("UTC"),
        max_count=max_count,
        concurrency=concurrency,
    )
    async with Store(folder / "repaint.db", provider="provider") as store:
        community = GuildService(
            store=store, models=models, styles=styles, allowance=allowance, clock=clock
        )
        writing = WriteCheck(
            memory=store.notes,
            folder=folder,
            storage=LocalStorage(folder / "pictures"),
            operators=channel,
            clock=clock,
        )
        acceptance = Acceptance(
            store=store,
            models=models,
            styles=styles,
            allowance=allowance,
            community=community,
            preferences=MemberPreferences(store=store, clock=clock),
            notices=OperatorNotices(operators=channel, memory=store.notes),
            writing=writing,
            clock=clock,
            wake=lambda: woken.append(clock.now()),
        )
        yield AcceptanceHarness(store, acceptance, community, clock, channel, writing, woken)
