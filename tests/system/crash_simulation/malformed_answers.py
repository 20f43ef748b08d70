"""A job at a gateway with malformed answers: its end, and how often it was paid."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from pathlib import Path
from zoneinfo import ZoneInfo

from services.catalog.styles import StyleTable
from services.common.ids import new_job_id
from services.db import Store
from services.engine import Engine, EngineConfig, EngineContext, Progress, ProviderHealth
from services.images import Ready
from services.kling import ProviderCapabilities
from services.models import Job, Limits, Result, State
from services.policy.quotas import find_day
from services.storage import LocalStorage
from tests.support.requests import a_request
from tests.support.sqlite import thread_of
from tests.system.crash_simulation.gateway import (
    PAGES,
    Client,
    Fault,
    Gateway,
    Point,
    malformed_answers,
)
from tests.system.crash_simulation.simulation import DATABASE, fresh_database, tables
from tests.system.crash_simulation.virtual_loop import START, Inline, LoopClock, live

POINTS: Sequence[Point] = ("submit", "by id", "list", "poll", "control")
LATER_S = (5.0, 60.0)
"""When the other users ask: their later tasks can prove an absence."""

GIVE_UP_S = 1500.0
TIMES = (1, 2, 5, None)
ODD_AT = 0.6
"""The share of points at which a random fault is placed."""


@dataclass
class RecordingDelivery:
    """A Delivery that never fails, and records what users were notified of."""

    ends: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    phases: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    async def update_progress(self, job: Job, progress: Progress) -> None:
        self.phases.setdefault(job.id, []).append(progress.phase)

    async def deliver(self, job: Job, results: Sequence[Result]) -> None:
        assert results
        self.ends.setdefault(job.id, []).append("pictures")

    async def notify_outcome(self, job: Job) -> None:
        self.ends.setdefault(job.id, []).append(str(job.state))

    async def mention(self, job: Job) -> None:
        """Do nothing: mentions are not checked here."""

    async def alert(self, key: str, **_facts: str) -> None:
        """Do nothing: alerts are not checked here."""


@dataclass
class LinkedSources:
    """Source images by link, which the provider fetches itself."""

    folder_of_all: Path

    async def make_ready(self, job: Job, *, again: bool = False) -> Sequence[Ready]:
        return [Ready(picture="https://cdn.example/cat.png", width=640, height=480)]

    def folder(self, job_id: str) -> Path:
        path = self.folder_of_all / job_id
        path.mkdir(exist_ok=True)
        return path


@dataclass(frozen=True, kw_only=True)
class JobEnds:
    """The ends of all jobs; the first job received the malformed answers."""

    jobs: Sequence[Job]
    paid: Sequence[int]
    ends: Sequence[Sequence[str]]
    phases: Sequence[str]

    @property
    def broken(self) -> list[str]:
        """Return every promise that was broken."""
        found: list[str] = []
        for job, paid, ends in zip(self.jobs, self.paid, self.ends, strict=True):
            if paid > 1:
                found.append(f"paid {paid} times")
            if job.resends > 1:
                found.append(f"sent again {job.resends} times")
            if job.told_at is None or not ends:
                found.append(f"untold in {job.state}")
            clear = [end for end in ends if end != State.UNCERTAIN]
            if len(ends) > len(clear) + 1 or len(clear) > 1:
                found.append(f"told {ends}")
            if not job.given_back and job.state is not State.DELIVERED:
                found.append(f"kept units in {job.state}")
            if job.given_back and job.state is State.DELIVERED and len(ends) == 1:
                found.append("gave back what was delivered")
        return found


def run_malformed(folder: Path, odd: Mapping[Point, Fault]) -> JobEnds:
    """Run one job at a gateway with these faults, beside others, until all jobs are over."""
    shutil.copyfile(fresh_database(), folder / DATABASE)
    world = MalformedAnswerRun(folder, Gateway(odd=odd))
    live(world.run(), began_at=START, fuse=None)
    assert world.came is not None
    return world.came


class MalformedAnswerRun:
    def __init__(self, folder: Path, gateway: Gateway) -> None:
        self._folder, self._gateway = folder, gateway
        self._told = RecordingDelivery()
        self.came: JobEnds | None = None

    async def run(self) -> None:
        path = self._folder / DATABASE
        async with (
            Store(path, provider="gateway.example", executor=Inline()) as store,
            Client(self._gateway) as kling,
        ):
            thread_of(store).db.execute("PRAGMA synchronous=OFF")
            engine = Engine(self._parts(store, kling))
            working = asyncio.create_task(engine.run())
            ids = await self._ask(store, engine)
            await _until_over(store, ids)
            await engine.drain(1.0)
            await working
            jobs = [job for job_id in ids if (job := await store.jobs.get(job_id))]
        self.came = JobEnds(
            jobs=jobs,
            paid=[self._gateway.paid_for(job.id) for job in jobs],
            ends=[self._told.ends.get(job.id, []) for job in jobs],
            phases=self._told.phases.get(ids[0], []),
        )

    def _parts(self, store: Store, kling: Client) -> EngineContext:
        models, styles = tables()
        assert isinstance(styles, StyleTable)
        return EngineContext(
            store=store,
            kling=kling,
            provider=ProviderHealth(
                store=store,
                operators=self._told,
                clock=LoopClock(),
                documented=ProviderCapabilities(),
            ),
            models=models,
            styles=styles,
            sources=LinkedSources(self._folder),
            storage=LocalStorage(self._folder),
            delivery=self._told,
            clock=LoopClock(),
            rules=EngineConfig(concurrency=9, user_running=1, give_up_s=GIVE_UP_S),
            rng=random.Random(1),
        )

    async def _ask(self, store: Store, engine: Engine) -> list[str]:
        clock, ids = LoopClock(), list[str]()
        for user_id, at in enumerate((0.0, *LATER_S), start=1):
            await clock.sleep(max(START + at - clock.now(), 0.0))
            job_id = new_job_id(clock.now(), bits=random.Random(user_id).getrandbits)
            self._gateway.first = self._gateway.first or job_id
            await store.admission.accept(
                a_request(user_id=user_id),
                job_id=job_id,
                limits=Limits(),
                window=find_day(clock.now(), ZoneInfo("UTC")),
                now=clock.now(),
            )
            ids.append(job_id)
            engine.wake()
        return ids


async def _until_over(store: Store, ids: Sequence[str]) -> None:
    clock = LoopClock()
    for job_id in ids:
        while not await store.jobs.is_over(job_id) and clock.now() < START + 4 * GIVE_UP_S:
            await clock.sleep(30.0)


# --- Sets of faults

PAIRED = {"broken", "404 page", "404 Spring", "200 status", "200 null", "403 HTML", "504 JSON"}
"""Pages tested in pairs, one of each kind; faults of a single point are tested there too."""


def singles() -> list[dict[Point, Fault]]:
    """Return each fault on its own, beside a submission whose answer is lost."""
    return [
        {"submit": lost, point: odd}
        for point in POINTS
        for odd in malformed_answers(point)
        for lost in LOST
    ]


def pairs() -> list[dict[Point, Fault]]:
    """Return faults at two points, beside a submission whose answer is lost."""
    kinds = {
        point: [
            odd for odd in malformed_answers(point) if odd.name in PAIRED or odd.name not in PAGES
        ]
        for point in POINTS
    }
    return [
        {"submit": LOST[0], one: first, other: second}
        for one, other in combinations(POINTS, 2)
        for first, second in product(kinds[one], kinds[other])
    ]


def drawn(seed: int) -> dict[Point, Fault]:
    """Return random faults, with or without one at each point, and always a lost submission."""
    chance = random.Random(seed)
    odd: dict[Point, Fault] = {}
    for point in POINTS:
        if point == "submit" or chance.random() < ODD_AT:
            found = chance.choice(malformed_answers(point))
            odd[point] = replace(found, times=found.times or chance.choice(TIMES))
    return odd


def named(odd: Mapping[Point, Fault]) -> str:
    """Return the names of the faults, for a failure's message."""
    return ", ".join(f"{point}: {each.name} x{each.times}" for point, each in odd.items())


LOST_SO = ("broken", "broken, unheard", "broken, heard late")
LOST = [replace(odd, times=1) for odd in malformed_answers("submit") if odd.name in LOST_SO]
"""Lost answers: whether the submission was accepted is unknown."""
