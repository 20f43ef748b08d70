"""Pictures made of pictures: before beside after, and small ones."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

from PIL import Image

from services.pictures.facts import opened, orientation_of
from services.pictures.plain import made_plain, write_jpeg

SHEET_BYTES = 8_000_000
"""Under Discord's 10 MiB a file, with room for the rest of the message."""

_HEIGHT, _WIDEST, _GAP = 1024, 6144, 16


async def thumbnail(path: Path, target: Path, *, executor: Executor, side: int = 320) -> Path:
    """Write a JPEG whose longer side is at most `side` px; raise UnsupportedImage if damaged."""
    step = functools.partial(_thumbnail, path, target, side=side)
    return await asyncio.get_running_loop().run_in_executor(executor, step)


async def side_by_side(
    source: Path, results: Sequence[Path], target: Path, *, executor: Executor
) -> Path:
    """Write one JPEG: the source, then each result, at one height; raise as `thumbnail` does."""
    step = functools.partial(_side_by_side, [source, *results], target)
    return await asyncio.get_running_loop().run_in_executor(executor, step)


def _thumbnail(path: Path, target: Path, *, side: int) -> Path:
    with opened(path) as image:
        scale = min(side / max(image.size), 1)
        picture = made_plain(image, size=_scaled(image.size, scale))
    write_jpeg(picture, target)
    return target


def _side_by_side(paths: Sequence[Path], target: Path) -> Path:
    widths = [_width_at(path, height=_HEIGHT) for path in paths]
    room = _WIDEST - _GAP * (len(paths) - 1)
    height = round(_HEIGHT * min(room / sum(widths), 1))
    pictures = [_at_height(path, height=height) for path in paths]
    width = sum(picture.width for picture in pictures) + _GAP * (len(pictures) - 1)
    sheet = Image.new("RGB", (width, height), "white")
    x = 0
    for picture in pictures:
        sheet.paste(picture, (x, 0))
        x += picture.width + _GAP
    write_jpeg(sheet, target, most=SHEET_BYTES)
    return target


def _width_at(path: Path, *, height: int) -> float:
    with opened(path) as image:
        width, tall = _upright(image)
    return width * height / tall


def _at_height(path: Path, *, height: int) -> Image.Image:
    with opened(path) as image:
        scale = height / _upright(image)[1]
        return made_plain(image, size=_scaled(image.size, scale))


def _upright(image: Image.Image) -> tuple[int, int]:
    width, height = image.size
    lies = orientation_of(image) in {5, 6, 7, 8}
    return (height, width) if lies else (width, height)


def _scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)
