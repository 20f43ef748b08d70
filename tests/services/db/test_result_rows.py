"""Rows of images: their history, and what is left after they are deleted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from services.db import Store
from services.models import Job, Result, Source
from tests.services.db.conftest import StoreHarness
from tests.support.requests import NOON, a_request


async def accepted(harness: StoreHarness, number: int, *sources: Source) -> Job:
    request = replace(a_request(user_id=number, source=sources[0]), more=tuple(sources[1:]))
    return (await harness.accept(request)).job


def out_of(job: Job, position: int | None) -> Source:
    return Source(origin="job", job_id=job.id, position=position)


PLAIN = Source(url="https://cdn.example/cat.png")


async def test_ancestors_of_an_uploaded_image_are_none(store: Store, harness: StoreHarness) -> None:
    job = await accepted(harness, 1, PLAIN)

    assert await store.pictures.ancestors(job, limit=9) == []


async def test_ancestors_reach_back_through_every_job(store: Store, harness: StoreHarness) -> None:
    first = await accepted(harness, 1, PLAIN)
    second = await accepted(harness, 2, out_of(first, 3))
    again = await accepted(harness, 3, out_of(second, None))
    third = await accepted(harness, 4, out_of(again, 0))

    found = await store.pictures.ancestors(third, limit=9)

    assert [(one.job_id, one.position) for one in found] == [(again.id, 0), (first.id, 3)]
    assert [one.job.id for one in found if one.job] == [again.id, first.id]
    assert len(await store.pictures.ancestors(third, limit=1)) == 1


async def test_ancestors_end_at_an_unknown_job(store: Store, harness: StoreHarness) -> None:
    lost = replace(await accepted(harness, 1, PLAIN), id="9" * 22)
    job = await accepted(harness, 2, out_of(lost, 1))
    again = await accepted(harness, 3, out_of(lost, None))

    [found] = await store.pictures.ancestors(job, limit=9)

    assert (found.job, found.position) == (None, 1)
    assert await store.pictures.ancestors(again, limit=9) == []


async def test_delete_all_removes_image_addresses(
    store: Store, harness: StoreHarness, tmp_path: Path
) -> None:
    job = await accepted(harness, 1, PLAIN, Source(origin="link", url="https://example.com/dog"))
    path = tmp_path / "a.png"
    result = Result(position=0, path=path, url="https://kling.example/1", width=1, height=1, size=1)
    running = "UPDATE job SET state = 'running', task_id = 't', images = ?"
    images = json.dumps(["https://kling.example/1"])
    await store._thread.transact(lambda db: db.execute(running, [images]), writes=True)
    await store.jobs.mark_ready(job.id, [result], now=NOON)

    await store.pictures.delete_all(job.id)

    assert await store.jobs.results(job.id) == []
    after = await store.jobs.get(job.id)
    assert after is not None
    assert [one.url for one in after.request.sources] == ["", ""]
    assert [one.origin for one in after.request.sources] == ["attachment", "link"]
    assert after.request.prompt == job.request.prompt


async def test_costs_record_is_stored_with_the_job(store: Store, harness: StoreHarness) -> None:
    job = await accepted(harness, 1, PLAIN)
    await store.costs.record(job.id, deduction=8.0, cost_micro=28_000)
    thread = store._thread
    running = "UPDATE job SET state = 'running', task_id = 't'"
    await thread.transact(lambda db: db.execute(running), writes=True)
    await store.costs.record(job.id, deduction=8.0, cost_micro=28_000)

    after = await store.jobs.get(job.id)

    assert after is not None
    assert (after.deduction, after.cost_micro) == (8.0, 28_000)
