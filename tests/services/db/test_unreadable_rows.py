"""A row that cannot be read affects its own job only: others go on, and deletes reach it too."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.db import Store
from services.models import State
from tests.services.db.conftest import StoreHarness
from tests.support.requests import a_request

DAMAGE = {
    "options of a foreign type": ("options", '["none"]'),
    "options with text for a number": ("options", '{"count": "many"}'),
    "a place that is a list": ("place", "[]"),
    "a place without what it needs": ("place", "{}"),
    "a source that is null": ("source", "null"),
    "a source that is deep": ("source", "[" * 500 + "]" * 500),
    "more sources that are words": ("more", '["a"]'),
    "images that are a number": ("images", "5"),
    "an outcome without a key": ("outcome", "{}"),
    "an outcome that is a number": ("outcome", "5"),
}
damaged = pytest.mark.parametrize(("column", "text"), DAMAGE.values(), ids=DAMAGE)


async def damage(store: Store, job_id: str, column: str, text: str) -> None:
    await store.jobs._thread.transact(
        lambda db: db.execute(f"UPDATE job SET {column} = ? WHERE job.id = ?", [text, job_id]),
        writes=True,
    )


async def value(store: Store, job_id: str, column: str) -> object:
    row = await store.jobs._thread.transact(
        lambda db: db.execute(f"SELECT {column} FROM job WHERE job.id = ?", [job_id]).fetchone(),
        writes=False,
    )
    return row[0]


@damaged
async def test_fetch_due_skips_an_unreadable_queued_row(
    harness: StoreHarness, store: Store, column: str, text: str
) -> None:
    broken = (await harness.accept(a_request(user_id=1))).job
    whole = (await harness.accept(a_request(user_id=2))).job
    await damage(store, broken.id, column, text)

    taken = await store.jobs.fetch_due(now=harness.now, lease_s=60, units=1, per_user=1)
    again = await store.jobs.fetch_due(now=harness.now + 1, lease_s=60, units=1, per_user=1)

    assert [job.id for job in (*taken.jobs, *again.jobs)] == [whole.id]
    assert [*taken.unreadable, *again.unreadable] == [broken.id]


@damaged
async def test_fetch_due_skips_an_unreadable_running_row(
    harness: StoreHarness, store: Store, column: str, text: str
) -> None:
    broken = await harness.running(a_request(user_id=1))
    whole = await harness.running(a_request(user_id=2))
    await damage(store, broken.id, column, text)
    harness.now += 61

    taken = await store.jobs.fetch_due(now=harness.now, lease_s=60, units=9, per_user=0)

    assert [job.id for job in taken.jobs] == [whole.id]
    assert taken.in_flight == 1
    later = harness.now + 3600 - 1
    assert not (await store.jobs.fetch_due(now=later, lease_s=60, units=9, per_user=0)).unreadable
    later += 1
    assert (await store.jobs.fetch_due(now=later, lease_s=60, units=9, per_user=0)).unreadable


async def test_fetch_due_claims_a_row_that_is_readable_again(
    harness: StoreHarness, store: Store
) -> None:
    job = (await harness.accept()).job
    options = await value(store, job.id, "options")
    await damage(store, job.id, "options", "[]")
    await harness.take()
    await damage(store, job.id, "options", str(options))
    harness.now += 3600

    assert [(each.id, each.state) for each in await harness.take()] == [(job.id, State.SUBMITTING)]


@damaged
async def test_lists_omit_an_unreadable_row(
    harness: StoreHarness, store: Store, column: str, text: str
) -> None:
    broken, whole = [(await harness.accept()).job for _ in range(2)]
    await damage(store, broken.id, column, text)

    assert [(job.id, ahead) for job, ahead in await store.jobs.waiting()] == [(whole.id, 1)]
    page = await store.member_jobs.page(whole.request.user_id, guild_id=None, number=0, limit=5)
    assert [entry.job.id for entry in page.entries] == [whole.id]
    kept = await store.personal.jobs(whole.request.user_id, after="")
    assert [each.job.id for each in kept] == [whole.id]


@damaged
async def test_running_since_omits_an_unreadable_row(
    harness: StoreHarness, store: Store, column: str, text: str
) -> None:
    ids: list[str] = []
    for user_id in (1, 2):
        job = (await harness.accept(a_request(user_id=user_id))).job
        await harness.take()
        await store.jobs.mark_sent(job.id, now=harness.now)
        await store.jobs.mark_running(job.id, task_id=job.id, now=harness.now, next_at=harness.now)
        ids.append(job.id)
    await damage(store, ids[0], column, text)

    found = [job.id for job in await store.jobs.running_since(0.0)]

    assert found == [ids[1]]


@damaged
async def test_erase_empties_an_unreadable_row(
    harness: StoreHarness, store: Store, column: str, text: str
) -> None:
    job = (await harness.accept(a_request(prompt="a secret"))).job
    await damage(store, job.id, column, text)

    assert await store.personal.erase(job.request.user_id, now=harness.now) == [job.id]

    assert await value(store, job.id, "prompt") == ""
    assert await value(store, job.id, column) != text


@damaged
async def test_old_prompts_are_emptied_beside_an_unreadable_row(
    harness: StoreHarness, store: Store, column: str, text: str
) -> None:
    jobs = [await harness.running(a_request(user_id=user_id)) for user_id in (1, 2)]
    harness.now += 61
    for job in jobs:
        await store.jobs.mark_ready(job.id, [], now=harness.now)
        await store.jobs.mark_notified(job.id, posted=True, now=harness.now)
    await damage(store, jobs[0].id, column, text)

    assert await store.prompts.empty(before="~", limit=9) == 2

    assert [await value(store, job.id, "prompt") for job in jobs] == ["", ""]


@damaged
async def test_delete_all_removes_images_of_an_unreadable_row(
    harness: StoreHarness, store: Store, column: str, text: str
) -> None:
    job = (await harness.accept()).job
    await damage(store, job.id, column, text)

    await store.pictures.delete_all(job.id)

    assert "http" not in str(await value(store, job.id, "source"))


async def test_job_with_invalid_unicode_is_read(tmp_path: Path) -> None:
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        harness = StoreHarness(store)
        job = (await harness.accept()).job
        await store.jobs._thread.transact(
            lambda db: db.execute(
                "UPDATE job SET prompt = CAST(? AS TEXT) WHERE job.id = ?", [b"a \xff b", job.id]
            ),
            writes=True,
        )

        assert [each.request.prompt for each in await harness.take()] == ["a \ufffd b"]
