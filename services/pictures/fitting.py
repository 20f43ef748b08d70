"""Make results small enough for the place they are posted to; most are."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import msgspec
from PIL import Image

from services.errors import ImageTooHeavy, UnsupportedImage
from services.models import Result
from services.pictures.facts import opened
from services.pictures.limits import SOURCE_SIDE
from services.pictures.needs import MemoryLimit, to_decode
from services.pictures.opening import UNCOUNTED, Opening
from services.pictures.plain import made_plain, write_jpeg
from services.pictures.step import Decoding


async def fit(
    results: Sequence[Result],
    *,
    each: int,
    together: int,
    decoder: Decoding,
    opening: Opening = UNCOUNTED,
) -> Sequence[Result]:
    """Return the results, none over `each` bytes, all of them within `together` bytes.

    What is too big becomes `<name>-fit.jpg` beside it, in lower quality and then in smaller size;
    the original stays. One that can not be read, or takes more memory than there is, is returned as
    it is. Raise StoreUnavailable.
    """
    most = each
    if sum(result.size for result in results) > together:
        most = min(each, together // len(results))
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
    """Make one result smaller."""

    result: Result
    most: int

    def run(self, limit: MemoryLimit) -> Result:
        """Write it beside the original."""
        size = (self.result.width, self.result.height)
        with opened(self.result.path, limit, to_decode(size)) as image:
            picture = made_plain(image, size=image.size)
        return _written(self.result, picture, most=self.most)

    def returns(self) -> type[Result]:
        """Return the type of the answer."""
        return Result


def _written(result: Result, picture: Image.Image, *, most: int) -> Result:
    target = result.path.with_name(f"{result.path.stem}-fit.jpg")
    size = write_jpeg(picture, target, most=most)
    while size > most and min(picture.size) > SOURCE_SIDE:
        smaller = (picture.width * 3 // 4, picture.height * 3 // 4)
        picture = picture.resize(smaller, Image.Resampling.LANCZOS)
        size = write_jpeg(picture, target, most=most)
    width, height = picture.size
    return dataclasses.replace(result, path=target, width=width, height=height, size=size)
