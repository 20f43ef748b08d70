"""What a picture is: from Discord's claims, and from the file's header without decoding it."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

from PIL import ExifTags, Image, ImageCms
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from services.errors import EmptyFile, ImageTooHeavy, ImageTooLarge, UnsupportedImage
from services.pictures.headers import read_header
from services.pictures.jpeg_walk import is_sane_exif
from services.pictures.limits import (
    KLING_BYTES,
    KLING_SIDE,
    SOURCE_PIXELS,
    judge_bytes,
    judge_size,
)
from services.pictures.needs import IN_CHILD, MemoryLimit, Need, check_found, to_look

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP", "TIFF")
"""Pillow's readers that we let near a stranger's file (JPEG reads MPO as well)."""

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
"""What Pillow's readers raise over damaged files; found by flipping bits."""

Image.MAX_IMAGE_PIXELS = 400_000_000
"""Pillow's own guard knows nothing of what a format takes: ours judge first (needs.py)."""

_TYPES = re.compile(r"image/(jpe?g|pjpeg|png|x-png|apng|webp|gif|avif|bmp|x-bmp|x-ms-bmp|tiff)")
_SUFFIXES = re.compile(r"\.(jpe?g|jpe|jfif|mpo|png|apng|webp|gif|avif|bmp|dib|tiff?)")
_NO_TYPE = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_PLAIN_MODES = frozenset({"RGB", "L"})
_SRGB_NAMES = ("srgb", "urgb", "c2", "artifex srgb")
"""How profiles call themselves that mean what a picture without profile means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a header says; width and height in pixels as stored, before any EXIF turn."""

    format: str
    width: int
    height: int
    size: int
    """Bytes."""
    mode: str
    """Pillow's: RGB, L, P, CMYK .."""
    orientation: int
    """EXIF 1..8; 1 is upright."""
    animated: bool
    has_alpha: bool
    is_deep: bool
    """More than 8 bits a channel."""
    has_profile: bool
    """A colour profile other than sRGB."""
    has_provenance: bool
    """C2PA data, over which Kling is reported to refuse a picture."""
    has_location: bool
    """GPS position in EXIF: nobody meant to hand that to the provider."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Why it can not go to Kling as it is; empty when it can."""
        reasons = {
            "format": self.format not in {"JPEG", "PNG"},
            "bytes": self.size > KLING_BYTES,
            "side": min(self.width, self.height) < KLING_SIDE,
            "mode": self.mode not in _PLAIN_MODES or self.is_deep,
            "alpha": self.has_alpha,
            "rotation": self.orientation != 1,
            "animation": self.animated,
            "profile": self.has_profile,
            "provenance": self.has_provenance,
            "location": self.has_location,
        }
        return tuple(reason for reason, applies in reasons.items() if applies)


def judge_claim(
    *,
    content_type: str | None,
    filename: str | None,
    size: int | None,
    width: int | None,
    height: int | None,
) -> None:
    """Refuse what Discord's own words already rule out; None means that it did not say.

    Raise UnsupportedImage, ImageTooLarge, ImageTooSmall or ImageTooNarrow.
    """
    kind = (content_type or "").partition(";")[0].strip().lower()
    suffix = PurePath(filename or "").suffix.lower()
    if kind in _NO_TYPE:
        if suffix and not _SUFFIXES.fullmatch(suffix):
            raise UnsupportedImage(suffix[:20])
    elif not _TYPES.fullmatch(kind):
        raise UnsupportedImage(kind[:60])
    if size == 0:
        raise EmptyFile
    if size is not None:
        judge_bytes(size)
    if width and height:
        judge_size(width, height)


def inspect(path: Path, limit: MemoryLimit = IN_CHILD) -> Facts:
    """Read a picture's header, in about a millisecond (a long GIF or TIFF takes some more).

    Raise UnsupportedImage or ImageTooLarge; ImageTooHeavy or Outgrown where even that needs more.
    """
    size = path.stat().st_size
    judge_bytes(size)
    _judge_pixels(read_header(path).pixels)
    with opened(path, limit) as image:
        _judge_pixels(image.width * image.height)
        exif = _exif(image)
        return Facts(
            format=image.format or "",
            width=image.width,
            height=image.height,
            size=size,
            mode=image.mode,
            orientation=orientation_of(image),
            animated=bool(getattr(image, "is_animated", False)),
            has_alpha=image.has_transparency_data,
            is_deep=_is_deep(image),
            has_profile=_has_profile(image),
            has_provenance=_has_provenance(image),
            has_location=exif is None or bool(exif.get_ifd(ExifTags.IFD.GPSInfo)),
        )


@contextmanager
def opened(
    path: Path,
    limit: MemoryLimit,
    need: Need = to_look,
    *,
    formats: tuple[str, ...] = FORMATS,
) -> Generator[Image.Image]:
    """Open a picture whose need, told from its header, is within a limit; nothing decoded yet.

    What Pillow raises over a damaged file inside the block becomes UnsupportedImage; so the block
    writes no files. Raise Outgrown or ImageTooHeavy where the need is larger.
    """
    header = read_header(path)
    limit.admit(header, need(header))
    with path.open("rb") as stream:
        try:
            with Image.open(stream, formats=formats) as image:
                check_found(header, image.width, image.height)
                yield image
        except (MemoryError, Image.DecompressionBombError) as error:
            raise ImageTooHeavy from error
        except BROKEN as error:
            raise UnsupportedImage("damaged") from error


def prove(image: Image.Image) -> None:
    """Find out whether all of it is there: PNG by its checksums, JPEG at an eighth."""
    if isinstance(image, JpegImageFile):
        image.draft(image.mode, (max(image.width // 8, 1), max(image.height // 8, 1)))
        image.load()
    else:
        image.verify()


def orientation_of(image: Image.Image) -> int:
    """Return EXIF's turn, 1..8; TIFF's is 1, since Pillow turns that by itself."""
    exif = _exif(image)
    value = 1 if exif is None or image.format == "TIFF" else exif.get(ExifTags.Base.Orientation, 1)
    return value if value in range(1, 9) else 1


def _judge_pixels(pixels: int) -> None:
    if pixels > SOURCE_PIXELS:
        raise ImageTooLarge(found=pixels, allowed=SOURCE_PIXELS, unit="pixels")


def _exif(image: Image.Image) -> Image.Exif | None:
    """Return EXIF; None when it is there and can not be read."""
    if isinstance(image, PngImageFile) and "exif" not in image.info:
        return Image.Exif()  # asked for it, Pillow would decode the picture to look behind it
    if not is_sane_exif(image.info.get("exif", b"")):
        return None
    try:
        exif = image.getexif()
        exif.get_ifd(ExifTags.IFD.GPSInfo)
    except BROKEN:
        return None
    return exif


def _is_deep(image: Image.Image) -> bool:
    """Tell 16 bits a channel, which Pillow reads into 8 while the file stays what it is."""
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


def _has_provenance(image: Image.Image) -> bool:
    if isinstance(image, JpegImageFile):
        return any(name == "APP11" and b"c2pa" in body for name, body in image.applist)
    if isinstance(image, PngImageFile):
        return any(chunk[0] == b"caBX" for chunk in image.private_chunks)
    return False
