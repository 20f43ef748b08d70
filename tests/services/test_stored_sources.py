"""An image that is stored for another job becomes a source without being fetched."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from services.common.ids import new_job_id
from services.errors import DownloadFailed, SourceNotKept, StoreUnavailable
from services.images import Decoder
from services.models import Job, Source, State
from services.storage.sources import SourceFolder
from tests.services.images.corpus import encoded, painted
from tests.support.requests import NOON, a_request
from tests.support.time import HandClock

FIRST, SECOND = encoded(painted(400, 400), "PNG"), encoded(painted(500, 400), "PNG")
NOWHERE = "http://127.0.0.1:1/cat.png"


@pytest.fixture
async def sources(tmp_path: Path) -> AsyncIterator[SourceFolder]:
    with contextlib.closing(Decoder()) as decoder:
        async with aiohttp.ClientSession() as session:
            yield SourceFolder(
                tmp_path / "pictures",
                session=session,
                decoder=decoder,
                clock=InstantClock(NOON),
            )


class InstantClock(HandClock):
    """A clock that never waits."""

    async def sleep(self, seconds: float) -> None:
        self.move_to(self.now() + seconds)


def kept(sources: SourceFolder, **files: bytes) -> str:
    """Put files into the folder of a past job; `_` at the start of a name stands for its id."""
    job_id = new_job_id(NOON)
    for name, content in files.items():
        named = name.replace("_", f"{job_id}_", 1) if name.startswith("_") else name
        (sources.folder(job_id) / named.replace("__", ".").replace("2nd", "-2")).write_bytes(
            content
        )
    return job_id


def a_job(*taken: Source) -> Job:
    request = replace(a_request(source=taken[0]), more=tuple(taken[1:]))
    return Job(
        id=new_job_id(NOON),
        request=request,
        state=State.SUBMITTING,
        units=1,
        day="2026-11-22",
        created_at=NOON,
    )


def of(job_id: str, position: int | None = None, url: str = "") -> Source:
    return Source(origin="job", job_id=job_id, position=position, url=url)


async def contents(sources: SourceFolder, job: Job) -> list[bytes]:
    found = [ready.picture for ready in await sources.make_ready(job)]
    assert all(isinstance(one, Path) and one.parent.name == job.id for one in found)
    return [Path(one).read_bytes() for one in found]  # noqa: ASYNC240


async def test_make_ready_uses_a_stored_result(sources: SourceFolder) -> None:
    parent = kept(sources, _1__png=FIRST, _2__png=SECOND)

    assert await contents(sources, a_job(of(parent, 1))) == [SECOND]
    assert await contents(sources, a_job(of(parent, 0))) == [FIRST]


async def test_make_ready_ignores_the_shrunk_result(sources: SourceFolder) -> None:
    parent = kept(sources, _1__png=FIRST)
    (sources.folder(parent) / f"{parent}_1-fit.jpg").write_bytes(SECOND)

    assert await contents(sources, a_job(of(parent, 0))) == [FIRST]


async def test_make_ready_of_the_same_images_keeps_their_order(sources: SourceFolder) -> None:
    before = kept(sources, source=FIRST, source2nd=SECOND)

    assert await contents(sources, a_job(of(before), of(before))) == [FIRST, SECOND]


async def test_make_ready_source_outlives_its_parent(sources: SourceFolder) -> None:
    parent = kept(sources, _1__png=FIRST)
    job = a_job(of(parent, 0))
    await sources.make_ready(job)
    (sources.folder(parent) / f"{parent}_1.png").unlink()

    assert await contents(sources, job) == [FIRST]


async def test_make_ready_uses_a_hard_link(sources: SourceFolder) -> None:
    parent = kept(sources, _1__png=FIRST)
    job = a_job(of(parent, 0))
    await sources.make_ready(job)

    assert (sources.folder(job.id) / "source").stat().st_nlink == 2


async def test_make_ready_without_hard_links_copies(
    sources: SourceFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    parent = kept(sources, _1__png=FIRST)
    job = a_job(of(parent, 0))

    assert await contents(sources, job) == [FIRST]
    assert [one.name for one in sources.folder(job.id).iterdir()] == ["source"]


async def test_make_ready_on_a_full_disk_is_unavailable(
    sources: SourceFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    parent = kept(sources, _1__png=FIRST)
    monkeypatch.setattr(os, "link", refused)
    monkeypatch.setattr("shutil.copyfile", refused)

    with pytest.raises(StoreUnavailable):
        await sources.make_ready(a_job(of(parent, 0)))


@pytest.mark.parametrize("position", [None, 0])
async def test_make_ready_of_a_missing_image_is_not_kept(
    sources: SourceFolder, position: int | None
) -> None:
    with pytest.raises(SourceNotKept):
        await sources.make_ready(a_job(of(new_job_id(NOON), position)))


async def test_make_ready_after_retention_fetches_from_the_message(sources: SourceFolder) -> None:
    with pytest.raises(DownloadFailed):  # it was contacted: no server listens there
        await sources.make_ready(a_job(of(new_job_id(NOON), 0, url=NOWHERE)))


async def test_make_ready_of_a_stored_image_does_not_fetch(sources: SourceFolder) -> None:
    parent = kept(sources, _1__png=FIRST)

    assert await contents(sources, a_job(of(parent, 0, url=NOWHERE))) == [FIRST]
