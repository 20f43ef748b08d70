"""Streaming of a response body to disk in large writes, to keep thread switches few.

A thread switch costs as much as copying 300 KB, and a body arrives in chunks of 64 KB or less. So
chunks are collected and written a megabyte at a time, without being joined first.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    import aiohttp  # importing takes a third of a second, and some callers only name files

AT_A_TIME = 1024 * 1024
"""Bytes held in memory before they are written."""

READ_AHEAD = 256 * 1024
"""aiohttp's `read_bufsize` for images. With its own 64 KiB, reading pauses and resumes twice as
often (twice as many bytes are held while reading is paused)."""

MAX_HEADER_BYTES = 64 * 1024
"""Maximum size of one response header: policies and cookies of a CDN exceed aiohttp's own 8,190."""

MAX_HEADERS = 512


class TooLong(Exception):
    """The body has more bytes than allowed; `found` is the number received by then."""

    def __init__(self, found: int) -> None:
        super().__init__(found)
        self.found = found


def temp_path(path: Path) -> Path:
    """Return a unique temporary file name next to the target.

    Another process may write the same target in a shared folder.
    """
    return path.with_name(f".{path.name}.{token_hex(4)}.part")


async def stream_to_file(response: aiohttp.ClientResponse, path: Path, *, limit: int) -> int:
    """Write a response body to a new file chunk by chunk; return its decoded size in bytes.

    Bytes are counted as they arrive, because 194 KB of gzip can decode to 200 MB. Raises TooLong
    above `limit`, or OSError if the disk refuses the data. The caller removes a partial file.
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
    """Yield the body in chunks; small HTTP chunks are joined with data that has arrived by then."""
    if response.content_length is None:
        async for piece in response.content.iter_any():
            yield piece
    else:
        async for piece, _ in response.content.iter_chunks():
            yield piece


class _FileStream:
    """The output file; the first write opens it, in a worker thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream: BinaryIO | None = None
        self.pieces: list[bytes] = []

    def write(self) -> None:
        """Write the collected chunks."""
        if self._stream is None:
            self._stream = self._path.open("wb")
        self._stream.writelines(self.pieces)
        self.pieces = []

    def finish(self) -> None:
        """Write the remaining chunks and close the file."""
        self.write()
        self.close()

    def close(self) -> None:
        """Close the file if it is open."""
        if self._stream is not None:
            self._stream.close()
