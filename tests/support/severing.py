"""A wire to PostgreSQL that can be cut just before COMMIT arrives, or before it is answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Literal

from services.setting_values import Secret

COMMIT = b"COMMIT\x00"
"""As a client says it, and as the server answers that it is done."""

When = Literal["before", "after"]


class Wire:
    """Passes everything on; `cuts` are made one after the other, one a COMMIT."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._carrying: set[asyncio.Task[None]] = set()
        self.cuts: list[When] = []
        self.made: list[When] = []
        self.is_down = False
        """Whether nobody gets through any more; from the next cut on with `down_after`."""
        self.down_after = False

    def take(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """Carry one connection more."""
        task = asyncio.create_task(self._carry(near, back))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def close(self) -> None:
        """Wait until all ends are closed."""
        await asyncio.gather(*self._carrying)

    async def _carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """Carry one connection until either side ends it, or it is cut."""
        if self.is_down:
            await _close(back)
            return
        far, forth = await asyncio.open_connection("127.0.0.1", self._port)
        cut = asyncio.Event()
        asking = asyncio.create_task(self._ask(near, forth, cut))
        telling = asyncio.create_task(self._tell(far, back, cut))
        await asyncio.wait({asking, telling}, return_when=asyncio.FIRST_COMPLETED)
        for task in (asking, telling):
            task.cancel()
        await asyncio.gather(asking, telling, return_exceptions=True)
        await asyncio.gather(_close(forth), _close(back))

    async def _ask(
        self, near: asyncio.StreamReader, forth: asyncio.StreamWriter, cut: asyncio.Event
    ) -> None:
        while said := await near.read(65_536):
            if COMMIT in said and self.cuts:
                if self._cut() == "before":
                    return
                cut.set()
            forth.write(said)
            await forth.drain()

    async def _tell(
        self, far: asyncio.StreamReader, back: asyncio.StreamWriter, cut: asyncio.Event
    ) -> None:
        while said := await far.read(65_536):
            if cut.is_set():
                assert COMMIT in said, "the server has committed, and nobody hears of it"
                return
            back.write(said)
            await back.drain()

    def _cut(self) -> When:
        self.made.append(self.cuts.pop(0))
        self.is_down = self.down_after
        return self.made[-1]


async def _close(end: asyncio.StreamWriter) -> None:
    end.close()
    with suppress(ConnectionError):
        await end.wait_closed()


@asynccontextmanager
async def wire_to(port: int, name: str) -> AsyncGenerator[tuple[Wire, Secret]]:
    """Lay a wire to a server's port; yields it and a database's address at its near end."""
    wire = Wire(port)
    server = await asyncio.start_server(wire.take, "127.0.0.1", 0)
    near = server.sockets[0].getsockname()[1]
    try:
        yield wire, Secret(f"postgresql://repaint@127.0.0.1:{near}/{name}")
    finally:
        server.close()
        await wire.close()
