"""What the provider says about one Task, in one form whatever its dialect."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from services.kling.payloads import Endpoint


class TaskStatus(StrEnum):
    """The four things a Task can be; the provider's own word stands in `Task.word`."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing will change any more."""
        return self in (TaskStatus.DONE, TaskStatus.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskImage:
    """One finished picture: an address that lapses (30 days at Kling, 7 at some gateways)."""

    index: int
    url: str = field(repr=False)
    watermark_url: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One Task as last seen; `task_id` and `endpoint` are all it takes to pick it up again."""

    task_id: str
    endpoint: Endpoint
    status: TaskStatus
    images: tuple[TaskImage, ...] = ()
    reason: str | None = field(default=None, repr=False)
    """Why it failed, in the provider's words; None while it has not."""
    code: int | str | None = None
    """The service code of its failure; hardly any provider tells one."""
    external_task_id: str | None = None
    created_at: float | None = None
    updated_at: float | None = None
    """Unix seconds; None when the gateway drops them."""
    unit_deduction: Decimal | None = None
    """Billing units really charged (official hosts; most gateways drop it)."""
    request_id: str | None = None
    word: str = ""
    """The status word as the provider wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPage:
    """One page of the list call, in the provider's order."""

    tasks: list[Task]
    unread: int = 0
    """Rows that could not be read as Tasks: any of them may be the one that is looked for."""
    is_stored: bool = False
    """Whether a cache on the way answered: what came since is not there."""


class TaskLate(TimeoutError):
    """A Task outlived the time given to wait for it; it is not failed and may still be billed.

    Pick it up again with `client.fetch(late.task_id, endpoint=late.endpoint)`.
    """

    def __init__(self, task_id: str, *, endpoint: Endpoint, waited_s: float) -> None:
        """Take what is needed to ask again."""
        super().__init__(f"{task_id} after {waited_s:.0f} s")
        self.task_id, self.endpoint, self.waited_s = task_id, endpoint, waited_s
