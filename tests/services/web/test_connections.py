"""Half-open requests to the HTTP port: closed in time, few at once, without delaying others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from services.db import Store
from services.web.connections import OpenConnections
from services.web.health import Health
from services.web.server import open_http_server
from tests.support.time import HandClock

MOST = 8
HALVES = {
    "nothing": b"",
    "half a line": b"GET /hea",
    "no end of the head": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: b\r\n",
    "no end of the body": b"POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\nab",
    "no end of a chunk": b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nf\r\na",
    "a second head that stops": b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /hea",
    "no end of a HEAD": b"HEAD /healthz HTTP/1.1\r\nHost: a\r\n",
    "no end of the options": b"OPTIONS * HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n",
    "a connection that is kept": b"HEAD /healthz HTTP/1.1\r\nHost: a\r\n"
    b"Connection: keep-alive\r\n\r\n",
    "a body that is waited for": b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n"
    b"Expect: 100-continue\r\n\r\n",
    "a TLS hello": bytes.fromhex("16030100c8010000c40303") + bytes(40),
    "a preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n",
    "an upgrade": b"GET /healthz HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
    b"Connection: upgrade\r\n\r\n",
}


@asynccontextmanager
async def port(
    folder: Path, *, head_s: float = 30.0, idle_s: float = 30.0
) -> AsyncIterator[tuple[str, OpenConnections]]:
    connections = OpenConnections(most=MOST, head_s=head_s, idle_s=idle_s)
    async with Store(folder / "repaint.db", provider="provider") as store:
        health = Health(store, is_connected=lambda: True, clock=HandClock())
        bot_port = open_http_server(
            host="127.0.0.1", port=0, health=health, connections=connections
        )
        async with bot_port as url:
            yield url, connections


async def half(stack: AsyncExitStack, url: str, request: bytes) -> asyncio.StreamReader:
    """Start a request and never finish it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
    stack.callback(writer.close)
    writer.write(request)
    await writer.drain()
    return reader


async def health(url: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/healthz") as answer:
        return answer.status


async def until_none(connections: OpenConnections) -> None:
    async with asyncio.timeout(20):
        while connections.count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("request_", HALVES.values(), ids=HALVES)
async def test_port_closes_a_request_that_never_ends(tmp_path: Path, request_: bytes) -> None:
    async with (
        port(tmp_path, head_s=0.2, idle_s=0.2) as (url, connections),
        AsyncExitStack() as all_,
    ):
        reader = await half(all_, url, request_)
        async with asyncio.timeout(20):
            with suppress(ConnectionResetError):
                await reader.read()
        await until_none(connections)


DRIPS = {
    "a head": (b"GET /healthz HTTP/1.1\r\nX-A: ", b"a"),
    "headers": (b"HEAD /healthz HTTP/1.1\r\n", b"X-A: b\r\n"),
    "a body": (b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n", b"a"),
    "chunks": (b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
}


@pytest.mark.parametrize(("head", "drip"), DRIPS.values(), ids=DRIPS)
async def test_port_closes_a_request_that_comes_drop_by_drop(
    tmp_path: Path, head: bytes, drip: bytes
) -> None:
    """Single bytes do not extend the time: head and body each have a limit as a whole."""
    async with port(tmp_path, head_s=0.3, idle_s=0.3) as (url, connections):
        _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
        writer.write(head)
        async with asyncio.timeout(20):
            while not writer.transport.is_closing():
                writer.write(drip)
                await asyncio.sleep(0.02)
        await until_none(connections)


@pytest.mark.parametrize("request_", HALVES.values(), ids=HALVES)
async def test_port_answers_while_others_hold_half_open_requests(
    tmp_path: Path, request_: bytes
) -> None:
    async with port(tmp_path) as (url, connections), AsyncExitStack() as all_:
        for _ in range(5 * MOST):
            with suppress(ConnectionError):
                await half(all_, url, request_)
            assert connections.count <= MOST + 1

        assert connections.count
        assert await health(url) == 503  # no query of due jobs ran: the answer itself counts
        assert connections.count <= MOST + 1


@asynccontextmanager
async def crowded(url: str) -> AsyncIterator[None]:
    """Open three times as many half-open requests as are allowed."""
    async with AsyncExitStack() as all_:
        for _ in range(3 * MOST):
            with suppress(ConnectionError):
                await half(all_, url, b"GET /hea")
        await asyncio.sleep(0.01)
        yield


async def test_port_lets_a_request_be_that_is_served(tmp_path: Path) -> None:
    connections = OpenConnections(most=MOST, head_s=0.05, idle_s=0.05)
    inside, through = asyncio.Event(), asyncio.Event()

    class Slow(Health):
        async def _ask(self, now: float) -> dict[str, object]:
            inside.set()
            await through.wait()
            return await super()._ask(now)

    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        slow = Slow(store, is_connected=lambda: True, clock=HandClock())
        bot_port = open_http_server(host="127.0.0.1", port=0, health=slow, connections=connections)
        async with bot_port as url:
            asked = asyncio.create_task(health(url))
            await inside.wait()
            await asyncio.sleep(0.2)
            async with crowded(url):  # others are closed, not requests being served
                through.set()
                assert await asked == 503
