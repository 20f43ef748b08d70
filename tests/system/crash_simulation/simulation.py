"""One seed: jobs are accepted, the process is killed repeatedly, the last life finishes them."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot import DATA
from services.catalog.models import ModelTable
from services.catalog.styles import StyleTable
from services.common.ids import new_job_id
from services.db import Store
from services.engine import Engine, EngineConfig, EngineContext, ProviderHealth
from services.errors import BotError, StoreUnavailable
from services.kling import ProviderCapabilities
from services.models import Job, Limits, Outcome, Padding, Request, Source, State
from services.policy.quotas import find_day
from services.storage import LocalStorage
from tests.support.requests import a_request
from tests.support.sqlite import thread_of
from tests.system.crash_simulation.channel import LossyChannel, LossySources
from tests.system.crash_simulation.provider import LOST, Disk, LookupSupport, SimulatedProvider
from tests.system.crash_simulation.virtual_loop import (
    START,
    Inline,
    LoopClock,
    live,
    nothing,
)

JOBS = 5
KILLS_AT_MOST = 6
CAP = 4
"""Units that the provider accepts at the same time."""

DATABASE_TROUBLE = 0.003
"""The share of store calls that meet a locked or full database."""

TIMEOUT_S = 3 * 24 * 3600.0
UTC = ZoneInfo("UTC")

TOLD_TWICE = 0.2
"""The share of requests that the gateway delivers twice, as it may after a resumed session."""

HOLD_S = 5.0
"""How long an accepted job waits for its first response: see services.requests.acceptance."""

HURRIES = 12
"""Rounds of two callbacks, at random times and for random jobs."""

DATABASE = "repaint.db"
KINDS: tuple[dict[str, Any], ...] = (
    {},
    {"kind": "expand", "model": "kling-expand", "sides": Padding(right=0.5)},
    {"kind": "blend", "model": "kling-blend", "more": (Source(url="https://x/2.png"),)},
)
"""The kinds of request that users make, in turn; each has a path of its own at the provider."""

POWERS = (
    LookupSupport(),
    LookupSupport(external_id=False),
    LookupSupport(rows="none"),
    LookupSupport(external_id=False, rows="none"),
    LookupSupport(refuses_repeats=True),
    LookupSupport(rows="none", refuses_repeats=True),
    LookupSupport(external_id=False, rows="finished"),
    LookupSupport(external_id=False, rows="unfinished"),
    LookupSupport(external_id=False, rows="latest"),
    LookupSupport(external_id=False, rows="lagging"),
    LookupSupport(external_id=False, rows="rewritten"),
    LookupSupport(external_id=False, rows="text"),
    LookupSupport(rows="rewritten"),
)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The result of a seed: the ids of the jobs for which each promise was broken."""

    seed: int
    kills: int
    jobs: Sequence[Job]
    paid_twice: Sequence[str]
    lost: Sequence[str]
    unanswered: Sequence[str]
    accepted_twice: Sequence[str]
    contradicted: Sequence[str]
    books_wrong: Sequence[str]

    @property
    def faults(self) -> dict[str, Sequence[str]]:
        """Return every broken promise, with the jobs for which it was broken."""
        names = (
            *("paid_twice", "lost", "unanswered", "accepted_twice", "contradicted", "books_wrong"),
        )
        return {name: getattr(self, name) for name in names if getattr(self, name)}


@functools.cache
def tables() -> tuple[ModelTable, StyleTable]:
    """Load the shipped tables, once for all seeds."""
    return ModelTable.load(DATA / "models.toml"), StyleTable.load(DATA / "styles.toml")


@functools.cache
def fresh_database() -> Path:
    """Make an empty database, which each seed copies: its migrations are not simulated."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)

    async def make() -> None:
        async with Store(folder / DATABASE, provider="", executor=Inline()):
            pass

    live(make(), began_at=START, fuse=None)
    return folder / DATABASE


class Simulation:
    """Everything that outlives the process, and the lives of the process in it."""

    def __init__(self, folder: Path, *, seed: int) -> None:
        self.chance = random.Random(seed)
        self.folder, self.seed = folder, seed
        self.disk = Disk(self.chance)
        powers = POWERS[seed % len(POWERS)]
        self.kling = SimulatedProvider(self.chance, cap=CAP, powers=powers, disk=self.disk)
        self.channel = LossyChannel(self.chance)
        self.sources = LossySources(folder, self.chance, self.disk)
        self.models, self.styles = tables()
        self.hurries = HURRIES
        shutil.copyfile(fresh_database(), folder / DATABASE)
        self.wanted = [
            (
                START + self.chance.uniform(0, 90),
                self.chance.randint(1, 4),
                self.chance.randint(1, 3),
            )
            for _ in range(JOBS)
        ]
        self.asked: dict[int, str] = {}
        self.answers: list[asyncio.Task[None]] = []
        self.withdrawn: set[str] = set()
        self.connection: sqlite3.Connection | None = None

    def run(self) -> Verdict:
        now, kills, killed = START, 0, True
        while killed:
            fuse = self.chance.randint(5, 600) if kills < KILLS_AT_MOST else None
            now, killed = live(self._life(), began_at=now, fuse=fuse)
            self._let_go()
            kills += killed
        return self._judge(kills)

    def _let_go(self) -> None:
        """Close the dead process's files, as the operating system does."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    async def _life(self) -> None:
        """Run one process: open the store, accept requests, work until nothing is left to do."""
        disk = Inline()
        path = self.folder / DATABASE
        async with Store(path, provider="gateway.example", executor=disk) as store:
            self.connection = thread_of(store).db.conn
            thread_of(store).db.execute("PRAGMA synchronous=OFF")  # no power failure is simulated
            disk.trouble = self._trouble
            engine = Engine(self._parts(store))
            working = asyncio.create_task(engine.run())
            hurrying = asyncio.create_task(self._hurry(store, engine))
            await self._ask(store, engine)
            await self._until_all_is_over(store)
            hurrying.cancel()
            await engine.drain(1.0)
            await working
            disk.trouble = nothing

    def _parts(self, store: Store) -> EngineContext:
        return EngineContext(
            store=store,
            kling=self.kling,  # pyright: ignore[reportArgumentType]
            provider=ProviderHealth(
                store=store,
                operators=self.channel,
                clock=LoopClock(),
                documented=ProviderCapabilities(),
            ),
            models=self.models,
            styles=self.styles,
            sources=self.sources,
            storage=LocalStorage(self.sources.folder_of_all),
            delivery=self.channel,
            clock=LoopClock(),
            rules=EngineConfig(concurrency=CAP, user_running=1),
            rng=self.chance,
        )

    async def _ask(self, store: Store, engine: Engine) -> None:
        """Send requests at their times; a request whose process died is not sent again."""
        clock = LoopClock()
        for number, (at, user_id, count) in enumerate(self.wanted):
            if number in self.asked:
                continue
            await clock.sleep(max(at - clock.now(), 0))
            job_id = self._new_id()
            self.asked[number] = job_id  # first: the row may exist without a response
            request = a_request(
                user_id=user_id,
                count=count,
                interaction_id=self.chance.getrandbits(60),
                **KINDS[number % len(KINDS)],
            )
            accepted = await self._accept(store, request, job_id)
            if self.chance.random() < TOLD_TWICE:
                again = self._new_id()
                if not accepted:  # then the second delivery counts
                    self.asked[number] = again
                await self._accept(store, request, again)
            engine.wake()

    def _new_id(self) -> str:
        """Return an id from the seed's random numbers: ids order jobs, and seeds must repeat."""
        return new_job_id(LoopClock().now(), bits=self.chance.getrandbits)

    async def _accept(self, store: Store, request: Request, job_id: str) -> bool:
        now = LoopClock().now()
        try:
            await store.admission.accept(
                request,
                job_id=job_id,
                limits=Limits(user_daily=6),
                window=find_day(now, UTC),
                now=now,
                hold_s=HOLD_S,
            )
        except BotError:
            return False
        self.answers.append(asyncio.create_task(self._answer(store, job_id)))
        return True

    async def _answer(self, store: Store, job_id: str) -> None:
        """Respond to the user; another process may have done so first, or the response is lost."""
        await asyncio.sleep(self.chance.uniform(0.02, 1.5))
        fate, now = self.chance.random(), LoopClock().now()
        with contextlib.suppress(StoreUnavailable):
            if fate < LOST:
                if await store.jobs.withdraw(job_id, outcome=Outcome(key="cancelled"), now=now):
                    self.withdrawn.add(job_id)
            elif fate > 2 * LOST:
                await store.jobs.mark_acknowledged(job_id, None)

    async def _hurry(self, store: Store, engine: Engine) -> None:
        """Send callbacks: early, late, twice, and for jobs that are over."""
        while self.hurries:
            self.hurries -= 1
            await asyncio.sleep(self.chance.uniform(0.0, 60.0))
            for job_id in self.chance.choices(list(self.asked.values()), k=2) * bool(self.asked):
                with contextlib.suppress(StoreUnavailable):
                    await store.jobs.make_due(job_id, now=LoopClock().now())
                engine.wake()

    async def _until_all_is_over(self, store: Store) -> None:
        clock, wait = LoopClock(), 10.0
        left = list(self.asked.values())
        while left and clock.now() < START + TIMEOUT_S:
            with contextlib.suppress(StoreUnavailable):
                while left and await store.jobs.is_over(left[-1]):
                    left.pop()
            await clock.sleep(wait)
            wait = min(1.5 * wait, 600.0)

    def _trouble(self) -> None:
        if self.chance.random() < DATABASE_TROUBLE:
            raise sqlite3.OperationalError("database is locked")
        if self.disk.is_full():
            raise sqlite3.OperationalError("database or disk is full")

    def _judge(self, kills: int) -> Verdict:
        jobs = self._rows()
        told = self.channel.shown
        return Verdict(
            seed=self.seed,
            kills=kills,
            jobs=jobs,
            paid_twice=[
                job.id
                for job in jobs
                if self.kling.paid_for(job.id) > (job.id not in self.withdrawn)
            ],
            lost=[job.id for job in jobs if self._is_lost(job)],
            unanswered=[job.id for job in jobs if job.told_at is None],
            accepted_twice=[job.id for job in jobs if job.id not in self.asked.values()],
            contradicted=[job.id for job in jobs if _contradicts(told.get(job.id, []))],
            books_wrong=[job.id for job in jobs if self._is_booked_wrong(job)],
        )

    def _is_lost(self, job: Job) -> bool:
        """Return whether a job was generated and paid for, but not shown and not excused.

        A closed channel and an uncertain submission excuse it. So does a results host that is gone
        for good, if the job's outcome says exactly that.
        """
        painted = any(task.own_id == job.id and not task.fails for task in self.kling.tasks)
        shown = "pictures" in self.channel.shown.get(job.id, [])
        excused = job.state in (State.UNDELIVERED, State.UNCERTAIN)
        given_up = job.outcome is not None and job.outcome.key in ("not_fetched", "result_unusable")
        never_comes = self.kling.never_comes(job.id)
        return painted and not shown and not (excused or (given_up and never_comes))

    def _is_booked_wrong(self, job: Job) -> bool:
        """Return whether the units are wrong: spent units must be the images posted.

        A job that was uncertain stays refunded.
        """
        spent = job.state in (State.DELIVERED, State.UNDELIVERED)
        turned_up = job.outcome is not None and job.outcome.key == "uncertain"
        posted = self.channel.images.get(job.id, 0)
        in_part = job.state is State.DELIVERED and job.units_spent not in (0, posted)
        return in_part or (job.given_back == spent and not turned_up)

    def _rows(self) -> list[Job]:
        jobs: list[Job] = []

        async def read() -> None:
            async with Store(self.folder / DATABASE, provider="", executor=Inline()) as store:
                ids = thread_of(store).db.execute("SELECT id FROM job ORDER BY rowid").fetchall()
                found = [await store.jobs.get(job_id) for (job_id,) in ids]
                jobs.extend(job for job in found if job is not None)

        live(read(), began_at=START, fuse=None)
        return jobs


def _contradicts(answers: Sequence[str]) -> bool:
    """Return whether final answers differ; one that resolves an `uncertain` is as promised."""
    clear = [answer for answer in answers if answer != "uncertain"]
    return len(set(clear)) > 1 or (clear != [] and answers[-1] == "uncertain")
