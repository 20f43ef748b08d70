"""What is known of an image before any decoder sees it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

MOST_TAGS = 1_000
"""Of a directory of tags (TIFF 6.0, EXIF)."""

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

    @property
    def pixels(self) -> int:
        """Return how many there are."""
        return self.width * self.height


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
