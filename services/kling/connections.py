"""The client's connections: kept for questions, new for each submission, guarded for results."""

from __future__ import annotations

import aiohttp

from services.kling.guard import guarded_socket

MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""Ours, after decompression: a list of 500 Tasks is about 1 MB, four pictures inline ten."""

AT_ONCE = 90
_CONNECTIONS = 100
"""A connector alone is unfair once its limit is exceeded; an own FIFO gate below it is not."""

_KEEP_ALIVE_S = 60
"""Polls are seconds apart, and a new TLS connection costs seven times a kept one."""

_DNS_CACHE_S = 300


class Connections:
    """Four sessions of different manners; those made here are closed here."""

    def __init__(self, given: aiohttp.ClientSession | None = None) -> None:
        """Take a session for calls to the provider, if the program has one of its own."""
        self.plain, self.guarded = _session(), _session(guarded=True)
        self._own = [self.plain, self.guarded]
        self.questions = given or self._opened(_session())
        # A server may hang up on a kept connection just as a submission goes out on it, and then
        # nobody knows whether it was accepted: the one call that costs gets one of its own.
        self.submissions = given or self._opened(_session(kept=False))

    def _opened(self, session: aiohttp.ClientSession) -> aiohttp.ClientSession:
        self._own.append(session)
        return session

    async def close(self) -> None:
        """Close what was opened here."""
        for session in self._own:
            await session.close()


async def read_bounded(response: aiohttp.ClientResponse) -> bytes:
    """Read an answer; one that is too long counts as unreadable."""
    raw = bytearray()
    async for piece in response.content.iter_chunked(64 * 1024):
        raw += piece
        if len(raw) > MAX_ANSWER_BYTES:
            response.close()
            return b""
    return bytes(raw)


def _session(*, guarded: bool = False, kept: bool = True) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        limit=_CONNECTIONS,
        keepalive_timeout=_KEEP_ALIVE_S if kept else None,
        force_close=not kept,
        ttl_dns_cache=_DNS_CACHE_S,
        socket_factory=guarded_socket if guarded else None,
    )
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
