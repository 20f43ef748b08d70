"""Limits of images: Kling's rules, and ours for what is worth reading at all."""

from __future__ import annotations

from services.errors import ImageTooLarge, ImageTooNarrow, ImageTooSmall

KLING_BYTES = 10_000_000
"""Kling: 10 MB; read as the smaller of the two meanings of MB."""

SMALL_BYTES = 600_000
"""What a small form of all of a request's sources takes together: 800,000 bytes as base64, which
with a long prompt is within the 1 MB that nginx takes by default (client_max_body_size)."""

KLING_SIDE = 300
"""Kling: each side at least 300 px; shorter ones are enlarged."""

SOURCE_BYTES = 50_000_000
"""Maximum bytes that we fetch. It is above Kling's limit, because a large image is shrunk; it
allows 25 megapixels even as PNG, and bounds what one user can make us download."""

SOURCE_PIXELS = 25_000_000
"""Maximum pixels that we decode completely; it stops decompression bombs of a few kilobytes."""

JPEG_PIXELS = 220_000_000
"""The same of a JPEG, which is decoded at a fraction: phones make 48, 64, 108 and 200 megapixels.
Whether one has room is the budget's word (memory_estimate.py)."""

HEIF_PIXELS = 51_000_000
"""The same for a HEIC: a phone's 48 megapixels take 7 bytes per pixel (measured)."""

SOURCE_SIDE = 64
"""Minimum side of a source; below it, enlarging shows nothing but blocks."""

LONG_SIDE = 2048
"""Maximum side of converted images: Kling generates 1k or 2k."""


def judge_pixels(width: int, height: int, *, most: int = SOURCE_PIXELS) -> None:
    """Raise ImageTooLarge for more pixels than we decode."""
    if width * height > most:
        raise ImageTooLarge(found=width * height, allowed=most, unit="pixels")


def judge_size(width: int, height: int, *, most: int = SOURCE_PIXELS) -> None:
    """Raise an error for a size in pixels that cannot be made acceptable to Kling."""
    judge_pixels(width, height, most=most)
    if min(width, height) < SOURCE_SIDE:
        raise ImageTooSmall(width=width, height=height, minimum=SOURCE_SIDE)
    # Kling: 1:2.5 .. 2.5:1; padding would become part of the image, and cropping loses content.
    if 2 * max(width, height) > 5 * min(width, height):
        raise ImageTooNarrow(width=width, height=height)


def judge_bytes(size: int) -> None:
    """Raise ImageTooLarge for more bytes than we fetch."""
    if size > SOURCE_BYTES:
        raise ImageTooLarge(found=size, allowed=SOURCE_BYTES, unit="bytes")


def fitted(width: int, height: int, *, side: int = LONG_SIDE) -> tuple[int, int]:
    """Return the size that goes to Kling: shrunk to a long `side` or enlarged to KLING_SIDE.

    It is rounded towards a square, so that a ratio of exactly 2.5 stays within the limit.
    """
    long, short = max(width, height), min(width, height)
    if short < KLING_SIDE:
        long, short = max(long * KLING_SIDE // short, KLING_SIDE), KLING_SIDE
    elif long > side:
        long, short = side, -(-short * side // long)
    if short < KLING_SIDE:
        long, short = max(long * KLING_SIDE // short, KLING_SIDE), KLING_SIDE
    return (long, short) if width >= height else (short, long)
