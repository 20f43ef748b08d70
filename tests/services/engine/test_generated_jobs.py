"""A task that a poll found done stays generated, whatever its later polls return."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.faults import Rule
from services.common.durations import HOUR_S
from services.engine import EngineConfig
from services.models import State
from tests.services.engine.test_fetch_images import DOWN, away, generated, phases
from tests.services.engine.test_fetching_guards import after
from tests.support.engine_harness import running_engine

LOOK = r"/images/generations/."
FIRST = r"/results/.*0\.png$"


def told(code: int, words: str, *, status: int = 400, times: int | None = None) -> Rule:
    """Refuse polls with the provider's own code and words."""
    body = {"code": code, "message": words, "request_id": "r"}
    return Rule(action="status", method="GET", path=LOOK, status=status, body=body, times=times)


@pytest.mark.parametrize(
    "rule",
    [
        told(1301, "trigger strategy"),
        told(1203, "task not found", status=404),
        told(1102, "account balance not enough", status=429),
        Rule(action="status", method="GET", path=LOOK, status=502, times=None),
        Rule(
            action="status",
            method="GET",
            path=LOOK,
            status=200,
            body={"code": 0, "data": {"task_id": "T", "task_status": "succeed"}},
            times=None,
        ),
    ],
    ids=["content", "unknown", "no balance", "502", "done without images"],
)
async def test_poll_that_fails_for_good_ends_a_generated_job_as_not_fetched(
    tmp_path: Path, rule: Rule
) -> None:
    """Neither refused nor unknown nor late: it was generated, and is fetched until the end."""
    rules = EngineConfig(timeout_s=60, give_up_s=6 * HOUR_S)
    async with running_engine(tmp_path, rules=rules) as here:
        rule.met = 0
        broken = away(here, DOWN)
        asked = await generated(here, await here.ask())
        here.kling.plan.add(rule)
        here.kling.plan.rules.remove(broken)

        job = await here.until_over(asked)

        assert job.outcome is not None
        assert (job.state, job.outcome.key) == (State.EXPIRED, "not_fetched")
        assert (job.late, job.unknown_polls, job.given_back) == (False, 0, True)
        assert set(phases(here, job)) <= {"painting", "generated"}
        assert here.clock.now() - (job.submitted_at or 0) == pytest.approx(6 * HOUR_S, abs=60)
        assert here.channel.alerts[-1] == "images_lost"


async def test_poll_of_a_generated_job_that_is_refused_tells_the_operators(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        broken = away(here, DOWN)
        asked = await generated(here, await here.ask())
        here.kling.plan.rules.remove(broken)
        here.kling.plan.add(told(1002, "api key not found", status=401, times=4))

        await here.until_over(asked)

        assert "key" in here.channel.alerts[0]


async def test_poll_of_a_generated_job_waits_as_long_as_asked(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        broken = away(here, DOWN)
        asked = await generated(here, await here.ask())
        here.kling.plan.rules.remove(broken)
        slow = {"action": "status", "method": "GET", "path": LOOK, "status": 503}
        rule = here.kling.plan.add(Rule(**slow, times=1, headers={"Retry-After": "500"}))
        await here.until(lambda: rule.met)
        met_at = here.clock.now()

        await here.until_over(asked)

        assert 500 <= here.clock.now() - met_at < 600


async def test_generated_at_is_the_first_poll_that_found_it(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        away(here, DOWN)
        first = await generated(here, await here.ask())

        later = await after(here, first, 6)

        assert later.generated_at == first.generated_at
