"""Prepares sources for Kling; sources that Kling accepts already stay unchanged."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec
from PIL import Image, ImageChops, ImageCms

from services.common.streaming import temp_path
from services.errors import StoreUnavailable
from services.images.decode_step import Decoding
from services.images.header import Header
from services.images.header_parsers import read_header
from services.images.info import ImageInfo, inspect, most_pixels, opened, prove, read_orientation
from services.images.limits import (
    KLING_BYTES,
    KLING_SIDE,
    LONG_SIDE,
    SMALL_BYTES,
    fitted,
    judge_size,
)
from services.images.memory_estimate import MemoryLimit, to_decode, to_prove
from services.images.metadata import copy_parts
from services.images.open_counter import UNCOUNTED, Opening
from services.images.truncation import judge_end
from services.models import SourceForm

# Conversion of any image to a plain one: one frame, upright, 8 bits, opaque, sRGB, no metadata.

QUALITIES = (95, 90, 80, 65)
_ROTATIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The transformation that makes an image upright, by its EXIF orientation (EXIF 2.3, tag
0x0112)."""


def made_plain(image: Image.Image, *, size: tuple[int, int]) -> Image.Image:
    """Decode the first frame to an upright RGB image without metadata.

    `size` is the width and height to which it is scaled before it is made upright.
    """
    orientation, profile = read_orientation(image), image.info.get("icc_profile")
    image.draft(image.mode, size)  # a JPEG decodes at 1/2, 1/4 or 1/8: less memory, less time
    picture = _eight_bits(image)
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    picture = _in_srgb(_on_white(picture), profile=profile)
    if orientation in _ROTATIONS:
        picture = picture.transpose(_ROTATIONS[orientation])
    picture.info = {}  # otherwise comments and the like are written into the next file
    return picture


def write_jpeg(
    picture: Image.Image,
    target: Path,
    *,
    limit: int = KLING_BYTES,
    qualities: Sequence[int] = QUALITIES,
) -> int:
    """Write a JPEG of at most `limit` bytes and return its size in bytes.

    It has the first of `qualities` that is small enough, or else the last one. The file appears
    completely or not at all. Raises FileNotFoundError if its folder is gone, and StoreUnavailable
    if the disk refuses it.
    """
    with written_file(target) as part:
        for quality in qualities:
            picture.save(part, "JPEG", quality=quality)
            if part.stat().st_size <= limit:
                break
    return target.stat().st_size


def write_png(picture: Image.Image, target: Path) -> None:
    """Write a PNG, completely or not at all; raises StoreUnavailable if the disk refuses it."""
    with written_file(target) as part:
        picture.save(part, "PNG")


@contextlib.contextmanager
def written_file(target: Path) -> Generator[Path]:
    """Yield a temporary path for the block to write; then rename it to `target` in one step.

    Raises FileNotFoundError if the folder is gone, StoreUnavailable for other errors of the disk.
    """
    part = temp_path(target)
    try:
        yield part
        part.replace(target)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreUnavailable(f"image not written: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        return _reduce_to_eight_bits(image)
    if image.mode in {"I", "F"}:
        return _stretched(image)
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    return image if image.mode in {"L", "RGB", "CMYK"} else image.convert("RGB")


def _reduce_to_eight_bits(image: Image.Image) -> Image.Image:
    """Return the upper byte of each 16-bit value; one may be transparent (PNG's tRNS)."""
    raw, is_big = image.tobytes(), image.mode.endswith("B")
    low, high = (
        Image.frombytes("L", image.size, raw[at::2]) for at in ((1, 0) if is_big else (0, 1))
    )
    key = image.info.get("transparency")
    if not isinstance(key, int):
        return high
    seen = ImageChops.lighter(_other_than(low, key & 0xFF), _other_than(high, key >> 8))
    return Image.merge("LA", (high, seen)).convert("RGBA")


def _other_than(band: Image.Image, value: int) -> Image.Image:
    return band.point([0 if one == value else 255 for one in range(256)])


def _stretched(image: Image.Image) -> Image.Image:
    """Scale 32-bit values so that their extremes become 0 and 255: they have no defined range."""
    low, high = (float(value) for value in image.getextrema() if not isinstance(value, tuple))
    scale = 255 / (high - low) if high > low else 0
    return image.point(lambda value: value * scale - low * scale).convert("L")


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    sheet = Image.new("RGB", picture.size, "white")
    sheet.paste(picture, mask=picture.getchannel("A"))
    return sheet


def _in_srgb(picture: Image.Image, *, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            srgb = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(picture, source, srgb, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            converted = None  # damaged, or for other channels: without it colours fit best
        if converted is not None:
            return converted
    return picture.convert("RGB")


_FILTER = Image.Resampling.LANCZOS
_SIDES = (LONG_SIDE, 1536, 1152, 864, 648, KLING_SIDE)
_SMALL_QUALITIES = (90, 80, 65)
_LAST_QUALITIES = (90, 65, 40, 20, 10)
"""JPEG qualities of the small form: the upper ones first, these for the smallest size only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An image file that Kling accepts."""

    path: Path
    format: Literal["jpg", "png"]
    width: int
    height: int
    size: int
    """Bytes of the image."""
    changed: bool
    """True if `path` is a file that we made, and not the source itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """An image that can be sent: a file on our disk, or an address that only the provider opens.

    Width and height are in pixels; None for an address, since we have not read the image.
    """

    picture: Path | str = field(repr=False)
    width: int | None = None
    height: int | None = None
    changed: bool = False
    """True if we made the file, and it is not the source itself."""

    @classmethod
    def from_prepared(cls, made: Prepared) -> Ready:
        """Return a prepared image as a source that can be sent."""
        return cls(picture=made.path, width=made.width, height=made.height, changed=made.changed)


_NAMES = {
    SourceForm.UNTOUCHED: "prepared",
    SourceForm.PLAIN: "plain",
    SourceForm.SMALL: "small",
}


def prepared_path(path: Path, *, folder: Path, form: SourceForm = SourceForm.UNTOUCHED) -> Path:
    """Return the path in `folder` that `prepare` writes if the image has to change."""
    return folder / f"{path.stem}-{_NAMES[form]}.jpg"


async def prepare(
    path: Path,
    *,
    folder: Path,
    decoder: Decoding,
    form: SourceForm = SourceForm.UNTOUCHED,
    small_bytes: int = SMALL_BYTES,
    force: bool = False,
    opening: Opening = UNCOUNTED,
) -> Prepared:
    """Return an image that Kling accepts: JPEG or PNG, at most 10 MB, sides from 300 px.

    An image that Kling accepts stays unchanged, unless `form` or `force` requires a new encoding.
    The form `small` has at most `small_bytes`, and fewer bytes than the forms tried before, as far
    as that is possible with sides of 300 px. A changed image is written to `prepared_path` (as a
    PNG too, if only data besides the image is dropped). If that file exists already it is returned,
    unless `force` is true. Raises RequestError, and StoreUnavailable if the disk refuses the file.
    """
    return await decoder.run(Preparation(path, folder, form, small_bytes, force), opening=opening)


class Preparation(msgspec.Struct, tag=True, frozen=True):
    """Decoding step that prepares one source."""

    path: Path
    folder: Path
    form: SourceForm
    small_bytes: int
    force: bool

    def run(self, limit: MemoryLimit) -> Prepared:
        """Check the image, convert it if it has to change, and return it."""
        target = prepared_path(self.path, folder=self.folder, form=self.form)
        if target.is_file() and not self.force:
            return _as_it_is(target, inspect(target, limit), changed=True)
        facts = inspect(self.path, limit)
        header = read_header(self.path)
        judge_size(facts.width, facts.height, most=most_pixels(header))
        if header.is_short:
            judge_end(self.path, header, limit)
        if self.form is SourceForm.SMALL:
            return _converted(self.path, limit, facts=facts, target=target, most=self._less())
        if facts.needs or self.form is SourceForm.PLAIN or self.force:
            return _converted(self.path, limit, facts=facts, target=target)
        with opened(self.path, limit, to_prove, header=header) as image:
            prove(image)
        if facts.has_extras:
            _copy_image(self.path, header, target)
        return _as_it_is(target if facts.has_extras else self.path, facts, changed=facts.has_extras)

    def _less(self) -> int:
        """Return the maximum bytes of the small form: 3/4 of the smallest file sent before.

        It is never more than `small_bytes`.
        """
        earlier = [prepared_path(self.path, folder=self.folder, form=one) for one in _NAMES]
        sent = (one for one in (self.path, *earlier[:-1]) if one.is_file())
        return min(self.small_bytes, *(one.stat().st_size * 3 // 4 for one in sent))

    def returns(self) -> type[Prepared]:
        """Return the type of `run`'s result."""
        return Prepared


def _as_it_is(path: Path, facts: ImageInfo, *, changed: bool) -> Prepared:
    return Prepared(
        path=path,
        format="png" if facts.format == "PNG" else "jpg",
        width=facts.width,
        height=facts.height,
        size=facts.size,
        changed=changed,
    )


def _copy_image(path: Path, header: Header, target: Path) -> None:
    with written_file(target) as part:
        copy_parts(path, header.parts or (), part)


def _converted(
    path: Path, limit: MemoryLimit, *, facts: ImageInfo, target: Path, most: int | None = None
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

    Return the image in its final size, and its bytes. They exceed `most` only if even the smallest
    size, 300 px, in the lowest quality does.
    """
    written = most + 1
    for side in _SIDES:
        size = fitted(*picture.size, side=side)
        picture = picture if size == picture.size else picture.resize(size, _FILTER)
        is_least = min(size) == KLING_SIDE
        qualities = _LAST_QUALITIES if is_least else _SMALL_QUALITIES
        written = write_jpeg(picture, target, limit=most, qualities=qualities)
        if written <= most or is_least:
            break
    return picture, written
