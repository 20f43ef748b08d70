"""The listening socket of a sandbox server; while it is shut, connections are refused."""

from __future__ import annotations

import asyncio

from aiohttp import web

from sandbox.clock import Clock


class Listener:
    """Listens for a runner: `await open()` first. Open connections are not affected."""

    def __init__(self, runner: web.AppRunner, *, host: str, port: int, clock: Clock) -> None:
        """Take the runner, its address and the clock; port 0 means a free port."""
        self._runner, self._host, self.port, self._clock = runner, host, port, clock
        self._site: web.TCPSite | None = None
        self._opening: asyncio.Task[None] | None = None
        self._wanted = asyncio.Event()

    async def open(self) -> None:
        """Start listening."""
        self._site = web.TCPSite(self._runner, self._host, self.port)
        await self._site.start()
        self.port = self._runner.addresses[0][1]

    async def shut(self, seconds: float) -> None:
        """Refuse new connections for `seconds`, or until `let_in`."""
        site, self._site = self._site, None
        if site is not None:
            self._wanted.clear()
            await site.stop()
            self._opening = asyncio.create_task(self._open_later(seconds))

    def let_in(self) -> None:
        """Open now if it is shut."""
        self._wanted.set()

    async def close(self) -> None:
        """Cancel a planned opening: the sandbox ends."""
        if self._opening is not None:
            self._opening.cancel()

    async def _open_later(self, seconds: float) -> None:
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
        waiting = asyncio.ensure_future(self._wanted.wait())
        await asyncio.wait({sleeping, waiting}, return_when=asyncio.FIRST_COMPLETED)
        sleeping.cancel()
        waiting.cancel()
        await self.open()
