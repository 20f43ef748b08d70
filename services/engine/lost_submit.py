"""Asks the provider whether it has a job's task, after a lost response or for an unknown task."""

from __future__ import annotations

from collections.abc import Sequence

from services.engine.context import EngineContext
from services.kling import (
    OLD_ENOUGH_S,
    Endpoint,
    OwnTask,
    Task,
    TaskFound,
    TaskMissing,
    Unknown,
    find_submission,
    is_surely_unknown,
    learn,
)
from services.models import Job, State

KNOWN_SINCE_S = 600.0
"""How long before a submission our own tasks are read from the database, in seconds: a known task
of another job cannot be the one that is searched."""


async def search(
    parts: EngineContext, job: Job, *, is_settled: bool = False
) -> TaskFound | TaskMissing | Unknown:
    """Look up the submission by our id, then by the list call; store detected capabilities.

    `is_settled`: this process itself has waited SETTLED_S since the submission, whatever the wall
    clock says. For a job that may not be submitted again, only its task is searched, not a proof
    that there is none.
    """
    assert job.sent_at is not None
    endpoint, may_prove = parts.find_endpoint(job), job.state is State.SUBMITTING
    since = job.sent_at - KNOWN_SINCE_S
    finding = await find_submission(
        parts.kling,
        job.external_task_id,
        endpoint=endpoint,
        sent_at=job.sent_at,
        running=await _running_after(parts, job, endpoint) if may_prove else (),
        known_task_ids=await parts.store.jobs.task_ids(since=since),
        due_in_list=await _sent_since(parts, since, endpoint) if may_prove else (),
        knowledge=parts.provider.get_detected(endpoint),
        is_settled=is_settled,
    )
    await parts.provider.learn(finding.knowledge, endpoint)
    return finding


async def is_lost(parts: EngineContext, job: Job) -> bool:
    """Return whether the provider definitely does not know a task that it reported as unknown.

    That is so if it shows our other tasks at the same time.
    """
    assert job.task_id is not None
    endpoint = parts.find_endpoint(job)
    return await is_surely_unknown(
        parts.kling,
        job.task_id,
        endpoint=endpoint,
        sent_at=job.sent_at or job.created_at,
        running=await _running_after(parts, job, endpoint),
        knowledge=parts.provider.get_detected(endpoint),
    )


async def learn_from(parts: EngineContext, job: Job, task: Task) -> None:
    """Detect capabilities a few times a day, with a task that the provider has just shown.

    A "no" counts only for a task that is finished or old enough: just after acceptance it might
    mean "not yet".
    """
    if not job.task_id or not parts.provider.wants_a_lesson(task.endpoint):
        return
    age_s = parts.clock.now() - (job.submitted_at or job.created_at)
    is_settled = task.status.is_terminal or age_s >= OLD_ENOUGH_S
    seen = await learn(parts.kling, task, job.external_task_id, is_settled=is_settled)
    await parts.provider.learn(seen, task.endpoint)


async def _running_after(parts: EngineContext, job: Job, endpoint: Endpoint) -> Sequence[OwnTask]:
    """Return our unfinished tasks of the same endpoint that were sent after this job's submission.

    In a restored backup `sent_at` is the earliest possible time, `claimed_at` the latest.
    """
    since = max(job.sent_at or job.created_at, job.claimed_at or 0.0)
    return _own_tasks(parts, await parts.store.jobs.running_since(since), endpoint)


async def _sent_since(parts: EngineContext, since: float, endpoint: Endpoint) -> Sequence[OwnTask]:
    """Return our tasks of the same endpoint that were sent since then, finished ones too.

    A complete list contains them all.
    """
    return _own_tasks(parts, await parts.store.jobs.sent_since(since), endpoint)


def _own_tasks(parts: EngineContext, jobs: Sequence[Job], endpoint: Endpoint) -> Sequence[OwnTask]:
    """Return the tasks of those jobs whose submissions go to this endpoint."""
    return [
        OwnTask(task_id=each.task_id, external_task_id=each.external_task_id, sent_at=each.sent_at)
        for each in jobs
        if each.task_id and each.sent_at and parts.find_endpoint(each) is endpoint
    ]
