"""Deletes now or later, retention by age and size, and local copies that follow."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.common.ids import created_at, lowest_id, new_job_id
from services.db import Store
from services.errors import VaultUnreachable
from services.models import Job, Outcome, State
from services.storage.retention import (
    DAY_S,
    EVERY_S,
    RetentionPolicy,
    make_room,
    run_retention,
    sweep,
)
from services.storage.s3 import TIDY_EVERY_S, TRY_EVERY_S, S3Storage
from services.storage.s3_cache import IN_USE_S
from tests.services.db.conftest import StoreHarness
from tests.services.storage.conftest import Machines
from tests.services.storage.test_transfers import written
from tests.support.requests import NOON, a_request
from tests.support.s3_server import S3Proxy, S3ServerProcess, bucket_settings, machine, objects
from tests.support.time import HandClock

Objects = dict[str, int]


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[StoreHarness]:
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        made = StoreHarness(store)
        made.limits = replace(made.limits, user_daily=0, user_queued=None, user_cooldown_s=0)
        yield made


async def over(harness: StoreHarness) -> Job:
    """Return a job that has ended and whose user has been notified."""
    job = (await harness.accept(a_request())).job
    await harness.store.jobs.finish(
        job.id,
        State.CANCELLED,
        from_states=[State.QUEUED],
        outcome=Outcome(key="cancelled"),
        give_back=True,
        now=harness.now,
    )
    await harness.store.jobs.mark_notified(job.id, posted=True, now=harness.now)
    return job


async def is_over(_job_id: str) -> bool:
    return True


@contextlib.asynccontextmanager
async def at_work(storage: S3Storage, clock: HandClock) -> AsyncIterator[None]:
    """Run a machine's maintenance until it sleeps; each move of the clock is another round."""
    working = asyncio.create_task(storage.run_maintenance(is_over))
    try:
        await asleep(clock)
        yield
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def asleep(clock: HandClock) -> None:
    async with asyncio.timeout(60):
        while clock.next_at() is None:  # noqa: ASYNC110 -- no event to wait for
            await asyncio.sleep(0.005)


async def round_later(clock: HandClock, seconds: float) -> None:
    clock.move_to(clock.now() + seconds)
    await asyncio.sleep(0)
    await asleep(clock)


async def test_delete_removes_local_and_bucket_files(
    machines: Machines, s3: str, bucket: str
) -> None:
    one = machines("one")
    mine, other = new_job_id(NOON), new_job_id(NOON)
    await one.upload([written(one, "source", job_id=each) for each in (mine, other)])
    await one.delete([mine])

    assert objects(s3, bucket) == {f"{other}/source": 9}
    assert not one.folder(mine).exists()
    assert list((one.folder(mine).parent / ".to-delete").iterdir()) == []


async def test_delete_refused_is_repeated_when_the_store_answers(
    tmp_path: Path, machines: Machines, s3_proxy: S3Proxy, clock: HandClock, s3: str, bucket: str
) -> None:
    one, job_id = machines("one"), new_job_id(NOON)
    await one.upload([written(one, "source", job_id=job_id)])
    s3_proxy.close()
    await one.delete([job_id])

    assert not one.folder(job_id).exists()
    assert objects(s3, bucket)
    settings = bucket_settings(tmp_path / "one", bucket=bucket, endpoint=s3_proxy.address)
    after_a_crash = machine(settings, clock)
    async with at_work(after_a_crash, clock):
        assert objects(s3, bucket)
        s3_proxy.is_open = True
        await round_later(clock, TRY_EVERY_S)
        assert objects(s3, bucket) == {}
    assert list((tmp_path / "one" / ".to-delete").iterdir()) == []


async def test_copies_elsewhere_follow_within_the_hour(
    machines: Machines, clock: HandClock
) -> None:
    one, two = machines("one"), machines("two")
    gone, stays = new_job_id(NOON), new_job_id(NOON)
    for each in (gone, stays):
        await one.upload([written(one, "source", job_id=each)])
    async with at_work(two, clock):
        await two.ensure_local([two.folder(each) / "source" for each in (gone, stays)])
        await one.delete([gone])
        assert await two.existing([two.folder(gone) / "source"]) == set()
        await round_later(clock, TIDY_EVERY_S)

    assert not two.folder(gone).exists()
    assert two.folder(stays).exists()


async def test_local_cache_stays_within_its_size(
    tmp_path: Path, bucket: str, s3_proxy: S3Proxy, clock: HandClock
) -> None:
    settings = bucket_settings(
        tmp_path / "one", bucket=bucket, endpoint=s3_proxy.address, PICTURES_CACHE_GB="0.0003"
    )
    one = machine(settings, clock)
    ids = [new_job_id(NOON + number) for number in range(4)]
    for number, each in enumerate(ids):
        await one.upload([written(one, "source", bytes(100_000), job_id=each)])
        clock.move_to(NOON + number)
        await one.ensure_local([one.folder(each) / "source"])
    clock.move_to(clock.now() + IN_USE_S + 10)
    await one.ensure_local([one.folder(ids[0]) / "source"])  # the oldest is now the last used
    async with at_work(one, clock):
        pass

    assert [one.folder(each).exists() for each in ids] == [True, False, True, True]
    assert await one.existing([one.folder(ids[1]) / "source"])


async def test_files_from_before_the_bucket_are_uploaded_once(
    machines: Machines, clock: HandClock, s3: str, bucket: str, s3_proxy: S3Proxy
) -> None:
    one, job_id = machines("one"), new_job_id(NOON)
    old = [written(one, name, job_id=job_id) for name in ("source", "source-2", f"{job_id}_1.png")]
    written(one, f"{job_id}_1-thumb.jpg", job_id=job_id)
    written(one, "source-prepared.jpg", job_id=job_id)

    assert await one.existing(old) == set(old)
    s3_proxy.close()
    async with at_work(one, clock):
        assert objects(s3, bucket) == {}
        assert one.folder(job_id).exists(), "deleted, though it lay nowhere else"
        s3_proxy.is_open = True
        await round_later(clock, TIDY_EVERY_S)
        assert set(objects(s3, bucket)) == {f"{job_id}/{path.name}" for path in old}
        await machines("two").delete([job_id])
        await round_later(clock, TIDY_EVERY_S)

    assert objects(s3, bucket) == {}, "carried there a second time"
    assert not one.folder(job_id).exists()


async def test_retention_deletes_old_images_except_of_open_jobs(
    harness: StoreHarness, machines: Machines, s3: str, bucket: str
) -> None:
    one = machines("one")
    done, still_open = await over(harness), (await harness.accept(a_request(user_id=8))).job
    young = await over(harness)
    for job in (done, still_open, young):
        await one.upload([written(one, "source", job_id=job.id)])
    removed = await sweep(harness.store, machines("two"), before=created_at(young.id))

    assert removed == 1
    assert set(objects(s3, bucket)) == {f"{job.id}/source" for job in (still_open, young)}


async def test_retention_of_a_full_bucket_deletes_the_oldest_first(
    harness: StoreHarness, machines: Machines, s3: str, bucket: str
) -> None:
    one = machines("one")
    jobs = [await over(harness) for _ in range(4)]
    for job in jobs:
        await one.upload([written(one, "source", bytes(100), job_id=job.id)])

    assert await make_room(harness.store, machines("two"), limit=250) == 2
    assert set(objects(s3, bucket)) == {f"{job.id}/source" for job in jobs[2:]}


@pytest.mark.proof
async def test_listing_of_thousands_is_read_to_its_end(
    machines: Machines, s3_process: S3ServerProcess, bucket: str
) -> None:
    one = machines("one")
    ids = [new_job_id(NOON + number) for number in range(2_500)]
    names = [f"{each}/source" for each in ids] + ["notes/of-others.txt"]
    s3_process.fill(bucket, [f"pictures/{name}" for name in names])

    sizes = await one.sizes()
    assert len(sizes) == 2_500
    assert set(sizes.values()) == {5}
    assert await one.job_ids_before(created_at(ids[1_700])) == ids[:1_700]
    assert lowest_id(NOON) < min(sizes)


async def test_failed_sweep_is_repeated_after_an_hour(
    harness: StoreHarness, machines: Machines, s3_proxy: S3Proxy, s3: str, bucket: str
) -> None:
    one, job = machines("one"), await over(harness)
    await one.upload([written(one, "source", job_id=job.id)])
    clock = HandClock(created_at(job.id) + 2 * DAY_S)
    s3_proxy.close()
    with pytest.raises(VaultUnreachable):
        await sweep(harness.store, one, before=clock.now())
    keeping = RetentionPolicy(pictures_days=1)
    tidying = asyncio.create_task(run_retention(harness.store, one, keeping=keeping, clock=clock))
    await asleep(clock)
    assert objects(s3, bucket)
    s3_proxy.is_open = True
    await round_later(clock, EVERY_S)
    tidying.cancel()

    assert objects(s3, bucket) == {}
