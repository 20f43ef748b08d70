"""The whole engine over a bucket: nothing counts before it is stored, nothing is lost meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.faults import Rule
from services.errors import DiscordUnreachable, StoreUnavailable
from services.models import Source, State
from services.storage.s3 import S3Storage
from services.storage.sources import SourceFolder
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.requests import a_request
from tests.support.s3_server import S3Proxy, bucket_settings, machine, objects


@pytest.fixture
async def here(tmp_path: Path, bucket: str, s3_proxy: S3Proxy) -> AsyncIterator[EngineHarness]:
    settings = bucket_settings(tmp_path / "pictures", bucket=bucket, endpoint=s3_proxy.address)
    async with running_engine(tmp_path, storage=lambda clock: machine(settings, clock)) as here:
        yield here
        await here.parts.storage.close()


async def moves_on(here: EngineHarness, machine: S3Storage, folder: Path) -> None:
    """Continue all jobs on another machine, which has none of their files on its disk."""
    sources = here.parts.sources
    assert isinstance(sources, SourceFolder)
    elsewhere = SourceFolder(
        folder, session=sources._session, decoder=sources._decoder, clock=here.clock
    )
    await here.restart(storage=machine, sources=elsewhere)


def other_machine(here: EngineHarness, tmp_path: Path, bucket: str, s3_proxy: S3Proxy) -> S3Storage:
    settings = bucket_settings(tmp_path / "two", bucket=bucket, endpoint=s3_proxy.address)
    return machine(settings, here.clock)


async def test_job_images_are_in_the_bucket(here: EngineHarness, s3: str, bucket: str) -> None:
    job = await here.until_over(await here.ask())

    assert job.state is State.DELIVERED
    assert set(objects(s3, bucket)) == {f"{job.id}/source", f"{job.id}/{job.id}_1.png"}


async def test_submission_waits_until_the_source_is_stored(
    here: EngineHarness, s3_proxy: S3Proxy, s3: str, bucket: str
) -> None:
    s3_proxy.close()
    job = await here.ask()
    began = here.clock.now()
    await here.until(lambda: here.clock.now() > began + 60)
    assert (await here.job(job.id)).sent_at is None
    assert objects(s3, bucket) == {}

    s3_proxy.is_open = True
    assert (await here.until_over(job)).state is State.DELIVERED
    assert len(objects(s3, bucket)) == 2


async def test_results_wait_for_the_bucket_though_their_links_lapse(
    here: EngineHarness, s3_proxy: S3Proxy, s3: str, bucket: str
) -> None:
    job = await here.ask()
    await here.until_state(job, State.RUNNING)
    s3_proxy.close()
    await here.until(lambda: job.id in here.parts.unkept)
    assert (await here.job(job.id)).state is State.RUNNING
    assert await here.store.jobs.results(job.id) == []
    here.kling.plan.add(Rule(action="status", method="GET", path="/files/", status=404, times=None))

    s3_proxy.is_open = True
    assert (await here.until_over(job)).state is State.DELIVERED
    assert f"{job.id}/{job.id}_1.png" in objects(s3, bucket)
    assert here.parts.unkept == {}


async def test_results_that_wait_for_the_bucket_keep_the_place_of_one_that_never_came(
    here: EngineHarness, s3_proxy: S3Proxy, s3: str, bucket: str
) -> None:
    """The images were renumbered, and the storage is not searched for their earlier names."""
    gone = Rule(action="status", method="GET", path=r"/results/.*0\.png$", status=404, times=None)
    here.kling.plan.add(gone)
    job = await here.ask(a_request(count=2))
    await here.until(lambda: gone.met > 7)
    s3_proxy.close()
    await here.until(lambda: job.id in here.parts.unkept)
    gone.path = "/results/"
    met = gone.met

    s3_proxy.is_open = True
    done = await here.until_over(job)
    assert (done.state, done.refunded_units, gone.met) == (State.DELIVERED, 1, met)
    assert f"{job.id}/{job.id}_1.png" in objects(s3, bucket)


async def test_acceptance_is_refused_while_the_store_is_unreachable(
    here: EngineHarness, s3_proxy: S3Proxy
) -> None:
    watching = asyncio.create_task(here.writing.run())
    s3_proxy.close()
    here.writing.doubt()
    await here.until(lambda: here.channel.alerts == ["unwritable"])
    with pytest.raises(StoreUnavailable, match="PICTURES_URL: no answer"):
        await here.ask()

    s3_proxy.is_open = True
    await here.until(lambda: here.channel.alerts == ["unwritable", "writable"])
    assert (await here.until_over(await here.ask())).state is State.DELIVERED
    watching.cancel()


async def test_result_of_one_machine_is_delivered_by_another(
    here: EngineHarness, tmp_path: Path, s3_proxy: S3Proxy, bucket: str
) -> None:
    here.channel.errors += [DiscordUnreachable("down")]
    job = await here.ask()
    await here.until_state(job, State.READY)
    two = other_machine(here, tmp_path, bucket, s3_proxy)
    await moves_on(here, two, tmp_path / "two")
    await here.until_over(job)

    [(_, [posted])] = here.channel.posted
    assert posted.path == tmp_path / "two" / job.id / f"{job.id}_1.png"
    await two.ensure_local([posted.path])
    assert (
        posted.path.read_bytes() == (tmp_path / "pictures" / job.id / posted.path.name).read_bytes()
    )
    await two.close()


async def test_submission_by_another_machine_reads_the_stored_source(
    here: EngineHarness, tmp_path: Path, s3_proxy: S3Proxy, bucket: str
) -> None:
    await here.store_capabilities(external_id=True)
    refusal = {"code": 5001, "message": "maintenance", "request_id": "r-1"}
    here.kling.plan.add(Rule(action="status", method="POST", status=503, body=refusal, times=1))
    job = await here.ask()
    await here.until(lambda: s3_proxy.requests("PUT", "/source"))
    await here.until_state(job, State.SUBMITTING)
    two = other_machine(here, tmp_path, bucket, s3_proxy)
    await moves_on(here, two, tmp_path / "two")

    assert (await here.until_over(job)).state is State.DELIVERED
    assert s3_proxy.requests("GET", f"{job.id}/source")
    assert (tmp_path / "two" / job.id / "source").is_file()
    await two.close()


@pytest.mark.parametrize("position", [None, 0])
async def test_result_as_source_is_read_by_another_machine(
    here: EngineHarness,
    tmp_path: Path,
    s3_proxy: S3Proxy,
    s3: str,
    bucket: str,
    position: int | None,
) -> None:
    first = await here.until_over(await here.ask())
    two = other_machine(here, tmp_path, bucket, s3_proxy)
    await moves_on(here, two, tmp_path / "two")
    source = Source(origin="job", job_id=first.id, position=position, name="cat.png")
    second = await here.until_over(await here.ask(replace(a_request(user_id=9), source=source)))

    name = "source" if position is None else f"{first.id}_1.png"
    kept = objects(s3, bucket)
    assert second.state is State.DELIVERED
    assert kept[f"{second.id}/source"] == kept[f"{first.id}/{name}"]
    await two.close()
