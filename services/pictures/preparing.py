"""Make a source acceptable to Kling, and leave it alone where it already is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec
from PIL import Image

from services.models import SourceForm
from services.pictures.endings import judge_end
from services.pictures.facts import Facts, inspect, most_pixels, opened, prove
from services.pictures.header import Header
from services.pictures.headers import read_header
from services.pictures.limits import KLING_SIDE, LONG_SIDE, SMALL_BYTES, fitted, judge_size
from services.pictures.needs import MemoryLimit, to_decode, to_prove
from services.pictures.opening import UNCOUNTED, Opening
from services.pictures.parts import copy_parts
from services.pictures.plain import landing, made_plain, write_jpeg
from services.pictures.step import Decoding

_FILTER = Image.Resampling.LANCZOS
_SIDES = (LONG_SIDE, 1536, 1152, 864, 648, KLING_SIDE)
_SMALL_QUALITIES = (90, 80, 65)
_LAST_QUALITIES = (90, 65, 40, 20, 10)
"""Of a small form; the last for one that can not be made smaller otherwise."""


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


_NAMES = {
    SourceForm.UNTOUCHED: "prepared",
    SourceForm.PLAIN: "plain",
    SourceForm.SMALL: "small",
}


def prepared_path(path: Path, *, folder: Path, form: SourceForm = SourceForm.UNTOUCHED) -> Path:
    """Return where `prepare` puts the picture when it has to change it."""
    return folder / f"{path.stem}-{_NAMES[form]}.jpg"


async def prepare(
    path: Path,
    *,
    folder: Path,
    decoder: Decoding,
    form: SourceForm = SourceForm.UNTOUCHED,
    small_bytes: int = SMALL_BYTES,
    afresh: bool = False,
    opening: Opening = UNCOUNTED,
) -> Prepared:
    """Return the picture as Kling takes it: JPEG or PNG, at most 10 MB, sides from 300 px.

    One that is so already stays untouched, unless `form` demands a new encoding; a small one has at
    most `small_bytes`, and less than the picture had in any form before. Others become
    `<name>-prepared.jpg` in `folder` (a PNG too, where only what lies beside the image is dropped),
    which is returned as long as it is there and not wanted `afresh`. Raise RequestError;
    StoreUnavailable when the disk is full.
    """
    return await decoder.run(Preparation(path, folder, form, small_bytes, afresh), opening=opening)


class Preparation(msgspec.Struct, tag=True, frozen=True):
    """Make one source acceptable."""

    path: Path
    folder: Path
    form: SourceForm
    small_bytes: int
    afresh: bool

    def run(self, limit: MemoryLimit) -> Prepared:
        """Look at it, and convert it where it must change."""
        target = prepared_path(self.path, folder=self.folder, form=self.form)
        if target.is_file() and not self.afresh:
            return _as_it_is(target, inspect(target, limit), changed=True)
        facts = inspect(self.path, limit)
        header = read_header(self.path)
        judge_size(facts.width, facts.height, most=most_pixels(header))
        if header.is_short:
            judge_end(self.path, header, limit)
        if self.form is SourceForm.SMALL:
            return _converted(self.path, limit, facts=facts, target=target, most=self._less())
        if facts.needs or self.form is SourceForm.PLAIN or self.afresh:
            return _converted(self.path, limit, facts=facts, target=target)
        with opened(self.path, limit, to_prove, header=header) as image:
            prove(image)
        if facts.has_extras:
            _copy_image(self.path, header, target)
        return _as_it_is(target if facts.has_extras else self.path, facts, changed=facts.has_extras)

    def _less(self) -> int:
        """Return the bytes of a small form: surely less than what was found too large."""
        earlier = [prepared_path(self.path, folder=self.folder, form=one) for one in _NAMES]
        sent = (one for one in (self.path, *earlier[:-1]) if one.is_file())
        return min(self.small_bytes, *(one.stat().st_size * 3 // 4 for one in sent))

    def returns(self) -> type[Prepared]:
        """Return the type of the answer."""
        return Prepared


def _as_it_is(path: Path, facts: Facts, *, changed: bool) -> Prepared:
    return Prepared(
        path=path,
        format="png" if facts.format == "PNG" else "jpg",
        width=facts.width,
        height=facts.height,
        size=facts.size,
        changed=changed,
    )


def _copy_image(path: Path, header: Header, target: Path) -> None:
    with landing(target) as part:
        copy_parts(path, header.parts or (), part)


def _converted(
    path: Path, limit: MemoryLimit, *, facts: Facts, target: Path, most: int | None = None
) -> Prepared:
    size = fitted(facts.width, facts.height)
    with opened(path, limit, to_decode(size)) as image:
        picture = made_plain(image, size=size)
    if most is None:
        written = write_jpeg(picture, target)
    else:
        picture, written = _small(picture, target, most=most)
    return Prepared(
        path=target,
        format="jpg",
        width=picture.width,
        height=picture.height,
        size=written,
        changed=True,
    )


def _small(picture: Image.Image, target: Path, *, most: int) -> tuple[Image.Image, int]:
    """Write a JPEG of at most `most` bytes: in lower quality, then in smaller size, then in both.

    Return it as it was written, and its bytes: more only where nothing of 300 pixels is less.
    """
    written = most + 1
    for side in _SIDES:
        size = fitted(*picture.size, side=side)
        picture = picture if size == picture.size else picture.resize(size, _FILTER)
        is_least = min(size) == KLING_SIDE
        qualities = _LAST_QUALITIES if is_least else _SMALL_QUALITIES
        written = write_jpeg(picture, target, most=most, qualities=qualities)
        if written <= most or is_least:
            break
    return picture, written
