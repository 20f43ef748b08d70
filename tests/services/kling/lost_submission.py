"""A submission whose answer was lost, at a provider that answers each id by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from services.kling import KlingClient, OwnTask, ProviderCapabilities, find_submission
from services.kling.reconcile import LookupResult
from tests.services.kling.scripted_provider import Script, Step, is_at, says, says_raw

NO_TASK = says({"code": 1203, "message": "no such task"}, status=404)
NO_TASK_OF_NEW_API = says({"code": "task_not_exist", "message": "task_not_exist"}, status=400)
PAGE_404 = says_raw(b"404 page not found", status=404)
HTML_404 = says_raw(b"<html><h1>404 Not Found</h1></html>", status=404)
BROKE = says({"code": 1102, "message": "balance"}, status=429)
LOST, LATER = "job1", "job2"


def row(task_id: str, at: float, own_id: str | None = None, **more: object) -> dict[str, object]:
    found = {"task_id": task_id, "task_status": "processing", "created_at": int(at * 1000)}
    info = {} if own_id is None else {"task_info": {"external_task_id": own_id}}
    return {**found, **info, **more}


def shown(task_id: str, own_id: str, word: str = "processing") -> Step:
    return is_at(word, task_id=task_id, task_info={"external_task_id": own_id})


def answers(script: Script, **by_id: Step | Sequence[Step]) -> None:
    """Answer each id by its own list of steps, one after the other; `list` is the list call."""
    left = {key: list(each) if isinstance(each, list) else [each] for key, each in by_id.items()}

    async def answer(request: web.Request) -> web.StreamResponse:
        key = request.path.partition("/images/generations")[2].strip("/") or "list"
        steps: list[Any] = left.get(key, [PAGE_404])
        return await (steps.pop(0) if len(steps) > 1 else steps[0])(request)

    script.say(answer)


def later(sent_at: float) -> OwnTask:
    return OwnTask(task_id="T2", external_task_id=LATER, sent_at=sent_at + 1)


async def ask(
    kling: KlingClient,
    sent_at: float,
    *running: OwnTask,
    knowledge: ProviderCapabilities | None = None,
    is_settled: bool = False,
) -> LookupResult:
    return await find_submission(
        kling,
        LOST,
        sent_at=sent_at,
        running=running,
        known_task_ids=[each.task_id for each in running],
        knowledge=knowledge,
        is_settled=is_settled,
    )
