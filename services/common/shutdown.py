"""Orderly shutdown: a signal first stops the acceptance of new requests, then all other work."""

from __future__ import annotations

import asyncio
import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Shutdown:
    """Flag that the bot is stopping: request intake checks it, the main function waits for it."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()

    @property
    def is_open(self) -> bool:
        """True while new requests are accepted."""
        return not self._asked.is_set()

    def ask(self) -> None:
        """Request the shutdown; a second call does nothing."""
        self._asked.set()

    async def wait(self) -> None:
        """Wait until the shutdown is requested."""
        await self._asked.wait()

    def listen(self) -> None:
        """Request the shutdown on SIGTERM and SIGINT.

        Where the loop has no signal handlers (Windows), plain handlers are installed instead.
        """
        loop = asyncio.get_running_loop()

        def ask(_number: int, _frame: object) -> None:
            """Request the shutdown in the event loop: a signal handler may do no more than that."""
            loop.call_soon_threadsafe(self.ask)

        for number in SIGNALS:
            try:
                loop.add_signal_handler(number, self.ask)
            except NotImplementedError:
                signal.signal(number, ask)
