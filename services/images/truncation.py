"""Tolerance for truncated files: a small missing part at the end is accepted, as in browsers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageChops

from services.errors import UnsupportedImage
from services.images.header import Header
from services.images.info import opened
from services.images.memory_estimate import MemoryLimit, to_decode
from services.images.metadata import count_bytes, open_parts
from services.images.png_chunks import is_whole

MISSING_BYTES = 4096
MISSING_SHARE = 0.01
"""A truncated JPEG may lack so many bytes (MISSING_BYTES) or this share of the file, whichever is
more."""

MISSING_PIXELS = 0.5
"""A truncated JPEG may lack at most this share of its area: a small file that lacks more is
damaged, however few bytes that is."""

_DOUBT = 1.5
"""Factor on the tolerance in bytes. The original length is unknown, so the missing bytes are
estimated from the missing area, and some areas of an image take more bytes than others."""

_OTHERWISE = bytes(value * 73 % 251 for value in range(4096))
"""Bytes that are decoded in place of the missing ones: the area in which they change the image is
the missing area."""
_EIGHTH, _HALF = 8, 2


def judge_end(path: Path, header: Header, limit: MemoryLimit) -> None:
    """Raise UnsupportedImage if more of a truncated file is missing than is tolerated."""
    if header.format == "PNG":
        with path.open("rb") as stream, open_parts(stream, header.parts or ()) as parts:
            if not is_whole(parts):
                raise UnsupportedImage("damaged")
        return
    share = _missing_share(path, header, limit) if header.is_covered else 1.0
    missing = int(header.scan_bytes * share / max(1 - share, 0.001))
    forgiven = max(MISSING_BYTES, MISSING_SHARE * (count_bytes(header.parts or ()) + missing))
    if share > MISSING_PIXELS or missing > forgiven * _DOUBT:
        raise UnsupportedImage("damaged")


def _missing_share(path: Path, header: Header, limit: MemoryLimit) -> float:
    """Return the missing share of a truncated JPEG's area.

    It is decoded twice, with different bytes in place of the missing ones; the images differ there.
    """
    scale = (_HALF if header.coefficients else _EIGHTH) if header.can_shrink else 1
    size = (max(header.width // scale, 1), max(header.height // scale, 1))
    assert header.parts is not None
    other = replace(header, parts=(*header.parts[:-1], _OTHERWISE, header.parts[-1]))
    pictures = [_decoded(path, one, size, limit) for one in (header, other)]
    unit = (max(header.unit[0] // scale, 1), max(header.unit[1] // scale, 1))
    return _share_behind(ImageChops.difference(*pictures), unit)


def _decoded(path: Path, header: Header, size: tuple[int, int], limit: MemoryLimit) -> Image.Image:
    held = size[0] * size[1] * 8
    with opened(path, limit.without(held), to_decode(size), header=header) as image:
        image.draft(image.mode, size)
        return image.convert("RGB")


def _share_behind(difference: Image.Image, unit: tuple[int, int]) -> float:
    """Return the share of an image from its first differing block on, in reading order.

    `unit` is the width and height of a block in pixels.
    """
    box = difference.getbbox()
    if box is None:
        return 0.0
    width, height = difference.size
    top = box[1] // unit[1] * unit[1]
    bottom = min(top + unit[1], height)
    row = difference.crop((0, top, width, bottom)).getbbox()
    left = (row[0] if row else 0) // unit[0] * unit[0]
    missing = (height - bottom) * width + (bottom - top) * (width - left)
    return missing / (width * height)
