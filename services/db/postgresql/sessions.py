"""Announces this process to others on PostgreSQL, and receives their notifications.

One connection represents the process. It holds an advisory lock with the process's number, which
the server releases when the connection ends, so that others see that the process is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack
from selectors import EVENT_READ, DefaultSelector
from typing import Any, Protocol

import psycopg

from services.db.postgresql.connection import Connection, connect
from services.db.postgresql.dialect import LIVING
from services.db.postgresql.schema_upgrade import KNOWS, Schema
from services.errors import ConfigError

log = logging.getLogger(__name__)

AGAIN_S = 1.0


class HasFileno(Protocol):
    """An object with a file descriptor, such as a socket."""

    def fileno(self) -> int:
        """Return the file descriptor."""
        ...


class Presence:
    """The connection that represents this process, in a thread of its own."""

    def __init__(self, parts: dict[str, Any], channel: str, schema: Schema) -> None:
        """`parts`: connection parameters; `channel`: the name for LISTEN."""
        self._parts, self._channel, self._schema = parts, channel, schema
        self._thread = threading.Thread(target=self._stay, name="database presence", daemon=True)
        self._closing = threading.Event()
        self._wakers: set[Callable[[Exception | None], None]] = set()
        self._connection: Connection | None = None
        self._stop: tuple[socket.socket, socket.socket]
        self._is_dubious = False
        """Whether the connection failed with an unexpected error, so that it must be replaced."""
        self.holder = 0
        """The number of this process in leases; 0 before `begin`."""
        self.outdated: str | None = None
        """Why this process must no longer use the tables, as a text; None while it may."""

    def begin(self) -> int:
        """Get a number for this process from the server, announce it, and return it.

        Raises OperationalError if the database is unavailable.
        """
        connection = connect(self._parts)
        [(self.holder,)] = connection.execute("SELECT nextval('process_number')").fetchall()
        self._stand(connection)
        self._stop = socket.socketpair()
        self._thread.start()
        return self.holder

    async def listen(self, wake: Callable[[], object]) -> None:
        """Call `wake` on this loop at every notification; raise an unexpected error of the thread.

        The thread continues after such an error: call `listen` again.
        """
        loop = asyncio.get_running_loop()
        trouble: asyncio.Future[None] = loop.create_future()

        def fail(error: Exception) -> None:
            """Make `listen` raise the error; later errors are ignored."""
            if not trouble.done():
                trouble.set_exception(error)

        def hail(error: Exception | None) -> None:
            """From the thread: call `wake` on the event loop, or pass an error to `listen`."""
            with contextlib.suppress(RuntimeError):  # the loop has just ended
                if error is None:
                    loop.call_soon_threadsafe(wake)
                else:
                    loop.call_soon_threadsafe(fail, error)

        self._wakers.add(hail)
        try:
            await trouble
        finally:
            self._wakers.discard(hail)

    def close(self) -> None:
        """Stop the thread and close the connection: others see that this process is gone."""
        self._closing.set()
        if self._thread.is_alive():
            self._stop[1].send(b"x")
            self._thread.join()
            for end in self._stop:
                end.close()
        if self._connection is not None:
            self._connection.close()

    def _stand(self, connection: Connection) -> None:
        """Announce this process on a connection: take its locks, and listen for notifications."""
        with ExitStack() as failing:
            failing.callback(connection.close)
            knows = [KNOWS, self._schema.newest]
            connection.execute("SELECT pg_advisory_lock_shared(%s, %s)", knows)
            connection.execute("SELECT pg_advisory_lock(%s, %s)", [LIVING, self.holder])
            connection.execute(f"LISTEN {self._channel}".encode())
            failing.pop_all()
        self._connection = connection

    def _stay(self) -> None:
        """Run in the thread: receive notifications; reconnect when the connection breaks."""
        while not self._closing.is_set():
            try:
                self._hang_up_if_dubious()
                if self._connection is None or self._connection.closed:
                    self._come_back(connect(self._parts))
                self._hear()
            except (psycopg.OperationalError, psycopg.InterfaceError):
                log.warning("the connection for other processes' notifications was lost")
                self._closing.wait(AGAIN_S)
            except Exception as error:  # noqa: BLE001 -- a process without this thread is deaf
                self._is_dubious = True
                self._fail(error)
                self._closing.wait(AGAIN_S)

    def _hang_up_if_dubious(self) -> None:
        if self._is_dubious:
            self._is_dubious, connection, self._connection = False, self._connection, None
            if connection is not None:
                connection.close()

    def _come_back(self, connection: Connection) -> None:
        """Announce this process on a new connection; check whether the tables still fit."""
        self._stand(connection)
        try:
            self._schema.check(connection)
        except ConfigError as error:
            self.outdated = error.problems[0]
            log.critical("this process no longer reads or writes the database: %s", self.outdated)
        self._wake()  # notifications that were sent meanwhile are lost

    def _hear(self) -> None:
        assert self._connection is not None
        wait_for_any(self._connection, self._stop[0])
        if any(True for _ in self._connection.notifies(timeout=0)):
            self._wake()

    def _wake(self) -> None:
        for hail in tuple(self._wakers):
            hail(None)

    def _fail(self, error: Exception) -> None:
        """Pass an unexpected error to all calls of `listen`, which raise it."""
        log.warning("the connection for other processes' notifications is opened again: %r", error)
        for hail in tuple(self._wakers):
            hail(error)


def wait_for_any(*ends: HasFileno) -> None:
    """Wait until one of the descriptors is readable; unlike `select`, also above number 1,023."""
    with DefaultSelector() as selector:
        for end in ends:
            selector.register(end, EVENT_READ)
        selector.select()
