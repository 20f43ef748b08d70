"""From any picture to a plain one: one frame, upright, 8 bits, opaque, sRGB, without metadata."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Generator, Sequence
from pathlib import Path

from PIL import Image, ImageChops, ImageCms

from services.errors import StoreUnavailable
from services.landing import part_of
from services.pictures.facts import orientation_of
from services.pictures.limits import KLING_BYTES

QUALITIES = (95, 90, 80, 65)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes each EXIF orientation upright (EXIF 2.3, tag 0x0112)."""


def made_plain(image: Image.Image, *, size: tuple[int, int]) -> Image.Image:
    """Decode the first frame into an upright RGB picture; `size` counts before it is turned."""
    orientation, profile = orientation_of(image), image.info.get("icc_profile")
    image.draft(image.mode, size)  # a JPEG decodes at 1/2, 1/4 or 1/8: less memory, less time
    picture = _eight_bits(image)
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    picture = _in_srgb(_on_white(picture), profile=profile)
    if orientation in _TURNS:
        picture = picture.transpose(_TURNS[orientation])
    picture.info = {}  # comments and the like would be written into the next file
    return picture


def write_jpeg(
    picture: Image.Image,
    target: Path,
    *,
    most: int = KLING_BYTES,
    qualities: Sequence[int] = QUALITIES,
) -> int:
    """Write a JPEG of at most `most` bytes, or in the last quality; return its size.

    It is there whole or not at all. Its folder has to be there: one that was deleted meanwhile
    stays so (FileNotFoundError). Raise StoreUnavailable when the disk does not take it.
    """
    with landing(target) as part:
        for quality in qualities:
            picture.save(part, "JPEG", quality=quality)
            if part.stat().st_size <= most:
                break
    return target.stat().st_size


def write_png(picture: Image.Image, target: Path) -> None:
    """Write a PNG, whole or not at all; raise StoreUnavailable when the disk does not take it."""
    with landing(target) as part:
        picture.save(part, "PNG")


@contextlib.contextmanager
def landing(target: Path) -> Generator[Path]:
    """Let a file be written under another name, which it gets whole or not at all."""
    part = part_of(target)
    try:
        yield part
        part.replace(target)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreUnavailable(f"picture not written: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        return _of_sixteen_bits(image)
    if image.mode in {"I", "F"}:
        return _stretched(image)
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    return image if image.mode in {"L", "RGB", "CMYK"} else image.convert("RGB")


def _of_sixteen_bits(image: Image.Image) -> Image.Image:
    """Take the upper byte of each value; one value may mean transparent (PNG's tRNS)."""
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
    """Spread what 32-bit values there are over 0..255; their scale is nobody's convention."""
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
            converted = None  # damaged, or made for other channels: the plain reading is closest
        if converted is not None:
            return converted
    return picture.convert("RGB")
