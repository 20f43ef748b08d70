"""The facts that each step stores about a job besides its state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import Rule
from sandbox.kling.contract import refusal_fault
from sandbox.kling.options import Options as KlingOptions
from services.db.providers import PROBE_FIRST_S
from services.engine import EngineConfig
from services.engine.context import Progress
from services.engine.payload import submission_for
from services.engine.submit import FETCH_EVERY_S, FETCH_TRIES
from services.models import Generation, Job, Source, State
from tests.services.engine.test_batch_poll import FEW, KLING, LIST, ROOM, crowd, delivered
from tests.services.engine.test_proof_guards import official
from tests.services.engine.test_provider_pause import SUBMIT
from tests.support.engine_harness import Channel, EngineHarness, running_engine
from tests.support.requests import a_request

SECONDS = 12


async def test_poll_stores_the_providers_own_generation_time(tmp_path: Path) -> None:
    options = KlingOptions(painter="copy", min_seconds=SECONDS, max_seconds=SECONDS)
    async with running_engine(tmp_path, kling=options) as here:
        job = await here.until_over(await here.ask())

    assert job.generation == Generation(seconds=pytest.approx(SECONDS, abs=1.1), censored=False)


async def test_source_that_cannot_be_fetched_fails_after_four_tries(tmp_path: Path) -> None:
    nowhere = Source(url="http://127.0.0.1:9/cat.png", name="cat.png")
    async with running_engine(tmp_path) as here:
        asked_at = here.clock.now()
        job = await here.until_over(await here.ask(a_request(source=nowhere)))
        took = here.clock.now() - asked_at

    assert (job.state, job.given_back) == (State.FAILED, True)
    assert (FETCH_TRIES - 1) * FETCH_EVERY_S <= took < 2 * FETCH_TRIES * FETCH_EVERY_S
    assert here.kling.book.tasks == {}


def deducts_at_once(here: EngineHarness, units: float) -> None:
    """Make the provider answer a submission with the task's end and its deduction."""

    def reshape(answer: dict[str, Any]) -> dict[str, Any]:
        data = answer["data"] | {"task_status": "failed", "task_status_msg": "cannot"}
        return answer | {"data": data | {"final_unit_deduction": units}}

    here.kling.api.flavour = replace(here.kling.api.flavour, submitted=reshape)


async def test_refused_submission_stores_the_units_it_cost(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        deducts_at_once(here, 8)
        job = await here.until_over(await here.ask())

    assert (job.state, job.deduction) == (State.FAILED, 8.0)


async def test_list_without_images_is_completed_by_single_polls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.engine.batching.MANY", FEW)
    async with running_engine(tmp_path, kling=KLING, rules=ROOM) as here:
        await here.store_capabilities(external_id=True, lists=True)
        rule = {"action": "rows", "method": "GET", "path": LIST, "rows": {"images": "left out"}}
        here.kling.plan.add(Rule.from_json(rule | {"times": None}))

        assert await delivered(here, await crowd(here))

        assert min(task.queries for task in here.kling.book.tasks.values()) >= 1


async def test_pause_ends_with_the_first_accepted_task(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        rule = Rule.from_json(refusal_fault(1102, method="POST", path=SUBMIT, times=1))
        here.kling.plan.add(rule)
        await here.ask()
        await here.until(lambda: rule.met)
        assert (await here.store.providers.state()).paused_at is not None
        here.clock.move_to(here.clock.now() + PROBE_FIRST_S + 1)

        job = await here.until_over(await here.ask(a_request(user_id=2)))

        assert job.state is State.DELIVERED
        assert (await here.store.providers.state()).paused_at is None
        assert here.channel.alerts[-1] == "pause_over"


@pytest.mark.parametrize(("seconds", "mentioned"), [(30, 0), (90, 1)])
async def test_requester_is_mentioned_once_after_a_minute(
    tmp_path: Path, seconds: int, mentioned: int
) -> None:
    options = KlingOptions(painter="copy", min_seconds=seconds, max_seconds=seconds)
    async with running_engine(tmp_path, kling=options) as here:
        job = await here.until_over(await here.ask())
        await here.until(lambda: len(here.channel.mentioned) == mentioned)
        here.engine.wake()
        await here.until_over(await here.ask(a_request(user_id=2)))

    assert [one.id for one in here.channel.mentioned].count(job.id) == mentioned


async def test_late_status_is_shown_when_the_time_out_is_reached(tmp_path: Path) -> None:
    class TimedChannel(Channel):
        late_at: float | None = None

        async def update_progress(self, job: Job, progress: Progress) -> None:
            await super().update_progress(job, progress)
            if progress.phase == "late":
                self.late_at = here.clock.now()

    options = KlingOptions(painter="copy", min_seconds=400, max_seconds=400)
    async with running_engine(tmp_path, kling=options, rules=EngineConfig(timeout_s=123)) as here:
        here.channel = channel = TimedChannel()
        await here.restart(delivery=channel)
        job = await here.until_over(await here.ask())

    assert channel.late_at is not None
    assert job.submitted_at is not None
    assert channel.late_at - job.submitted_at == pytest.approx(123, abs=1.0)


async def test_output_format_is_sent_to_gateways_only(tmp_path: Path) -> None:
    async with official(tmp_path) as here:
        await here.engine.drain(0.0)
        parts, job = here.parts, await here.ask(a_request(format="jpg"))
        sources = await here.parts.sources.make_ready(job)
        at_kling = submission_for(parts, job, sources)
    (tmp_path / "gateway").mkdir()
    async with running_engine(tmp_path / "gateway") as here:
        at_a_gateway = submission_for(here.parts, job, sources)

    assert (at_kling.output_format, at_a_gateway.output_format) == (None, "jpg")
