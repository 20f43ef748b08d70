"""Draws before and after images in one, with labels, each as large as the space allows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from PIL import Image, ImageDraw

from services.images.decode_step import Decoding
from services.images.info import opened, read_orientation
from services.images.lettering import Font, fitting_words
from services.images.memory_estimate import MemoryLimit, to_decode
from services.images.preparation import made_plain, write_jpeg

SHEET_BYTES = 8_000_000
"""Maximum bytes of the drawn file: below Discord's 10 MiB, leaving room for the rest of the
message."""

SHOWN = (550, 350)
"""Width and height in pixels that Discord's desktop client gives to one image."""

SHAPE = SHOWN[0] / SHOWN[1]
_LETTERS = 15
"""Height of the labels in pixels, when the image is shown at that size."""

_AREA = 2_400_000
"""Pixels of the drawn image, without its labels and margins."""
_SHEET_MEMORY = 32_000_000
"""Memory in bytes of both halves, the joined image and its JPEG."""

_MARGIN, _GAP = 24, 12
_GROUND, _INK = (30, 31, 34), (242, 243, 245)
"""Colours of background and labels, with a contrast of 14. The background belongs to the image, so
the labels are readable on Discord's light theme too."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of the two halves, in one language."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class _Half:
    """The sources or the results, as a grid of cells with the same shape."""

    paths: Sequence[Path]
    columns: int
    shape: float
    """Aspect ratio of a cell, width divided by height."""

    @property
    def rows(self) -> int:
        """Number of rows of the grid."""
        return -(-len(self.paths) // self.columns)

    @property
    def aspect(self) -> float:
        """Aspect ratio of the whole grid, width divided by height."""
        return self.shape * self.columns / self.rows


@dataclass(frozen=True, slots=True)
class _Layout:
    """Both halves, and whether they are side by side."""

    before: _Half
    after: _Half
    beside: bool
    """True: side by side; False: one above the other."""

    @property
    def halves(self) -> tuple[_Half, _Half]:
        """The half of the sources and the half of the results."""
        return self.before, self.after

    @property
    def aspect(self) -> float:
        """Width divided by height of the whole, with its halves scaled to equal height or width."""
        before, after = self.before.aspect, self.after.aspect
        return before + after if self.beside else before * after / (before + after)

    def sizes(self, width: float, height: float) -> list[tuple[float, float]]:
        """Return width and height of each half, if the whole has this width and height."""
        if self.beside:
            return [(height * half.aspect, height) for half in self.halves]
        return [(width, width / half.aspect) for half in self.halves]

    def smallest(self) -> float:
        """Return the area of the smallest cell, if the whole is scaled to fit into SHAPE."""
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

    Args:
        sources: The images that the job was made from.
        results: The images of the job.
        target: The file to write.
        labels: Labels in the reader's language first; others are used if no font has its letters.
        decoder: Opens the images.

    Raises:
        UnsupportedImage: A file is damaged.
        ImageTooHeavy: An image needs more memory than there is.
        StoreUnavailable: The disk is full.
    """
    step = Comparison(tuple(sources), tuple(results), target, tuple(labels))
    return await decoder.run(step)


class Comparison(msgspec.Struct, tag=True, frozen=True):
    """Decoding step that draws one comparison."""

    sources: tuple[Path, ...]
    results: tuple[Path, ...]
    target: Path
    labels: tuple[Labels, ...]

    def run(self, limit: MemoryLimit) -> Path:
        """Draw the comparison and return its path; reserve memory for it besides each image."""
        rest = limit.without(_SHEET_MEMORY)
        _compare(self.sources, self.results, self.target, self.labels, rest)
        return self.target

    def returns(self) -> type[Path]:
        """Return the type of `run`'s result."""
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
    """Return the layout in which the smallest image is as large as possible."""
    grids = _grids(results, limit)
    layouts = (
        _Layout(before, after, beside)
        for before in _grids(sources, limit)
        for after in grids
        for beside in (True, False)
    )
    return max(layouts, key=_Layout.smallest)


def _grids(paths: Sequence[Path], limit: MemoryLimit) -> list[_Half]:
    """Return a grid for each number of columns; cells have the median shape of the images."""
    shape = sorted(_shape(path, limit) for path in paths)[len(paths) // 2]
    return [_Half(paths, columns, shape) for columns in range(1, len(paths) + 1)]


def _drawn(
    half: _Half, size: tuple[int, int], word: str, font: Font, limit: MemoryLimit
) -> Image.Image:
    """Draw a half: its label `word`, then its images, numbered if there are several."""
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
    """Decode an image scaled to fit into this width and height."""
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
    lies = read_orientation(image) in {5, 6, 7, 8}
    return (height, width) if lies else (width, height)


def _tall(font: Font) -> float:
    """Return the height in pixels of a line of text in this font."""
    left, top, right, bottom = font.getbbox("Ag前")
    return max(bottom - top, (right - left) / 4)
