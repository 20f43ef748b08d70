"""The account's tasks: their states, the units they hold, billed units and refusals."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from sandbox.kling.contract import Refused
from sandbox.kling.request_parsing import Order

SUBMITTED, PROCESSING, SUCCEED, FAILED = "submitted", "processing", "succeed", "failed"
LAG_SECONDS = 12 * 3600.0
"""`remaining` in /account/costs lags by up to this (section 4)."""


@dataclass(frozen=True, slots=True)
class Result:
    """One finished image: its URL, and the URL of its watermarked copy."""

    url: str
    watermark_url: str = ""


@dataclass(slots=True, kw_only=True, eq=False)
class Task:
    """One accepted order and its progress. Instants are Unix seconds of the sandbox's clock."""

    id: str
    order: Order
    origin: str
    """Scheme and host of the submission; results are served there too."""
    pictures: int = 0
    """Number of images in the submission; the images themselves are not stored with the task."""
    created_at: float
    updated_at: float
    status: str = SUBMITTED
    status_msg: str = ""
    results: Sequence[Result] = ()
    billed: int = 0
    """Billing units; 0 until it succeeds: failed tasks cost nothing (section 11)."""
    queries: int = 0
    history: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])

    @property
    def is_over(self) -> bool:
        """Return whether the task has ended."""
        return self.status in (SUCCEED, FAILED)

    def turn(self, status: str, *, now: float, reason: str = "") -> None:
        """Change the status, with the reason of a failure."""
        self.status, self.status_msg, self.updated_at = status, reason, now
        self.history.append((status, now))


class Book:
    """All tasks of the account, by id and by external id.

    A task holds its `n` units from acceptance to its end (section 12). `billed` counts billing
    units, `in_flight` and `peak` units of concurrency, `refusals` responses by service code.
    """

    def __init__(self, *, concurrency: int, pack_units: int, takes_repeats: bool = False) -> None:
        self.concurrency = concurrency
        self.pack_units = pack_units
        self.takes_repeats = takes_repeats
        self.tasks: dict[str, Task] = {}
        self._by_external_id: dict[str, Task] = {}
        self.in_flight = 0
        self.peak = 0
        self.billed = 0
        self.refusals: Counter[int] = Counter()

    def accept(self, order: Order, *, origin: str, now: float, make_id: Callable[[], str]) -> Task:
        """Open a task and hold its units.

        Raises Refused 1201 for a repeated external id, 1102 if the pack is used up, 1303 above the
        concurrency limit.
        """
        if not self.takes_repeats and order.external_task_id in self._by_external_id:
            raise Refused(1201, f"external_task_id {order.external_task_id} already exists")
        if self.billed + order.cost > self.pack_units:
            raise Refused(1102)
        if self.in_flight + order.n > self.concurrency:
            raise Refused(1303)
        self.in_flight += order.n
        self.peak = max(self.peak, self.in_flight)
        task = Task(
            id=make_id(),
            order=replace(order, pictures=()),
            pictures=len(order.pictures),
            origin=origin,
            created_at=now,
            updated_at=now,
        )
        task.history.append((SUBMITTED, now))
        self.tasks[task.id] = task
        if order.external_task_id:
            self._by_external_id[order.external_task_id] = task
        return task

    def end(self, task: Task, *, status: str, now: float, reason: str = "") -> None:
        """End a task: release its units of concurrency, and bill it if it succeeded."""
        self.in_flight -= task.order.n
        task.billed = task.order.cost if status == SUCCEED else 0
        self.billed += task.billed
        task.turn(status, now=now, reason=reason)

    def billed_before(self, instant: float) -> int:
        """Return the billing units spent by tasks that ended before `instant`."""
        return sum(task.billed for task in self.tasks.values() if task.updated_at < instant)

    def find(self, key: str, *, resources: Sequence[str], by_external_id: bool = True) -> Task:
        """Return a task of one of `resources` by task id or external id; raises Refused 1203."""
        task = self.tasks.get(key)
        if task is None and by_external_id:
            task = self._by_external_id.get(key)
        if task is None or task.order.resource not in resources:
            raise Refused(1203, "task not found")
        task.queries += 1
        return task

    def page(self, resource: str, *, number: int, size: int) -> list[Task]:
        """Return page `number` (from 1) of the tasks of `resource`, newest first."""
        mine = [task for task in reversed(self.tasks.values()) if task.order.resource == resource]
        return mine[(number - 1) * size : number * size]


def official_id() -> str:
    """Return a task id in the official format: 18 digits."""
    return str(uuid.uuid4().int)[:18]
