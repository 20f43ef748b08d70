"""Polls of thousands of consecutive tasks on the virtual clock, compared with one poll a second.

It prints how long after its end the bot knows that a task is done, and the polls per task:
`python -m tests.system.crash_simulation.poll_schedule`.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean

from services.common.ids import new_job_id
from services.db import Store
from services.engine import Engine, EngineConfig, EngineContext, Progress, ProviderHealth
from services.images import Ready
from services.kling import (
    BearerKey,
    Endpoint,
    Provider,
    ProviderCapabilities,
    Submission,
    Task,
    TaskImage,
    TaskPage,
    TaskStatus,
)
from services.kling.download import Downloaded
from services.models import Job, Limits, Result
from services.policy.quotas import find_day
from services.storage import LocalStorage
from tests.support.requests import a_request
from tests.support.sqlite import thread_of
from tests.system.crash_simulation.provider import PIXEL
from tests.system.crash_simulation.simulation import UTC, tables
from tests.system.crash_simulation.virtual_loop import START, Inline, LoopClock, live

ONE_WAY_S = 0.275
"""Seconds that a request takes to the provider, and its answer back."""

FETCH_S = 0.8
"""Seconds that a download takes."""

Lasts = Callable[[int, random.Random], float]
"""Returns how many seconds the provider needs for the n-th task."""

Tells = Callable[["TimedTask", float], tuple[float | None, float | None]]
"""Returns the times of a finished task, as reported at an instant: created, updated."""


@dataclass
class TimedTask:
    """One task."""

    task_id: str
    created_at: float
    done_at: float
    polls: int = 0
    known_at: float = 0.0

    @property
    def delay_s(self) -> float:
        return self.known_at - self.done_at


@dataclass(frozen=True)
class MeanTimes:
    """Means over some tasks."""

    delay_s: float
    polls: float

    def __str__(self) -> str:
        return f"{self.delay_s:.2f} s, {self.polls:.2f}"


def means(tasks: Sequence[TimedTask]) -> MeanTimes:
    return MeanTimes(fmean(one.delay_s for one in tasks), fmean(one.polls for one in tasks))


def by_fixed_polling(made: TimedTask) -> TimedTask:
    """Return the same task, polled a second after its submission and after each answer."""
    one, at = replace(made, polls=0), made.created_at + ONE_WAY_S
    while one.polls == 0 or one.known_at - ONE_WAY_S < one.done_at:
        one.polls += 1
        one.known_at = at + 1.0 + 2 * ONE_WAY_S
        at = one.known_at
    return one


@dataclass
class TimedProvider:
    """Runs one task after the other."""

    lasts: Lasts
    tells: Tells
    chance: random.Random
    tasks: dict[str, TimedTask] = field(default_factory=dict)
    clock: LoopClock = field(default_factory=LoopClock)
    provider: Provider = field(
        default_factory=lambda: Provider(
            base_url="https://gateway.example", credential=BearerKey("k")
        )
    )

    async def submit(
        self, submission: Submission, *, before_last_piece: Callable[[], Awaitable[None]]
    ) -> Task:
        del submission
        await before_last_piece()
        await asyncio.sleep(ONE_WAY_S)
        number, now = len(self.tasks), self.clock.now()
        done_at = now + self.lasts(number, self.chance)
        made = TimedTask(f"task-{number}", created_at=now, done_at=done_at)
        self.tasks[made.task_id] = made
        await asyncio.sleep(ONE_WAY_S)
        return _task(made, TaskStatus.WAITING)

    async def fetch(self, task_id: str, *, endpoint: Endpoint = Endpoint.GENERATIONS) -> Task:
        made = self.tasks.get(task_id)
        if made is None:  # our own id: look-ups by it do not matter here
            made = next(reversed(self.tasks.values()))
            return replace(_task(made, TaskStatus.RUNNING), endpoint=endpoint)
        made.polls += 1
        await asyncio.sleep(ONE_WAY_S)
        is_done = self.clock.now() >= made.done_at
        created, updated = self.tells(made, self.clock.now())
        await asyncio.sleep(ONE_WAY_S)
        if not is_done:
            return _task(made, TaskStatus.RUNNING)
        made.known_at = made.known_at or self.clock.now()
        return replace(_task(made, TaskStatus.DONE), created_at=created, updated_at=updated)

    async def list_page(self, **_asked: object) -> TaskPage:
        return TaskPage(tasks=[])

    async def download(self, url: str, path: Path, *, opening: object = None) -> Downloaded:
        del url, opening
        await asyncio.sleep(FETCH_S)
        path.write_bytes(PIXEL)
        size = len(PIXEL)
        return Downloaded(path=path, size=size, content_type="image/png", width=64, height=64)


def _task(made: TimedTask, status: TaskStatus) -> Task:
    images = (TaskImage(index=0, url=f"https://x/{made.task_id}"),)
    return Task(
        task_id=made.task_id,
        endpoint=Endpoint.GENERATIONS,
        status=status,
        images=images if status is TaskStatus.DONE else (),
    )


async def _work(store: Store, kling: TimedProvider, folder: Path, count: int) -> None:
    """Serve that many requests, one after the other."""
    clock, chance = LoopClock(), random.Random(3)
    channel = _Channel()
    models, styles = tables()
    documented = ProviderCapabilities(external_id=True, list_call=False)
    engine = Engine(
        EngineContext(
            store=store,
            kling=kling,  # pyright: ignore[reportArgumentType]
            provider=ProviderHealth(
                store=store, operators=channel, clock=clock, documented=documented
            ),
            models=models,
            styles=styles,
            sources=_Sources(folder),
            storage=LocalStorage(folder),
            delivery=channel,
            clock=clock,
            rules=EngineConfig(concurrency=1, user_running=1),
            rng=chance,
        )
    )
    working = asyncio.create_task(engine.run())
    for number in range(count):
        now = clock.now()
        job_id = new_job_id(now, bits=chance.getrandbits)
        request = a_request(user_id=number + 1, interaction_id=number + 1)
        window = find_day(now, UTC)
        await store.admission.accept(
            request, job_id=job_id, limits=Limits(), window=window, now=now
        )
        await store.jobs.mark_acknowledged(job_id, None)
        engine.wake()
        await channel.posted.wait()
        channel.posted.clear()
    await engine.drain(1.0)
    await working


@dataclass
class _Channel:
    """A Delivery that accepts everything at once."""

    posted: asyncio.Event = field(default_factory=asyncio.Event)

    async def update_progress(self, job: Job, progress: Progress) -> None:
        del job, progress

    async def deliver(self, job: Job, results: Sequence[Result]) -> None:
        del job, results
        self.posted.set()

    async def notify_outcome(self, job: Job) -> None:
        del job

    async def mention(self, job: Job) -> None:
        del job

    async def alert(self, key: str, **facts: str) -> None:
        del key, facts


@dataclass
class _Sources:
    """Sources that are always ready, with one folder for all results."""

    root: Path

    async def make_ready(self, job: Job, *, again: bool = False) -> Sequence[Ready]:
        del job, again
        return [Ready(picture=self.root / "source", width=640, height=480)]

    def folder(self, job_id: str) -> Path:
        del job_id
        return self.root


def tasks_of(lasts: Lasts, tells: Tells, *, count: int, seed: int = 1) -> list[TimedTask]:
    """Serve that many tasks of such a provider; return them in order."""
    kling = TimedProvider(lasts, tells, random.Random(seed))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        async def life() -> None:
            path = folder / "repaint.db"
            async with Store(path, provider="gateway.example", executor=Inline()) as store:
                thread_of(store).db.execute("PRAGMA synchronous=OFF")
                await _work(store, kling, folder, count)

        live(life(), began_at=START, fuse=None)
    return list(kling.tasks.values())


def _lasting(seconds: float, spread: float) -> Lasts:
    return lambda _number, chance: seconds * chance.lognormvariate(0.0, spread)


def _in_turn(*lasts: Lasts, every: int = 500) -> Lasts:
    return lambda number, chance: lasts[number // every % len(lasts)](number, chance)


def _true(made: TimedTask, _now: float) -> tuple[float, float]:
    return made.created_at, made.done_at


LASTS: Mapping[str, Lasts] = {
    "2 s": _lasting(2.0, 0.0),
    "20 s": _lasting(20.0, 0.3),
    "5 s, then 20 s, in turn": _in_turn(_lasting(20.0, 0.2), _lasting(5.0, 0.2)),
}
TELLS: Mapping[str, Tells] = {
    "true times": _true,
    "whole seconds": lambda made, _now: (made.created_at // 1, made.done_at // 1),
    "a clock an hour behind": lambda made, _now: (made.created_at - 3600, made.done_at - 3600),
    "no times": lambda _made, _now: (None, None),
    "the same time twice": lambda made, _now: (made.created_at, made.created_at),
    "an end before its beginning": lambda made, _now: (made.done_at, made.created_at),
    "an end hours later": lambda made, _now: (made.created_at, made.done_at + 3600),
    "an end some seconds later": lambda made, _now: (made.created_at, made.done_at + 5),
    "the time of the answer": lambda made, now: (made.created_at, now),
}
PARTS = ((0, 200), (200, 600), (600, 1000), (1000, 5000))


def main() -> None:
    """Print each provider's figures, and those of a poll every second."""
    for lasts in LASTS:
        for tells in TELLS:
            made = tasks_of(LASTS[lasts], TELLS[tells], count=PARTS[-1][1])
            figures = " | ".join(str(means(made[first:last])) for first, last in PARTS)
            fixed = means([by_fixed_polling(one) for one in made])
            sys.stdout.write(f"| {lasts} | {tells} | {figures} | {fixed} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
