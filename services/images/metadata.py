"""Reads only the parts of a file that are its image; so metadata is dropped without decoding."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Part = bytes | tuple[int, int]
"""Bytes that replace some of the file's, or a range of the file: offset of its first byte and of
the one after its last."""

_BUFFER = 64 * 1024
_COPIED = 1024 * 1024


class PartList:
    """Collects the parts of a file that are its image; adjacent ranges are merged."""

    def __init__(self) -> None:
        self._parts: list[Part] = []

    def add(self, start: int, end: int) -> None:
        """Add a range of the file as a part."""
        last = self._parts[-1] if self._parts else b""
        if isinstance(last, tuple) and last[1] == start:
            self._parts[-1] = (last[0], end)
        elif end > start:
            self._parts.append((start, end))

    def write(self, content: bytes) -> None:
        """Add bytes that the file itself does not have as a part."""
        self._parts.append(content)

    def done(self) -> tuple[Part, ...]:
        """Return all parts in their order."""
        return tuple(self._parts)


def count_bytes(parts: Sequence[Part]) -> int:
    """Return the number of bytes in these parts."""
    return sum(_length(part) for part in parts)


def open_parts(stream: BinaryIO, parts: Sequence[Part]) -> io.BufferedReader:
    """Return a stream that reads only these parts of another stream."""
    return io.BufferedReader(_PartStream(stream, parts), _BUFFER)


def copy_parts(path: Path, parts: Sequence[Part], target: Path) -> None:
    """Write only these parts of a file to another file."""
    with path.open("rb") as stream, target.open("wb") as out, open_parts(stream, parts) as reader:
        while block := reader.read(_COPIED):
            out.write(block)


class _PartStream(io.RawIOBase):
    """Reads only the parts of a stream, as if there were nothing else; leaves that stream open."""

    def __init__(self, stream: BinaryIO, parts: Sequence[Part]) -> None:
        self._stream, self._parts = stream, parts
        self._starts = [0, *accumulate(_length(part) for part in parts)]
        self._at = 0

    def readable(self) -> bool:
        """Return True: it can be read."""
        return True

    def seekable(self) -> bool:
        """Return True: it has a position."""
        return True

    def tell(self) -> int:
        """Return the position in bytes."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move the position and return it."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._starts[-1]}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer from one part and return the number of bytes."""
        target = memoryview(buffer).cast("B")
        number = bisect_right(self._starts, self._at) - 1
        if number >= len(self._parts):
            return 0
        content = self._read(number, self._at - self._starts[number], len(target))
        target[: len(content)] = content
        self._at += len(content)
        return len(content)

    def _read(self, number: int, skipped: int, most: int) -> bytes:
        part = self._parts[number]
        if isinstance(part, bytes):
            return part[skipped : skipped + most]
        self._stream.seek(part[0] + skipped)
        return self._stream.read(min(most, part[1] - part[0] - skipped))


def _length(part: Part) -> int:
    return len(part) if isinstance(part, bytes) else part[1] - part[0]
