"""Each condition for repeating a submission, or for taking a task as unknown, on its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import Rule
from sandbox.kling.options import KEY
from sandbox.kling.options import Options as KlingOptions
from services.engine import ProviderHealth
from services.kling import (
    SETTLED_S,
    BearerKey,
    Endpoint,
    KlingClient,
    Provider,
    ProviderCapabilities,
)
from services.models import Job, State
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.lost_answers import lose_submission_answer, start_other_task
from tests.support.provider_refusals import SUBMIT
from tests.support.requests import a_request

GENEROUS = KlingOptions(painter="copy", takes_repeats=True)
LONG = KlingOptions(painter="copy", min_seconds=3000, max_seconds=3000)
POLL = "/images/generations/"
DENIAL = {"code": 1203, "message": "task not found", "request_id": "r"}
OUTAGE: dict[str, Any] = {
    "action": "status",
    "method": "GET",
    "path": "/images/generations",
    "status": 502,
}


def paid(here: EngineHarness, job: Job) -> int:
    tasks = here.kling.book.tasks.values()
    return sum(task.order.external_task_id == job.id for task in tasks)


async def away(here: EngineHarness, until: float) -> None:
    """Stop the bot until an instant."""
    await here.engine.drain(0.0)
    here.clock.move_to(until)
    await here.restart()


# --- A resend


@pytest.mark.parametrize(
    ("after_s", "state", "count"), [(899.0 - 25.0, State.DELIVERED, 1), (901.0, State.FAILED, 0)]
)
async def test_submission_proven_absent_after_fifteen_minutes_is_not_sent_again(
    tmp_path: Path, after_s: float, state: State, count: int
) -> None:
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        job = await lose_submission_answer(here)
        await start_other_task(here)
        assert job.claimed_at is not None

        await away(here, job.claimed_at + after_s)
        job = await here.until_over(job)

        assert (job.state, job.given_back, paid(here, job)) == (state, not count, count)


async def test_submission_lost_before_a_long_absence_is_asked_for_five_times(
    tmp_path: Path,
) -> None:
    """Its five minutes are over at the first look-up, and a redeployment has just begun."""
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        here.kling.plan.add(Rule(**OUTAGE, times=1 + 3 * 2))  # by the list, then by our id
        job = await lose_submission_answer(
            here, fault=Rule(action="drop_after", method="POST", path=SUBMIT)
        )

        await away(here, here.clock.now() + 1000)
        job = await here.until_over(job)

        assert (job.state, paid(here, job)) == (State.DELIVERED, 1)


async def test_submission_that_stays_unclear_is_checked_for_five_minutes(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        here.kling.plan.add(Rule(action="drop_after", method="POST", path=SUBMIT))
        outage = here.kling.plan.add(Rule(**OUTAGE, times=None))
        asked = await here.ask()

        checked = await here.until_row(asked, lambda now: now.tries > 7)
        assert checked.sent_at is not None
        assert (checked.state, here.clock.now() - checked.sent_at < 300) == (State.SUBMITTING, True)
        job = await here.until_over(asked)

        assert (job.state, job.given_back) == (State.UNCERTAIN, True)
        assert 300 <= here.clock.now() - checked.sent_at <= 300 + 60
        assert outage.met >= 2 * 5


async def test_absence_found_by_another_process_waits_for_as_long_as_its_own(
    tmp_path: Path,
) -> None:
    """A process that has just started has not waited, and the error of its clock is unknown."""
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        job = await lose_submission_answer(here)
        await start_other_task(here)

        at = here.clock.now() + 100
        await away(here, at)
        resent = await here.until_row(job, lambda now: now.resends)

        assert here.clock.now() - at >= SETTLED_S
        assert (await here.until_over(resent)).state is State.DELIVERED


# --- Kling itself


class OfficialProvider(Provider):
    """Kling itself, on this computer."""

    @property
    def is_official(self) -> bool:
        return True


@asynccontextmanager
async def official(folder: Path) -> AsyncGenerator[EngineHarness]:
    """Open the works at Kling's own host."""
    async with running_engine(folder, kling=GENEROUS) as here:
        provider = OfficialProvider(base_url=f"{here.kling.url}/kling", credential=BearerKey(KEY))
        documented = ProviderCapabilities.from_provider(provider)
        watch = ProviderHealth(
            store=here.store, operators=here.channel, clock=here.clock, documented=documented
        )
        async with KlingClient(provider, clock=here.clock) as kling:
            await here.restart(kling=kling, provider=watch)
            yield here


@pytest.mark.parametrize(
    ("shown_ago_s", "state"),
    [(None, State.UNCERTAIN), (6.9 * 86_400, State.DELIVERED), (7.1 * 86_400, State.UNCERTAIN)],
)
async def test_promise_of_kling_itself_needs_a_task_found_within_seven_days(
    tmp_path: Path, shown_ago_s: float | None, state: State
) -> None:
    async with official(tmp_path) as here:
        if shown_ago_s is not None:
            await here.store_capabilities(external_id=True)
            here.clock.move_to(here.clock.now() + shown_ago_s)
        here.kling.plan.add(Rule(action="drop_before", method="POST", path=SUBMIT))

        job = await here.until_over(await here.ask())

        assert (job.state, job.resends) == (state, state is State.DELIVERED)


async def test_promise_of_kling_does_not_hold_for_a_gateway(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        await here.store_capabilities(external_id=True, lists=True)
        here.kling.plan.add(Rule(action="drop_before", method="POST", path=SUBMIT))

        job = await here.until_over(await here.ask())

        assert (job.state, job.resends) == (State.UNCERTAIN, 0)


# --- Lessons


@pytest.mark.parametrize(("age_s", "learned"), [(0.0, None), (58.0, None), (70.0, False)])
async def test_capability_probe_of_a_young_task_ignores_denials(
    tmp_path: Path, age_s: float, learned: bool | None
) -> None:
    """A gateway may not know it yet by our id."""
    async with running_engine(tmp_path, kling=LONG) as here:
        asked = await here.ask()
        body: dict[str, Any] = {"status": 404, "body": DENIAL, "times": None}
        by_own_id = here.kling.plan.add(
            Rule(action="status", method="GET", path=f"{asked.id}$", **body)
        )
        job = await here.until_state(asked, State.RUNNING)
        assert job.submitted_at is not None
        if age_s:
            await away(here, job.submitted_at + age_s)
        met = by_own_id.met

        await here.until(lambda: by_own_id.met > met)
        await here.until_row(job, lambda now: now.polled_at)

        assert here.parts.provider.get_detected(Endpoint.GENERATIONS).external_id is learned


# --- A task that is denied


async def test_task_denied_again_after_a_long_absence_is_not_refunded_yet(tmp_path: Path) -> None:
    """The process that was started meanwhile has not waited for ten minutes itself."""
    async with running_engine(tmp_path, kling=LONG) as here:
        job = await denied_while_another_runs(here)

        await away(here, here.clock.now() + 700)
        began = here.clock.now()
        refunded = await here.until_row(job, lambda now: now.given_back)

        assert refunded.state is State.RUNNING
        assert 600 <= here.clock.now() - began <= 600 + 330


async def test_task_denied_at_few_polls_in_ten_minutes_is_not_refunded_yet(tmp_path: Path) -> None:
    """The provider asks for long waits: ten minutes are over after four polls."""
    async with running_engine(tmp_path, kling=LONG) as here:
        job = await denied_while_another_runs(here, headers={"Retry-After": "250"})
        began = here.clock.now()
        refunded = await here.until_row(job, lambda now: now.given_back)

        assert (refunded.unknown_polls, refunded.state) == (5, State.RUNNING)
        assert here.clock.now() - began >= 4 * 250


async def denied_while_another_runs(here: EngineHarness, **rule: Any) -> Job:
    """Bring a job to `running`, then to its first poll at which its task is denied."""
    job = await here.until_state(await here.ask(), State.RUNNING)
    here.clock.move_to(here.clock.now() + 1)
    await start_other_task(here)
    path = f"{POLL}{job.task_id}$"
    denial = {"status": 404, "body": DENIAL, "times": None, **rule}
    here.kling.plan.add(Rule(action="status", method="GET", path=path, **denial))
    return await here.until_row(job, lambda now: now.unknown_polls == 1)


# --- A failed task under another id


SLOTLESS = {"task_id": "T-4711", "task_status": "failed", "task_status_msg": "parallel task over"}


async def test_poll_shown_a_failure_under_an_unknown_id_is_repeated(tmp_path: Path) -> None:
    """The task's owner is unknown: a failure for lack of a slot must not send the job again."""
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        job = await here.until_state(await here.ask(), State.RUNNING)
        here.kling.plan.add(
            Rule(
                action="status",
                method="GET",
                path=f"{POLL}{job.task_id}$",
                status=200,
                body={"code": 0, "data": SLOTLESS},
                times=2,
            )
        )

        job = await here.until_over(job)

        assert (job.state, len(here.kling.book.tasks)) == (State.DELIVERED, 1)


async def test_poll_shown_a_failure_under_an_unknown_id_for_good_makes_no_other_task(
    tmp_path: Path,
) -> None:
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        job = await here.until_state(await here.ask(), State.RUNNING)
        body = {"code": 0, "data": SLOTLESS}
        here.kling.plan.add(
            Rule(action="status", method="GET", path=POLL, status=200, body=body, times=None)
        )

        job = await here.until_over(job)

        assert (job.state, job.given_back, job.attempt) == (State.FAILED, True, 0)
        assert len(here.kling.book.tasks) == 1


async def test_look_up_shown_a_failure_under_an_unknown_id_is_no_find(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=GENEROUS) as here:
        here.kling.plan.add(Rule(action="drop_after", method="POST", path=SUBMIT))
        here.kling.plan.add(Rule(**OUTAGE | {"path": SUBMIT}, times=None))
        body = {"code": 0, "data": SLOTLESS}
        here.kling.plan.add(
            Rule(action="status", method="GET", path=POLL, status=200, body=body, times=3)
        )

        job = await here.until_over(await here.ask(a_request()))

        assert (job.state, job.attempt, len(here.kling.book.tasks)) == (State.DELIVERED, 0, 1)
