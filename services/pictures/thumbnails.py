"""Small pictures of pictures."""

from __future__ import annotations

import asyncio
import functools
from concurrent.futures import Executor
from pathlib import Path

from services.pictures.facts import opened
from services.pictures.plain import made_plain, write_jpeg


async def thumbnail(path: Path, target: Path, *, executor: Executor, side: int = 320) -> Path:
    """Write a JPEG whose longer side is at most `side` px; raise UnsupportedImage if damaged."""
    step = functools.partial(_thumbnail, path, target, side=side)
    return await asyncio.get_running_loop().run_in_executor(executor, step)


def _thumbnail(path: Path, target: Path, *, side: int) -> Path:
    with opened(path) as image:
        scale = min(side / max(image.size), 1)
        picture = made_plain(image, size=_scaled(image.size, scale))
    write_jpeg(picture, target)
    return target


def _scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)
