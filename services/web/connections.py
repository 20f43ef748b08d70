"""Limits the HTTP port's connections: their number, and how long one may be idle.

A file descriptor held by a client that never ends its request is not available for Discord, the
provider and the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import cast

MOST = 128
"""Maximum number of connections; one more closes the one that has been idle for longest."""

HEAD_S = 10.0
"""Seconds in which the head of the first request has to arrive."""

IDLE_S = 30.0
"""Seconds for which a connection may be idle after a response."""

Make = Callable[[], asyncio.Protocol]


class OpenConnections:
    """The open connections, in the order in which they became idle."""

    def __init__(self, *, most: int = MOST, head_s: float = HEAD_S, idle_s: float = IDLE_S) -> None:
        """`most`: maximum number; `head_s`, `idle_s`: how long one may be idle, in seconds."""
        self._most, self._head_s, self._idle_s = most, head_s, idle_s
        self._open: dict[asyncio.BaseTransport, _Connection] = {}

    @property
    def count(self) -> int:
        """Number of open connections."""
        return len(self._open)

    def watched(self, make: Make) -> Make:
        """Return a protocol factory that adds the idle limit to the protocols of `make`."""
        return lambda: _Connection(make(), self)

    @contextmanager
    def at_work(self, transport: asyncio.BaseTransport | None) -> Generator[None]:
        """Suspend the idle limit of a connection while its request is served."""
        connection = None if transport is None else self._open.get(transport)
        if connection is None:  # closed in the meantime
            yield
            return
        connection.leave_be()
        try:
            yield
        finally:
            self._now_the_last(connection)
            connection.close_after(self._idle_s)

    def opened(self, connection: _Connection, transport: asyncio.Transport) -> None:
        """Add a connection; if there are too many, close the one that has been idle for longest."""
        self._open[transport] = connection
        connection.close_after(self._head_s)
        if len(self._open) > self._most:
            silent = (one for one in self._open.values() if not one.is_at_work)
            next(silent, connection).abort()

    def lost(self, connection: _Connection) -> None:
        """Remove a closed connection."""
        if connection.transport is not None:
            self._open.pop(connection.transport, None)

    def _now_the_last(self, connection: _Connection) -> None:
        transport = connection.transport
        if transport is not None and self._open.pop(transport, None) is not None:
            self._open[transport] = connection


class _Connection(asyncio.Protocol):
    """Wraps a protocol: forwards its calls, and closes the connection if it is idle too long."""

    def __init__(self, inner: asyncio.Protocol, all_: OpenConnections) -> None:
        self.transport: asyncio.Transport | None = None
        self.is_at_work = False
        self._inner, self._all = inner, all_
        self._alarm: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the idle limit."""
        self.transport = cast("asyncio.Transport", transport)
        self._inner.connection_made(transport)
        self._all.opened(self, self.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the idle limit."""
        self.leave_be()
        self._all.lost(self)
        self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Forward the call."""
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Forward the call."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """Forward the call."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Forward the call."""
        self._inner.resume_writing()

    def close_after(self, seconds: float) -> None:
        """Close the connection after some seconds, unless a request comes before."""
        self.leave_be()
        self.is_at_work = False
        self._alarm = asyncio.get_running_loop().call_later(seconds, self.abort)

    def leave_be(self) -> None:
        """Stop the idle limit's timer."""
        self.is_at_work = True
        if self._alarm is not None:
            self._alarm.cancel()

    def abort(self) -> None:
        """Close the connection at once, and discard data that is not sent yet."""
        if self.transport is not None:
            self.transport.abort()
