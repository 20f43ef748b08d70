"""Facts about an image from its header, known before any decoder reads it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from services.images.metadata import Part

MOST_TAGS = 1_000
"""Maximum tags of one directory (TIFF 6.0, EXIF)."""

_ORIENTATION, _SHORT = 0x0112, 3

TAG_UNITS = dict(enumerate((1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 4, 4, 8, 8, 8), 1))
"""Bytes of one value, by the tag's type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Facts from a header, from which the cost of decoding is estimated.

    Width and height are as stored.
    """

    format: str
    """Pillow's name of the format."""
    width: int
    height: int
    samples: int = 3
    """Values per pixel, as stored; a palette has one."""
    has_alpha: bool = False
    is_palette: bool = False
    is_wide: bool = False
    """A value has more than 8 bits."""
    coefficients: int = 0
    """Bytes of the coefficients that a JPEG of several scans holds until its last scan is read."""
    can_shrink: bool = False
    """A decoder can shrink it to an eighth while reading."""
    kept: int = 0
    """Bytes that a decoder holds besides the pixels: tags, profiles, texts, the file itself."""
    is_predictable: bool = True
    """Memory and time follow from the header, whatever the rest of the file contains."""
    parts: tuple[Part, ...] | None = None
    """The parts of the file that are its image; None if nothing is dropped before reading."""
    orientation: int | None = None
    """EXIF orientation, 1 to 8; None if the decoder has to report it."""
    is_animated: bool = False
    """There are further frames, which were dropped."""
    is_short: bool = False
    """The file stops before its format's end marker; the parts have one."""
    is_covered: bool = True
    """For a short JPEG: no scan is missing completely, only the end of the last one."""
    scan_bytes: int = 0
    """For a JPEG: bytes of its last scan."""
    unit: tuple[int, int] = (8, 8)
    """For a JPEG: columns and rows that are coded together."""

    @property
    def pixels(self) -> int:
        """The number of pixels."""
        return self.width * self.height


def orientation_in(exif: bytes) -> int:
    """Return the EXIF orientation, 1 to 8; 1 if there is none or it cannot be read."""
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
    """Read numbers from a stream; raises struct.error at its end."""
    return struct.unpack(form, stream.read(struct.calcsize(form)))


def numbers_at(data: bytes, at: int, form: str) -> tuple[int, ...]:
    """Return the numbers at an offset; zeros beyond the end."""
    short = len(data) < at + struct.calcsize(form)
    return (
        (0,) * len(struct.unpack(form, bytes(struct.calcsize(form))))
        if short
        else (struct.unpack_from(form, data, at))
    )


def number_at(data: bytes, at: int, form: str) -> int:
    """Return the one number at an offset."""
    return numbers_at(data, at, form)[0]
