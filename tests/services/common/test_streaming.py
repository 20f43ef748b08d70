"""A body from the socket to the disk: few thread calls, little memory, complete or refused."""

from __future__ import annotations

import asyncio
import itertools
import tracemalloc
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from services.common.streaming import AT_A_TIME, READ_AHEAD, TooLong, stream_to_file

MEGABYTES_8 = bytes(range(256)) * 31_250
SLICE = 10_000


async def at_once(_: web.Request) -> web.StreamResponse:
    return web.Response(body=MEGABYTES_8)


async def in_chunks(request: web.Request) -> web.StreamResponse:
    """Without a Content-Length, in chunks of a size that no power of two divides."""
    answer = web.StreamResponse()
    answer.enable_chunked_encoding()
    await answer.prepare(request)
    for start in range(0, len(MEGABYTES_8), SLICE):
        await answer.write(MEGABYTES_8[start : start + SLICE])
    return answer


async def zipped(_: web.Request) -> web.StreamResponse:
    answer = web.Response(body=MEGABYTES_8)
    answer.enable_compression(web.ContentCoding.gzip)
    return answer


@asynccontextmanager
async def answered(handler: Any) -> AsyncGenerator[aiohttp.ClientResponse]:
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.05)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(site.name, read_bufsize=READ_AHEAD) as response,
        ):
            yield response
    finally:
        await runner.cleanup()


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[Callable[..., object]]:
    """Return a list that collects the functions run in threads."""
    seen: list[Callable[..., object]] = []
    real = asyncio.to_thread

    async def to_thread(work: Callable[..., object], *args: object) -> object:
        seen.append(work)
        return await real(work, *args)

    monkeypatch.setattr(asyncio, "to_thread", to_thread)
    return seen


@pytest.mark.parametrize("handler", [at_once, in_chunks, zipped])
async def test_what_comes_is_what_lies_there(handler: Any, tmp_path: Path) -> None:
    path = tmp_path / "picture"
    async with answered(handler) as response:
        size = await stream_to_file(response, path, limit=len(MEGABYTES_8))

    assert size == len(MEGABYTES_8)
    assert path.read_bytes() == MEGABYTES_8


@pytest.mark.parametrize("handler", [at_once, in_chunks])
async def test_a_thread_is_asked_once_a_megabyte(
    handler: Any, tmp_path: Path, turns: list[Callable[..., object]]
) -> None:
    async with answered(handler) as response:
        await stream_to_file(response, tmp_path / "picture", limit=len(MEGABYTES_8))

    assert len(turns) <= len(MEGABYTES_8) // AT_A_TIME + 1


async def test_a_picture_is_never_whole_in_memory(tmp_path: Path) -> None:
    held: list[int] = []
    async with answered(at_once) as response:
        tracemalloc.start()
        try:
            await stream_to_file(response, tmp_path / "picture", limit=len(MEGABYTES_8))
            held.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()

    assert held[0] <= 4 * AT_A_TIME  # this includes the memory of the test's server


@pytest.mark.parametrize("handler", [at_once, in_chunks, zipped])
async def test_one_byte_too_many_is_too_many(handler: Any, tmp_path: Path) -> None:
    async with answered(handler) as response:
        with pytest.raises(TooLong) as refusal:
            await stream_to_file(response, tmp_path / "picture", limit=len(MEGABYTES_8) - 1)

    assert refusal.value.found >= len(MEGABYTES_8)


async def test_a_disk_that_does_not_take_it_is_an_os_error(tmp_path: Path) -> None:
    async with answered(at_once) as response:
        with pytest.raises(OSError, match="No such file"):
            await stream_to_file(response, tmp_path / "none" / "picture", limit=len(MEGABYTES_8))


async def test_an_empty_body_is_an_empty_file(tmp_path: Path) -> None:
    async def empty(_: web.Request) -> web.StreamResponse:
        return web.Response(body=b"")

    path = tmp_path / "picture"
    async with answered(empty) as response:
        assert await stream_to_file(response, path, limit=1) == 0

    assert path.read_bytes() == b""
    assert not list(itertools.islice(path.parent.glob("*.part"), 1))
