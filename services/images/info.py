"""Facts about an image: from Discord's claims, and from the file's header without decoding."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

from PIL import Image, ImageCms, PngImagePlugin
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from services.errors import EmptyFile, ImageTooHeavy, UnsupportedImage
from services.images.foreign_formats import name_of_claim
from services.images.header import Header, orientation_in
from services.images.header_parsers import read_header
from services.images.heif import add_reader, can_read_heif
from services.images.jpeg_segments import PROFILE_BYTES
from services.images.limits import (
    HEIF_PIXELS,
    JPEG_PIXELS,
    KLING_BYTES,
    KLING_SIDE,
    SOURCE_PIXELS,
    judge_bytes,
    judge_pixels,
    judge_size,
)
from services.images.memory_estimate import IN_CHILD, MemoryLimit, Need, check_found, to_probe
from services.images.metadata import count_bytes, open_parts

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP", "TIFF")
"""Pillow's readers that may open users' files. (Its JPEG reader also reads MPO.)"""

BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    RuntimeError,
    BufferError,
    StopIteration,
    Warning,
    ImageCms.PyCMSError,
    struct.error,
    zlib.error,
)
"""Errors that Pillow's readers raise for damaged files; found by flipping bits."""

Image.MAX_IMAGE_PIXELS = 400_000_000
"""Pillow's own limit, set high: it does not know how much memory a format needs, while
memory_estimate.py does."""

PngImagePlugin.MAX_TEXT_CHUNK = PROFILE_BYTES
"""Pillow's limit for unpacked PNG chunks. Of these, only a colour profile reaches Pillow
(png_chunks.py)."""

_ORIENTATION = "orientation"
_XMP = ("xmp", "XML:com.adobe.xmp")
_TYPES = re.compile(
    r"image/(jpe?g|pjpe?g|jfif|mpo|png|x-png|apng|vnd\.mozilla\.apng|webp|gif|avif(-sequence)?"
    r"|bmp|x-bmp|x-ms-bmp|x-windows-bmp|tiff?|x-tiff?|hei[cf]|hei[cf]-sequence)"
)
_SUFFIXES = re.compile(
    r"\.(jpe?g|jpe|jfif|mpo|png|apng|webp|gif|avifs?|bmp|dib|tiff?|hei[cf]s?|hif)"
)
_JPEG = re.compile(r"jp|jfif|mpo")
_HEIF = re.compile(r"hei[cf]|\.hif")
_NO_TYPE = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_PLAIN_MODES = frozenset({"RGB", "L"})
_SRGB_NAMES = ("srgb", "urgb", "c2", "artifex srgb")
"""Beginnings of the names of colour profiles that are equivalent to no profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageInfo:
    """Facts about an image; width and height in pixels as stored, before EXIF orientation."""

    format: str
    width: int
    height: int
    size: int
    """The image's bytes, without the metadata that is dropped."""
    mode: str
    """Pillow's mode, such as RGB, L, P or CMYK."""
    orientation: int
    """EXIF orientation, 1 to 8; 1 is upright. XMP's value is ignored, as in browsers."""
    animated: bool
    has_alpha: bool
    is_deep: bool
    """True if there are more than 8 bits per channel."""
    has_profile: bool
    """True if it has a colour profile other than sRGB."""
    has_extras: bool
    """True if the file has other data than the image: EXIF, XMP, comments, provenance, a video
    after its end."""
    is_short: bool
    """True for a JPEG that stops before its end."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Reasons why the pixels must be converted before Kling accepts them; empty if none."""
        reasons = {
            "format": self.format not in {"JPEG", "PNG"},
            "bytes": self.size > KLING_BYTES,
            "pixels": self.width * self.height > SOURCE_PIXELS,
            "side": min(self.width, self.height) < KLING_SIDE,
            "mode": self.mode not in _PLAIN_MODES or self.is_deep,
            "alpha": self.has_alpha,
            "rotation": self.orientation != 1,
            "profile": self.has_profile,
            "end": self.is_short,
        }
        return tuple(reason for reason, applies in reasons.items() if applies)


def validate_claim(
    *,
    content_type: str | None,
    filename: str | None,
    size: int | None,
    width: int | None,
    height: int | None,
) -> None:
    """Raise an error if Discord's own data show that a file is unusable; None: not known.

    Raises UnsupportedImage, EmptyFile, ImageTooLarge, ImageTooSmall or ImageTooNarrow.
    """
    kind = (content_type or "").partition(";")[0].strip().lower()
    suffix = PurePath(filename or "").suffix.lower()
    if kind in _NO_TYPE:
        if suffix and not _SUFFIXES.fullmatch(suffix):
            raise UnsupportedImage(name_of_claim(suffix) or suffix[:20])
    elif not _TYPES.fullmatch(kind):
        raise UnsupportedImage(name_of_claim(kind) or kind[:60])
    if not can_read_heif() and _HEIF.search(suffix if kind in _NO_TYPE else kind):
        raise UnsupportedImage("HEIC")
    if size == 0:
        raise EmptyFile
    if size is not None:
        judge_bytes(size)
    if width and height:
        judge_size(width, height, most=_claimed_pixels(kind, suffix))


def _claimed_pixels(kind: str, suffix: str) -> int:
    """Return the maximum pixels for a claimed type; without type and suffix, the highest."""
    if _HEIF.search(kind or suffix):
        return HEIF_PIXELS
    may_be_jpeg = _JPEG.search(kind) or (kind in _NO_TYPE and (_JPEG.search(suffix) or not suffix))
    return JPEG_PIXELS if may_be_jpeg else SOURCE_PIXELS


def inspect(path: Path, limit: MemoryLimit = IN_CHILD) -> ImageInfo:
    """Return facts about a file, in about a millisecond (a long GIF or TIFF takes longer).

    Raises UnsupportedImage or ImageTooLarge; ImageTooHeavy or Outgrown if even that needs more
    memory than `limit`.
    """
    size = path.stat().st_size
    judge_bytes(size)
    header = read_header(path)
    judge_pixels(header.width, header.height, most=most_pixels(header))
    image_bytes = size if header.parts is None else count_bytes(header.parts)
    with opened(path, limit, header=header) as image:
        judge_pixels(image.width, image.height, most=most_pixels(header))
        return ImageInfo(
            format=image.format or "",
            width=image.width,
            height=image.height,
            size=image_bytes,
            mode=image.mode,
            orientation=read_orientation(image),
            animated=header.is_animated or bool(getattr(image, "is_animated", False)),
            has_alpha=image.has_transparency_data,
            is_deep=_is_deep(image),
            has_profile=_has_profile(image),
            has_extras=header.parts is not None and header.parts != ((0, size),),
            is_short=header.format == "JPEG" and header.is_short,
        )


def most_pixels(header: Header) -> int:
    """Return the maximum number of pixels that are accepted of an image with this header."""
    if header.format == "HEIF":
        return HEIF_PIXELS
    return JPEG_PIXELS if header.can_shrink else SOURCE_PIXELS


@contextmanager
def opened(
    path: Path,
    limit: MemoryLimit,
    need: Need = to_probe,
    *,
    header: Header | None = None,
) -> Generator[Image.Image]:
    """Open an image whose estimated memory is within a limit; it is not decoded yet.

    `need` estimates the memory of what the block does. Pillow's errors for damaged files inside the
    block become UnsupportedImage, so the block must not write files. Raises Outgrown or
    ImageTooHeavy if the estimate is larger than the limit.
    """
    header = header or read_header(path)
    limit.admit(header, need(header))
    with path.open("rb") as file:
        try:
            stream = file if header.parts is None else open_parts(file, header.parts)
            if header.format == "HEIF":
                add_reader()
            with Image.open(stream, formats=(*FORMATS, header.format)) as image:
                check_found(header, image.width, image.height)
                image.info[_ORIENTATION] = header.orientation or _exif_orientation(image)
                yield image
        except (MemoryError, Image.DecompressionBombError) as error:
            raise ImageTooHeavy from error
        except BROKEN as error:
            raise UnsupportedImage("damaged") from error


def prove(image: Image.Image) -> None:
    """Raise an error if the image is incomplete, by a PNG's checksums or a JPEG's decoding."""
    if isinstance(image, JpegImageFile):
        image.draft(image.mode, (max(image.width // 8, 1), max(image.height // 8, 1)))
        image.load()
    else:
        image.verify()


def read_orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8, of an image opened by `opened`."""
    return int(image.info.get(_ORIENTATION, 1))


def _exif_orientation(image: Image.Image) -> int:
    """Return the orientation in EXIF as Pillow read it; 1 for TIFF, which Pillow rotates itself."""
    for name in _XMP:  # Pillow would use XMP's orientation, which browsers ignore
        image.info.pop(name, None)
    return 1 if image.format == "TIFF" else orientation_in(image.info.get("exif") or b"")


def _is_deep(image: Image.Image) -> bool:
    """Return whether an image has more than 8 bits per channel; Pillow's mode may show only 8."""
    if isinstance(image, PngImageFile) and image.tile and "16" in str(image.tile[0].args):
        return True
    return image.mode[0] in "IF"


def _has_profile(image: Image.Image) -> bool:
    profile = image.info.get("icc_profile")
    if not profile:
        return False
    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError):
        return True
    return not name.strip().lower().startswith(_SRGB_NAMES)
