"""Parsers for the headers of GIF89a, BMP, WebP and TIFF 6.0."""

from __future__ import annotations

import struct
from typing import BinaryIO

from services.errors import UnsupportedImage
from services.images.foreign_formats import RAW
from services.images.header import MOST_TAGS, TAG_UNITS, Header, take

MOST_BLOCKS = 100_000
"""Maximum number of a GIF's blocks (255 bytes each) before its first frame."""

MOST_FRAMES = 10_000
"""Maximum number of an animated WebP's frames and other chunks."""

_HEAD = 8
_BYTE, _COLOURS = 8, 24
_OLD_BMP = 12
_REDUCED = 1
_SHORT_BLOCKS, _SHORT_GIF = 1_000, 1_000_000
"""A GIF with more blocks, or more bytes, is not predictable: Pillow reads blocks in Python, and
joins comments one by one."""


def read_gif(stream: BinaryIO) -> Header:
    """Return a GIF's header; reads up to the first frame."""
    width, height, flags, _, _ = take(stream, "<6xHHBBB")
    _skip_colours(stream, flags)
    blocks, is_short = 0, True
    while (kind := stream.read(1)) == b"!":
        stream.read(1)
        while (length := stream.read(1)[0]) and blocks <= MOST_BLOCKS:
            stream.seek(length, 1)
            blocks += 1
        is_short = blocks < _SHORT_BLOCKS
        if blocks > MOST_BLOCKS:
            raise UnsupportedImage("damaged")
    if kind != b",":
        raise UnsupportedImage("damaged")
    left, top, wide, tall = take(stream, "<HHHH")
    return Header(
        format="GIF",
        width=max(width, left + wide),
        height=max(height, top + tall),
        samples=1,
        has_alpha=True,
        is_palette=True,
        is_predictable=is_short and stream.seek(0, 2) <= _SHORT_GIF,
    )


def _skip_colours(stream: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        stream.seek(3 << ((flags & 7) + 1), 1)


def read_bmp(stream: BinaryIO) -> Header:
    """Return a BMP's header."""
    (length,) = take(stream, "<14xI")
    if length == _OLD_BMP:
        width, height, _, bits, packing = *take(stream, "<HHHH"), 0
    else:
        width, height, _, bits, packing = take(stream, "<iiHHI")
    return Header(
        format="BMP",
        width=abs(width),
        height=abs(height),
        samples=1 if bits <= _BYTE else max(bits // _BYTE, 3),
        has_alpha=bits > _COLOURS,
        is_palette=bits <= _BYTE,
        is_predictable=packing in {0, 3},  # Pillow unpacks run-length coding in Python
    )


def read_webp(stream: BinaryIO) -> Header:
    """Return a WebP's header; reads all chunks."""
    size = stream.seek(0, 2)
    stream.seek(12)
    found, alpha = (0, 0), False
    kept, count = size * 2, 0
    while len(head := stream.read(_HEAD)) == _HEAD:
        name, length = struct.unpack("<4sI", head)
        body, start = stream.read(10), stream.tell() - 10
        if found == (0, 0) and name in {b"VP8X", b"VP8L", b"VP8 "}:
            found, alpha = _webp_size(name, body)
        count += 1
        if count > MOST_FRAMES:
            raise UnsupportedImage("damaged")
        stream.seek(start + length + length % 2)
    width, height = found
    return Header(
        format="WEBP",
        width=width,
        height=height,
        samples=4,
        has_alpha=alpha,
        kept=kept + count * 500,
    )


def _webp_size(name: bytes, body: bytes) -> tuple[tuple[int, int], bool]:
    if name == b"VP8X":
        width, height = (int.from_bytes(body[at : at + 3], "little") + 1 for at in (4, 7))
        return (width, height), bool(body[0] & 0x10)
    if name == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1), bool(bits >> 28 & 1)
    width, height = struct.unpack("<HH", body[6:10])
    return (width & 0x3FFF, height & 0x3FFF), False


def read_tiff(stream: BinaryIO) -> Header:
    """Return a TIFF's header from the directory of its first page."""
    head = stream.read(16)
    order = "<" if head[:2] == b"II" else ">"
    is_big = b"+" in head[2:4]
    (start,) = struct.unpack_from(f"{order}{'Q' if is_big else 'I'}", head, 8 if is_big else 4)
    size = stream.seek(0, 2)
    if start > size:  # an offset of 64 bits may be larger than `seek` accepts
        raise UnsupportedImage("damaged")
    stream.seek(start)
    (count,) = take(stream, f"{order}{'Q' if is_big else 'H'}")
    if count > MOST_TAGS:
        raise UnsupportedImage("damaged")
    kept, tags = 0, {254: 0, 256: 0, 257: 0, 277: 1, 338: 0, 50706: 0}
    stream.seek(start + (8 if is_big else 2))
    for _ in range(count):
        tag, kind, values = take(stream, f"{order}HH{'Q' if is_big else 'I'}")
        value = stream.read(8 if is_big else 4)
        kept += min(values * TAG_UNITS.get(kind, 1), size) * 2
        if tag in tags:
            tags[tag] = int.from_bytes(
                value[: TAG_UNITS.get(kind, 4)], "little" if order == "<" else "big"
            )
    if tags[254] & _REDUCED or tags[50706]:  # a raw photograph begins with a preview
        raise UnsupportedImage(RAW)
    return Header(
        format="TIFF",
        width=tags[256],
        height=tags[257],
        samples=tags[277],
        has_alpha=bool(tags[338]),
        kept=kept,
        is_predictable=False,
    )
