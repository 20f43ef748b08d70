"""Sources come from Discord once, whole or not at all, and only the picture is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from PIL import Image

from services.errors import (
    DownloadFailed,
    ImageTooLarge,
    SourceGone,
    StoreUnavailable,
    UnsupportedImage,
)
from services.models import Job, Source, State
from services.pictures import Ready
from services.sources import SourceFolder, fetch_source
from tests.services.picture_corpus import encoded, painted
from tests.support.requests import a_request

SIGNED = "/attachments/1/2/cat.png?ex=6700a1b2&is=66ff5032&hm=0a%2Bb~c&"
PICTURE = encoded(painted(), "PNG")
IMPATIENT = aiohttp.ClientTimeout(total=2, sock_read=0.1)

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Cdn:
    """A file server that answers from a script; the last answer repeats."""

    answers: list[Answer] = field(default_factory=list)
    requests: list[web.Request] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        turn = min(len(self.requests), len(self.answers)) - 1
        return await self.answers[turn](request)


@dataclass
class JumpClock:
    """Sleeps without waiting."""

    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
async def cdn() -> AsyncIterator[Cdn]:
    served = Cdn([sends(PICTURE)])
    server = web.Server(served.answer)
    runner = web.ServerRunner(server, shutdown_timeout=0.05)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    served.url = site.name
    yield served
    await runner.cleanup()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def clock() -> JumpClock:
    return JumpClock()


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


def sends(body: bytes, *, status: int = 200) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, status=status)

    return answer


def moves_to(address: str) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": address})

    return answer


async def sends_half(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(len(PICTURE))})
    await response.prepare(request)
    await response.write(PICTURE[:100])
    assert request.transport is not None
    request.transport.abort()
    return response


async def falls_silent(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(len(PICTURE))})
    await response.prepare(request)
    await response.write(PICTURE[:100])
    await asyncio.Event().wait()
    return response


async def never_ends(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(bytes(65_536))


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_an_attachment_is_streamed_to_disk(
    cdn: Cdn, session: aiohttp.ClientSession, clock: JumpClock, tmp_path: Path
) -> None:
    size = await fetch_source(session, cdn.url + SIGNED, tmp_path / "source", clock=clock)
    assert size == len(PICTURE)
    assert (tmp_path / "source").read_bytes() == PICTURE
    assert files_in(tmp_path) == ["source"]


@pytest.mark.parametrize("wrong", [PICTURE[:-1], b"<html>bad gateway</html>", bytes(200_000)])
async def test_what_is_not_as_large_as_discord_told_is_fetched_again(
    cdn: Cdn, session: aiohttp.ClientSession, clock: JumpClock, tmp_path: Path, wrong: bytes
) -> None:
    cdn.answers = [sends(wrong), sends(PICTURE)]
    path, told = tmp_path / "source", len(PICTURE)

    size = await fetch_source(
        session, cdn.url + SIGNED, path, clock=clock, told_bytes=told, max_bytes=100_000
    )

    assert size == told
    assert path.read_bytes() == PICTURE


async def test_what_never_is_as_large_as_discord_told_is_not_kept(
    cdn: Cdn, session: aiohttp.ClientSession, clock: JumpClock, tmp_path: Path
) -> None:
    path, told = tmp_path / "source", len(PICTURE) + 1

    with pytest.raises(DownloadFailed, match="where Discord told of"):
        await fetch_source(session, cdn.url + SIGNED, path, clock=clock, told_bytes=told)

    assert files_in(tmp_path) == []


async def test_the_signed_link_goes_out_byte_for_byte_and_without_a_credential(
    cdn: Cdn, session: aiohttp.ClientSession, clock: JumpClock, tmp_path: Path
) -> None:
    await fetch_source(session, cdn.url + SIGNED, tmp_path / "source", clock=clock)
    (request,) = cdn.requests
    assert request.raw_path == SIGNED
    assert {"Authorization", "Cookie"}.isdisjoint(request.headers)


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_lapsed_link_is_gone_at_once(
    status: int, cdn: Cdn, session: aiohttp.ClientSession, clock: JumpClock, tmp_path: Path
) -> None:
    cdn.answers = [sends(b"This content is no longer available.", status=status)]
    with pytest.raises(SourceGone):
        await fetch_source(session, cdn.url + SIGNED, tmp_path / "source", clock=clock)
    assert len(cdn.requests) == 1
    assert files_in(tmp_path) == []


@pytest.mark.parametrize(
    "stumble", [sends(b"", status=500), sends(b"", status=429), sends_half, falls_silent]
)
async def test_a_stumble_is_tried_again(
    stumble: Answer, cdn: Cdn, session: aiohttp.ClientSession, clock: JumpClock, tmp_path: Path
) -> None:
    cdn.answers = [stumble, stumble, sends(PICTURE)]
    path = tmp_path / "source"
    await fetch_source(session, cdn.url + SIGNED, path, clock=clock, timeout=IMPATIENT)
    assert path.read_bytes() == PICTURE
    assert clock.slept == [0.5, 2.0]


@pytest.mark.parametrize("stumble", [sends(b"", status=503), sends_half])
async def test_after_three_tries_the_fetch_has_failed(
    stumble: Answer, cdn: Cdn, session: aiohttp.ClientSession, clock: JumpClock, tmp_path: Path
) -> None:
    cdn.answers = [stumble]
    with pytest.raises(DownloadFailed) as caught:
        await fetch_source(session, cdn.url + SIGNED, tmp_path / "source", clock=clock)
    assert len(cdn.requests) == 3
    assert "hm=" not in str(caught.value)
    assert files_in(tmp_path) == []


async def test_nobody_there_is_a_failed_download(
    session: aiohttp.ClientSession, clock: JumpClock, tmp_path: Path
) -> None:
    for nowhere in ("http://127.0.0.1:9/cat.png", "http://127.0.0.1:99999/cat.png", "cat.png"):
        with pytest.raises(DownloadFailed):
            await fetch_source(session, nowhere, tmp_path / "source", clock=clock)


@pytest.mark.parametrize("answer", [sends(bytes(5000)), never_ends])
async def test_too_much_is_broken_off(
    answer: Answer, cdn: Cdn, session: aiohttp.ClientSession, clock: JumpClock, tmp_path: Path
) -> None:
    cdn.answers = [answer]
    with pytest.raises(ImageTooLarge) as caught:
        await fetch_source(
            session, cdn.url + SIGNED, tmp_path / "source", clock=clock, max_bytes=4999
        )
    assert caught.value.found < 500_000
    assert files_in(tmp_path) == []


async def test_a_redirect_is_followed_on_the_same_host(
    cdn: Cdn, session: aiohttp.ClientSession, clock: JumpClock, tmp_path: Path
) -> None:
    cdn.answers = [moves_to("/elsewhere.png"), sends(PICTURE)]
    await fetch_source(session, cdn.url + SIGNED, tmp_path / "source", clock=clock)
    assert cdn.requests[1].raw_path == "/elsewhere.png"


@pytest.mark.parametrize(
    "address",
    ["http://localhost:1/x", "http://169.254.169.254/", "file:///etc/passwd", "/loop", ""],
)
async def test_a_redirect_to_elsewhere_or_in_a_circle_is_not(
    address: str, cdn: Cdn, session: aiohttp.ClientSession, clock: JumpClock, tmp_path: Path
) -> None:
    cdn.answers = [moves_to(address)]
    with pytest.raises(DownloadFailed):
        await fetch_source(session, cdn.url + SIGNED, tmp_path / "source", clock=clock)
    assert len(cdn.requests) <= 3 * 4


async def test_a_disk_that_takes_nothing_is_said_to_be_the_disk(
    cdn: Cdn, session: aiohttp.ClientSession, clock: JumpClock, tmp_path: Path
) -> None:
    with pytest.raises(StoreUnavailable):
        await fetch_source(session, cdn.url + SIGNED, tmp_path / "none" / "source", clock=clock)


# --- A Job's folder


@pytest.fixture
def sources(
    session: aiohttp.ClientSession, executor: Executor, clock: JumpClock, tmp_path: Path
) -> SourceFolder:
    return SourceFolder(tmp_path / "pictures", session=session, executor=executor, clock=clock)


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


async def test_a_source_is_fetched_once_even_over_a_restart(
    cdn: Cdn, sources: SourceFolder
) -> None:
    job = a_job(cdn.url + SIGNED)
    first = await ready_path(sources, job)
    assert first.read_bytes() == PICTURE
    assert await ready_path(sources, job) == first
    assert len(cdn.requests) == 1
    assert first.parent == sources.folder("job1")


async def test_what_kling_can_not_take_is_converted_once(cdn: Cdn, sources: SourceFolder) -> None:
    cdn.answers = [sends(encoded(painted(), "WEBP"))]
    job = a_job(cdn.url + SIGNED)
    ready = await ready_path(sources, job)
    with Image.open(ready) as image:
        assert image.format == "JPEG"
    made_at = ready.stat().st_mtime_ns
    assert await ready_path(sources, job) == ready
    assert ready.stat().st_mtime_ns == made_at


async def test_a_picture_encoded_again_is_the_one_that_is_sent_from_then_on(
    cdn: Cdn, sources: SourceFolder
) -> None:
    job = a_job(cdn.url + SIGNED)
    first = await ready_path(sources, job)
    again = await ready_path(sources, job, again=True)
    assert again != first
    assert await ready_path(sources, job) == again


async def test_the_size_is_that_of_what_is_sent(cdn: Cdn, sources: SourceFolder) -> None:
    cdn.answers = [sends(encoded(painted(200, 150), "PNG"))]
    job = a_job(cdn.url + SIGNED)
    for _ in range(2):  # as it was just made, and as it is found later
        (ready,) = await sources.make_ready(job)
        with Image.open(ready.picture) as image:
            assert (ready.width, ready.height) == image.size == (400, 300)


async def test_several_pictures_stay_in_their_order(cdn: Cdn, sources: SourceFolder) -> None:
    others = [encoded(painted(side, side), "PNG") for side in (310, 320)]
    cdn.answers = [sends(PICTURE), sends(others[0]), sends(others[1])]
    more = (Source(url=f"{cdn.url}/2.png"), Source(url=f"{cdn.url}/3.png"))
    job = a_job(cdn.url + SIGNED, more=more)
    ready = await sources.make_ready(job)
    assert [contents(one) for one in ready] == [PICTURE, *others]
    assert await sources.make_ready(job) == ready
    assert len(cdn.requests) == 3


async def test_one_of_several_that_did_not_come_is_fetched_alone(
    cdn: Cdn, sources: SourceFolder
) -> None:
    cdn.answers = [sends(PICTURE), *[sends(b"", status=503)] * 3, sends(PICTURE)]
    job = a_job(cdn.url + SIGNED, more=(Source(url=f"{cdn.url}/2.png"),))
    with pytest.raises(DownloadFailed):
        await sources.make_ready(job)
    assert len(await sources.make_ready(job)) == 2
    assert [request.path for request in cdn.requests].count("/attachments/1/2/cat.png") == 1


async def test_an_address_that_a_member_typed_is_handed_on_and_never_opened(
    cdn: Cdn, sources: SourceFolder
) -> None:
    link = Source(url=f"{cdn.url}/typed.png", origin="link")
    job = a_job("", source=link, more=(replace(link, url=f"{cdn.url}/other.png"),))
    for again in (False, True):
        ready = await sources.make_ready(job, again=again)
        assert [one.picture for one in ready] == [f"{cdn.url}/typed.png", f"{cdn.url}/other.png"]
    assert cdn.requests == []


async def test_what_is_no_picture_is_refused(cdn: Cdn, sources: SourceFolder) -> None:
    cdn.answers = [sends(b"<html>")]
    with pytest.raises(UnsupportedImage):
        await sources.make_ready(a_job(cdn.url + SIGNED))


async def test_without_a_folder_the_disk_is_to_blame(sources: SourceFolder, tmp_path: Path) -> None:
    (tmp_path / "pictures").write_bytes(b"a file is in the way")
    with pytest.raises(StoreUnavailable):
        sources.folder("job1")
