"""A picture on its way from the socket to the disk: few pieces, few turns of a thread.

A turn of a thread costs as much as copying 300 KB, and a body comes in pieces of 64 KB and less;
so what has come is written a megabyte at a time, as it came, without being joined first.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    import aiohttp  # a third of a second, for who only names files

AT_A_TIME = 1024 * 1024
"""Bytes held before they are written."""

READ_AHEAD = 256 * 1024
"""aiohttp's `read_bufsize` for pictures: with its own 64 KiB, reading stops and starts twice as
often (twice as much is held while nobody reads)."""

MAX_HEADER_BYTES = 64 * 1024
"""Of one header of an answer: policies and cookies of a CDN go beyond aiohttp's own 8,190."""

MAX_HEADERS = 512


class TooLong(Exception):
    """The body has more bytes than were allowed; carries how many had come by then."""

    def __init__(self, found: int) -> None:
        """Take the bytes that had come."""
        super().__init__(found)
        self.found = found


def temp_path(path: Path) -> Path:
    """Name what is to become a file: another process may write the same into a shared folder."""
    return path.with_name(f".{path.name}.{token_hex(4)}.part")


async def stream_to_file(response: aiohttp.ClientResponse, path: Path, *, limit: int) -> int:
    """Write a body to a new file, piece by piece; return its size in bytes, after decoding.

    Counted as it comes: 194 KB of gzip can hold 200 MB. Raise TooLong, or OSError when the disk
    does not take it; what was written by then is left to whoever called.
    """
    landing = _FileStream(path)
    size = held = 0
    try:
        async for piece in _pieces(response):
            size, held = size + len(piece), held + len(piece)
            if size > limit:
                raise TooLong(size)
            landing.pieces.append(piece)
            if held >= AT_A_TIME:
                await asyncio.to_thread(landing.write)
                held = 0
        await asyncio.to_thread(landing.finish)
    finally:
        landing.close()
    return size


async def _pieces(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """Yield the body as it came; where it came in small chunks, joined with what came meanwhile."""
    if response.content_length is None:
        async for piece in response.content.iter_any():
            yield piece
    else:
        async for piece, _ in response.content.iter_chunks():
            yield piece


class _FileStream:
    """The file, opened by whichever thread writes first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream: BinaryIO | None = None
        self.pieces: list[bytes] = []

    def write(self) -> None:
        """Write what has come."""
        if self._stream is None:
            self._stream = self._path.open("wb")
        self._stream.writelines(self.pieces)
        self.pieces = []

    def finish(self) -> None:
        """Write the rest and close."""
        self.write()
        self.close()

    def close(self) -> None:
        """Close the file, if it was opened; again does nothing."""
        if self._stream is not None:
            self._stream.close()
