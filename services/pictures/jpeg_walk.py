"""Walks over a JPEG's segments up to its first scan (ITU T.81), and over EXIF's directories."""

from __future__ import annotations

from typing import BinaryIO

from services.errors import UnsupportedImage
from services.pictures.header import MOST_TAGS, TAG_UNITS, Header, number_at, numbers_at, take

MOST_SEGMENTS = 4_000
"""Before the first scan: a phone writes some ten, a long XMP some hundred."""

MOST_EXIF_BYTES = 1_000_000
"""All values of EXIF together, each counted as often as it is named."""

_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_MARK, _SCAN, _END = 0xFF, 0xDA, 0xD9
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_SHRINKING = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
_Frame = tuple[int, int, int, list[tuple[int, int]]]


def read_jpeg(stream: BinaryIO) -> Header:
    """Read a JPEG up to its first scan."""
    stream.seek(2)
    frame, kept, exif = None, 0, b""
    for _ in range(MOST_SEGMENTS):
        marker = _marker(stream)
        if marker in _ALONE:
            continue
        (length,) = take(stream, ">H")
        start = stream.tell()
        if marker == _SCAN:
            return _scanned(frame, stream.read(1)[0], kept)
        if marker in _FRAMES:
            frame = (marker, *_frame(stream))
        elif marker in {0xE1, 0xE2}:
            exif = _tags_in(stream, length, exif)
        kept += length + 200
        stream.seek(start + max(length - 2, 0))
    raise UnsupportedImage("damaged")


def _marker(stream: BinaryIO) -> int:
    """Return the next marker; readers go over fill bytes and rubbish one by one, so few may be."""
    for _ in range(MOST_SEGMENTS):
        if stream.read(1)[0] != _MARK:
            continue
        byte = _MARK
        for _ in range(MOST_SEGMENTS):
            byte = stream.read(1)[0]
            if byte != _MARK:
                break
        if byte == _END:
            break
        if byte:
            return byte
    raise UnsupportedImage("damaged")


def _frame(stream: BinaryIO) -> tuple[int, int, list[tuple[int, int]]]:
    _, height, width, count = take(stream, ">BHHB")
    factors = [take(stream, ">BBB")[1] for _ in range(count)]
    return width, height, [(max(one >> 4, 1), max(one & 15, 1)) for one in factors]


def _scanned(frame: _Frame | None, in_scan: int, kept: int) -> Header:
    if frame is None:
        raise UnsupportedImage("damaged")
    marker, width, height, factors = frame
    coefficients = 0
    if marker in _PROGRESSIVE or in_scan < len(factors):
        across, down = (max(one[axis] for one in factors) for axis in (0, 1))
        blocks = sum(
            (width * h // across // 8 + 2) * (height * v // down // 8 + 2) for h, v in factors
        )
        coefficients = blocks * 64 * 2
    return Header(
        format="JPEG",
        width=width,
        height=height,
        samples=len(factors),
        coefficients=coefficients,
        can_shrink=marker in _SHRINKING,
        kept=kept,
    )


def _tags_in(stream: BinaryIO, length: int, exif: bytes) -> bytes:
    """Look at EXIF, which readers put together from its segments, and at MPF's directory."""
    body = stream.read(max(length - 2, 0))
    if body.startswith(b"MPF\0") and not is_sane_exif(body[4:]):
        raise UnsupportedImage("damaged")
    if body.startswith(b"Exif\0"):
        exif += body[6:]
        if not is_sane_exif(exif):
            raise UnsupportedImage("damaged")
    return exif


def is_sane_exif(data: bytes) -> bool:
    """Tell whether EXIF's tags name no more bytes than such data should; 64 KB can name 300 MB."""
    data = data.removeprefix(b"Exif\0\0")
    if len(data) > MOST_EXIF_BYTES or data[:2] not in {b"II", b"MM"}:
        return len(data) <= MOST_EXIF_BYTES
    order = "<" if data[:2] == b"II" else ">"
    waiting, named, tags = [number_at(data, 4, f"{order}I")], 0, 0
    while waiting and named <= MOST_EXIF_BYTES and tags <= MOST_TAGS:
        at = waiting.pop()
        count = number_at(data, at, f"{order}H")
        for entry in range(at + 2, at + 2 + count * 12, 12):
            tag, kind, values, value = numbers_at(data, entry, f"{order}HHII")
            named, tags = named + values * TAG_UNITS.get(kind, 0), tags + 1
            waiting += [value] if tag in {0x8769, 0x8825, 0xA005} else []
    return named <= MOST_EXIF_BYTES and tags <= MOST_TAGS
