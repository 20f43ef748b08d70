"""A finished task whose images cannot be fetched: no other job waits for it, nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import Rule
from services.common.durations import HOUR_S
from services.engine import EngineConfig, fetch_images
from services.errors import DownloadFailed
from services.models import Job, State
from services.settings.types import Secret
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.requests import a_request

RESULT = r"/results/"
SECOND = r"/results/.*1\.png$"
MINUTE_S = 60.0

GONE = {"action": "status", "status": 404}
DOWN = {"action": "status", "status": 503}
UNREACHABLE = (
    GONE,
    DOWN,
    {"action": "status", "status": 403},
    {"action": "status", "status": 410},
    {"action": "status", "status": 400},
    {"action": "reset"},
    {"action": "drop_before"},
    {"action": "torn"},
)
UNUSABLE = (
    {"action": "garbage"},
    {"action": "status", "status": 200, "body": "a sign-in page"},
    {"action": "status", "status": 200, "body": {"code": 0}},
    {"action": "status", "status": 302, "headers": {"Location": "http://cdn.example/1.png"}},
    {"action": "status", "status": 302, "headers": {"Location": "https://10.0.0.1/1.png"}},
    {"action": "bomb"},
    {"action": "cut"},
)


def away(here: EngineHarness, fault: dict[str, Any] = GONE, *, path: str = RESULT) -> Rule:
    """Make results unavailable from now on."""
    return here.kling.plan.add(Rule(**fault, path=path, times=None))


def name_of(fault: dict[str, Any]) -> str:
    return " ".join(str(fault[key]) for key in ("action", "status") if key in fault)


def phases(here: EngineHarness, job: Job) -> list[str]:
    return [progress.phase for job_id, progress in here.channel.shown if job_id == job.id]


async def generated(here: EngineHarness, job: Job) -> Job:
    """Move time on until a poll has found the task done."""
    shown = here.channel.shown
    await here.until(lambda: (job.id, "generated") in [(one, said.phase) for one, said in shown])
    return await here.job(job.id)


async def used(here: EngineHarness, user_id: int = 1) -> int:
    return (await here.acceptance.usage(user_id=user_id, guild_id=5)).user


class DownloadTimes:
    """The times of our attempts to download results."""

    def __init__(self, here: EngineHarness, rule: Rule) -> None:
        self._clock, self._rule, self._met = here.clock, rule, 0
        self.at: list[float] = []

    def look(self) -> bool:
        """Record an attempt since the last call; an attempt of ours has up to three requests."""
        if self._rule.met > self._met:
            self._met = self._rule.met
            now = self._clock.now()
            if not self.at or now - self.at[-1] > 3.0 or len(self.at) < 2:
                self.at.append(now)
        return False


class FailingClient:
    """A client whose downloads fail until an instant, in a given way."""

    def __init__(
        self,
        here: EngineHarness,
        *,
        until: float,
        only: str = "",
        words: str = "it failed",
        **how: Any,
    ) -> None:
        self._only, self._words = only, words
        self._client, self._clock, self._until, self._how = here.client, here.clock, until, how
        self.tries: list[float] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def download(self, url: str, path: Path, **how: Any) -> Any:
        self.tries.append(self._clock.now())
        if self._clock.now() < self._until and self._only in url:
            raise DownloadFailed(self._words, **self._how)
        return await self._client.download(url, path, **how)


# Slots


async def test_unreachable_results_do_not_delay_another_user(tmp_path: Path) -> None:
    await serves_a_third_member(tmp_path)


@pytest.mark.proof
async def test_unreachable_results_do_not_delay_another_user_on_postgresql(
    tmp_path: Path, postgresql_place: Secret
) -> None:
    await serves_a_third_member(tmp_path, postgresql_place)


async def serves_a_third_member(folder: Path, place: Secret | None = None) -> None:
    """Two units at the provider, two tasks done, and links that answer 404 for good."""
    rules = EngineConfig(concurrency=2, user_running=1)
    async with running_engine(folder, rules=rules, place=place) as here:
        rule = away(here)
        stuck = [await here.ask(a_request(user_id=user)) for user in (1, 2)]
        for job in stuck:
            await generated(here, job)
        here.kling.plan.rules.remove(rule)
        away(
            here,
            path="/results/.*("
            + "|".join(task.id for task in here.kling.book.tasks.values())
            + ")",
        )

        third = await here.until_over(await here.ask(a_request(user_id=3)))
        again = [await here.until_over(await here.ask(a_request(user_id=user))) for user in (1, 2)]

        assert [job.state for job in (third, *again)] == [State.DELIVERED] * 3
        assert here.clock.now() - third.created_at < 5 * MINUTE_S
        for job in stuck:
            row = await here.job(job.id)
            assert (row.state, row.holds_slot, row.given_back) == (State.RUNNING, False, False)


async def test_unreachable_results_hold_no_slot_after_a_restart(tmp_path: Path) -> None:
    async with running_engine(tmp_path, rules=EngineConfig(concurrency=2, user_running=1)) as here:
        rule = away(here)
        stuck = [await here.ask(a_request(user_id=user)) for user in (1, 2)]
        for job in stuck:
            await generated(here, job)
        await here.restart()
        third = await here.ask(a_request(user_id=3))
        await generated(here, third)
        here.kling.plan.rules.remove(rule)

        rows = [await here.until_over(job) for job in (*stuck, third)]

        assert [row.state for row in rows] == [State.DELIVERED] * 3
        assert [bool(task.billed) for task in here.kling.book.tasks.values()] == [True] * 3
        assert await used(here) == 1


async def test_slot_is_free_while_images_are_fetched(tmp_path: Path) -> None:
    """A download may take minutes; the provider is idle meanwhile."""
    async with running_engine(tmp_path, rules=EngineConfig(concurrency=1)) as here:
        away(here, {"action": "silence", "seconds": 40.0})
        slow = await here.ask(a_request(user_id=1))
        await generated(here, slow)

        await here.ask(a_request(user_id=2))
        await here.until(lambda: len(here.kling.book.tasks) == 2)

        assert (await here.job(slow.id)).state is State.RUNNING


# How long and how often downloads are tried


@pytest.mark.parametrize("fault", UNREACHABLE, ids=name_of)
async def test_unreachable_results_are_tried_until_give_up_and_refunded(
    tmp_path: Path, fault: dict[str, Any]
) -> None:
    async with running_engine(tmp_path, rules=EngineConfig(give_up_s=6 * HOUR_S)) as here:
        rule = away(here, fault)
        tries = DownloadTimes(here, rule)
        asked = await here.ask()
        await here.until(lambda: tries.look() or here.channel.notified)
        job = await here.job(asked.id)

        assert (job.state, job.given_back, job.late) == (State.EXPIRED, True, False)
        assert job.outcome is not None
        assert job.outcome.key == "not_fetched"
        assert here.clock.now() - (job.submitted_at or 0) == pytest.approx(6 * HOUR_S, abs=60)
        waits = [later - sooner for sooner, later in zip(tries.at, tries.at[1:], strict=False)]
        assert sum(wait < 5.6 * MINUTE_S for wait in waits) in range(10, 14)
        assert sum(wait > 59 * MINUTE_S for wait in waits) in range(4, 7)
        assert here.channel.alerts == ["results", "images_lost"]
        assert asked.id in here.channel.reasons[-1]
        assert await used(here) == 0


async def test_progress_of_unreachable_results_says_generated_and_until_when(
    tmp_path: Path,
) -> None:
    """A task that generates for more than 120 s is called late."""
    async with running_engine(
        tmp_path, rules=EngineConfig(timeout_s=120, give_up_s=6 * HOUR_S)
    ) as here:
        away(here)
        job = await here.until_over(await here.ask())

        said = phases(here, job)
        assert said == ["painting", "generated"]
        [*_, (_, progress)] = here.channel.shown
        assert progress.until == (job.submitted_at or 0) + 6 * HOUR_S


@pytest.mark.parametrize("fault", [GONE, DOWN], ids=name_of)
async def test_results_reachable_again_after_hours_are_delivered(
    tmp_path: Path, fault: dict[str, Any]
) -> None:
    async with running_engine(tmp_path) as here:
        rule = away(here, fault)
        asked = await here.ask()
        await here.until(lambda: here.clock.now() - asked.created_at > 3 * HOUR_S)
        here.kling.plan.rules.remove(rule)
        back_at = here.clock.now()

        job = await here.until_over(asked)

        assert job.state is State.DELIVERED
        assert here.clock.now() - back_at < 1.2 * HOUR_S
        assert (await used(here), job.refunded_units) == (1, 0)


@pytest.mark.parametrize("fault", UNUSABLE, ids=name_of)
async def test_result_that_is_no_image_is_tried_five_times_in_ten_minutes(
    tmp_path: Path, fault: dict[str, Any]
) -> None:
    async with running_engine(tmp_path) as here:
        rule = away(here, fault)
        asked = await here.ask()
        job = await here.until_over(asked)

        assert (job.state, job.given_back) == (State.FAILED, True)
        assert job.outcome is not None
        assert job.outcome.key == "result_unusable"
        assert rule.met == 5
        assert here.clock.now() - (job.generated_at or 0) <= 10 * MINUTE_S
        assert here.channel.alerts == ["images_lost"]
        assert job.id in here.channel.reasons[0]


async def test_result_that_is_a_page_for_minutes_is_delivered(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        here.kling.plan.add(Rule(action="garbage", path=RESULT, times=4))

        assert (await here.until_over(await here.ask())).state is State.DELIVERED


async def test_result_without_end_is_bounded(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        rule = away(here, {"action": "endless"})
        job = await here.until_over(await here.ask())

        assert (job.state, job.given_back) == (State.FAILED, True)
        assert rule.met == 5
        assert rule.sent < 5 * 80 * 1024**2


async def test_wasted_bytes_are_bounded_per_job_and_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch_images, "BYTES_A_DAY", 100 * 1024**2)
    async with running_engine(tmp_path) as here:
        rule = away(here, {"action": "endless"})
        job = await here.until_over(await here.ask(a_request(count=4)))

        assert (job.state, job.given_back) == (State.FAILED, True)
        assert rule.sent < 200 * 1024**2


async def test_fetch_that_spent_its_bytes_waits_for_the_next_day(
    tmp_path: Path,
) -> None:
    async with running_engine(tmp_path, rules=EngineConfig(give_up_s=60 * HOUR_S)) as here:
        began = here.clock.now()
        client = FailingClient(here, until=began + 90 * HOUR_S, received=400 * 1024**2)
        await here.restart(kling=client)
        job = await here.until_over(await here.ask())

        assert (job.state, job.outcome and job.outcome.key) == (State.EXPIRED, "not_fetched")
        days = [int((at - (job.generated_at or 0)) // (24 * HOUR_S)) for at in client.tries]
        assert days == [0, 0, 0, 1, 1, 1, 2, 2]


async def test_announced_size_over_the_limit_downloads_nothing(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        body = "x" * (65 * 1024**2)
        away(here, {"action": "garbage", "body": body})
        job = await here.until_over(await here.ask())

        assert (job.state, job.fetched_bytes) == (State.FAILED, 0)


# Our own disk


@pytest.mark.parametrize("full_s", [20 * MINUTE_S, 5 * HOUR_S, 60 * HOUR_S])
async def test_full_disk_loses_no_image(tmp_path: Path, full_s: float) -> None:
    """A full disk never ends a job: not after eight attempts, not after KLING_GIVE_UP."""
    async with running_engine(tmp_path) as here:
        until = here.clock.now() + full_s
        await here.restart(kling=FailingClient(here, until=until, at_home=True))
        job = await here.until_over(await here.ask(a_request(count=2)))

        [(_, results)] = here.channel.posted
        assert (job.state, len(results), job.refunded_units) == (State.DELIVERED, 2, 0)
        assert (job.fetch_tries, job.unusable_tries) == (0, 0)
        assert here.clock.now() - until < 6 * MINUTE_S
        assert "images_lost" not in here.channel.alerts


async def test_disk_full_after_one_image_loses_none(tmp_path: Path) -> None:
    """An image that is unavailable at the provider gets eight attempts."""
    async with running_engine(tmp_path) as here:
        until = here.clock.now() + 5 * HOUR_S
        await here.restart(kling=FailingClient(here, until=until, only="1.png", at_home=True))
        job = await here.until_over(await here.ask(a_request(count=2)))

        [(_, results)] = here.channel.posted
        assert (len(results), job.refunded_units) == (2, 0)
