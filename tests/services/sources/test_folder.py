"""A job's folder: sources are fetched once, and converted to what Kling accepts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image

from services.errors import (
    DownloadFailed,
    StoreUnavailable,
    UnsupportedImage,
)
from services.images import Decoder, Ready
from services.models import Job, Source, State
from services.storage.sources import SourceFolder
from tests.services.images.corpus import encoded, painted
from tests.services.sources.conftest import (
    PICTURE,
    SIGNED,
    FakeCdn,
    InstantClock,
    sends,
)
from tests.support.requests import a_request


@pytest.fixture
def sources(
    session: aiohttp.ClientSession, decoder: Decoder, clock: InstantClock, tmp_path: Path
) -> SourceFolder:
    return SourceFolder(tmp_path / "pictures", session=session, decoder=decoder, clock=clock)


def a_job(url: str, **changes: Any) -> Job:
    request = replace(a_request(source=Source(url=url)), **changes)
    return Job(
        id="job1", request=request, state=State.QUEUED, units=1, day="2026-11-22", created_at=0
    )


def contents(ready: Ready) -> bytes:
    return Path(ready.picture).read_bytes()


async def ready_path(sources: SourceFolder, job: Job, *, again: bool = False) -> Path:
    (ready,) = await sources.make_ready(job, again=again)
    return Path(ready.picture)


async def test_make_ready_fetches_once_across_restarts(cdn: FakeCdn, sources: SourceFolder) -> None:
    job = a_job(cdn.url + SIGNED)
    first = await ready_path(sources, job)
    assert first.read_bytes() == PICTURE
    assert await ready_path(sources, job) == first
    assert len(cdn.requests) == 1
    assert first.parent == sources.folder("job1")


async def test_make_ready_converts_once(cdn: FakeCdn, sources: SourceFolder) -> None:
    cdn.answers = [sends(encoded(painted(), "WEBP"))]
    job = a_job(cdn.url + SIGNED)
    ready = await ready_path(sources, job)
    with Image.open(ready) as image:
        assert image.format == "JPEG"
    made_at = ready.stat().st_mtime_ns
    assert await ready_path(sources, job) == ready
    assert ready.stat().st_mtime_ns == made_at


async def test_make_ready_again_replaces_the_sent_image(
    cdn: FakeCdn, sources: SourceFolder
) -> None:
    job = a_job(cdn.url + SIGNED)
    first = await ready_path(sources, job)
    again = await ready_path(sources, job, again=True)
    assert again != first
    assert await ready_path(sources, job) == again


async def test_make_ready_returns_the_size_of_the_sent_image(
    cdn: FakeCdn, sources: SourceFolder
) -> None:
    cdn.answers = [sends(encoded(painted(200, 150), "PNG"))]
    job = a_job(cdn.url + SIGNED)
    for _ in range(2):  # as it was just made, and as it is found later
        (ready,) = await sources.make_ready(job)
        with Image.open(ready.picture) as image:
            assert (ready.width, ready.height) == image.size == (400, 300)


async def test_make_ready_keeps_the_order_of_images(cdn: FakeCdn, sources: SourceFolder) -> None:
    others = [encoded(painted(side, side), "PNG") for side in (310, 320)]
    cdn.answers = [sends(PICTURE), sends(others[0]), sends(others[1])]
    more = (Source(url=f"{cdn.url}/2.png"), Source(url=f"{cdn.url}/3.png"))
    job = a_job(cdn.url + SIGNED, more=more)
    ready = await sources.make_ready(job)
    assert [contents(one) for one in ready] == [PICTURE, *others]
    assert await sources.make_ready(job) == ready
    assert len(cdn.requests) == 3


async def test_make_ready_repeats_only_the_missing_image(
    cdn: FakeCdn, sources: SourceFolder
) -> None:
    cdn.answers = [sends(PICTURE), *[sends(b"", status=503)] * 3, sends(PICTURE)]
    job = a_job(cdn.url + SIGNED, more=(Source(url=f"{cdn.url}/2.png"),))
    with pytest.raises(DownloadFailed):
        await sources.make_ready(job)
    assert len(await sources.make_ready(job)) == 2
    assert [request.path for request in cdn.requests].count("/attachments/1/2/cat.png") == 1


async def test_make_ready_never_fetches_a_typed_link(cdn: FakeCdn, sources: SourceFolder) -> None:
    link = Source(url=f"{cdn.url}/typed.png", origin="link")
    job = a_job("", source=link, more=(replace(link, url=f"{cdn.url}/other.png"),))
    for again in (False, True):
        ready = await sources.make_ready(job, again=again)
        assert [one.picture for one in ready] == [f"{cdn.url}/typed.png", f"{cdn.url}/other.png"]
    assert cdn.requests == []


async def test_make_ready_of_no_image_is_refused(cdn: FakeCdn, sources: SourceFolder) -> None:
    cdn.answers = [sends(b"<html>")]
    with pytest.raises(UnsupportedImage):
        await sources.make_ready(a_job(cdn.url + SIGNED))


async def test_folder_that_cannot_be_made_is_unavailable(
    sources: SourceFolder, tmp_path: Path
) -> None:
    (tmp_path / "pictures").write_bytes(b"a file is in the way")
    with pytest.raises(StoreUnavailable):
        sources.folder("job1")
