"""Rows of reports: one per member, job and server; limited per reporter and per server."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from services.db import Filing, Store
from tests.support.requests import NOON

A, B = 5, 6
JOB = "j" * 22


async def take(
    store: Store, user_id: int, job_id: str = JOB, *, guild_id: int | None = A, after: float = 0.0
) -> Filing:
    now = NOON + after
    return await store.reports.file(job_id, guild_id=guild_id, user_id=user_id, now=now)


async def test_take_of_twelve_at_once_makes_one_first_and_three_others(store: Store) -> None:
    taken = await asyncio.gather(*(take(store, user_id) for user_id in range(1, 13)))

    assert Counter(one.verdict for one in taken) == {"first": 1, "another": 3, "enough": 8}


async def test_take_of_one_member_twice_at_once_is_one(store: Store) -> None:
    taken = await asyncio.gather(*(take(store, 1) for _ in range(12)))

    assert Counter(one.verdict for one in taken) == {"first": 1, "before": 11}


async def test_take_across_jobs_of_one_member_ends_after_five(store: Store) -> None:
    taken = await asyncio.gather(
        *(take(store, 1, str(number), guild_id=number % 3 + 1) for number in range(12))
    )

    assert Counter(one.verdict for one in taken) == {"first": 5, "too_many": 7}
    assert {one.free_at for one in taken if one.free_at} == {NOON + 600}


async def test_take_of_many_members_and_jobs_ends_after_ten_a_server(store: Store) -> None:
    taken = [await take(store, number, str(number)) for number in range(1, 14)]

    assert Counter(one.verdict for one in taken) == {"first": 10, "too_many": 3}
    assert (await take(store, 99, "other", guild_id=B)).verdict == "first"
    assert (await take(store, 99, "later", after=61)).verdict == "first"


async def test_take_in_another_server_is_another_report(store: Store) -> None:
    assert (await take(store, 1)).verdict == "first"
    assert (await take(store, 1, guild_id=B)).verdict == "first"
    assert (await take(store, 1, guild_id=None)).verdict == "first"
    assert (await take(store, 1, guild_id=None)).verdict == "before"


async def test_drop_lets_a_report_be_made_again(store: Store) -> None:
    await take(store, 1)
    await store.reports.drop(JOB, guild_id=A, user_id=1)

    assert (await take(store, 1)).verdict == "first"


@pytest.mark.parametrize("days", [89, 91])
async def test_take_forgets_reports_after_ninety_days(store: Store, days: int) -> None:
    await take(store, 1)

    later = await take(store, 1, after=days * 86_400)

    assert later.verdict == ("before" if days < 90 else "first")


async def test_judge_takes_nothing(store: Store) -> None:
    judged = await store.reports.judge(JOB, guild_id=A, user_id=1, now=NOON)

    assert judged.verdict == "first"
    assert (await take(store, 1)).verdict == "first"
