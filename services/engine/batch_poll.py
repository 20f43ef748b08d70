"""Polling of many tasks at once: one list call instead of one request per task.

A poll costs one request and about a millisecond of CPU; a list call covers 500 tasks at once. So
while many tasks are in flight, their polls are made to fall due together, once a second
(batching.py).
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
"""Minimum number of polls due together for a list call."""

PAGE = 500
"""Maximum number of tasks that a list call returns (Kling, list call: pageSize 1..500)."""

PAGES = 4
"""Maximum number of pages requested at a time; tasks that are not on them are polled one by one."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The state of a task in the response to a list call."""

    task: Task
    asked_at: float
    """When the call was made (Unix seconds)."""


def listable(parts: EngineContext, jobs: Iterable[Job]) -> list[Job]:
    """Return the jobs whose polls one list call can replace; empty if there are fewer than LEAST.

    Empty also if the provider has no list call, or if its list is not trusted at present.
    """
    if not parts.provider.knowledge.list_call or not parts.gathering.list_trusted(
        parts.clock.now()
    ):
        return []
    running = [job for job in jobs if job.state is State.RUNNING and job.task_id and not job.images]
    return running if len(running) >= LEAST else []


async def listed(parts: EngineContext, jobs: Sequence[Job]) -> dict[str, Task]:
    """Poll the jobs' tasks by list calls; return the tasks found, by task id.

    Tasks that are not found are left to polls of their own.
    """
    wanted: dict[Endpoint, set[str]] = defaultdict(set)
    for job in jobs:
        assert job.task_id is not None
        wanted[parts.find_endpoint(job)].add(job.task_id)
    found: dict[str, Task] = {}
    for endpoint, task_ids in wanted.items():
        try:
            await _list(parts, endpoint, task_ids, found)
        except KlingError as error:
            log.info("the list call failed; polling tasks one by one: %s", error)
    await _compare(parts, jobs, found)
    return found


async def _compare(parts: EngineContext, jobs: Sequence[Job], found: dict[str, Task]) -> None:
    """Poll the oldest unfinished task of `found` on its own, since the list may lag behind.

    Put its state into `found`, and record whether the list had lagged.
    """
    waiting = [job for job in jobs if job.task_id in found and not _is_over(found[job.task_id])]
    if not waiting:
        return
    oldest = min(waiting, key=lambda job: job.submitted_at or 0.0)
    assert oldest.task_id is not None
    try:
        task = await parts.kling.fetch(oldest.task_id, endpoint=parts.find_endpoint(oldest))
    except KlingError:
        return  # its own next poll meets the same error and handles it
    found[task.task_id] = task
    now = parts.clock.now()
    parts.gathering.record_comparison(is_stale=_is_over(task), now=now)
    if not parts.gathering.list_trusted(now):
        log.warning("the provider's list lags behind its tasks; polling tasks one by one")


def _is_over(task: Task) -> bool:
    return task.status.is_terminal


async def _list(
    parts: EngineContext, endpoint: Endpoint, task_ids: Collection[str], found: dict[str, Task]
) -> None:
    """Request pages until every task is seen or the list ends; add the usable ones to `found`."""
    missing = set(task_ids)
    for page in range(1, PAGES + 1):
        tasks = await parts.kling.list_tasks(page=page, size=PAGE, endpoint=endpoint)
        found.update({task.task_id: task for task in tasks if _says_all(task)})
        missing -= {task.task_id for task in tasks}
        if not missing or len(tasks) < PAGE:
            return


def _says_all(task: Task) -> bool:
    """Return whether a list entry replaces a single poll: unfinished, failed or with its images."""
    return not task.status.is_terminal or bool(task.images)
