"""The client's HTTP sessions: reused for queries, new for submissions, guarded for results."""

from __future__ import annotations

import aiohttp

from services.common.ssrf import guarded_socket
from services.common.streaming import MAX_HEADER_BYTES, MAX_HEADERS

MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""Our limit for a response after decompression: four inline images are about ten megabytes."""

MAX_PLAIN_BYTES = 4 * 1024 * 1024
"""Our limit for a response without its inline images; a list of 500 tasks is about 1 MB."""

MAX_VALUES = 100_000
"""Our limit for commas and brackets in a response, hence for its values. A list of 500 tasks has
about 20,000. An empty object is two bytes on the wire and 64 in memory."""

_INLINE_BYTES = 4 * 1024
"""So many bytes without a quotation mark are taken for an inline image, not for text."""

_CHUNK = 64 * 1024

AT_ONCE = 90
_CONNECTIONS = 100
"""aiohttp's connector alone is unfair once its limit is exceeded. Our own semaphore, with the lower
limit AT_ONCE, serves calls in their order."""

_KEEP_ALIVE_S = 60
"""Seconds that an idle connection is kept: polls are seconds apart, and a new TLS connection costs
seven times as much as a reused one."""

_DNS_CACHE_S = 300


class ProviderSessions:
    """HTTP sessions: `questions`, `submissions`, and for results `plain` and `guarded`.

    `guarded` refuses connections to private addresses.
    """

    def __init__(self, given: aiohttp.ClientSession | None = None, *, user_agent: str) -> None:
        """`given`: a session of the program's own for calls to the provider; it is not closed."""
        self._user_agent = user_agent
        self.plain, self.guarded = self._session(), self._session(guarded=True)
        self._own = [self.plain, self.guarded]
        self.questions = given or self._opened(self._session())
        # A server may close a reused connection just as a submission is sent on it, and then it is
        # unknown whether it was accepted. So the one call that costs money gets a new connection.
        self.submissions = given or self._opened(self._session(kept=False))

    def _opened(self, session: aiohttp.ClientSession) -> aiohttp.ClientSession:
        self._own.append(session)
        return session

    def _session(self, *, guarded: bool = False, kept: bool = True) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=_CONNECTIONS,
            keepalive_timeout=_KEEP_ALIVE_S if kept else None,
            force_close=not kept,
            ttl_dns_cache=_DNS_CACHE_S,
            socket_factory=guarded_socket if guarded else None,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._user_agent},
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
            max_headers=MAX_HEADERS,
        )

    async def close(self) -> None:
        """Close the sessions created here; a given session stays open."""
        for session in self._own:
            await session.close()


async def read_bounded(response: aiohttp.ClientResponse) -> bytes:
    """Read a response; if it is too long or has too many values, return an empty body.

    Bytes are counted as they arrive: 31 KB of gzip can hold 15 MB of empty objects, which take half
    a gigabyte of memory.
    """
    raw, tally = bytearray(), _ParseCost()
    async for piece in response.content.iter_chunked(_CHUNK):
        raw += piece
        tally.add(piece)
        if len(raw) > MAX_ANSWER_BYTES or tally.is_too_much:
            response.close()
            return b""
    return bytes(raw)


class _ParseCost:
    """Estimates the memory for parsing a response; long texts (inline images) cost little."""

    def __init__(self) -> None:
        self._plain = self._values = self._run = 0

    def add(self, piece: bytes) -> None:
        """Count a chunk; 4 KiB or more without a quotation mark count as an inline image."""
        self._values += sum(map(piece.count, (b",", b"[", b"{")))
        head, tail = piece.find(b'"'), piece.rfind(b'"')
        if head < 0:
            self._run += len(piece)
            return
        self._end_run(head)
        self._plain += tail - head
        self._run = len(piece) - tail

    @property
    def is_too_much(self) -> bool:
        """Whether the response exceeds MAX_VALUES or MAX_PLAIN_BYTES."""
        run = self._run if self._run < _INLINE_BYTES else 0
        return self._values > MAX_VALUES or self._plain + run > MAX_PLAIN_BYTES

    def _end_run(self, size: int) -> None:
        run, self._run = self._run + size, 0
        self._plain += run if run < _INLINE_BYTES else 0
