"""How tasks are looked at: one question each, or one list call for many where there are many.

A look costs about a millisecond of CPU and a request; a list call answers for 500 tasks at once. It
is worth waiting for: while many tasks are in flight, looks fall due together, once a second.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from services.engine.context import EngineContext
from services.errors import KlingError
from services.kling import Endpoint, Task
from services.models import Job, State

log = logging.getLogger(__name__)

LEAST = 10
"""Looks due together before they are one list call."""

PAGE = 500
"""Tasks a list call may return (Kling, list call: pageSize 1..500)."""

PAGES = 4
"""Pages asked for in one go; tasks further back are asked for one by one."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list call told of a Task."""

    task: Task
    asked_at: float
    """When the call was made (Unix seconds)."""


def listable(parts: EngineContext, jobs: Iterable[Job]) -> list[Job]:
    """Pick the Jobs whose looks one list call can answer; none where it does not pay."""
    if not parts.provider.knowledge.list_call or not parts.gathering.list_trusted(
        parts.clock.now()
    ):
        return []
    running = [job for job in jobs if job.state is State.RUNNING and job.task_id and not job.images]
    return running if len(running) >= LEAST else []


async def listed(parts: EngineContext, jobs: Sequence[Job]) -> dict[str, Task]:
    """Find the Jobs' Tasks by list calls, by task id; what is not there is left to single looks."""
    wanted: dict[Endpoint, set[str]] = defaultdict(set)
    for job in jobs:
        assert job.task_id is not None
        wanted[parts.endpoint_of(job)].add(job.task_id)
    found: dict[str, Task] = {}
    for endpoint, task_ids in wanted.items():
        try:
            await _list(parts, endpoint, task_ids, found)
        except KlingError as error:
            log.info("the list call failed, tasks are asked for one by one: %s", error)
    await _compare(parts, jobs, found)
    return found


async def _compare(parts: EngineContext, jobs: Sequence[Job], found: dict[str, Task]) -> None:
    """Look by itself at the Task that has waited longest: the list may be behind."""
    waiting = [job for job in jobs if job.task_id in found and not _is_over(found[job.task_id])]
    if not waiting:
        return
    oldest = min(waiting, key=lambda job: job.submitted_at or 0.0)
    assert oldest.task_id is not None
    try:
        task = await parts.kling.fetch(oldest.task_id, endpoint=parts.endpoint_of(oldest))
    except KlingError:
        return  # its own next look will meet it, and know what to do
    found[task.task_id] = task
    now = parts.clock.now()
    parts.gathering.record_comparison(is_stale=_is_over(task), now=now)
    if not parts.gathering.list_trusted(now):
        log.warning("the provider's list is behind its tasks, they are asked for one by one")


def _is_over(task: Task) -> bool:
    return task.status.is_terminal


async def _list(
    parts: EngineContext, endpoint: Endpoint, task_ids: Collection[str], found: dict[str, Task]
) -> None:
    """Turn pages until every Task is found or the list ends."""
    missing = set(task_ids)
    for page in range(1, PAGES + 1):
        tasks = await parts.kling.list_tasks(page=page, size=PAGE, endpoint=endpoint)
        found.update({task.task_id: task for task in tasks if _says_all(task)})
        missing -= {task.task_id for task in tasks}
        if not missing or len(tasks) < PAGE:
            return


def _says_all(task: Task) -> bool:
    """Tell whether a row of a list needs no single look: a result may be left out of it."""
    return not task.status.is_terminal or bool(task.images)
