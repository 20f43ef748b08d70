"""Limits of images: Kling's rules, and our own for what is worth reading at all."""

from __future__ import annotations

from services.errors import ImageTooLarge, ImageTooNarrow, ImageTooSmall

KLING_BYTES = 10_000_000
"""Kling's limit of 10 MB, read as the smaller of the two meanings of MB."""

SMALL_BYTES = 600_000
"""Maximum bytes of all of a request's sources in the small form together: 800,000 bytes in base64,
which with a long prompt is within the 1 MB that nginx accepts by default (client_max_body_size)."""

KLING_SIDE = 300
"""Kling's minimum of 300 px for each side; smaller images are enlarged."""

SOURCE_BYTES = 50_000_000
"""Maximum bytes of a source that we fetch. It is above Kling's limit, because a large image is
shrunk. It allows 25 megapixels even as PNG, and bounds how much one user can make us download."""

SOURCE_PIXELS = 25_000_000
"""Maximum pixels of an image that is decoded completely; it stops decompression bombs of a few
kilobytes."""

JPEG_PIXELS = 220_000_000
"""Maximum pixels of a JPEG, which is decoded at a fraction of its size: phones make 48, 64, 108 and
200 megapixels. The memory budget may refuse one nevertheless (memory_estimate.py)."""

HEIF_PIXELS = 51_000_000
"""Maximum pixels of a HEIC: a phone's 48 megapixels take 7 bytes of memory per pixel (measured)."""

SOURCE_SIDE = 64
"""Minimum side of a source in pixels; if a smaller one is enlarged, it shows only blocks."""

LONG_SIDE = 2048
"""Longer side in pixels to which converted images are shrunk: Kling generates 1k or 2k."""


def judge_pixels(width: int, height: int, *, most: int = SOURCE_PIXELS) -> None:
    """Raise ImageTooLarge if an image has more pixels than `most`."""
    if width * height > most:
        raise ImageTooLarge(found=width * height, allowed=most, unit="pixels")


def judge_size(width: int, height: int, *, most: int = SOURCE_PIXELS) -> None:
    """Raise an error for a size in pixels that no conversion can make acceptable to Kling."""
    judge_pixels(width, height, most=most)
    if min(width, height) < SOURCE_SIDE:
        raise ImageTooSmall(width=width, height=height, minimum=SOURCE_SIDE)
    # Kling: 1:2.5 .. 2.5:1; padding would become part of the image, and cropping loses content.
    if 2 * max(width, height) > 5 * min(width, height):
        raise ImageTooNarrow(width=width, height=height)


def judge_bytes(size: int) -> None:
    """Raise ImageTooLarge for more bytes than SOURCE_BYTES."""
    if size > SOURCE_BYTES:
        raise ImageTooLarge(found=size, allowed=SOURCE_BYTES, unit="bytes")


def fitted(width: int, height: int, *, side: int = LONG_SIDE) -> tuple[int, int]:
    """Return the size that is sent to Kling: shrunk to a longer `side` or enlarged to KLING_SIDE.

    It is rounded towards a square, so that a ratio of exactly 2.5 stays within Kling's limit.
    """
    long, short = max(width, height), min(width, height)
    if short < KLING_SIDE:
        long, short = max(long * KLING_SIDE // short, KLING_SIDE), KLING_SIDE
    elif long > side:
        long, short = side, -(-short * side // long)
    if short < KLING_SIDE:
        long, short = max(long * KLING_SIDE // short, KLING_SIDE), KLING_SIDE
    return (long, short) if width >= height else (short, long)
