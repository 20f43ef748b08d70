"""A submission whose answer is lost, and a later task that goes on running: proof of an absence."""

from __future__ import annotations

from sandbox.faults import Rule
from sandbox.kling.task_lifecycle import Fate
from services.models import Job, Request, State
from tests.support.engine_harness import EngineHarness
from tests.support.provider_refusals import SUBMIT
from tests.support.requests import a_request

CONTROL = 99
"""The user whose task goes on running."""


async def lose_submission_answer(
    here: EngineHarness,
    request: Request | None = None,
    *,
    fault: Rule | None = None,
    path: str = SUBMIT,
) -> Job:
    """Submit a request, lose the answer, and wait until the first look-up has found nothing."""
    here.kling.plan.add(fault or Rule(action="drop_before", method="POST", path=path))
    job = await here.ask(request)
    return await here.until_row(job, lambda now: now.sent_at is not None and now.tries)


async def start_other_task(
    here: EngineHarness, request: Request | None = None, *, seconds: float = 10**6
) -> Job:
    """Submit another user's request, and wait until its task is running."""
    here.kling.api.life.ordain(Fate(seconds=seconds))
    job = await here.ask(request or a_request(user_id=CONTROL))
    return await here.until_state(job, State.RUNNING)
