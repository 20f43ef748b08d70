"""The client's connections: kept for questions, new for each submission, guarded for results."""

from __future__ import annotations

import aiohttp

from services.common.ssrf import guarded_socket
from services.common.streaming import MAX_HEADER_BYTES, MAX_HEADERS

MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""Ours, after decompression: four pictures inline are about ten megabytes."""

MAX_PLAIN_BYTES = 4 * 1024 * 1024
"""Ours: of an answer without its inline pictures; a list of 500 Tasks is about 1 MB."""

MAX_VALUES = 100_000
"""Ours: commas and brackets, so no more values than that. A list of 500 Tasks has some 20,000;
an empty object is two bytes on the wire and 64 in memory."""

_INLINE_BYTES = 4 * 1024
"""So many bytes without a quotation mark are taken for a picture and not for words."""

_CHUNK = 64 * 1024

AT_ONCE = 90
_CONNECTIONS = 100
"""A connector alone is unfair once its limit is exceeded; an own FIFO gate below it is not."""

_KEEP_ALIVE_S = 60
"""Polls are seconds apart, and a new TLS connection costs seven times a kept one."""

_DNS_CACHE_S = 300


class ProviderSessions:
    """Four sessions of different manners; those made here are closed here."""

    def __init__(self, given: aiohttp.ClientSession | None = None, *, user_agent: str) -> None:
        """Take a session for calls to the provider, if the program has one of its own."""
        self._user_agent = user_agent
        self.plain, self.guarded = self._session(), self._session(guarded=True)
        self._own = [self.plain, self.guarded]
        self.questions = given or self._opened(self._session())
        # A server may hang up on a kept connection just as a submission goes out on it, and then
        # nobody knows whether it was accepted: the one call that costs gets one of its own.
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
        """Close what was opened here."""
        for session in self._own:
            await session.close()


async def read_bounded(response: aiohttp.ClientResponse) -> bytes:
    """Read an answer; one that is too long, or has too many values, counts as unreadable.

    Counted as it comes: 31 KB of gzip can hold 15 MB of empty objects, which take half a gigabyte.
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
    """Counts what will cost memory once an answer is parsed; a long text costs little."""

    def __init__(self) -> None:
        self._plain = self._values = self._run = 0

    def add(self, piece: bytes) -> None:
        """Count a piece; what lies between quotation marks far apart is a picture."""
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
        """Whether the answer is beyond what is parsed."""
        run = self._run if self._run < _INLINE_BYTES else 0
        return self._values > MAX_VALUES or self._plain + run > MAX_PLAIN_BYTES

    def _end_run(self, size: int) -> None:
        run, self._run = self._run + size, 0
        self._plain += run if run < _INLINE_BYTES else 0
