"""Before and after in one picture: labelled, and every part as large as the place allows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from PIL import Image, ImageDraw

from services.images.decode_step import Decoding
from services.images.info import opened, orientation_of
from services.images.lettering import Font, fitting_words
from services.images.memory_estimate import MemoryLimit, to_decode
from services.images.preparation import made_plain, write_jpeg

SHEET_BYTES = 8_000_000
"""Under Discord's 10 MiB a file, with room for the rest of the message."""

SHOWN = (550, 350)
"""Pixels that Discord's client on a computer gives to one picture."""

SHAPE = SHOWN[0] / SHOWN[1]
_LETTERS = 15
"""Height of the words in such a place, in pixels."""

_AREA = 2_400_000
_SHEET_MEMORY = 32_000_000
"""Both halves, what joins them, and the JPEG made of it."""

_MARGIN, _GAP = 24, 12
_GROUND, _INK = (30, 31, 34), (242, 243, 245)
"""Contrast 14; the ground belongs to the picture, so it reads on Discord's light theme too."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The words over the two halves, in one language."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class _Half:
    """Pictures of one half in a grid of cells that all have one shape."""

    paths: Sequence[Path]
    columns: int
    shape: float
    """Width to height of a cell."""

    @property
    def rows(self) -> int:
        """How many rows its pictures make."""
        return -(-len(self.paths) // self.columns)

    @property
    def aspect(self) -> float:
        """Width by height of all its pictures together."""
        return self.shape * self.columns / self.rows


@dataclass(frozen=True, slots=True)
class _Layout:
    """Both halves, and how they stand."""

    before: _Half
    after: _Half
    beside: bool
    """Side by side, not one over the other."""

    @property
    def halves(self) -> tuple[_Half, _Half]:
        """What came in, and what came out."""
        return self.before, self.after

    @property
    def aspect(self) -> float:
        """Width by height of the whole, its halves made equally high or wide."""
        before, after = self.before.aspect, self.after.aspect
        return before + after if self.beside else before * after / (before + after)

    def sizes(self, width: float, height: float) -> list[tuple[float, float]]:
        """Return the size of each half."""
        if self.beside:
            return [(height * half.aspect, height) for half in self.halves]
        return [(width, width / half.aspect) for half in self.halves]

    def smallest(self) -> float:
        """Return the area of the smallest cell where all is as large as SHAPE lets it be."""
        height = min(1.0, SHAPE / self.aspect)
        sizes = self.sizes(height * self.aspect, height)
        halves = zip(self.halves, sizes, strict=True)
        return min(width * tall / (half.rows * half.columns) for half, (width, tall) in halves)


async def compare(
    sources: Sequence[Path],
    results: Sequence[Path],
    target: Path,
    *,
    labels: Sequence[Labels],
    decoder: Decoding,
) -> Path:
    """Write one JPEG with the sources in one half and the results in the other.

    `labels` in the reader's language first; later ones serve where no font has those letters.
    Raise UnsupportedImage for a damaged file, ImageTooHeavy for one that takes more memory than
    there is, StoreUnavailable for a full disk.
    """
    step = Comparison(tuple(sources), tuple(results), target, tuple(labels))
    return await decoder.run(step)


class Comparison(msgspec.Struct, tag=True, frozen=True):
    """Draw one sheet."""

    sources: tuple[Path, ...]
    results: tuple[Path, ...]
    target: Path
    labels: tuple[Labels, ...]

    def run(self, limit: MemoryLimit) -> Path:
        """Draw it; what the sheet itself takes is held beside each picture."""
        rest = limit.without(_SHEET_MEMORY)
        _compare(self.sources, self.results, self.target, self.labels, rest)
        return self.target

    def returns(self) -> type[Path]:
        """Return the type of the answer."""
        return Path


def _compare(
    sources: Sequence[Path],
    results: Sequence[Path],
    target: Path,
    labels: Sequence[Labels],
    limit: MemoryLimit,
) -> None:
    layout = _best(sources, results, limit)
    height = math.sqrt(_AREA / layout.aspect)
    width = height * layout.aspect
    size = round(_LETTERS * max(width / SHOWN[0], height / SHOWN[1]))
    words, font = fitting_words([(one.before, one.after) for one in labels], size=size)
    halves = [
        _drawn(half, (round(wide), round(tall)), word, font, limit)
        for half, (wide, tall), word in zip(
            layout.halves, layout.sizes(width, height), words, strict=True
        )
    ]
    write_jpeg(_joined(halves, beside=layout.beside), target, limit=SHEET_BYTES)


def _best(sources: Sequence[Path], results: Sequence[Path], limit: MemoryLimit) -> _Layout:
    """Choose rows and columns so that the smallest picture is as large as it can be."""
    grids = _grids(results, limit)
    layouts = (
        _Layout(before, after, beside)
        for before in _grids(sources, limit)
        for after in grids
        for beside in (True, False)
    )
    return max(layouts, key=_Layout.smallest)


def _grids(paths: Sequence[Path], limit: MemoryLimit) -> list[_Half]:
    """Return the ways to lay pictures out; cells take the shape in the middle of all."""
    shape = sorted(_shape(path, limit) for path in paths)[len(paths) // 2]
    return [_Half(paths, columns, shape) for columns in range(1, len(paths) + 1)]


def _drawn(
    half: _Half, size: tuple[int, int], word: str, font: Font, limit: MemoryLimit
) -> Image.Image:
    """Draw a half: its word, then its pictures, numbered where there are several."""
    head = round(_tall(font) * 1.6)
    sheet = Image.new("RGB", (size[0], size[1] + head), _GROUND)
    pen = ImageDraw.Draw(sheet)
    pen.text((size[0] / 2, head / 2), word, fill=_INK, font=font, anchor="mm")
    width = (size[0] - _GAP * (half.columns - 1)) // half.columns
    height = (size[1] - _GAP * (half.rows - 1)) // half.rows
    for number, path in enumerate(half.paths):
        row, column = divmod(number, half.columns)
        x, y = column * (width + _GAP), head + row * (height + _GAP)
        picture = _within(path, width, height, limit)
        corner = (x + (width - picture.width) // 2, y + (height - picture.height) // 2)
        sheet.paste(picture, corner)
        if len(half.paths) > 1:
            _number(pen, corner, str(number + 1), font)
    return sheet


def _number(pen: ImageDraw.ImageDraw, corner: tuple[int, int], text: str, font: Font) -> None:
    side = round(_tall(font) * 1.3)
    x, y = corner
    pen.rectangle((x, y, x + side, y + side), fill=_GROUND)
    pen.text((x + side / 2, y + side / 2), text, fill=_INK, font=font, anchor="mm")


def _joined(halves: Sequence[Image.Image], *, beside: bool) -> Image.Image:
    before, after = halves
    at = (before.width + _GAP * 2, 0) if beside else (0, before.height + _GAP)
    size = (max(before.width, at[0] + after.width), max(before.height, at[1] + after.height))
    sheet = Image.new("RGB", (size[0] + 2 * _MARGIN, size[1] + _MARGIN), _GROUND)
    sheet.paste(before, (_MARGIN, 0))
    sheet.paste(after, (_MARGIN + at[0], at[1]))
    return sheet


def _within(path: Path, width: int, height: int, limit: MemoryLimit) -> Image.Image:
    """Decode a picture at the size at which it fits; a small one is enlarged."""
    side = max(width, height)
    with opened(path, limit, to_decode((side, side))) as image:
        upright_width, upright_height = _upright(image)
        scale = min(width / upright_width, height / upright_height)
        size = (max(round(image.width * scale), 1), max(round(image.height * scale), 1))
        return made_plain(image, size=size)


def _shape(path: Path, limit: MemoryLimit) -> float:
    with opened(path, limit) as image:
        width, height = _upright(image)
    return width / height


def _upright(image: Image.Image) -> tuple[int, int]:
    width, height = image.size
    lies = orientation_of(image) in {5, 6, 7, 8}
    return (height, width) if lies else (width, height)


def _tall(font: Font) -> float:
    """Return the height of a line."""
    left, top, right, bottom = font.getbbox("Ag前")
    return max(bottom - top, (right - left) / 4)
