"""Acceptance: limits, the reservation and the job in one transaction."""

from __future__ import annotations

import asyncio

import pytest

from services.common.durations import HOUR_S
from services.db import Store
from services.errors import (
    BotError,
    CoolingDown,
    DuplicateRequest,
    ProviderPaused,
    QuotaExceeded,
    TooManyJobs,
)
from services.models import Limits, Outcome, State
from tests.services.db.conftest import DAY, StoreHarness
from tests.support.requests import a_request


async def test_an_accepted_request_is_a_queued_job_with_all_it_came_with(
    harness: StoreHarness,
) -> None:
    request = a_request(count=3, prompt="as a woodcut", ratio="1:1", spoiler=True)

    accepted = await harness.accept(request)

    job = await harness.job(accepted.job.id)
    assert job == accepted.job
    assert (job.state, job.units, job.day, job.request) == (State.QUEUED, 3, DAY.day, request)


async def test_units_are_reserved_from_acceptance_on(harness: StoreHarness) -> None:
    harness.limits = Limits(user_daily=10)

    accepted = await harness.accept(a_request(count=4))

    assert accepted.used == await harness.used() == 4


async def test_a_request_over_the_daily_limit_leaves_no_trace(harness: StoreHarness) -> None:
    harness.limits = Limits(user_daily=5)
    await harness.accept(a_request(count=4))

    with pytest.raises(QuotaExceeded) as refusal:
        await harness.accept(a_request(count=2))

    error = refusal.value
    assert (error.side, error.limit, error.used, error.asked, error.left) == ("member", 5, 4, 2, 1)
    assert error.resets_at == DAY.resets_at
    assert await harness.used() == 4


@pytest.mark.parametrize(
    ("limits", "side"),
    [(Limits(guild_daily=2), "server"), (Limits(bot_daily=2), "bot")],
)
async def test_caps_count_everybody(harness: StoreHarness, limits: Limits, side: str) -> None:
    harness.limits = limits
    await harness.accept(a_request(user_id=1, count=2))

    with pytest.raises(QuotaExceeded) as refusal:
        await harness.accept(a_request(user_id=2))

    assert refusal.value.side == side


async def test_a_servers_cap_does_not_count_another_servers_pictures(harness: StoreHarness) -> None:
    harness.limits = Limits(guild_daily=2)
    await harness.accept(a_request(count=2, guild_id=5))

    await harness.accept(a_request(count=2, guild_id=6))


async def test_two_hundred_racers_are_admitted_exactly_to_the_limit(harness: StoreHarness) -> None:
    harness.limits = Limits(user_daily=10)

    answers = await asyncio.gather(*(harness.accept() for _ in range(200)), return_exceptions=True)

    assert sum(not isinstance(answer, QuotaExceeded) for answer in answers) == 10
    assert await harness.used() == 10


async def test_the_same_interaction_is_accepted_once(harness: StoreHarness) -> None:
    request = a_request()
    first = await harness.accept(request)

    with pytest.raises(DuplicateRequest) as again:
        await harness.accept(request)

    assert again.value.job_id == first.job.id
    assert await harness.used() == 1


async def test_a_member_may_have_as_many_open_jobs_as_run_and_wait(harness: StoreHarness) -> None:
    harness.limits = Limits(user_running=1, user_queued=2)
    for _ in range(3):
        await harness.accept()

    with pytest.raises(TooManyJobs) as refusal:
        await harness.accept()

    assert (refusal.value.open_jobs, refusal.value.allowed) == (3, 3)
    await harness.accept(a_request(user_id=2))


async def test_the_cooldown_counts_from_acceptance(harness: StoreHarness) -> None:
    harness.limits = Limits(user_cooldown_s=10)
    first = await harness.accept()

    with pytest.raises(CoolingDown) as refusal:
        await harness.accept()

    assert refusal.value.until == first.job.created_at + 10
    harness.now += 10
    await harness.accept()


async def test_a_clock_that_was_ahead_and_is_set_right_locks_nobody_out(
    harness: StoreHarness,
) -> None:
    harness.limits = Limits(user_cooldown_s=10)
    harness.now += 5 * HOUR_S
    await harness.accept()
    harness.now -= 5 * HOUR_S

    await harness.accept()

    with pytest.raises(CoolingDown):
        await harness.accept()


@pytest.mark.parametrize(
    ("key", "times", "waits"),
    [("refused_content", 3, 300), ("refused_content", 2, 10), ("generic", 3, 10)],
)
async def test_whoever_is_refused_for_content_again_and_again_has_to_wait(
    harness: StoreHarness, key: str, times: int, waits: float
) -> None:
    harness.limits = Limits(user_cooldown_s=10)
    last = (await harness.accept()).job
    for nth in range(times):
        if nth:
            last = (await harness.accept()).job
        await harness.store.jobs.finish(
            last.id,
            State.REFUSED,
            from_states=[State.QUEUED],
            outcome=Outcome(key=key),
            give_back=True,
            now=harness.now,
        )
        harness.now += 10
    harness.now = last.created_at + 1

    with pytest.raises(CoolingDown) as refusal:
        await harness.accept()

    assert refusal.value.until == last.created_at + waits
    await harness.accept(a_request(user_id=2))
    harness.now += 3600
    await harness.accept()


async def test_a_pause_refuses_until_the_next_probe(harness: StoreHarness, store: Store) -> None:
    await store.providers.pause(key="balance", now=harness.now)

    with pytest.raises(ProviderPaused) as refusal:
        await harness.accept()

    harness.now = refusal.value.until
    await harness.accept()


async def test_the_place_in_the_queue_counts_who_is_served_first(harness: StoreHarness) -> None:
    places = [(await harness.accept(a_request(user_id=user))).ahead for user in (1, 1, 1, 2)]

    assert places == [0, 1, 2, 1]


async def test_units_given_back_can_be_asked_for_again(harness: StoreHarness, store: Store) -> None:
    harness.limits = Limits(user_daily=1)
    job = (await harness.accept()).job

    await store.jobs.finish(
        job.id,
        State.CANCELLED,
        from_states=[State.QUEUED],
        outcome=Outcome(key="cancelled"),
        give_back=True,
        now=harness.now,
    )

    assert await harness.used() == 0
    await harness.accept()


async def test_every_refusal_is_one_of_our_errors(harness: StoreHarness) -> None:
    harness.limits = Limits(user_daily=1, user_cooldown_s=100, user_running=1, user_queued=1)
    answers = await asyncio.gather(
        *(harness.accept(a_request(count=count)) for count in (1, 1, 9)), return_exceptions=True
    )

    assert sorted(isinstance(answer, BotError) for answer in answers) == [False, True, True]
