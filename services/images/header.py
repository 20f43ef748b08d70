"""What is known of an image before any decoder sees it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from services.images.metadata import Part

MOST_TAGS = 1_000
"""Of a directory of tags (TIFF 6.0, EXIF)."""

_ORIENTATION, _SHORT = 0x0112, 3

TAG_UNITS = dict(enumerate((1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 4, 4, 8, 8, 8), 1))
"""Bytes of one value, by the tag's type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What decoding costs is estimated from this; width and height as stored."""

    format: str
    """Pillow's name of it."""
    width: int
    height: int
    samples: int = 3
    """Values a pixel, as stored; a palette has one."""
    has_alpha: bool = False
    is_palette: bool = False
    is_wide: bool = False
    """A value has more than 8 bits."""
    coefficients: int = 0
    """Bytes that a JPEG of several scans is kept in until its last one is read."""
    can_shrink: bool = False
    """A decoder can make it an eighth as large while it reads."""
    kept: int = 0
    """Bytes that a reader keeps beside the pixels: tags, profiles, texts, the file itself."""
    is_predictable: bool = True
    """Memory and time follow from the header, whatever the rest of the file says."""
    parts: tuple[Part, ...] | None = None
    """What of the file is its image; None where nothing is dropped before it is read."""
    orientation: int | None = None
    """EXIF's, 1..8, read on the way; None where the reader has to tell it."""
    is_animated: bool = False
    """There are further frames, which were dropped."""
    is_short: bool = False
    """The file stops before its format's own end; the parts have one."""
    is_covered: bool = True
    """Of a short JPEG: no scan is missing whole, only the end of the last one."""
    scan_bytes: int = 0
    """Of a JPEG: how long its last scan is."""
    unit: tuple[int, int] = (8, 8)
    """Of a JPEG: columns and rows that are coded together."""

    @property
    def pixels(self) -> int:
        """Return how many there are."""
        return self.width * self.height


def orientation_in(exif: bytes) -> int:
    """Return the turn that EXIF tells, 1..8; 1 where it tells none or can not be read."""
    data = exif.removeprefix(b"Exif\0\0")
    if data[:2] not in {b"II", b"MM"}:
        return 1
    order = "<" if data[:2] == b"II" else ">"
    at = number_at(data, 4, f"{order}I")
    for entry in range(at + 2, at + 2 + min(number_at(data, at, f"{order}H"), MOST_TAGS) * 12, 12):
        tag, kind, _, value = numbers_at(data, entry, f"{order}HHIH")
        if (tag, kind) == (_ORIENTATION, _SHORT):
            return value if value in range(1, 9) else 1
    return 1


def take(stream: BinaryIO, form: str) -> tuple[int, ...]:
    """Read numbers; raises struct.error where the file ends."""
    return struct.unpack(form, stream.read(struct.calcsize(form)))


def numbers_at(data: bytes, at: int, form: str) -> tuple[int, ...]:
    """Return the numbers at a place; zeros where there is none."""
    short = len(data) < at + struct.calcsize(form)
    return (
        (0,) * len(struct.unpack(form, bytes(struct.calcsize(form))))
        if short
        else (struct.unpack_from(form, data, at))
    )


def number_at(data: bytes, at: int, form: str) -> int:
    """Return the one number at a place."""
    return numbers_at(data, at, form)[0]
