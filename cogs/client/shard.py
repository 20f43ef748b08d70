"""Connection of one shard to the gateway; it reconnects and resumes by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket, ReconnectWebSocket

from cogs.client.gateway import (
    FOR_GOOD,
    ODD,
    TOKEN_REFUSED,
    WAITS_S,
    IdentifiesSpent,
    close_socket,
    raise_if_fatal,
)
from cogs.client.identify import IdentifyLimiter
from cogs.client.interaction_buffer import InteractionBuffer
from services.common.clock import Clock
from services.common.logging import shard_context
from services.common.net import NO_ANSWER

log = logging.getLogger(__name__)

BACK_S = (0.0, 1.0, *WAITS_S)
"""Waits before a lost connection is opened again, in seconds.

Resuming a session costs no identify.
"""

STEADY_S = 60.0
"""After a connection that lasted longer than this, the waits (BACK_S) start from the shortest
again."""

CONNECT_S = 180.0
"""Time limit for opening a connection, identify wait included; the same as discord.py's."""

FATAL = (TOKEN_REFUSED, 4013, *FOR_GOOD)
RESUMABLE = 4000
"""A close code that leaves the session resumable; 1000 ends it (Discord, gateway)."""

GONE = 1000


@dataclass(frozen=True, slots=True)
class _Session:
    """State needed to resume a lost connection."""

    id: str | None
    sequence: int | None
    gateway: yarl.URL


listening: ContextVar[ShardConnection] = ContextVar("listening")
"""The connection on which the current event arrived; an interaction does not contain it."""


class ShardConnection:
    """One shard's connection, reopened whenever it is lost."""

    def __init__(
        self,
        bot: discord.Client,
        shard_id: int,
        *,
        has: Callable[[DiscordWebSocket], bool],
        identify_limiter: IdentifyLimiter,
        clock: Clock,
        silent: bool = False,
    ) -> None:
        """Create the connection without opening it.

        Args:
            bot: The client that handles the events.
            shard_id: Number of the shard.
            has: Returns whether a socket belongs to this client.
            identify_limiter: Limits when the shard may identify.
            clock: Source of time.
            silent: Buffer interactions until this process owns the shard.
        """
        self.id = shard_id
        self.buffer = InteractionBuffer(clock, silent=silent)
        self._bot, self._has, self._identify_limiter, self._clock = (
            bot,
            has,
            identify_limiter,
            clock,
        )
        self._socket: DiscordWebSocket | None = None
        self._session: _Session | None = None
        self._up_since: float | None = None

    @property
    def is_up(self) -> bool:
        """True while the connection is open and Discord has sent READY on it."""
        socket = self._socket
        return socket is not None and socket.open and socket.session_id is not None

    @property
    def up_for_s(self) -> float:
        """Seconds for which the connection has been up without a break."""
        now = self._clock.now()
        self._up_since = (self._up_since or now) if self.is_up else None
        return 0.0 if self._up_since is None else now - self._up_since

    @property
    def latency_s(self) -> float | None:
        """Seconds that Discord took to acknowledge the last heartbeat; None while not up."""
        return self._socket.latency if self._socket is not None and self.is_up else None

    async def run(self) -> None:
        """Stay connected until cancelled; raise permanent errors as `raise_if_fatal` does."""
        failures = 0
        listening.set(self)
        with shard_context(self.id):
            while True:
                began = self._clock.now()
                wait_s = await self._until_lost()
                held_s = self._clock.now() - began
                failures = 0 if held_s > STEADY_S else failures
                await self._hang_up(RESUMABLE)
                await self._clock.sleep(max(wait_s, BACK_S[min(failures, len(BACK_S) - 1)]))
                failures += 1

    async def close(self) -> None:
        """End the session; it cannot be resumed."""
        await self._hang_up(GONE)
        self._socket = self._session = None

    async def _hang_up(self, code: int) -> None:
        await close_socket(lambda one: one.shard_id == self.id and self._has(one), code=code)

    async def _until_lost(self) -> float:
        """Connect and handle events until the connection is lost.

        Returns the minimum wait before the next attempt, in seconds.
        """
        try:
            self._socket = await self._connected()
            while True:
                await self._socket.poll_event()
        except ReconnectWebSocket as wish:
            self._keep_session(resume=wish.resume)
            log.info("the shard connection was lost: %s", wish.op)
        except IdentifiesSpent as spent:
            log.warning("too many identifies: the next identify in %.0f s", spent.wait_s)
            return spent.wait_s
        except (discord.DiscordException, *ODD, *NO_ANSWER) as error:
            raise_if_fatal(error, closed=_is_fatal(error))
            self._keep_session(resume=not isinstance(error, ODD))
            log.warning("the shard connection was lost: %s", type(error).__name__)
        return 0.0

    async def _connected(self) -> DiscordWebSocket:
        if self._session is not None:
            return await self._open(self._session)
        async with self._identify_limiter.hold(self.id):
            return await self._open(None)

    async def _open(self, session: _Session | None) -> DiscordWebSocket:
        known: dict[str, Any] = {}
        if session is not None:
            known = {"session": session.id, "sequence": session.sequence, "resume": True}
        async with asyncio.timeout(CONNECT_S):
            return await DiscordWebSocket.from_client(
                self._bot,
                gateway=None if session is None else session.gateway,
                shard_id=self.id,
                **known,
            )

    def _keep_session(self, *, resume: bool) -> None:
        """Save the session if it can be resumed.

        A connection that never became ready leaves the saved session unchanged. After an unexpected
        payload the next session is a new one, because a resumed session would send that payload
        again.
        """
        socket, self._socket = self._socket, None
        if not resume:
            self._session = None
        elif socket is not None and socket.session_id is not None:
            self._session = _Session(socket.session_id, socket.sequence, socket.gateway)


def _is_fatal(error: BaseException) -> bool:
    return isinstance(error, discord.ConnectionClosed) and error.code in FATAL
