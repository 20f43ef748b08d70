"""The port's connections: so many at most, and none that keeps silent for long.

A descriptor that somebody holds who never ends their request is one that Discord, the provider and
the database can not have.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import cast

MOST = 128
"""Connections at once; where there is one more, the one that was silent for longest is closed."""

HEAD_S = 10.0
"""The head of a first request may take so long."""

IDLE_S = 30.0
"""An answer may take so long to be read, and another request to come after it."""

Make = Callable[[], asyncio.Protocol]


class OpenConnections:
    """Those that are open now, the longest silent first."""

    def __init__(self, *, most: int = MOST, head_s: float = HEAD_S, idle_s: float = IDLE_S) -> None:
        """Take how many there may be, and how long one may be silent (seconds)."""
        self._most, self._head_s, self._idle_s = most, head_s, idle_s
        self._open: dict[asyncio.BaseTransport, _Connection] = {}

    @property
    def count(self) -> int:
        """How many are open."""
        return len(self._open)

    def watched(self, make: Make) -> Make:
        """Make what `make` does, each with a watch on it."""
        return lambda: _Connection(make(), self)

    @contextmanager
    def at_work(self, transport: asyncio.BaseTransport | None) -> Generator[None]:
        """Let a connection be while its request is served."""
        connection = None if transport is None else self._open.get(transport)
        if connection is None:  # closed meanwhile
            yield
            return
        connection.leave_be()
        try:
            yield
        finally:
            self._now_the_last(connection)
            connection.close_after(self._idle_s)

    def opened(self, connection: _Connection, transport: asyncio.Transport) -> None:
        """Take one more, in place of the longest silent one if there are too many."""
        self._open[transport] = connection
        connection.close_after(self._head_s)
        if len(self._open) > self._most:
            silent = (one for one in self._open.values() if not one.is_at_work)
            next(silent, connection).abort()

    def lost(self, connection: _Connection) -> None:
        """Count one less."""
        if connection.transport is not None:
            self._open.pop(connection.transport, None)

    def _now_the_last(self, connection: _Connection) -> None:
        transport = connection.transport
        if transport is not None and self._open.pop(transport, None) is not None:
            self._open[transport] = connection


class _Connection(asyncio.Protocol):
    """A protocol, and a watch on how long it is silent."""

    def __init__(self, inner: asyncio.Protocol, all_: OpenConnections) -> None:
        self.transport: asyncio.Transport | None = None
        self.is_at_work = False
        self._inner, self._all = inner, all_
        self._alarm: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the watch."""
        self.transport = cast("asyncio.Transport", transport)
        self._inner.connection_made(transport)
        self._all.opened(self, self.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """End it."""
        self.leave_be()
        self._all.lost(self)
        self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass it on."""
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass it on."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """Pass it on."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self._inner.resume_writing()

    def close_after(self, seconds: float) -> None:
        """Close it unless a request comes in time."""
        self.leave_be()
        self.is_at_work = False
        self._alarm = asyncio.get_running_loop().call_later(seconds, self.abort)

    def leave_be(self) -> None:
        """Stop the clock."""
        self.is_at_work = True
        if self._alarm is not None:
            self._alarm.cancel()

    def abort(self) -> None:
        """Give the descriptor back at once, whatever was still to be written."""
        if self.transport is not None:
            self.transport.abort()
