"""Reduces results to the bytes that a channel accepts (most need no change); makes thumbnails."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import msgspec
from PIL import Image

from services.errors import ImageTooHeavy, UnsupportedImage
from services.images.decode_step import Decoding
from services.images.info import opened
from services.images.limits import SOURCE_SIDE
from services.images.memory_estimate import MemoryLimit, to_decode
from services.images.open_counter import UNCOUNTED, Opening
from services.images.preparation import made_plain, write_jpeg
from services.models import Result


async def shrink(
    results: Sequence[Result],
    *,
    max_bytes_each: int,
    max_bytes_total: int,
    decoder: Decoding,
    opening: Opening = UNCOUNTED,
) -> Sequence[Result]:
    """Return the results with at most `max_bytes_each` each and `max_bytes_total` together.

    A result that is too large is written to `<name>-fit.jpg` next to it, in lower quality and then
    in smaller size; the original stays. A result that cannot be read, or needs more memory than
    there is, is returned unchanged. Raises StoreUnavailable.
    """
    most = max_bytes_each
    if sum(result.size for result in results) > max_bytes_total:
        most = min(max_bytes_each, max_bytes_total // len(results))
    if all(result.size <= most for result in results):
        return results
    return [
        result if result.size <= most else await _fitting(result, most, decoder, opening)
        for result in results
    ]


async def _fitting(result: Result, most: int, decoder: Decoding, opening: Opening) -> Result:
    try:
        return await decoder.run(Fitting(result, most), opening=opening)
    except (UnsupportedImage, ImageTooHeavy):
        return result


class Fitting(msgspec.Struct, tag=True, frozen=True):
    """Decoding step that reduces one result to at most `most` bytes."""

    result: Result
    most: int

    def run(self, limit: MemoryLimit) -> Result:
        """Write the smaller file next to the original; return it as a result."""
        size = (self.result.width, self.result.height)
        with opened(self.result.path, limit, to_decode(size)) as image:
            picture = made_plain(image, size=image.size)
        return _written(self.result, picture, most=self.most)

    def returns(self) -> type[Result]:
        """Return the type of `run`'s result."""
        return Result


def _written(result: Result, picture: Image.Image, *, most: int) -> Result:
    target = result.path.with_name(f"{result.path.stem}-fit.jpg")
    size = write_jpeg(picture, target, limit=most)
    while size > most and min(picture.size) > SOURCE_SIDE:
        smaller = (picture.width * 3 // 4, picture.height * 3 // 4)
        picture = picture.resize(smaller, Image.Resampling.LANCZOS)
        size = write_jpeg(picture, target, limit=most)
    width, height = picture.size
    return dataclasses.replace(result, path=target, width=width, height=height, size=size)


# Thumbnails.


class Thumbnailing(msgspec.Struct, tag=True, frozen=True):
    """Decoding step that makes a thumbnail whose longer side has at most `side` pixels."""

    path: Path
    target: Path
    side: int

    def run(self, limit: MemoryLimit) -> Path:
        """Write the thumbnail to `target` and return that path."""
        with opened(self.path, limit, to_decode((self.side, self.side))) as image:
            scale = min(self.side / max(image.size), 1)
            picture = made_plain(image, size=_scaled(image.size, scale))
        write_jpeg(picture, self.target)
        return self.target

    def returns(self) -> type[Path]:
        """Return the type of `run`'s result."""
        return Path


async def thumbnail(path: Path, target: Path, *, decoder: Decoding, side: int = 320) -> Path:
    """Write a JPEG of an image to `target` and return that path; raises UnsupportedImage.

    Its longer side has at most `side` pixels.
    """
    return await decoder.run(Thumbnailing(path, target, side))


def _scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)
