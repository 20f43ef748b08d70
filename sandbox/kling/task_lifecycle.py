"""The life cycle of a task: submitted, processing, then succeed or failed (section 7)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from sandbox.clock import Clock
from sandbox.kling.answers import queried
from sandbox.kling.callbacks import Callbacks
from sandbox.kling.contract import RISK_CONTROL, Json
from sandbox.kling.options import Options
from sandbox.kling.painter import Brief, Painter, Painting, PaintingFailed
from sandbox.kling.result_files import Results
from sandbox.kling.tasks import FAILED, PROCESSING, SUCCEED, Book, Result, Task

QUEUED_SHARE = 0.15
"""Share of its duration for which a task stays `submitted`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """The end that a test orders for the next `times` tasks; None: as usual.

    `reason` makes them fail. `images` is the number of results (0: succeed without any, as some
    gateways do). `seconds` is their duration.
    """

    times: int = 1
    reason: str | None = None
    images: int | None = None
    seconds: float | None = None

    @classmethod
    def from_json(cls, order: Json) -> Fate:
        """Return a fate from JSON; raises ValueError for an unknown field."""
        unknown = order.keys() - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"a fate has no {', '.join(sorted(unknown))}")
        return cls(**order)


@dataclass(slots=True, kw_only=True)
class Life:
    """Runs tasks, each in its own asyncio task that sleeps between its few steps."""

    options: Options
    clock: Clock
    book: Book
    painter: Painter
    results: Results
    callbacks: Callbacks
    fates: list[Fate] = field(default_factory=list[Fate])
    _running: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    _rng: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        """Seed the random generator: the same options give the same durations in the same order."""
        self._rng.seed(self.options.seed)

    def begin(self, task: Task, *, sources: Sequence[bytes]) -> asyncio.Task[None]:
        """Start the life cycle of an accepted task; the returned asyncio task ends with it."""
        self._call_back(task)
        running = asyncio.create_task(self._live(task, sources, self._next_fate()))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return running

    def ordain(self, fate: Fate) -> None:
        """Apply `fate` to the next tasks, as many as it says."""
        self.fates += [fate] * fate.times

    def _next_fate(self) -> Fate:
        return self.fates.pop(0) if self.fates else Fate()

    async def _live(self, task: Task, sources: Sequence[bytes], fate: Fate) -> None:
        lasts = self._rng.uniform(self.options.min_seconds, self.options.max_seconds)
        lasts = lasts if fate.seconds is None else fate.seconds
        await self.clock.sleep_until(task.created_at + lasts * QUEUED_SHARE)
        task.turn(PROCESSING, now=self.clock.now())
        self._call_back(task)
        reason = self._doom(task) if fate.reason is None else fate.reason
        try:
            if not reason:
                task.results = await self._paint(task, sources=sources, images=fate.images)
        except PaintingFailed:
            reason = "Internal error"
        await self.clock.sleep_until(task.created_at + lasts)
        status = FAILED if reason else SUCCEED
        self.book.end(task, status=status, now=self.clock.now(), reason=reason)
        self._call_back(task)

    def _doom(self, task: Task) -> str:
        """Return the reason if moderation stops this task, otherwise ""."""
        prompt = task.order.prompt.lower()
        stopped = any(word in prompt for word in self.options.failing_words)
        return RISK_CONTROL if stopped else ""

    async def _paint(
        self, task: Task, *, sources: Sequence[bytes], images: int | None
    ) -> list[Result]:
        count = task.order.n if images is None else images
        paintings = await asyncio.gather(
            *(self.painter.paint(_brief(task, index), sources=sources) for index in range(count))
        )
        return [self._keep(task, index, painting) for index, painting in enumerate(paintings)]

    def _keep(self, task: Task, index: int, painting: Painting) -> Result:
        stem = f"upload-{task.id}_raw_image_{index}"
        url = self.results.keep(
            f"{stem}.{painting.format}", content=painting.content, origin=task.origin
        )
        if not painting.marked:
            return Result(url)
        name = f"{stem}_watermark.{painting.format}"
        return Result(url, self.results.keep(name, content=painting.marked, origin=task.origin))

    def _call_back(self, task: Task) -> None:
        if task.order.callback_url:
            self.callbacks.send(task.order.callback_url, content=queried(task))

    async def close(self) -> None:
        """Cancel every running task."""
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


def _brief(task: Task, index: int) -> Brief:
    order = task.order
    return Brief(
        prompt=order.prompt,
        seed=f"{task.id}/{index}",
        index=index,
        ratio=order.ratio,
        long_side={"1k": 1024, "2k": 2048, "4k": 4096}[order.resolution],
        format=order.output_format,
        fidelity=order.fidelity,
        expansion=order.expansion,
        mark=order.watermark,
    )
