"""Reads the boxes of HEIF and AVIF files, of which they consist (ISO/IEC 14496-12, 23008-12)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

from services.errors import UnsupportedImage
from services.images.header import Header

AVIF_BRANDS = frozenset({b"avif", b"avis", b"avio"})
HEIF_BRANDS = frozenset({
    *(b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"),
    *(b"mif1", b"mif2", b"mif3", b"msf1", b"miaf", b"tmap"),
    *(b"MiHB", b"MiHA", b"MiHE", b"MiPr"),
})  # fmt: skip
"""Brands (names of file variants) of HEIF. A HEIF file names one of them at any position: newer
phones put other brands first."""

_META_BYTES = 1024 * 1024
"""Maximum bytes read of the `meta` box; with the 200 tiles of a phone's image it has some 10 KB."""

_MOST_BOXES = 1_000
_HEAD, _LARGE = 8, 1
_KNOWN = {
    "AVIF": frozenset({b"avif", b"avis"}),
    "HEIF": frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}),
}
"""First brands that the decoders recognize. In a file with another first brand, that is replaced
for them."""
_ALPHA = (b":auxid:1", b":auxiliary:alpha")
"""Names by which a HEIC file marks a further image as the main image's transparency."""

_ITEM = re.compile(rb"infe(?:\x02.{7}|\x03.{9})(\w{4})", re.DOTALL)
"""Matches an entry in the list of images; the pattern's group is the name of the image's coding."""

_HEVC, _AV1 = frozenset({b"hvc1", b"hev1"}), b"av01"
_OTHER_CODINGS = {
    b"avc1": "HEIF (AVC)",
    b"vvc1": "HEIF (VVC)",
    b"jpeg": "HEIF (JPEG)",
    b"j2k1": "HEIF (JPEG 2000)",
    b"unci": "HEIF (unci)",
}


def read_brands(head: bytes) -> frozenset[bytes]:
    """Return the brands that a file names; empty if it has no `ftyp` box."""
    if head[4:8] != b"ftyp":
        return frozenset()
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return frozenset(head[at : at + 4] for at in (8, *range(16, end - 3, 4)))


def read_avif(stream: BinaryIO) -> Header:
    """Return a header with the largest size that the file declares; the coded size may differ."""
    return _header("AVIF", stream, _meta(stream))


def read_heif(stream: BinaryIO) -> Header:
    """Return the header of a HEIF file, or that of an AVIF file if its images are coded in AV1.

    Raises UnsupportedImage with the name of any other coding.
    """
    meta = _meta(stream)
    codings = set(_ITEM.findall(meta))
    if codings & _HEVC:
        return _header("HEIF", stream, meta)
    if _AV1 in codings:
        return _header("AVIF", stream, meta)
    named = (name for coding, name in _OTHER_CODINGS.items() if coding in codings)
    raise UnsupportedImage(next(named, "damaged"))


def _meta(stream: BinaryIO) -> bytes:
    """Return the content of the `meta` box; it may come after the image data.

    Raises UnsupportedImage if there is none.
    """
    for name, start, end in _boxes(stream):
        if name == b"meta":
            stream.seek(start)
            return stream.read(min(end - start, _META_BYTES))
    stream.seek(0)
    if b"moov" in [name for name, _, _ in _boxes(stream)]:
        raise UnsupportedImage("HEIF sequence")
    raise UnsupportedImage("damaged")


def _boxes(stream: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Yield, for each top-level box, its name and the offsets where its content starts and ends."""
    size, at = stream.seek(0, 2), 0
    for _ in range(_MOST_BOXES):
        stream.seek(at)
        head = stream.read(_HEAD)
        if len(head) < _HEAD:
            return
        length, name = struct.unpack(">I4s", head)
        start = at + _HEAD
        if length == _LARGE:
            (length,) = struct.unpack(">Q", stream.read(8))
            start += 8
        end = at + length if length else size
        yield name, start, min(end, size)
        if end < start:
            return
        at = end


def _header(format: str, stream: BinaryIO, meta: bytes) -> Header:  # noqa: A002 -- as Pillow calls it
    sizes, at = [(0, 0)], meta.find(b"ispe")
    while at >= 0:
        sizes.append(struct.unpack_from(">II", meta, at + 8))
        at = meta.find(b"ispe", at + 4)
    width, height = max(sizes, key=lambda one: one[0] * one[1])
    size = stream.seek(0, 2)
    stream.seek(_HEAD)
    is_known = stream.read(4) in _KNOWN[format]
    usual = b"avif" if format == "AVIF" else b"heic"
    return Header(
        format=format,
        width=width,
        height=height,
        samples=4,
        has_alpha=format == "AVIF" or any(name in meta for name in _ALPHA),
        kept=size * 2,
        is_predictable=False,
        parts=None if is_known else ((0, 8), usual, (12, size)),
    )
