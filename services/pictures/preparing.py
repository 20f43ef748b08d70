"""Make a source acceptable to Kling, and leave it alone where it already is."""

from __future__ import annotations

import asyncio
import functools
from concurrent.futures import Executor
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A picture as it may be sent: a file on our disk, or an address that only the provider opens.

    Width and height in pixels; None for an address, which nobody here has looked at.
    """

    picture: Path | str = field(repr=False)
    width: int | None = None
    height: int | None = None
    changed: bool = False
    """Whether the file is of our own making."""

    @classmethod
    def of(cls, made: Prepared) -> Ready:
        """Take a picture that was prepared."""
        return cls(picture=made.path, width=made.width, height=made.height, changed=made.changed)


def prepared_path(path: Path, *, folder: Path) -> Path:
    """Return where `prepare` puts the picture when it has to change it."""
    return folder / f"{path.stem}-prepared.jpg"


async def prepare(
    path: Path, *, folder: Path, executor: Executor, afresh: bool = False
) -> Prepared:
    """Return the picture as Kling takes it: JPEG or PNG, at most 10 MB, sides from 300 px.

    One that is so already stays untouched, unless `afresh` demands a new encoding. Others become
    `<name>-prepared.jpg` in `folder`, which is returned as long as it is there. Raise RequestError;
    StoreUnavailable when the disk is full.
    """
    step = functools.partial(_prepare, path, folder=folder, afresh=afresh)
    return await asyncio.get_running_loop().run_in_executor(executor, step)


def _prepare(path: Path, *, folder: Path, afresh: bool) -> Prepared:
    target = prepared_path(path, folder=folder)
    if target.is_file() and not afresh:
        return _as_it_is(target, inspect(target), changed=True)
    facts = inspect(path)
    judge_size(facts.width, facts.height)
    if facts.needs or afresh:
        return _converted(path, facts=facts, target=target)
    _prove(path)
    return _as_it_is(path, facts, changed=False)


def _as_it_is(path: Path, facts: Facts, *, changed: bool) -> Prepared:
    return Prepared(
        path=path,
        format="png" if facts.format == "PNG" else "jpg",
        width=facts.width,
        height=facts.height,
        size=facts.size,
        changed=changed,
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
