"""Checks of results before they are stored, and conversion to formats that all clients show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
from PIL import Image

from services.errors import ImageTooHeavy, UnsupportedImage
from services.images.decode_step import Decoding
from services.images.header import Header
from services.images.header_parsers import read_header
from services.images.info import opened, prove
from services.images.memory_estimate import MemoryLimit, to_decode, to_prove
from services.images.open_counter import UNCOUNTED, Opening
from services.images.preparation import made_plain, write_png

TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "AVIF": "image/avif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "HEIF": "image/heic",
}
"""Content types by format, of the formats that a provider may send."""

SHOWN = ("JPEG", "PNG", "WEBP")
"""Formats that all clients show: these stay unchanged, others are converted to PNG."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedResult:
    """A checked result on this disk; type and size in pixels come from its content."""

    path: Path
    """The result's file, or a PNG made from it in the same folder."""
    content_type: str
    width: int
    height: int


async def check_result(
    path: Path, *, decoder: Decoding, opening: Opening = UNCOUNTED
) -> CheckedResult:
    """Check that a downloaded result is complete; convert AVIF, GIF, BMP and TIFF.

    A result that needs more memory than there is stays unchanged; only its header is read. Raises
    UnsupportedImage if it is no image, StoreUnavailable if the disk is full.
    """
    try:
        return await decoder.run(ResultCheck(path), opening=opening)
    except ImageTooHeavy:
        return await decoder.run(ResultCheck(path, is_opened=False))


class ResultCheck(msgspec.Struct, tag=True, frozen=True):
    """Decoding step that checks one result."""

    path: Path
    is_opened: bool = True

    def run(self, limit: MemoryLimit) -> CheckedResult:
        """Decode the image to check it, and convert it if Discord does not show its format.

        With `is_opened` False, only read its header.
        """
        header = read_header(self.path)
        if not self.is_opened:
            return _as_it_came(self.path, header)
        if header.format not in SHOWN:
            return self._converted(header, limit)
        if header.is_short:  # an incomplete download: the engine fetches it again
            raise UnsupportedImage("damaged")
        with opened(self.path, limit, to_prove, header=header) as image:
            prove(image)
        return _as_it_came(self.path, header)

    def returns(self) -> type[CheckedResult]:
        """Return the type of `run`'s result."""
        return CheckedResult

    def _converted(self, header: Header, limit: MemoryLimit) -> CheckedResult:
        with opened(self.path, limit, to_decode((header.width, header.height))) as image:
            picture = _plain(image)
        target = self.path.with_name(f"{self.path.name}.png")
        write_png(picture, target)
        return CheckedResult(
            path=target, content_type=TYPES["PNG"], width=picture.width, height=picture.height
        )


def _plain(image: Image.Image) -> Image.Image:
    """Return the decoded image with its transparency; if it has none, as `made_plain` does."""
    if not image.has_transparency_data:
        return made_plain(image, size=image.size)
    picture = image.convert("RGBA")
    picture.info = {}
    return picture


def _as_it_came(path: Path, header: Header) -> CheckedResult:
    return CheckedResult(
        path=path,
        content_type=TYPES[header.format],
        width=header.width,
        height=header.height,
    )
