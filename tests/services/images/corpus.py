"""Real images of every kind that users have, and Kling's rules to check them by."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import ExifTags, Image, ImageCms

from services.images import Prepared
from tests.services.images.heic_images import HEIC, HEIC_WITH_ALPHA

Bytes = Callable[[], bytes]

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 160, 60), (40, 60, 200), (255, 255, 255)


def painted(width: int = 480, height: int = 360, *, mode: str = "RGB") -> Image.Image:
    """Return an image whose upper left quarter is red, the rest blue."""
    picture = Image.new("RGB", (width, height), BLUE)
    picture.paste(RED, (0, 0, width // 2, height // 2))
    return picture if mode == "RGB" else picture.convert(mode)


def noise(width: int, height: int) -> Image.Image:
    """Return an image that compresses badly."""
    grey = Image.effect_noise((width, height), 90)
    return Image.merge("RGB", (grey, grey.rotate(90).resize(grey.size), grey.rotate(180)))


def encoded(picture: Image.Image, format: str, **options: object) -> bytes:  # noqa: A002
    """Return the file's bytes."""
    out = io.BytesIO()
    picture.save(out, format, **options)  # pyright: ignore[reportArgumentType]
    return out.getvalue()


def written(folder: Path, content: bytes, *, name: str = "source") -> Path:
    """Put bytes into a file."""
    path = folder / name
    path.write_bytes(content)
    return path


def turned(orientation: int) -> bytes:
    """Return a JPEG that looks like `painted()` once its EXIF orientation is applied."""
    undo = {6: 90, 8: 270, 3: 180}
    flips = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        7: Image.Transpose.TRANSVERSE,
    }
    picture = painted()
    if orientation in undo:
        picture = picture.rotate(undo[orientation], expand=True)
    elif orientation in flips:
        picture = picture.transpose(flips[orientation])
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return encoded(picture, "JPEG", exif=exif)


def located() -> bytes:
    """Return a JPEG with a GPS location."""
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 12.0)
    return encoded(painted(), "JPEG", exif=exif)


def animation(format: str) -> bytes:  # noqa: A002
    """Return an animation whose first frame is `painted()`."""
    later = [Image.new("RGB", (480, 360), GREEN), Image.new("RGB", (480, 360), WHITE)]
    return encoded(painted(), format, save_all=True, append_images=later, duration=80)


def see_through(format: str) -> bytes:  # noqa: A002
    """Return a transparent image with a red quarter."""
    picture = Image.new("RGBA", (480, 360), (0, 0, 0, 0))
    picture.paste((*RED, 255), (0, 0, 240, 180))
    return encoded(picture, format)


def palette_png() -> bytes:
    """Return a palette PNG whose blue is transparent."""
    picture = painted().quantize(4)
    blue = picture.getpixel((479, 359))
    return encoded(picture, "PNG", transparency=blue)


def deep_png(mode: str) -> bytes:
    """Return `painted()` as PNG with 16 bits a channel, which Pillow does not write for RGB."""
    picture = painted(mode=mode)
    wide = bytes(byte for value in picture.tobytes() for byte in (value, value))
    row = len(wide) // picture.height
    lines = b"".join(b"\0" + wide[at : at + row] for at in range(0, len(wide), row))
    colour = {"L": 0, "RGB": 2}[mode]
    header = struct.pack(">IIBBBBB", picture.width, picture.height, 16, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines, 1)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def chunk(name: bytes, body: bytes) -> bytes:
    """Frame one PNG chunk."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def with_provenance_png() -> bytes:
    """Return a PNG with a C2PA chunk right behind its header."""
    plain = encoded(painted(), "PNG")
    return plain[:33] + chunk(b"caBX", b"jumb c2pa") + plain[33:]


def with_provenance_jpeg() -> bytes:
    """Return a JPEG with C2PA data in its APP11 segment."""
    plain, body = encoded(painted(), "JPEG"), b"JP\0\1 jumb c2pa"
    return plain[:2] + b"\xff\xeb" + struct.pack(">H", len(body) + 2) + body + plain[2:]


def with_profile(name: str) -> bytes:
    """Return a JPEG with one of littlecms' own profiles."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile(name))  # pyright: ignore[reportArgumentType]
    return encoded(painted(), "JPEG", icc_profile=profile.tobytes())


def with_swapped_primaries() -> bytes:
    """Return `painted()` with a profile in which red means blue and blue means red."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for old, new in ((b"rXYZ", b"?XYZ"), (b"bXYZ", b"rXYZ"), (b"?XYZ", b"bXYZ")):
        profile = profile.replace(old, new, 1)
    renamed = profile.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))
    return encoded(painted(), "JPEG", icc_profile=renamed)


def bomb(side: int) -> bytes:
    """Return a small PNG that decodes to side x side pixels."""
    return encoded(Image.new("1", (side, side)), "PNG")


ACCEPTED: dict[str, Bytes] = {
    "jpeg": lambda: encoded(painted(), "JPEG"),
    "jpeg progressive": lambda: encoded(painted(), "JPEG", progressive=True),
    "jpeg grey": lambda: encoded(painted(mode="L"), "JPEG"),
    "jpeg cmyk": lambda: encoded(painted(mode="CMYK"), "JPEG"),
    "jpeg with sRGB profile": lambda: with_profile("sRGB"),
    "jpeg with damaged profile": lambda: encoded(painted(), "JPEG", icc_profile=b"nonsense"),
    "jpeg with damaged exif": lambda: encoded(
        painted(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\0"
    ),
    "jpeg with another profile": with_swapped_primaries,
    "jpeg with location": located,
    "jpeg with provenance": with_provenance_jpeg,
    "mpo": lambda: encoded(painted(), "MPO", save_all=True, append_images=[painted()]),
    "png": lambda: encoded(painted(), "PNG"),
    "png grey": lambda: encoded(painted(mode="L"), "PNG"),
    "png black and white": lambda: encoded(painted(mode="1"), "PNG"),
    "png palette": lambda: encoded(painted().quantize(8), "PNG"),
    "png palette, transparent": palette_png,
    "png alpha": lambda: see_through("PNG"),
    "png grey alpha": lambda: encoded(painted(mode="LA"), "PNG"),
    "png colour key": lambda: encoded(painted(), "PNG", transparency=BLUE),
    "png 16 bit grey": lambda: deep_png("L"),
    "png 16 bit colour": lambda: deep_png("RGB"),
    "png with provenance": with_provenance_png,
    "apng": lambda: animation("PNG"),
    "gif": lambda: encoded(painted(), "GIF"),
    "gif animated": lambda: animation("GIF"),
    "gif transparent": lambda: see_through("GIF"),
    "webp": lambda: encoded(painted(), "WEBP"),
    "webp lossless alpha": lambda: see_through("WEBP"),
    "webp animated": lambda: animation("WEBP"),
    "avif": lambda: encoded(painted(), "AVIF"),
    "avif alpha": lambda: see_through("AVIF"),
    "avif animated": lambda: animation("AVIF"),
    "heic": lambda: HEIC,
    "heic alpha": lambda: HEIC_WITH_ALPHA,
    "bmp": lambda: encoded(painted(), "BMP"),
    "bmp grey": lambda: encoded(painted(mode="L"), "BMP"),
    "tiff": lambda: encoded(painted(), "TIFF"),
    "tiff deflated": lambda: encoded(painted(), "TIFF", compression="tiff_adobe_deflate"),
    "tiff cmyk": lambda: encoded(painted(mode="CMYK"), "TIFF"),
    "tiff 32 bit": lambda: encoded(painted(mode="L").convert("I"), "TIFF"),
    "tiff float": lambda: encoded(painted(mode="L").convert("F"), "TIFF"),
    "tiff 16 bit": lambda: encoded(Image.open(io.BytesIO(deep_png("L"))), "TIFF"),
    "tall": lambda: encoded(painted(400, 1000), "PNG"),
    "wide": lambda: encoded(painted(2500, 1000), "WEBP"),
    "small": lambda: encoded(painted(160, 64), "PNG"),
    "small and odd": lambda: encoded(painted(65, 162), "JPEG"),
    "large": lambda: encoded(painted(5000, 2001), "JPEG"),
}
"""Everything here must come out acceptable to Kling."""

UNTOUCHED = {
    "jpeg",
    "jpeg progressive",
    "jpeg grey",
    "jpeg with sRGB profile",
    "png",
    "png grey",
    "tall",
    "large",
}
"""Those that are acceptable as they are."""


def assert_kling_takes(prepared: Prepared) -> Image.Image:
    """Check every rule of Kling's image field against the file itself; return it decoded."""
    size = prepared.path.stat().st_size
    with Image.open(prepared.path) as image:
        image.load()
        assert image.format in {"JPEG", "PNG"}
        assert prepared.format == {"JPEG": "jpg", "PNG": "png"}[image.format]
        assert (prepared.width, prepared.height, prepared.size) == (*image.size, size)
        assert size <= 10_000_000
        assert min(image.size) >= 300
        assert max(image.size) <= 2.5 * min(image.size)
        return image.copy()
