"""An image server with scripted answers, as Discord's CDN gives them with and without faults."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from services.images import Decoder
from tests.services.images.corpus import encoded, painted

SIGNED = "/attachments/1/2/cat.png?ex=6700a1b2&is=66ff5032&hm=0a%2Bb~c&"
PICTURE = encoded(painted(), "PNG")
IMPATIENT = aiohttp.ClientTimeout(total=2, sock_read=0.1)

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class FakeCdn:
    """A file server that answers from a script; the last answer repeats."""

    answers: list[Answer] = field(default_factory=list)
    requests: list[web.Request] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        turn = min(len(self.requests), len(self.answers)) - 1
        return await self.answers[turn](request)


@dataclass
class InstantClock:
    """Sleeps without waiting."""

    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
async def cdn() -> AsyncIterator[FakeCdn]:
    served = FakeCdn([sends(PICTURE)])
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
def clock() -> InstantClock:
    return InstantClock()


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    with contextlib.closing(Decoder()) as one:
        yield one


def sends(body: bytes, *, status: int = 200, kind: str = "application/octet-stream") -> Answer:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, status=status, content_type=kind)

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
