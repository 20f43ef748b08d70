"""The world around the process, which outlives it: a provider and a channel that lose things.

Each call crosses a network that loses one request, or one answer, in twenty. What arrived counts,
whether or not the process ever learns of it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from services.errors import (
    DownloadFailed,
    KlingAccountProblem,
    KlingBusy,
    KlingProtocolError,
    KlingRefused,
    KlingTaskUnknown,
    KlingUnreachable,
    SubmitUncertain,
)
from services.images import UNCOUNTED, Opening
from services.kling import (
    BearerKey,
    Endpoint,
    Provider,
    Submission,
    Task,
    TaskImage,
    TaskPage,
    TaskStatus,
)
from services.kling.download import Downloaded
from services.kling.error_mapping import read_answer, refusal
from tests.system.crash_simulation.gateway import PAGES
from tests.system.crash_simulation.virtual_loop import LoopClock

LOST = 0.05
"""The share of requests, and again of answers, that the network loses."""

TIMEOUT_S, LATEST_S = 5.0, 15.0
"""How long the client waits for an answer, and how late a request may still arrive (seconds)."""

TWICE = 0.03
"""The share of submissions that a gateway sends on twice, if its provider refuses the second."""

DISK_FILLS = 0.0005
FULL_S = 120.0
"""Seconds that the disk stays full once it is."""

AWAY, AWAY_S = 0.02, (60.0, 5 * 3600.0)
"""The share of downloads that find the results host gone, and for how many seconds it is."""

JUNK = 0.02
"""The share of downloads that return a page instead of an image."""

FEWER = 0.1
"""The share of tasks for several images that generate one image less than requested."""

GONE, ENDLESS = 0.01, 0.01
"""The shares of tasks whose images are gone for good, and whose images never end."""

MUCH = 64 * 1024**2

REDEPLOY, REDEPLOY_S = 0.004, (1.0, 60.0)
"""The share of calls at which a proxy begins to answer in the provider's place, and how long."""

PAGE_NAMES = tuple(name for name, said in PAGES.items() if said.status not in (None, 200))

Rows = Literal["none", "all", "finished", "unfinished", "latest", "lagging", "rewritten", "text"]
LATEST, LAG_S = 2, 30.0

PIXEL = b"\x89PNG\r\n\x1a\n one picture"


@dataclass(frozen=True, kw_only=True)
class LookupSupport:
    """The look-ups that this world's provider supports after a lost answer."""

    external_id: bool = True
    """Whether a task is found by our id, and its rows carry it."""
    rows: Rows = "all"
    """The rows that the list call returns, or what it does to them; each carries our id unless
    `external_id` is False and all rows are there."""
    refuses_repeats: bool = False
    """Whether an external id opens one task only; Kling's pages do not say."""


@dataclass
class Disk:
    """The disk of database and images, which is full for a while now and then, for both at once."""

    chance: random.Random
    full_until: float = 0.0
    met: int = 0

    def is_full(self) -> bool:
        """Return whether the disk is full; it fills up at random."""
        now = LoopClock().now()
        if self.chance.random() < DISK_FILLS:
            self.full_until = now + FULL_S
        self.met += now < self.full_until
        return now < self.full_until


@dataclass(kw_only=True)
class ProviderTask:
    """A task at the provider, paid for."""

    task_id: str
    own_id: str
    units: int
    endpoint: Endpoint
    began_at: float
    done_at: float
    fails: bool
    images: int
    fate: str = ""
    """The permanent fault of its images: "gone", "endless", or none."""

    def is_over(self, now: float) -> bool:
        return now >= self.done_at

    def seen(self, now: float, *, named: bool) -> Task:
        status = TaskStatus.RUNNING
        if self.is_over(now):
            status = TaskStatus.FAILED if self.fails else TaskStatus.DONE
        images = [
            TaskImage(index=i, url=f"https://x/{self.task_id}/{i}") for i in range(self.images)
        ]
        return Task(
            task_id=self.task_id,
            endpoint=self.endpoint,
            status=status,
            images=tuple(images) if status is TaskStatus.DONE else (),
            reason="risk control" if status is TaskStatus.FAILED else None,
            external_task_id=self.own_id if named else None,
            created_at=self.began_at,
        )


@dataclass(kw_only=True)
class PendingSubmission:
    """A submission on its way, and the provider's answer to it."""

    submission: Submission
    arrives_at: float
    answer: Task | Exception | None = None


class SimulatedProvider:
    """The provider, with the calls of services.kling.KlingClient that the engine makes."""

    def __init__(
        self, chance: random.Random, *, cap: int, powers: LookupSupport, disk: Disk
    ) -> None:
        self.tasks: list[ProviderTask] = []
        self.repeats = 0
        self._disk = disk
        self.clock = LoopClock()
        self.provider = Provider(base_url="https://gateway.example", credential=BearerKey("k"))
        self._on_the_way: list[PendingSubmission] = []
        self._chance, self._cap, self._powers = chance, cap, powers
        self._broke_until = 0.0
        self._away_until = 0.0
        self._page, self._page_until = "", 0.0

    async def submit(
        self, submission: Submission, *, before_last_piece: Callable[[], Awaitable[None]]
    ) -> Task:
        await self._travel()
        if self._loses():
            raise KlingUnreachable("lost before the last piece")
        await before_last_piece()
        if (error := self._from_a_proxy(submitted=True)) and self._chance.random() < 0.5:
            raise error  # the provider never heard of it
        if self._loses():
            await self._travel()
            raise SubmitUncertain("lost on its way")
        letter = self._send(submission)
        if letter.arrives_at > self.clock.now() + TIMEOUT_S:
            await asyncio.sleep(TIMEOUT_S)
            raise SubmitUncertain("no answer in time, and it is still on its way")
        await asyncio.sleep(letter.arrives_at - self.clock.now())
        self._arrivals()
        await self._travel()
        if self._loses():
            raise SubmitUncertain("the answer was lost")
        if error := self._from_a_proxy(submitted=True):
            raise error
        if isinstance(letter.answer, Exception):
            raise letter.answer
        assert letter.answer is not None
        return letter.answer

    async def fetch(self, task_id: str, *, endpoint: Endpoint = Endpoint.GENERATIONS) -> Task:
        await self._ask()
        for task in self._on(endpoint):
            if task.task_id == task_id or (self._powers.external_id and task.own_id == task_id):
                return task.seen(self.clock.now(), named=self._powers.external_id)
        raise KlingTaskUnknown("no such task", code=1203, in_envelope=True)

    async def list_page(
        self, *, page: int = 1, size: int = 30, endpoint: Endpoint = Endpoint.GENERATIONS
    ) -> TaskPage:
        await self._ask()
        if self._powers.rows == "none":
            raise KlingProtocolError("no list", code="unreadable", http_status=404)
        newest = sorted(self._on(endpoint), key=lambda task: task.began_at, reverse=True)
        rows = self._shown(newest)[(page - 1) * size : page * size]
        if self._powers.rows == "text":
            return TaskPage(tasks=[], unread=len(rows))
        return TaskPage(tasks=rows)

    def _shown(self, newest: list[ProviderTask]) -> list[Task]:
        """Return the rows of a list call, bent as gateways bend them."""
        now, rows = self.clock.now(), self._powers.rows
        kept = [task for task in newest if _is_shown(task, now, rows)]
        named = self._powers.external_id or rows != "all"
        seen = [
            task.seen(now, named=named) for task in kept[: LATEST if rows == "latest" else None]
        ]
        if rows != "rewritten":
            return seen
        return [replace(task, external_task_id=f"gw-{task.task_id}") for task in seen]

    async def download(self, url: str, path: Path, *, opening: Opening = UNCOUNTED) -> Downloaded:
        await self._travel()
        if self._loses():
            raise DownloadFailed("the connection broke", lapsed=False)
        fate = self._fate_of(url)
        if fate == "gone" or self._is_away():
            raise DownloadFailed("HTTP 404", lapsed=True)
        if fate == "endless":
            raise DownloadFailed(f"more than {MUCH} bytes", unusable=True, received=MUCH)
        if self._chance.random() < JUNK:
            raise DownloadFailed("not an image", unusable=True, received=9)
        if self._disk.is_full():
            raise DownloadFailed("cannot write: No space left on device", at_home=True)
        path.write_bytes(PIXEL)
        size = len(PIXEL)
        return Downloaded(path=path, size=size, content_type="image/png", width=64, height=64)

    def _fate_of(self, url: str) -> str:
        return next(task.fate for task in self.tasks if task.task_id == url.split("/")[-2])

    def never_comes(self, job_id: str) -> bool:
        """Return whether a job's images can never be fetched, however often it is tried."""
        return any(task.fate for task in self.tasks if task.own_id == job_id)

    def _is_away(self) -> bool:
        """Return whether the results host is unavailable; it disappears at random."""
        now = self.clock.now()
        if now >= self._away_until and self._chance.random() < AWAY:
            self._away_until = now + self._chance.uniform(*AWAY_S)
        return now < self._away_until

    def _on(self, endpoint: Endpoint) -> list[ProviderTask]:
        """Return the tasks of a path, which knows no others."""
        return [task for task in self.tasks if task.endpoint is endpoint]

    def paid_for(self, job_id: str) -> int:
        return sum(task.own_id == job_id for task in self.tasks)

    def _send(self, submission: Submission) -> PendingSubmission:
        """Hand a whole request to the network: it arrives even if the process dies meanwhile."""
        late = self._chance.random() < LOST
        wait = self._chance.uniform(TIMEOUT_S, LATEST_S) if late else self._chance.uniform(0.1, 1)
        letter = PendingSubmission(submission=submission, arrives_at=self.clock.now() + wait)
        self._on_the_way.append(letter)
        if self._powers.refuses_repeats and self._chance.random() < TWICE:
            copy = PendingSubmission(submission=submission, arrives_at=letter.arrives_at + 2 * wait)
            self._on_the_way.append(copy)
        return letter

    def _arrivals(self) -> None:
        now = self.clock.now()
        for letter in sorted(self._on_the_way, key=lambda letter: letter.arrives_at):
            if letter.arrives_at <= now:
                self._on_the_way.remove(letter)
                letter.answer = self._verdict(letter)

    def _verdict(self, letter: PendingSubmission) -> Task | Exception:
        now, units = letter.arrives_at, letter.submission.n or 1
        if self._chance.random() < 0.005:
            self._broke_until = now + 400
        if now < self._broke_until:
            return KlingAccountProblem("no balance", code=1102, http_status=429, in_envelope=True)
        if self._powers.refuses_repeats and self.paid_for(letter.submission.external_task_id or ""):
            self.repeats += 1
            return KlingRefused("external_task_id already exists", code=1201, in_envelope=True)
        in_flight = sum(task.units for task in self.tasks if task.done_at > now)
        if in_flight + units > self._cap or self._chance.random() < LOST:
            return KlingBusy("parallel task over resource pack limit", code=1303, in_envelope=True)
        task = ProviderTask(
            task_id=str(len(self.tasks) + 1),
            own_id=letter.submission.external_task_id or "",
            units=units,
            endpoint=letter.submission.endpoint,
            began_at=now,
            done_at=now + self._chance.uniform(2.0, 20.0),
            fails=self._chance.random() < 0.1,
            images=units - (units > 1 and self._chance.random() < FEWER),
            fate=self._drawn_fate(),
        )
        self.tasks.append(task)
        return task.seen(now, named=self._powers.external_id)

    def _drawn_fate(self) -> str:
        drawn = self._chance.random()
        return "gone" if drawn < GONE else "endless" if drawn < GONE + ENDLESS else ""

    async def _ask(self) -> None:
        await self._travel()
        self._arrivals()
        if self._loses() or self._loses():
            raise KlingUnreachable("no answer", http_status=504)
        if error := self._from_a_proxy(submitted=False):
            raise error

    def _from_a_proxy(self, *, submitted: bool) -> Exception | None:
        """Return the client's error for a proxy's page, for a while once one begins to answer."""
        now = self.clock.now()
        if now >= self._page_until:
            if self._chance.random() >= REDEPLOY:
                return None
            self._page = self._chance.choice(PAGE_NAMES)
            self._page_until = now + self._chance.uniform(*REDEPLOY_S)
        said = PAGES[self._page]
        headers = {"Content-Type": said.kind}
        answer = read_answer(said.status or 0, headers, said.raw, now=now)
        return refusal(answer, submitted=submitted, whole=True)

    async def _travel(self) -> None:
        await asyncio.sleep(self._chance.uniform(0.02, 0.4))

    def _loses(self) -> bool:
        return self._chance.random() < LOST


def _is_shown(task: ProviderTask, now: float, rows: Rows) -> bool:
    if rows in ("finished", "unfinished"):
        return task.is_over(now) is (rows == "finished")
    return rows != "lagging" or task.began_at < now - LAG_S
