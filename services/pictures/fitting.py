"""Make results small enough for the place they are posted to; most are."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
from collections.abc import Sequence
from concurrent.futures import Executor

from PIL import Image

from services.errors import ImageTooLarge, UnsupportedImage
from services.models import Result
from services.pictures.facts import opened
from services.pictures.limits import SOURCE_SIDE
from services.pictures.plain import made_plain, write_jpeg


async def fit(
    results: Sequence[Result], *, each: int, together: int, executor: Executor
) -> Sequence[Result]:
    """Return the results, none over `each` bytes, all of them within `together` bytes.

    What is too big becomes `<name>-fit.jpg` beside it, in lower quality and then in smaller size;
    the original stays. One that can not be read is returned as it is. Raise StoreUnavailable.
    """
    most = each
    if sum(result.size for result in results) > together:
        most = min(each, together // len(results))
    if all(result.size <= most for result in results):
        return results
    step = functools.partial(_fit, results, most=most)
    return await asyncio.get_running_loop().run_in_executor(executor, step)


def _fit(results: Sequence[Result], *, most: int) -> Sequence[Result]:
    return [result if result.size <= most else _smaller(result, most=most) for result in results]


def _smaller(result: Result, *, most: int) -> Result:
    try:
        with opened(result.path) as image:
            picture = made_plain(image, size=image.size)
    except (UnsupportedImage, ImageTooLarge):
        return result
    target = result.path.with_name(f"{result.path.stem}-fit.jpg")
    size = write_jpeg(picture, target, most=most)
    while size > most and min(picture.size) > SOURCE_SIDE:
        smaller = (picture.width * 3 // 4, picture.height * 3 // 4)
        picture = picture.resize(smaller, Image.Resampling.LANCZOS)
        size = write_jpeg(picture, target, most=most)
    width, height = picture.size
    return dataclasses.replace(result, path=target, width=width, height=height, size=size)
