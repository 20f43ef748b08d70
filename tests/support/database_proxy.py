"""A proxy between one bot and its PostgreSQL, which a test can break at any moment.

The worst moment is a COMMIT: a client that gets no answer cannot know whether it was stored.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Literal

Loss = Literal["answer", "question", "both"]
"""The part of a COMMIT that is lost: its answer (the COMMIT is stored), itself (it is not), or
"both": the COMMIT is sent and the client's connection is reset, so either may be the case.
"""

CHUNK = 1 << 16
_PREPARED = re.compile(rb"P.{4}(?P<name>[^\0]*)\0COMMIT\0", re.DOTALL)
_BOUND = re.compile(rb"B.{4}\0(?P<name>[^\0]+)\0", re.DOTALL)
_SIMPLE = b"Q\0\0\0\x0bCOMMIT\0"


class ProxyConnection:
    """One connection, with a half to the bot and a half to the server."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self.near, self.far = near, far
        self.is_mute = False
        """Whether the server's answers are dropped."""
        self._commits: set[bytes] = set()

    def break_off(self) -> None:
        """Reset both halves."""
        for half in (self.near, self.far):
            half.transport.abort()

    def commits(self, said: bytes) -> bool:
        """Return whether the client commits here, in either of PostgreSQL's two protocols."""
        self._commits |= {found["name"] for found in _PREPARED.finditer(said)}
        bound = {found["name"] for found in _BOUND.finditer(said)}
        return _SIMPLE in said or bool(bound & self._commits)


class DatabaseProxy:
    """Forwards bytes both ways; resets, loses and holds them on request."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self.port = 0
        self.lost: list[Loss] = []
        """COMMITs that were lost so far."""
        self.is_shut = False
        """Whether new connections are refused."""
        self.shuts_with_loss = False
        """Whether the next loss also shuts it, so that no client can ask about the COMMIT."""
        self._to_lose: list[Loss] = []
        self._lines: set[ProxyConnection] = set()
        self._holds_next = False
        self._open = asyncio.Event()
        self._open.set()

    @asynccontextmanager
    async def started(self) -> AsyncGenerator[DatabaseProxy]:
        """Listen until the block ends."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.resume()
            self.cut()

    def cut(self) -> int:
        """Reset every connection; return how many there were."""
        lines = list(self._lines)
        for line in lines:
            line.break_off()
        return len(lines)

    def lose(self, *losses: Loss) -> None:
        """Lose the next COMMITs in these ways, one after the other."""
        self._to_lose += losses

    def hold(self) -> None:
        """Hold all bytes silently: connections stay open, and new ones are accepted."""
        self._open.clear()

    def hold_at_commit(self) -> None:
        """Hold from the next COMMIT on: it arrives, and its answer does not."""
        self._holds_next = True

    def resume(self) -> None:
        """Forward the held bytes, and all later ones."""
        self._holds_next = False
        self._open.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = None if self.is_shut else await _opened(self._server_port)
        if server is None:
            writer.transport.abort()
            return
        line = ProxyConnection(writer, server[1])
        self._lines.add(line)
        halves = [
            asyncio.ensure_future(self._ask(line, reader)),
            asyncio.ensure_future(self._answer(line, server[0])),
        ]
        try:
            await asyncio.wait(halves, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(0)
        finally:
            self._lines.discard(line)
            await _hang_up(line)
            for half in halves:
                half.cancel()
            await asyncio.gather(*halves, return_exceptions=True)

    async def _ask(self, line: ProxyConnection, reader: asyncio.StreamReader) -> None:
        with suppress(ConnectionError):
            while said := await reader.read(CHUNK):
                await self._open.wait()
                if self._strike(line, said):
                    continue
                line.far.write(said)
                await line.far.drain()

    async def _answer(self, line: ProxyConnection, reader: asyncio.StreamReader) -> None:
        with suppress(ConnectionError):
            while said := await reader.read(CHUNK):
                await self._open.wait()
                if line.is_mute:
                    line.break_off()
                    return
                line.near.write(said)
                await line.near.drain()

    def _strike(self, line: ProxyConnection, said: bytes) -> bool:
        """Apply the ordered fault to a COMMIT; return whether it was handled here."""
        if not line.commits(said):
            return False
        if self._holds_next:
            self._holds_next = False
            self.hold()
        elif self._to_lose:
            self._lose(line, said, self._to_lose.pop(0))
            return True
        return False

    def _lose(self, line: ProxyConnection, said: bytes, loss: Loss) -> None:
        self.lost.append(loss)
        self.is_shut = self.shuts_with_loss
        if loss != "question":
            line.far.write(said)
        line.is_mute = True
        if loss == "question":
            line.break_off()
        elif loss == "both":
            line.near.transport.abort()


async def _opened(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
    with suppress(OSError):
        return await asyncio.open_connection("127.0.0.1", port)
    return None


async def _hang_up(line: ProxyConnection) -> None:
    """Close both halves in order, after sending the buffered bytes."""
    for half in (line.near, line.far):
        with suppress(ConnectionError):
            half.close()
