"""Measures how long the provider took for a task: by its own times, or by what our polls observed.

The time of the poll that finds a task finished must not be learned as the time of completion.
Otherwise the first poll of the next task would come after that time and find it finished too, and
each later first poll would come later still.
"""

from __future__ import annotations

from services.kling import Task
from services.models import Generation, Job

SLACK_S = 0.25
"""Tolerance in seconds between the provider's times and ours, since clocks are adjusted."""

WHOLE_SLACK_S = 1.0
"""Tolerance in seconds between the provider's times and ours if the provider reports whole
seconds."""

LEAST_S = 0.1
"""A poll sooner than this after the submission's response, in seconds, says nothing about how long
the task took."""


def measure_generation(
    job: Job, task: Task, *, asked_at: float, answered_at: float
) -> Generation | None:
    """Return how long a task took that a poll has just found finished; None if unknown.

    `asked_at` and `answered_at` are when the poll was sent and answered, in Unix seconds. The
    provider's own duration is used if it is plausible; else the middle between the last poll that
    found the task unfinished and this one; else this poll's time, as an upper bound.
    """
    if job.submitted_at is None:
        return None
    waited, not_done_after = asked_at - job.submitted_at, _not_done_after(job)
    reported = _reported_s(job, task, answered_at)
    if reported is not None and (reported <= waited or waited < LEAST_S):
        return Generation(seconds=reported)
    if waited < LEAST_S or not_done_after >= waited:
        return None
    if not_done_after:
        return Generation(seconds=(not_done_after + waited) / 2)
    # A reported end between the poll and its response is not earlier: the poll was not too late.
    return Generation(seconds=waited, censored=reported is None)


def at_once(job: Job) -> Generation | None:
    """Return how long images took that came with the submission's response; None if unknown.

    None also if the time is stored already.
    """
    if job.generation is not None or job.sent_at is None or job.submitted_at is None:
        return None
    seconds = job.submitted_at - job.sent_at
    return Generation(seconds=seconds) if seconds > 0 else None


def _not_done_after(job: Job) -> float:
    """Return how many seconds after submission a poll last found the task unfinished; 0: never."""
    assert job.submitted_at is not None
    return max((job.polled_at or 0.0) - job.submitted_at, 0.0)


def _reported_s(job: Job, task: Task, answered_at: float) -> float | None:
    """Return the duration by the provider's times; None if our own observations contradict it."""
    if task.created_at is None or task.updated_at is None:
        return None
    seconds = task.updated_at - task.created_at
    are_whole = task.created_at.is_integer() and task.updated_at.is_integer()
    slack_s = WHOLE_SLACK_S if are_whole else SLACK_S
    assert job.submitted_at is not None
    most = answered_at - (job.sent_at or job.submitted_at) + slack_s
    least = max(_not_done_after(job) - slack_s, 0.0)
    return seconds if least < seconds <= most else None
