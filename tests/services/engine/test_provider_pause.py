"""Pauses after a provider's refusal: what they cover, how long, and when operators are notified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.faults import Rule
from sandbox.kling.contract import refusal_fault
from sandbox.kling.options import Options as KlingOptions
from services.db.providers import PROBE_FIRST_S
from services.engine import EngineConfig, SourceRoom
from services.errors import ModelClosed
from services.images import Ready
from services.kling import Endpoint
from services.models import Job, State
from services.monitoring.alerts import GAP_S, LASTS_S, QUIET_S, Alerts
from tests.support.engine_harness import Channel, EngineHarness, running_engine
from tests.support.requests import a_request
from tests.support.time import HandClock

SUBMIT = r"/images/generations$"
LOOK = r"/images/generations/"


def no_such_model(*, times: int | None = 1) -> Rule:
    return Rule.from_json(refusal_fault(1203, method="POST", path=SUBMIT, times=times))


async def test_closed_model_leaves_other_models_open(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        here.kling.plan.add(no_such_model())
        await here.until_over(await here.ask(a_request(model="kling-v2-1")))

        with pytest.raises(ModelClosed) as refused:
            await here.ask(a_request(model="kling-v2-1"))
        other = await here.until_over(await here.ask(a_request(model="kling-v3")))

        assert refused.value.model == "kling-v2-1"
        assert refused.value.until == pytest.approx(here.clock.now() + PROBE_FIRST_S, abs=60)
        assert other.state is State.DELIVERED
        assert here.channel.alerts == ["model"]
        assert here.channel.reasons[0].startswith("kling-v2-1, code=1203")


async def test_closed_model_is_open_again_after_a_probe(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        here.kling.plan.add(no_such_model(times=2))
        for wait_s in (PROBE_FIRST_S, 2 * PROBE_FIRST_S):
            assert (await here.until_over(await here.ask())).state is State.FAILED
            here.clock.move_to(here.clock.now() + wait_s - 1)
            with pytest.raises(ModelClosed):
                await here.ask()
            here.clock.move_to(here.clock.now() + 1)

        assert (await here.until_over(await here.ask())).state is State.DELIVERED
        assert (await here.store.providers.state()).closed_models == {}
        assert here.channel.alerts == ["model"]


async def test_queued_jobs_of_a_closed_model_are_not_sent(tmp_path: Path) -> None:
    async with running_engine(tmp_path, rules=EngineConfig(concurrency=1)) as here:
        post = here.kling.plan.add(no_such_model(times=None))
        asked = [await here.ask(a_request(user_id=user)) for user in range(3)]

        for job in asked:
            over = await here.until_over(job)
            assert (over.state, over.given_back) == (State.FAILED, True)
            assert over.outcome is not None
            assert over.outcome.key == "model_unavailable"

        assert post.met == 1


async def test_job_of_a_removed_model_ends_with_a_reason(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        options = here.parts.models
        await here.engine.drain(0.0)  # or it might be sent before the table is changed
        job = await here.ask(a_request(model="kling-v2-1"))
        await here.restart(
            models=type(options)({"kling-v3": options.get("kling-v3")}, default="kling-v3")
        )

        over = await here.until_over(job)

        assert (over.state, over.given_back) == (State.FAILED, True)
        assert over.outcome is not None
        assert over.outcome.key == "model_unavailable"


async def test_refused_polls_cause_one_pause_of_constant_length(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        rule = refusal_fault(1002, method="GET", path=LOOK, times=9)
        here.kling.plan.add(Rule.from_json(rule))

        job = await here.until_over(await here.ask())

        state = await here.store.providers.state()
        assert job.state is State.DELIVERED
        assert state.paused_at is not None
        assert state.probe_at == state.paused_at + PROBE_FIRST_S
        assert here.channel.alerts == ["bad_key_or_region"]
        assert here.channel.reasons[0].startswith("127.0.0.1:")  # the host: a key has one region


@pytest.mark.parametrize(("times", "alerts"), [(3, []), (30, ["blocked"])])
async def test_poll_pages_are_reported_if_they_last_and_pause_nothing(
    tmp_path: Path, times: int, alerts: list[str]
) -> None:
    """Three pass by, thirty are more than ten minutes."""
    async with running_engine(tmp_path) as here:
        page = Rule(action="page", page="nginx 403", method="GET", path=LOOK, times=times)
        here.kling.plan.add(page)

        job = await here.until_over(await here.ask())

        assert job.state is State.DELIVERED
        assert here.channel.alerts == alerts
        assert (await here.store.providers.state()).paused_at is None


async def test_provider_full_until_give_up_ends_the_job(tmp_path: Path) -> None:
    async with running_engine(tmp_path, rules=EngineConfig(give_up_s=1800)) as here:
        full = refusal_fault(1303, method="POST", path=SUBMIT, times=None)
        here.kling.plan.add(Rule.from_json(full))

        job = await here.until_over(await here.ask())

        assert (job.state, job.given_back, job.tries) == (State.FAILED, True, 0)
        assert job.outcome is not None
        assert job.outcome.key == "busy"
        assert here.channel.alerts == ["concurrency_lasts"]


async def test_retry_after_of_a_day_is_capped(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        order = {"headers": {"Retry-After": "86400"}, "times": 1, "method": "POST", "path": SUBMIT}
        here.kling.plan.add(Rule.from_json(refusal_fault(1302, **order)))
        asked_at = here.clock.now()

        job = await here.until_over(await here.ask())

        assert job.submitted_at is not None
        assert 600 <= job.submitted_at - asked_at < 700


class VanishingSources:
    """Sources whose prepared image is gone at the submission, a number of times after others."""

    def __init__(self, sources: SourceRoom, *, times: int, after: int = 0) -> None:
        self._sources, self.times, self._after = sources, times, after

    async def make_ready(self, job: Job, *, again: bool = False) -> Sequence[Ready]:
        ready = await self._sources.make_ready(job, again=again)
        self._after -= 1
        if self._after >= 0:
            return ready
        self.times -= 1
        gone = Path(ready[0].picture).with_name("gone")
        return ready if self.times < 0 else [replace(ready[0], picture=gone)]

    def folder(self, job_id: str) -> Path:
        return self._sources.folder(job_id)


class Deleting(VanishingSources):
    """Sources whose files all disappear between preparation and submission."""

    async def make_ready(self, job: Job, *, again: bool = False) -> Sequence[Ready]:
        ready = await self._sources.make_ready(job, again=again)
        self.times -= 1
        if self.times >= 0:
            for path in self.folder(job.id).iterdir():
                path.unlink()
        return ready


@pytest.mark.parametrize(
    ("times", "state", "key"),
    [
        (1, State.DELIVERED, None),
        (9, State.DELIVERED, None),
        (99, State.FAILED, "source_not_kept"),
    ],
)
async def test_source_lost_on_our_disk_is_prepared_again_until_attempts_end(
    tmp_path: Path, times: int, state: State, key: str | None
) -> None:
    async with running_engine(tmp_path) as here:
        await here.restart(sources=VanishingSources(here.parts.sources, times=times))

        job = await here.until_over(await here.ask())

        assert (job.state, job.given_back) == (state, state is State.FAILED)
        assert (job.outcome and job.outcome.key) == key
        assert len(here.kling.book.tasks) == (state is State.DELIVERED)
        assert here.clock.now() - job.created_at < 5 * 60


@pytest.mark.parametrize("refused", [1, 3, 6])
async def test_source_lost_after_refused_submissions_is_prepared_again(
    tmp_path: Path, refused: int
) -> None:
    """The attempts that the provider refused do not count against the file."""
    async with running_engine(tmp_path) as here:
        refusals = {**refusal_fault(5001, path=SUBMIT), "times": refused}
        here.kling.plan.add(Rule.from_json(refusals))
        await here.restart(sources=VanishingSources(here.parts.sources, times=1, after=refused))

        job = await here.until_over(await here.ask())

        assert (job.state, len(here.kling.book.tasks)) == (State.DELIVERED, 1)


@pytest.mark.parametrize("times", [1, 2, 3, 4])
async def test_source_files_that_all_disappear_are_downloaded_again(
    tmp_path: Path, times: int
) -> None:
    async with running_engine(tmp_path) as here:
        await here.restart(sources=Deleting(here.parts.sources, times=times))

        job = await here.until_over(await here.ask())

        assert (job.state, len(here.kling.book.tasks)) == (State.DELIVERED, 1)


async def lesson_of(here: EngineHarness) -> tuple[bool | None, bool | None]:
    learned = here.parts.provider.get_detected(Endpoint.GENERATIONS)
    return learned.external_id, learned.list_call


async def test_capabilities_are_detected_once_the_provider_knows_the_task(tmp_path: Path) -> None:
    """Just after acceptance a gateway may not know the task yet; that proves nothing."""
    slow = KlingOptions(painter="copy", min_seconds=60, max_seconds=60)
    async with running_engine(tmp_path, kling=slow) as here:
        here.kling.plan.add(Rule.from_json(refusal_fault(1203, method="GET", path=LOOK, times=2)))

        await here.until_over(await here.ask())

        assert await lesson_of(here) == (True, True)


async def test_alert_once_repeats_after_six_hours() -> None:
    clock, channel = HandClock(), Channel()
    alerts = Alerts(channel, clock)
    for _ in range(3):
        await alerts.alert_once("our_bug", reason="r")
    assert channel.alerts == ["our_bug"]
    clock.move_to(clock.now() + QUIET_S)
    await alerts.alert_once("our_bug", reason="r")
    assert channel.alerts == ["our_bug"] * 2


async def test_alert_if_persistent_is_sent_only_if_it_lasts() -> None:
    clock, channel = HandClock(), Channel()
    alerts = Alerts(channel, clock)

    async def meets(seconds: float) -> None:
        clock.move_to(clock.now() + seconds)
        await alerts.alert_if_persistent("rate_lasts", reason="r")

    await meets(0)
    await meets(LASTS_S - 1)
    await meets(GAP_S + 1)  # it was over in between
    assert channel.alerts == []
    await meets(LASTS_S)
    assert channel.alerts == ["rate_lasts"]
