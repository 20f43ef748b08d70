"""Stopping in order: signals close the door first, the rest follows."""

from __future__ import annotations

import asyncio
import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Shutdown:
    """Knows whether the bot is stopping; asked by the front door, waited for by the root."""

    def __init__(self) -> None:
        """Start open."""
        self._asked = asyncio.Event()

    @property
    def is_open(self) -> bool:
        """Whether new requests are taken."""
        return not self._asked.is_set()

    def ask(self) -> None:
        """Ask for the stop; twice does nothing more."""
        self._asked.set()

    async def wait(self) -> None:
        """Wait until the stop is asked for."""
        await self._asked.wait()

    def listen(self) -> None:
        """Let SIGTERM and SIGINT ask; without such handlers (Windows) Ctrl-C ends asyncio.run."""
        loop = asyncio.get_running_loop()

        def ask(_number: int, _frame: object) -> None:
            """Hand the wish on from a signal handler, which may touch nothing else."""
            loop.call_soon_threadsafe(self.ask)

        for number in SIGNALS:
            try:
                loop.add_signal_handler(number, self.ask)
            except NotImplementedError:
                signal.signal(number, ask)
