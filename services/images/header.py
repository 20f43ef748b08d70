"""Facts about an image from its file's header, read before any decoder opens the file."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from services.images.metadata import Part

MOST_TAGS = 1_000
"""Maximum number of tags in one directory (TIFF 6.0, EXIF)."""

_ORIENTATION, _SHORT = 0x0112, 3

TAG_UNITS = dict(enumerate((1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 4, 4, 8, 8, 8), 1))
"""Bytes of one value by the tag's type (TIFF 6.0, EXIF)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Facts from a file's header, from which the memory for decoding is estimated.

    Width and height are in pixels as stored, before rotation.
    """

    format: str
    """Pillow's name of the format, such as JPEG."""
    width: int
    height: int
    samples: int = 3
    """Values per pixel, as stored; a pixel of a palette image has one."""
    has_alpha: bool = False
    is_palette: bool = False
    is_wide: bool = False
    """True if a value has more than 8 bits."""
    coefficients: int = 0
    """Bytes of memory for the coefficients of a JPEG with several scans, which the decoder holds
    until the last scan is read."""
    can_shrink: bool = False
    """True if a decoder can shrink the image to an eighth while reading."""
    kept: int = 0
    """Bytes of memory that a decoder holds besides the pixels: tags, profiles, texts, the file
    itself."""
    is_predictable: bool = True
    """True if memory and time follow from the header, whatever the rest of the file contains."""
    parts: tuple[Part, ...] | None = None
    """The parts of the file that are its image. None: nothing is dropped before reading."""
    orientation: int | None = None
    """EXIF orientation, 1 to 8; None if the decoder has to report it."""
    is_animated: bool = False
    """True if the file has further frames, which were dropped."""
    is_short: bool = False
    """True if the file stops before its format's end marker; `parts` have one."""
    is_covered: bool = True
    """For a JPEG that is_short: True if only the end of the last scan is missing, and no whole
    scan."""
    scan_bytes: int = 0
    """For a JPEG: the size of its last scan in bytes."""
    unit: tuple[int, int] = (8, 8)
    """For a JPEG: width and height in pixels of the block that is coded together."""

    @property
    def pixels(self) -> int:
        """Width times height."""
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
    """Read numbers in a struct format from a stream; raises struct.error at its end."""
    return struct.unpack(form, stream.read(struct.calcsize(form)))


def numbers_at(data: bytes, at: int, form: str) -> tuple[int, ...]:
    """Return the numbers in a struct format at an offset; zeros if the data ends before."""
    short = len(data) < at + struct.calcsize(form)
    return (
        (0,) * len(struct.unpack(form, bytes(struct.calcsize(form))))
        if short
        else (struct.unpack_from(form, data, at))
    )


def number_at(data: bytes, at: int, form: str) -> int:
    """Return the one number in a struct format at an offset; 0 if the data ends before."""
    return numbers_at(data, at, form)[0]
