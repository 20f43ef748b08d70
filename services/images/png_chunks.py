"""Parser for all chunks of a PNG (third edition), which separates the image from other data.

Chunks that define how pixels look are retained. Texts, EXIF, times, further frames, chunks of
applications and data after the end are dropped; so is an ancillary chunk with a wrong checksum, as
in browsers.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from services.errors import UnsupportedImage
from services.images.header import Header, orientation_in, take
from services.images.jpeg_segments import PROFILE_BYTES
from services.images.metadata import PartList

MOST_CHUNKS = 100_000
"""Maximum number of chunks: 50 MB of pixels in chunks of 512 bytes; each costs some
microseconds."""

MOST_EXIF_BYTES = 1_000_000

_SIGNATURE = _HEAD = 8
_CHECK = 4
_BYTE = 8
_PALETTE, _WITH_ALPHA = 3, (4, 6)
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Number of values per pixel, by PNG's colour type."""
_DATA, _END, _EXIF, _PROFILE = b"IDAT", b"IEND", b"eXIf", b"iCCP"
_ANIMATION = b"acTL"
_NEEDED = frozenset({b"IHDR", b"PLTE", _DATA})
_SEEN = {
    b"tRNS": range(1, 257),
    b"sRGB": (1,),
    b"gAMA": (4,),
    b"cHRM": (32,),
    b"pHYs": (9,),
    b"sBIT": range(1, 5),
    b"cICP": (4,),
}
"""Small chunks that define how pixels look, each with the lengths that it may have."""
_END_CHUNK = b"\0\0\0\0IEND\xaeB`\x82"
_BLOCK = 1024 * 1024


@dataclass(slots=True)
class _ChunkWalk:
    """The state of the parser while it reads chunk by chunk."""

    stream: BinaryIO
    size: int
    parts: PartList = field(default_factory=PartList)
    seen: set[bytes] = field(default_factory=set[bytes])
    longest: int = 0
    kept: int = 0
    orientation: int = 1


def read_png(stream: BinaryIO) -> Header:
    """Parse a PNG to its end; return its header, with the parts that are its image."""
    first = stream.read(_SIGNATURE + _HEAD)[-4:]
    if first != b"IHDR":  # Apple's build tools write CgBI: deflate without header, blue first
        raise UnsupportedImage("CgBI PNG" if first == b"CgBI" else "damaged")
    width, height, depth, colour = take(stream, ">IIBB")
    walk = _ChunkWalk(stream, size=stream.seek(0, 2))
    walk.parts.add(0, _SIGNATURE)
    stream.seek(_SIGNATURE)
    is_short = _walk_chunks(walk)
    if _DATA not in walk.seen:
        raise UnsupportedImage("damaged")
    return Header(
        format="PNG",
        width=width,
        height=height,
        samples=_SAMPLES.get(colour, 4),
        has_alpha=colour in _WITH_ALPHA or b"tRNS" in walk.seen,
        is_palette=colour == _PALETTE or depth < _BYTE,
        is_wide=depth > _BYTE,
        kept=walk.kept + walk.longest,
        parts=walk.parts.done(),
        orientation=walk.orientation,
        is_animated=_ANIMATION in walk.seen,
        is_short=is_short,
    )


def _walk_chunks(walk: _ChunkWalk) -> bool:
    """Add the chunks of the image to the parts; return whether the end marker is missing."""
    stream = walk.stream
    for _ in range(MOST_CHUNKS):
        start = stream.tell()
        head = stream.read(_HEAD)
        length, name = struct.unpack(">I4s", head) if len(head) == _HEAD else (0, b"")
        end = start + _HEAD + length + _CHECK
        if name == _END or len(head) < _HEAD or end > walk.size:
            is_whole = head + stream.read(_CHECK) == _END_CHUNK
            walk.parts.add(start, end) if is_whole else walk.parts.write(_END_CHUNK)
            if name == _DATA:
                raise UnsupportedImage("damaged")
            return not is_whole
        _chunk(walk, name, length, start)
        stream.seek(end)
    raise UnsupportedImage("damaged")


def _chunk(walk: _ChunkWalk, name: bytes, length: int, start: int) -> None:
    if name in _NEEDED or _is_worth_keeping(walk, name, length):
        walk.parts.add(start, start + _HEAD + length + _CHECK)
        walk.longest = max(walk.longest, length)
        if name != _DATA:
            walk.kept += length * 2 + 500 + (PROFILE_BYTES if name == _PROFILE else 0)
    elif name == _EXIF and name not in walk.seen and length <= MOST_EXIF_BYTES:
        body = _checked(walk.stream, name, length)
        walk.orientation = orientation_in(body or b"")
    walk.seen.add(name)


def _is_worth_keeping(walk: _ChunkWalk, name: bytes, length: int) -> bool:
    """Return whether an ancillary chunk defines how pixels look, and is intact.

    It must also be the first of its kind and come before the pixels.
    """
    if name in walk.seen or _DATA in walk.seen:
        return False
    if name == _PROFILE and length <= PROFILE_BYTES:
        return _is_profile(_checked(walk.stream, name, length) or b"")
    return length in _SEEN.get(name, ()) and _checked(walk.stream, name, length) is not None


def _checked(stream: BinaryIO, name: bytes, length: int) -> bytes | None:
    """Return a chunk's content; None if its checksum is wrong."""
    body = stream.read(length)
    (stated,) = take(stream, ">I")
    return body if stated == zlib.crc32(body, zlib.crc32(name)) else None


def _is_profile(body: bytes) -> bool:
    """Return whether a chunk contains a colour profile that unpacks to at most PROFILE_BYTES."""
    _, _, packed = body.partition(b"\0")
    unpacking = zlib.decompressobj()
    try:
        unpacking.decompress(packed[1:], PROFILE_BYTES)
    except zlib.error:
        return False
    return unpacking.eof


def is_whole(stream: BinaryIO) -> bool:
    """Return whether all pixels of a PNG without end marker are there, using little memory."""
    unpacking = zlib.decompressobj()
    try:
        for block in _data_blocks(stream):
            while block and not unpacking.eof:
                unpacking.decompress(block, _BLOCK)
                block = unpacking.unconsumed_tail  # noqa: PLW2901 -- what did not fit
    except zlib.error:
        return False
    return unpacking.eof


def _data_blocks(stream: BinaryIO) -> Iterator[bytes]:
    stream.seek(_SIGNATURE)
    while len(head := stream.read(_HEAD)) == _HEAD:
        length, name = struct.unpack(">I4s", head)
        if name != _DATA:
            stream.seek(length + _CHECK, 1)
            continue
        for at in range(0, length, _BLOCK):
            yield stream.read(min(_BLOCK, length - at))
        stream.seek(_CHECK, 1)
