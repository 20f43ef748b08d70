"""A job from acceptance to its images, and every other way it can end."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.kling.options import Options as KlingOptions
from services.common.durations import HOUR_S
from services.engine import EngineConfig, Progress
from services.errors import ChannelGone, DiscordUnreachable
from services.models import Job, State
from tests.support.engine_harness import Channel, running_engine
from tests.support.requests import NOON, a_request
from tests.support.time import HandClock


async def test_job_ends_with_images_on_disk_and_in_the_channel(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        job = await here.until_over(await here.ask(a_request(count=3)))

        assert job.state is State.DELIVERED
        [(_, results)] = here.channel.posted
        assert [result.position for result in results] == [0, 1, 2]
        assert all(result.path.stat().st_size == result.size > 0 for result in results)
        assert len(here.kling.book.tasks) == 1


async def test_progress_shows_the_start_of_generation(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        job = await here.until_over(await here.ask())

        assert [(shown, progress.phase) for shown, progress in here.channel.shown] == [
            (job.id, "painting")
        ]


async def test_late_task_is_delivered(tmp_path: Path) -> None:
    slow = KlingOptions(painter="copy", min_seconds=300, max_seconds=300)
    async with running_engine(tmp_path, kling=slow, rules=EngineConfig(timeout_s=120)) as here:
        job = await here.until_over(await here.ask())

        assert job.state is State.DELIVERED
        assert job.late
        assert [progress.phase for _, progress in here.channel.shown] == ["painting", "late"]


async def test_clock_set_back_delays_no_poll(
    tmp_path: Path,
) -> None:
    slow = KlingOptions(painter="copy", min_seconds=90, max_seconds=90)
    async with running_engine(tmp_path, kling=slow) as here:
        job = await here.ask()
        await here.until(lambda: here.channel.shown)  # it is generating
        here.clock.set_back(3 * HOUR_S)

        job = await here.until_over(job)

        assert job.state is State.DELIVERED
        assert here.clock.now() < NOON - 2 * HOUR_S


async def test_endless_task_expires_and_is_refunded(tmp_path: Path) -> None:
    endless = KlingOptions(painter="copy", min_seconds=1e6, max_seconds=1e6)
    async with running_engine(tmp_path, kling=endless, rules=EngineConfig(give_up_s=600)) as here:
        job = await here.until_over(await here.ask())

        assert (job.state, job.given_back) == (State.EXPIRED, True)


@pytest.mark.parametrize(
    ("prompt", "charge", "given_back"),
    [("something forbidden", False, True), ("something forbidden", True, False)],
)
async def test_refused_task_is_refunded_unless_charge_refused(
    tmp_path: Path, prompt: str, charge: bool, given_back: bool
) -> None:
    async with running_engine(tmp_path, rules=EngineConfig(charge_refused=charge)) as here:
        job = await here.until_over(await here.ask(a_request(prompt=prompt)))

        assert (job.state, job.given_back) == (State.REFUSED, given_back)
        assert job.outcome is not None
        assert job.outcome.key == "refused_content"


async def test_delivery_is_retried_while_discord_is_down(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        here.channel.errors = [DiscordUnreachable("HTTP 503") for _ in range(3)]
        job = await here.until_over(await here.ask())

        assert job.state is State.DELIVERED
        assert len(here.channel.posted) == 1


async def test_deliver_waits_as_long_as_discord_asks(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        here.channel.errors = [DiscordUnreachable("HTTP 429", retry_after_s=900.0)]
        job = await here.until_over(await here.ask())

        assert job.told_at is not None
        assert job.ready_at is not None
        assert 900.0 <= job.told_at - job.ready_at < 1000.0


async def test_deleted_channel_ends_undelivered_and_charged(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        here.channel.errors = [ChannelGone("10003")]
        job = await here.until_state(await here.ask(), State.UNDELIVERED)

        assert not job.given_back
        assert all(result.path.exists() for result in await here.store.jobs.results(job.id))


async def test_units_at_the_provider_stay_within_the_concurrency(tmp_path: Path) -> None:
    async with running_engine(tmp_path, rules=EngineConfig(concurrency=4, user_running=0)) as here:
        jobs = [await here.ask(a_request(user_id=user, count=2)) for user in range(6)]
        for job in jobs:
            await here.until_over(job)

        assert here.kling.book.peak == 4
        assert len(here.kling.book.tasks) == 6


class SlowChannel(Channel):
    """A channel whose edits take half a minute."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__()
        self._clock = clock

    async def update_progress(self, job: Job, progress: Progress) -> None:
        await self._clock.sleep(30)
        await super().update_progress(job, progress)


async def test_step_due_during_another_runs_after_it(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        here.channel = SlowChannel(here.clock)
        await here.restart(delivery=here.channel)

        job = await here.until_over(await here.ask())

        assert job.state is State.DELIVERED
        assert len(here.channel.posted) == 1
        assert [progress.phase for _, progress in here.channel.shown] == ["painting"]
