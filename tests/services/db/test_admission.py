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


async def test_accept_stores_a_queued_job_with_its_whole_request(
    harness: StoreHarness,
) -> None:
    request = a_request(count=3, prompt="as a woodcut", ratio="1:1", spoiler=True)

    accepted = await harness.accept(request)

    job = await harness.job(accepted.job.id)
    assert job == accepted.job
    assert (job.state, job.units, job.day, job.request) == (State.QUEUED, 3, DAY.day, request)


async def test_accept_reserves_units(harness: StoreHarness) -> None:
    harness.limits = Limits(user_daily=10)

    accepted = await harness.accept(a_request(count=4))

    assert accepted.used == await harness.used() == 4


async def test_accept_over_the_daily_limit_reserves_nothing(harness: StoreHarness) -> None:
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
async def test_caps_count_the_units_of_all_users(
    harness: StoreHarness, limits: Limits, side: str
) -> None:
    harness.limits = limits
    await harness.accept(a_request(user_id=1, count=2))

    with pytest.raises(QuotaExceeded) as refusal:
        await harness.accept(a_request(user_id=2))

    assert refusal.value.side == side


async def test_guild_cap_does_not_count_another_guilds_units(harness: StoreHarness) -> None:
    harness.limits = Limits(guild_daily=2)
    await harness.accept(a_request(count=2, guild_id=5))

    await harness.accept(a_request(count=2, guild_id=6))


async def test_accept_of_200_concurrent_requests_stops_at_the_limit(harness: StoreHarness) -> None:
    harness.limits = Limits(user_daily=10)

    answers = await asyncio.gather(*(harness.accept() for _ in range(200)), return_exceptions=True)

    assert sum(not isinstance(answer, QuotaExceeded) for answer in answers) == 10
    assert await harness.used() == 10


async def test_accept_of_the_same_interaction_again_is_a_duplicate(harness: StoreHarness) -> None:
    request = a_request()
    first = await harness.accept(request)

    with pytest.raises(DuplicateRequest) as again:
        await harness.accept(request)

    assert again.value.job_id == first.job.id
    assert await harness.used() == 1


async def test_accept_allows_running_plus_queued_open_jobs(harness: StoreHarness) -> None:
    harness.limits = Limits(user_running=1, user_queued=2)
    for _ in range(3):
        await harness.accept()

    with pytest.raises(TooManyJobs) as refusal:
        await harness.accept()

    assert (refusal.value.open_jobs, refusal.value.allowed) == (3, 3)
    await harness.accept(a_request(user_id=2))


async def test_cooldown_counts_from_acceptance(harness: StoreHarness) -> None:
    harness.limits = Limits(user_cooldown_s=10)
    first = await harness.accept()

    with pytest.raises(CoolingDown) as refusal:
        await harness.accept()

    assert refusal.value.until == first.job.created_at + 10
    harness.now += 10
    await harness.accept()


async def test_cooldown_after_the_clock_was_set_back_is_not_extended(
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
async def test_cooldown_after_repeated_content_refusals_is_five_minutes(
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


async def test_accept_during_a_pause_is_refused_until_the_next_probe(
    harness: StoreHarness, store: Store
) -> None:
    await store.providers.pause(key="balance", now=harness.now)

    with pytest.raises(ProviderPaused) as refusal:
        await harness.accept()

    harness.now = refusal.value.until
    await harness.accept()


async def test_queue_position_follows_the_round_robin_order(harness: StoreHarness) -> None:
    places = [(await harness.accept(a_request(user_id=user))).ahead for user in (1, 1, 1, 2)]

    assert places == [0, 1, 2, 1]


async def test_refunded_units_can_be_reserved_again(harness: StoreHarness, store: Store) -> None:
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


async def test_accept_refusals_are_all_bot_errors(harness: StoreHarness) -> None:
    harness.limits = Limits(user_daily=1, user_cooldown_s=100, user_running=1, user_queued=1)
    answers = await asyncio.gather(
        *(harness.accept(a_request(count=count)) for count in (1, 1, 9)), return_exceptions=True
    )

    assert sorted(isinstance(answer, BotError) for answer in answers) == [False, True, True]
