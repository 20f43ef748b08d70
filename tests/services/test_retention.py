"""Retention: which images and words are deleted when, and which stay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.common.durations import DAY_S
from services.common.ids import created_at, is_job_id, lowest_id, new_job_id
from services.db import Store
from services.models import Job, Outcome, Request, Source, State
from services.storage import LocalStorage
from services.storage.retention import (
    AT_ONCE,
    EVERY_S,
    RetentionPolicy,
    empty_words,
    make_room,
    run_retention,
    sweep,
)
from tests.services.db.conftest import StoreHarness
from tests.support.requests import NOON, a_request
from tests.support.time import HandClock


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[StoreHarness]:
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        made = StoreHarness(store)
        made.limits = replace(made.limits, user_daily=0, user_queued=None, user_cooldown_s=0)
        yield made


async def over(harness: StoreHarness, request: Request | None = None) -> Job:
    """Return a job that has ended and whose user has been notified."""
    job = (await harness.accept(request or a_request())).job
    outcome = Outcome(key="cancelled", words="what the provider quoted")
    await harness.store.jobs.finish(
        job.id,
        State.CANCELLED,
        from_states=[State.QUEUED],
        outcome=outcome,
        give_back=True,
        now=harness.now,
    )
    await harness.store.jobs.mark_notified(job.id, posted=True, now=harness.now)
    return await harness.job(job.id)


def folder_of(root: Path, job: Job, *, size: int = 10) -> Path:
    folder = root / "pictures" / job.id
    folder.mkdir(parents=True)
    (folder / "one.png").write_bytes(b"x" * size)
    return folder


async def test_sweep_deletes_old_images_only(harness: StoreHarness, tmp_path: Path) -> None:
    old, new = await over(harness), await over(harness)
    gone, stays = folder_of(tmp_path, old), folder_of(tmp_path, new)
    removed = await sweep(
        harness.store, LocalStorage(tmp_path / "pictures"), before=created_at(new.id)
    )

    assert (removed, gone.exists(), stays.exists()) == (1, False, True)


async def test_sweep_leaves_images_of_open_jobs(harness: StoreHarness, tmp_path: Path) -> None:
    job = (await harness.accept()).job
    folder = folder_of(tmp_path, job)

    assert (
        await sweep(harness.store, LocalStorage(tmp_path / "pictures"), before=harness.now + 1e6)
        == 0
    )
    assert await make_room(harness.store, LocalStorage(tmp_path / "pictures"), limit=0) == 0
    assert folder.exists()


@pytest.mark.parametrize("days", [89, 91])
async def test_run_retention_deletes_reports_after_ninety_days(
    harness: StoreHarness, tmp_path: Path, days: int
) -> None:
    """Old reports are deleted even if no new report arrives."""
    await harness.store.reports.file("a-job", guild_id=5, user_id=1, now=NOON)
    clock = HandClock(NOON + days * DAY_S)
    sweeping = asyncio.create_task(
        run_retention(
            harness.store,
            LocalStorage(tmp_path / "pictures"),
            keeping=RetentionPolicy(),
            clock=clock,
        )
    )
    await clock.next_sleep()
    sweeping.cancel()

    filed = await harness.store.reports.judge("a-job", guild_id=5, user_id=1, now=NOON)
    assert filed.verdict == ("before" if days < 90 else "first")


async def test_make_room_deletes_the_oldest_first(harness: StoreHarness, tmp_path: Path) -> None:
    folders = [folder_of(tmp_path, await over(harness), size=100) for _ in range(4)]
    removed = await make_room(harness.store, LocalStorage(tmp_path / "pictures"), limit=250)

    assert removed == 2
    assert [folder.exists() for folder in folders] == [False, False, True, True]
    assert await make_room(harness.store, LocalStorage(tmp_path / "pictures"), limit=250) == 0


async def test_make_room_leaves_foreign_files(harness: StoreHarness, tmp_path: Path) -> None:
    other = tmp_path / "pictures" / "holiday"
    other.mkdir(parents=True)

    assert await make_room(harness.store, LocalStorage(tmp_path / "pictures"), limit=0) == 0
    assert other.exists()


async def test_words_are_emptied_and_figures_stay(harness: StoreHarness) -> None:
    job = await over(harness)
    emptied = await empty_words(harness.store, before=harness.now + 1)
    after = await harness.job(job.id)

    assert emptied == 1
    assert (after.request.prompt, after.request.source.url, after.request.source.name) == (
        "",
        "",
        "",
    )
    assert after.outcome == Outcome(key="cancelled")
    assert (after.units, after.state, after.day) == (job.units, job.state, job.day)


async def test_empty_words_of_a_blend_clears_all_addresses(harness: StoreHarness) -> None:
    further = Source(url="https://cdn.example/two.png", name="two.png")
    job = await over(harness, replace(a_request(), kind="blend", more=(further, further)))
    await empty_words(harness.store, before=harness.now + 1)
    after = await harness.job(job.id)

    assert after.request.more == ()
    assert after.request.kind == "blend"


async def test_empty_words_clears_old_ended_jobs_only(harness: StoreHarness) -> None:
    old, still_open, new = await over(harness), (await harness.accept()).job, await over(harness)
    await empty_words(harness.store, before=harness.now + 1)

    assert (await harness.job(old.id)).request.prompt == ""
    assert (await harness.job(still_open.id)).request.prompt
    assert (await harness.job(new.id)).request.prompt  # it is emptied when that one is over


async def test_empty_words_works_in_steps_without_repeats(harness: StoreHarness) -> None:
    jobs = [await over(harness) for _ in range(7)]
    steps = [
        await harness.store.prompts.empty(before=lowest_id(harness.now + 1), limit=3)
        for _ in range(4)
    ]

    assert steps == [3, 3, 1, 0]
    assert not [job for job in jobs if (await harness.job(job.id)).request.prompt]
    assert AT_ONCE > 0


async def test_nothing_is_deleted_unless_it_is_asked_for(
    harness: StoreHarness, tmp_path: Path
) -> None:
    job = await over(harness)
    folder = folder_of(tmp_path, job)
    clock = HandClock()
    clock.move_to(NOON + 1000 * DAY_S)
    tidying = asyncio.create_task(
        run_retention(
            harness.store,
            LocalStorage(tmp_path / "pictures"),
            keeping=RetentionPolicy(),
            clock=clock,
        )
    )
    await asyncio.sleep(0.05)
    tidying.cancel()

    assert folder.exists()
    assert (await harness.job(job.id)).request.prompt


async def test_retention_sweeps_every_hour(harness: StoreHarness, tmp_path: Path) -> None:
    clock = HandClock()
    clock.move_to(NOON + 10)
    keeping = RetentionPolicy(pictures_days=1, pictures_gb=1, prompts_days=2)
    job = await over(harness)
    folder = folder_of(tmp_path, job)
    tidying = asyncio.create_task(
        run_retention(
            harness.store, LocalStorage(tmp_path / "pictures"), keeping=keeping, clock=clock
        )
    )
    async with asyncio.timeout(60):
        while clock.next_at() is None:  # noqa: ASYNC110 -- no event to wait for
            await asyncio.sleep(0.01)
        assert folder.exists()
        clock.move_to(NOON + 3 * DAY_S + EVERY_S)
        while folder.exists() or (await harness.job(job.id)).request.prompt:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    tidying.cancel()


def test_lowest_id_sorts_before_all_ids_of_an_instant() -> None:
    made = [new_job_id(NOON) for _ in range(50)]

    assert all(lowest_id(NOON) <= job_id for job_id in made)
    assert all(new_job_id(NOON - 0.001) < lowest_id(NOON) for _ in range(50))
    assert not is_job_id(lowest_id(NOON))
