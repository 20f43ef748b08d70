"""Results: looked at before they are kept, and made into what everybody can show."""

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
"""Of what a provider may send."""

SHOWN = ("JPEG", "PNG", "WEBP")
"""What stays as it is; the others become PNG."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedResult:
    """A result on this disk, as its own content says."""

    path: Path
    """The file itself, or a PNG made of it beside it."""
    content_type: str
    width: int
    height: int


async def check_result(
    path: Path, *, decoder: Decoding, opening: Opening = UNCOUNTED
) -> CheckedResult:
    """Prove that a downloaded result is whole; convert AVIF, GIF, BMP and TIFF.

    One that takes more memory than there is stays as it came, known by its header alone. Raise
    UnsupportedImage for what is no picture, StoreUnavailable when the disk is full.
    """
    try:
        return await decoder.run(ResultCheck(path), opening=opening)
    except ImageTooHeavy:
        return await decoder.run(ResultCheck(path, is_opened=False))


class ResultCheck(msgspec.Struct, tag=True, frozen=True):
    """Look at one result."""

    path: Path
    is_opened: bool = True

    def run(self, limit: MemoryLimit) -> CheckedResult:
        """Open it, or read its header alone."""
        header = read_header(self.path)
        if not self.is_opened:
            return _as_it_came(self.path, header)
        if header.format not in SHOWN:
            return self._converted(header, limit)
        if header.is_short:  # a download that broke is fetched again
            raise UnsupportedImage("damaged")
        with opened(self.path, limit, to_prove, header=header) as image:
            prove(image)
        return _as_it_came(self.path, header)

    def returns(self) -> type[CheckedResult]:
        """Return the type of the answer."""
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
    """Keep what is transparent; everything else as what goes to the provider."""
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
