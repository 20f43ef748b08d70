"""The state of a provider's task, in one form for all providers."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from services.kling.payloads import Endpoint


class TaskStatus(StrEnum):
    """The four states of a task; the provider's own word is in `Task.word`."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def is_terminal(self) -> bool:
        """Whether the task is done or failed."""
        return self in (TaskStatus.DONE, TaskStatus.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskImage:
    """One finished image; its address expires (after 30 days at Kling, 7 at some gateways)."""

    index: int
    url: str = field(repr=False)
    watermark_url: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as last shown; `task_id` and `endpoint` are enough to query it again."""

    task_id: str
    endpoint: Endpoint
    status: TaskStatus
    images: tuple[TaskImage, ...] = ()
    reason: str | None = field(default=None, repr=False)
    """Why the task failed, in the provider's words; None if it has not failed."""
    code: int | str | None = None
    """The service code of the failure; hardly any provider sends one."""
    external_task_id: str | None = None
    created_at: float | None = None
    updated_at: float | None = None
    """This and `created_at` are Unix seconds; None if the gateway leaves them out."""
    unit_deduction: Decimal | None = None
    """Billing units that the provider charged (official hosts; most gateways leave it out)."""
    request_id: str | None = None
    word: str = ""
    """The status word as the provider wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPage:
    """One page of the list call, in the provider's order."""

    tasks: list[Task]
    unread: int = 0
    """Number of unreadable rows; any of them may be the task that is searched."""
    is_stored: bool = False
    """Whether a cache answered, so that newer tasks may be missing."""


class TaskLate(TimeoutError):
    """A task was not finished within the waiting time; it has not failed and may still be billed.

    Query it again with `client.fetch(late.task_id, endpoint=late.endpoint)`.
    """

    def __init__(self, task_id: str, *, endpoint: Endpoint, waited_s: float) -> None:
        super().__init__(f"{task_id} after {waited_s:.0f} s")
        self.task_id, self.endpoint, self.waited_s = task_id, endpoint, waited_s
