"""Make a source acceptable to Kling, and leave it alone where it already is."""

from __future__ import annotations

import asyncio
import functools
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from services.pictures.facts import Facts, inspect, opened
from services.pictures.limits import fitted, judge_size
from services.pictures.plain import made_plain, write_jpeg


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A picture within Kling's rules, on disk."""

    path: Path
    format: Literal["jpg", "png"]
    width: int
    height: int
    size: int
    """Bytes."""
    changed: bool
    """Whether `path` is a file of our own making, not the source itself."""


_MARK = "-prepared"


def prepared_path(path: Path, *, folder: Path) -> Path:
    """Return where `prepare` puts the picture when it has to change it."""
    return folder / f"{path.stem}{_MARK}.jpg"


def is_of_our_making(path: Path) -> bool:
    """Tell whether `prepare` had to change the picture."""
    return path.stem.endswith(_MARK)


async def prepare(
    path: Path, *, folder: Path, executor: Executor, afresh: bool = False
) -> Prepared:
    """Return the picture as Kling takes it: JPEG or PNG, at most 10 MB, sides from 300 px.

    One that is so already stays untouched, unless `afresh` demands a new encoding. Others become
    `<name>-prepared.jpg` in `folder`. Raise RequestError; StoreUnavailable when the disk is full.
    """
    step = functools.partial(_prepare, path, folder=folder, afresh=afresh)
    return await asyncio.get_running_loop().run_in_executor(executor, step)


def _prepare(path: Path, *, folder: Path, afresh: bool) -> Prepared:
    facts = inspect(path)
    judge_size(facts.width, facts.height)
    if facts.needs or afresh:
        return _converted(path, facts=facts, target=prepared_path(path, folder=folder))
    _prove(path)
    return Prepared(
        path=path,
        format="png" if facts.format == "PNG" else "jpg",
        width=facts.width,
        height=facts.height,
        size=facts.size,
        changed=False,
    )


def _converted(path: Path, *, facts: Facts, target: Path) -> Prepared:
    with opened(path) as image:
        picture = made_plain(image, size=fitted(facts.width, facts.height))
    size = write_jpeg(picture, target)
    return Prepared(
        path=target,
        format="jpg",
        width=picture.width,
        height=picture.height,
        size=size,
        changed=True,
    )


def _prove(path: Path) -> None:
    """Refuse a damaged file before it is paid for: PNG by its checksums, JPEG at an eighth."""
    with opened(path) as image:
        if image.format == "PNG":
            image.verify()
        else:
            image.draft(image.mode, (image.width // 8, image.height // 8))
            image.load()
