"""A task's duration: the provider's own times if they are plausible, else what polls found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.kling.options import Options as KlingOptions
from sandbox.kling.times import WAYS
from services.engine.generation_time import at_once, measure_generation
from services.engine.task_times import PROBE_PART, earliest_poll_s, first_poll_s, usual_s
from services.kling import Endpoint, Task, TaskStatus
from services.models import Generation, Job, State
from tests.support.engine_harness import running_engine
from tests.support.requests import NOON, a_request

SENT, SUBMITTED = NOON + 10.0, NOON + 11.0
FAR_S = 3600.0


def a_job(*, polled_after: float | None = None) -> Job:
    return Job(
        id="job",
        request=a_request(),
        state=State.RUNNING,
        units=1,
        day="2026-11-22",
        created_at=NOON,
        sent_at=SENT,
        submitted_at=SUBMITTED,
        polled_at=None if polled_after is None else SUBMITTED + polled_after,
    )


def done(created_at: float | None, updated_at: float | None) -> Task:
    return Task(
        task_id="t",
        endpoint=Endpoint.GENERATIONS,
        status=TaskStatus.DONE,
        created_at=created_at,
        updated_at=updated_at,
    )


def measured(task: Task, *, after: float, polled_after: float | None = None) -> Generation | None:
    """Return the duration learned from a poll at this number of seconds after acceptance."""
    asked_at = SUBMITTED + after
    job = a_job(polled_after=polled_after)
    return measure_generation(job, task, asked_at=asked_at, answered_at=asked_at + 0.5)


@pytest.mark.parametrize("off_s", [0.0, FAR_S, -FAR_S, 8 * FAR_S])
def test_generation_times_of_the_provider_count_whatever_its_clock_says(off_s: float) -> None:
    task = done(SUBMITTED + off_s + 0.001, SUBMITTED + off_s + 7.501)

    found = measured(task, after=9.0, polled_after=7.0)

    assert found == Generation(seconds=pytest.approx(7.5))


NONSENSE = {
    "no times": (None, None),
    "no end": (SUBMITTED, None),
    "no beginning": (None, SUBMITTED + 7.5),
    "nothing between": (SUBMITTED, SUBMITTED),
    "an end before its beginning": (SUBMITTED + 7.5, SUBMITTED),
    "hours between": (SUBMITTED, SUBMITTED + 8 * FAR_S),
    "longer than we know of it": (SUBMITTED, SUBMITTED + 12.3),
    "whole seconds, and still longer": (SUBMITTED, SUBMITTED + 13.0),
    "an epoch of its own": (1.5, SUBMITTED),
}


@pytest.mark.parametrize(("created", "updated"), NONSENSE.values(), ids=NONSENSE)
def test_generation_without_times_done_at_the_first_poll_is_an_upper_bound(
    created: float | None, updated: float | None
) -> None:
    found = measured(done(created, updated), after=9.0)

    assert found == Generation(seconds=pytest.approx(9.0), censored=True)


@pytest.mark.parametrize(("created", "updated"), NONSENSE.values(), ids=NONSENSE)
def test_generation_without_times_lies_between_the_last_two_polls(
    created: float | None, updated: float | None
) -> None:
    found = measured(done(created, updated), after=9.0, polled_after=8.0)

    assert found == Generation(seconds=pytest.approx(8.5))


def test_generation_shorter_than_a_poll_has_seen_is_not_believed() -> None:
    """Some gateways write `updated_at` when a task starts, and never again."""
    task = done(SUBMITTED, SUBMITTED + 0.4)

    assert measured(task, after=9.0, polled_after=8.0) == Generation(seconds=8.5)


def test_generation_in_whole_seconds_may_be_a_second_off() -> None:
    whole = done(SUBMITTED, SUBMITTED + 8.0)

    assert measured(whole, after=9.0, polled_after=8.9) == Generation(seconds=8.0)
    exact = replace(whole, updated_at=SUBMITTED + 8.001)
    assert measured(exact, after=9.0, polled_after=8.9) == Generation(
        seconds=pytest.approx((8.9 + 9.0) / 2)
    )


def test_generation_that_ends_with_each_answer_is_never_longer_than_the_poll_came() -> None:
    """Some gateways write the time of the answer: learned, it would make every first poll later."""
    task = done(SUBMITTED - 0.3, SUBMITTED + 9.3)

    assert measured(task, after=9.0) == Generation(seconds=pytest.approx(9.0))
    assert measured(task, after=9.0, polled_after=8.0) == Generation(seconds=pytest.approx(8.5))


def test_generation_of_a_task_found_over_at_once_is_not_known() -> None:
    assert measured(done(None, None), after=0.0) is None


def test_generation_with_our_clock_set_back_is_not_made_up() -> None:
    assert measured(done(None, None), after=9.0, polled_after=FAR_S) is None
    assert measured(done(None, None), after=-FAR_S) is None


def test_generation_of_pictures_that_came_with_the_answer_is_that_long() -> None:
    assert at_once(a_job()) == Generation(seconds=SUBMITTED - SENT)
    assert at_once(replace(a_job(), sent_at=None)) is None


KLING = KlingOptions(painter="copy", min_seconds=12, max_seconds=12, concurrency=100)


@pytest.mark.parametrize("way", WAYS)
async def test_first_poll_follows_generation_whatever_times_are_told(
    tmp_path: Path, way: str
) -> None:
    async with running_engine(tmp_path, kling=replace(KLING, times=way)) as here:
        for user in range(1, 9):
            await here.until_over(await here.ask(a_request(user_id=user)))
        job = await here.ask(a_request(user_id=50))
        first, usual = await earliest_poll_s(here.parts, job), await usual_s(here.parts, job)

    assert usual is not None
    assert 6 < first <= usual < 13.3


async def test_first_polls_are_sometimes_earlier(tmp_path: Path) -> None:
    """Without some earlier polls, the bot could not notice that the provider has become faster."""
    async with running_engine(tmp_path) as here:
        here.parts.learned.put(("kling-v3", 1), [20.0] * 9, here.clock.now())
        waits = [await first_poll_s(here.parts, a_job()) for _ in range(400)]

    assert set(waits) == {20.0, 20.0 * PROBE_PART}
    assert 20 <= waits.count(20.0 * PROBE_PART) <= 70
