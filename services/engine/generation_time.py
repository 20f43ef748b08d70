"""How long the provider took for a Task: by its own times, or by what our polls have seen of it.

When we noticed must not be learned as when it was done: the next first poll would come after that,
find every Task done, and the one after it would come later still.
"""

from __future__ import annotations

from services.kling import Task
from services.models import Generation, Job

SLACK_S = 0.25
"""A provider's times may say so much more or less than ours: clocks are steered ..."""

WHOLE_SLACK_S = 1.0
"""... and so much where it tells whole seconds."""

LEAST_S = 0.1
"""A poll sooner than this after the submission's answer tells nothing of how long a Task takes."""


def generation_of(
    job: Job, task: Task, *, asked_at: float, answered_at: float
) -> Generation | None:
    """Return how long a Task took that a poll has just found done; None where nobody can tell.

    `asked_at` and `answered_at` are when the poll was sent and answered, in Unix seconds.
    """
    if job.submitted_at is None:
        return None
    waited, not_done_after = asked_at - job.submitted_at, _not_done_after(job)
    told = _reported_s(job, task, answered_at)
    if told is not None and (told <= waited or waited < LEAST_S):
        return Generation(seconds=told)
    if waited < LEAST_S or not_done_after >= waited:
        return None
    if not_done_after:
        return Generation(seconds=(not_done_after + waited) / 2)
    # An end between the poll and its answer, as told, is no earlier one: the poll was not too late.
    return Generation(seconds=waited, censored=told is None)


def at_once(job: Job) -> Generation | None:
    """Return how long pictures took that came with the submission's answer."""
    if job.generation is not None or job.sent_at is None or job.submitted_at is None:
        return None
    seconds = job.submitted_at - job.sent_at
    return Generation(seconds=seconds) if seconds > 0 else None


def _not_done_after(job: Job) -> float:
    """Return after how many seconds the Task was last seen not done; 0: never."""
    assert job.submitted_at is not None
    return max((job.polled_at or 0.0) - job.submitted_at, 0.0)


def _reported_s(job: Job, task: Task, answered_at: float) -> float | None:
    """Return the time by the provider's clock, if it fits between what we have seen ourselves."""
    if task.created_at is None or task.updated_at is None:
        return None
    seconds = task.updated_at - task.created_at
    are_whole = task.created_at.is_integer() and task.updated_at.is_integer()
    slack_s = WHOLE_SLACK_S if are_whole else SLACK_S
    assert job.submitted_at is not None
    most = answered_at - (job.sent_at or job.submitted_at) + slack_s
    least = max(_not_done_after(job) - slack_s, 0.0)
    return seconds if least < seconds <= most else None
