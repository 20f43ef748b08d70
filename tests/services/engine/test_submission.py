"""Submissions: the request, retries, and the look-up before a retry."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sandbox.faults import Rule
from sandbox.kling.options import Options as KlingOptions
from services.db.providers import PROBE_FIRST_S
from services.engine import EngineConfig
from services.engine.payload import nearest_ratio
from services.engine.submit import SEND_TRIES
from services.errors import ProviderPaused
from services.images import Ready
from services.models import Source, State
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.lost_answers import lose_submission_answer, start_other_task
from tests.support.provider_refusals import SUBMIT, refusal_rule
from tests.support.requests import NOON, a_request

ONE = r"/images/generations/"


def paid(here: EngineHarness) -> int:
    return len(here.kling.book.tasks)


def no_money(*, times: int, seconds: float | None = None) -> Rule:
    return refusal_rule(429, 1102, "Account balance not enough", times=times, seconds=seconds)


@pytest.mark.parametrize(
    ("size", "ratio"),
    [((640, 480), "4:3"), ((512, 600), "3:4"), ((1920, 1080), "16:9"), ((500, 500), "1:1")],
)
def test_nearest_ratio_is_that_of_the_source(size: tuple[int, int], ratio: str) -> None:
    source = Ready(picture="", width=size[0], height=size[1])

    assert nearest_ratio(source, ("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3")) == ratio


def test_nearest_ratio_of_an_unknown_size_is_none() -> None:
    assert nearest_ratio(Ready(picture=""), ("16:9",)) is None


@pytest.mark.parametrize("action", ["drop_after", "cut", "status"])
async def test_submission_with_a_lost_answer_is_found_and_paid_once(
    tmp_path: Path, action: str
) -> None:
    async with running_engine(tmp_path) as here:
        here.kling.plan.add(
            Rule(action=action, method="POST", path=SUBMIT, status=502, processed=True)
        )

        job = await here.until_over(await here.ask())

        assert (job.state, paid(here)) == (State.DELIVERED, 1)


async def test_submission_proven_absent_is_sent_again(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        asked = await lose_submission_answer(here)
        await start_other_task(here)

        job = await here.until_over(asked)

        assert (job.state, job.resends, paid(here)) == (State.DELIVERED, 1, 2)


async def test_submission_that_cannot_be_looked_up_ends_uncertain_and_refunded(
    tmp_path: Path,
) -> None:
    forgetful = KlingOptions(painter="copy", min_seconds=1, max_seconds=1, flavour="forgetful")
    async with running_engine(tmp_path, kling=forgetful) as here:
        here.kling.plan.add(Rule(action="drop_before", method="POST", path=SUBMIT))

        job = await here.until_over(await here.ask())

        assert (job.state, job.given_back, paid(here)) == (State.UNCERTAIN, True, 0)
        assert [told.id for told in here.channel.notified] == [job.id]


@pytest.mark.parametrize("code", [1302, 1303])
async def test_submission_to_a_busy_provider_returns_to_the_front(
    tmp_path: Path, code: int
) -> None:
    async with running_engine(tmp_path) as here:
        body = {"code": code, "message": "too many", "request_id": "r"}
        here.kling.plan.add(
            Rule(action="status", method="POST", path=SUBMIT, status=429, body=body, times=5)
        )

        job = await here.until_over(await here.ask())

        assert (job.state, job.tries, paid(here)) == (State.DELIVERED, 0, 1)


async def test_submission_without_balance_pauses_alerts_once_and_refunds(tmp_path: Path) -> None:
    # One at a time: the other request is still in the queue when the first is refused.
    async with running_engine(tmp_path, rules=EngineConfig(concurrency=1)) as here:
        here.kling.plan.add(no_money(times=1))
        asked = [await here.ask(), await here.ask(a_request(user_id=2))]

        over = {job.state: job for job in [await here.until_over(job) for job in asked]}

        assert over[State.FAILED].given_back
        assert not over[State.DELIVERED].given_back
        assert paid(here) == 1
        assert here.channel.alerts == ["balance", "pause_over"]


async def test_submissions_refused_at_once_cause_one_pause(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        # Both are accepted and sent before either is answered.
        here.kling.plan.add(no_money(times=2, seconds=1))
        for job in await asyncio.gather(here.ask(), here.ask(a_request(user_id=2))):
            assert (await here.until_over(job)).given_back

        paused = await here.store.providers.state()
        assert paused.paused_at is not None
        assert paused.probe_at == paused.paused_at + PROBE_FIRST_S
        assert here.channel.alerts == ["balance"]


async def test_task_accepted_before_the_pause_does_not_end_it(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        # The first one sent is under way when the other is refused; either may be first.
        here.kling.plan.add(Rule(action="delay", method="POST", path=SUBMIT, seconds=1))
        here.kling.plan.add(no_money(times=1))
        asked = [await here.ask(), await here.ask(a_request(user_id=2))]

        states = {(await here.until_over(job)).state for job in asked}

        assert states == {State.FAILED, State.DELIVERED}
        assert (await here.store.providers.state()).paused_at is not None
        assert here.channel.alerts == ["balance"]


async def test_failed_probe_makes_the_pause_longer(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        here.kling.plan.add(no_money(times=2))
        await here.until_over(await here.ask())
        first = await here.store.providers.state()
        with pytest.raises(ProviderPaused):
            await here.ask()
        here.clock.move_to(first.probe_at)

        await here.until_over(await here.ask())

        second = await here.store.providers.state()
        assert second.paused_at == first.paused_at
        assert second.probe_at == here.clock.now() + 2 * PROBE_FIRST_S
        assert here.channel.alerts == ["balance"]


async def test_running_tasks_are_polled_during_a_pause(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        running = await here.until_state(await here.ask(), State.RUNNING)
        await here.store.providers.pause(key="balance", now=here.clock.now())

        assert (await here.until_over(running)).state is State.DELIVERED


async def test_submission_to_a_provider_that_is_down_fails_after_minutes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_engine(tmp_path) as here:
        body = {"code": 5001, "message": "maintenance", "request_id": "r"}
        here.kling.plan.add(
            Rule(action="status", method="POST", path=SUBMIT, status=503, body=body, times=None)
        )

        job = await here.until_over(await here.ask())

        assert (job.state, job.given_back) == (State.FAILED, True)
        assert job.outcome is not None
        assert job.outcome.key == "provider_down"
        assert caplog.text.count("sending it again in") == SEND_TRIES - 1


def write_sent_at_late(here: EngineHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the first write of sent_at take three seconds; the write goes on in its thread."""
    jobs, first = here.store.jobs, [True]
    mark_sent = jobs.mark_sent

    async def written_late(job_id: str, *, now: float) -> bool:
        async def write() -> bool:
            if first and first.pop():
                await here.clock.sleep(3.0)
            return await mark_sent(job_id, now=now)

        return await asyncio.shield(asyncio.create_task(write()))

    monkeypatch.setattr(jobs, "mark_sent", written_late)


async def test_early_refusal_is_written_after_mark_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_engine(tmp_path) as here:
        write_sent_at_late(here, monkeypatch)
        here.kling.plan.add(refusal_rule(503, 5001, "maintenance", times=1))
        asked = await here.ask()
        await here.until(lambda: here.clock.now() >= NOON + 4)

        waiting = await here.job(asked.id)
        assert (waiting.state, waiting.sent_at) == (State.SUBMITTING, None)
        assert (await here.until_over(asked)).state is State.DELIVERED


async def test_early_acceptance_is_written_after_mark_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider may answer before the body has left; a running job was sent and has a sent_at."""
    async with running_engine(tmp_path) as here:
        write_sent_at_late(here, monkeypatch)
        data = {"task_id": "early-1", "task_status": "submitted"}
        body = {"code": 0, "message": "SUCCEED", "request_id": "r", "data": data}
        here.kling.plan.add(
            Rule(action="status", method="POST", path=SUBMIT, status=200, body=body)
        )
        asked = await here.ask()
        running = await here.until_state(asked, State.RUNNING)

        assert running.task_id == "early-1"
        assert running.sent_at is not None
        assert running.sent_at <= here.clock.now()
        assert here.clock.now() >= NOON + 3


@pytest.mark.parametrize("action", ["status", "drop_before", "garbage", "cut"])
async def test_failed_poll_ends_nothing(tmp_path: Path, action: str) -> None:
    async with running_engine(tmp_path) as here:
        here.kling.plan.add(Rule(action=action, method="GET", path=ONE, status=502, times=4))

        job = await here.until_over(await here.ask())

        assert (job.state, paid(here)) == (State.DELIVERED, 1)


async def test_unreachable_results_are_fetched_later(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        here.kling.plan.add(Rule(action="status", path=r"/results/", status=503, times=7))

        job = await here.until_over(await here.ask(a_request(count=2)))

        assert (job.state, paid(here)) == (State.DELIVERED, 1)


async def test_missing_source_is_refunded_without_a_submission(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        gone = Source(url=here.picture_url.replace("served", "gone"), name="gone.png")

        job = await here.until_over(await here.ask(a_request(source=gone)))

        assert (job.state, job.given_back, paid(here)) == (State.FAILED, True, 0)
        assert job.outcome is not None
        assert job.outcome.key == "source_gone"


async def test_link_that_the_provider_cannot_fetch_is_sent_inline_once(tmp_path: Path) -> None:
    async with running_engine(tmp_path, rules=EngineConfig(send_image_as="url")) as here:
        body = {"code": 1201, "message": "failed to fetch image url", "request_id": "r"}
        here.kling.plan.add(
            Rule(action="status", method="POST", path=SUBMIT, status=400, body=body)
        )

        job = await here.until_over(await here.ask())

        assert (job.state, paid(here)) == (State.DELIVERED, 1)


async def test_submission_after_an_expired_lease_sends_no_last_piece(tmp_path: Path) -> None:
    """Another process may have looked the task up in vain and submitted it meanwhile."""
    async with running_engine(tmp_path) as here:
        asked: list[State] = []

        def lease_valid() -> bool:
            asked.append(State.SUBMITTING)
            return len(asked) > 1

        await here.restart(lease_valid=lease_valid)
        accepted = await here.ask()
        await here.until(lambda: asked)
        assert paid(here) == 0

        job = await here.until_over(accepted)

        assert (job.state, paid(here), len(asked)) == (State.DELIVERED, 1, 2)
        assert here.clock.now() < NOON + 60, "it was sent as soon as others were heard"
