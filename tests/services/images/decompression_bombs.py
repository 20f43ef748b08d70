"""Small files that are large, or slow, once they are decoded; each made by code in a moment."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache

from PIL import Image

from tests.services.images.corpus import bomb, chunk, encoded, painted

SIDE = 5000
"""25 megapixels: as large as a source may be."""

PNG = b"\x89PNG\r\n\x1a\n"
EMPTY_SEGMENT = b"\xff\xe1\x00\x02"


def flat(mode: str = "RGB", side: int = SIDE) -> Image.Image:
    """Return an image of one colour, which compresses best."""
    return Image.new(mode, (side, side), 9)


def rest_of_jpeg() -> bytes:
    """Return a JPEG without its first marker."""
    return encoded(painted(), "JPEG")[2:]


def empty_segments(size: int) -> bytes:
    """Return a JPEG of that many bytes, made of segments without content."""
    return b"\xff\xd8" + EMPTY_SEGMENT * (size // 4) + rest_of_jpeg()


def long_segments(size: int) -> bytes:
    """Return a JPEG of that many bytes, made of full segments."""
    full = b"\xff\xe5\xff\xff" + bytes(0xFFFD)
    return b"\xff\xd8" + full * (size // len(full)) + rest_of_jpeg()


def exif_naming(tags: int, *, values: int = 60_000, order: str = "<") -> bytes:
    """Return EXIF of 64 KB whose every tag names nearly all of it."""
    directory = struct.pack(f"{order}H", tags) + b"".join(
        struct.pack(f"{order}HHII", 0x9000 + number, 7, values, 8) for number in range(tags)
    )
    head = b"II*\0" if order == "<" else b"MM\0*"
    return (head + struct.pack(f"{order}I", 8) + directory).ljust(64_000, b"\0")


def segment(marker: int, body: bytes) -> bytes:
    """Frame one JPEG segment."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def exif_bomb() -> bytes:
    """Return a JPEG whose EXIF would need 300 MB."""
    return b"\xff\xd8" + segment(0xE1, b"Exif\0\0" + exif_naming(5_000)) + rest_of_jpeg()


def mpf_bomb() -> bytes:
    """Return a JPEG with the same data in the directory of a multi-picture file."""
    return b"\xff\xd8" + segment(0xE2, b"MPF\0" + exif_naming(5_000)) + rest_of_jpeg()


def many_exifs() -> bytes:
    """Return a JPEG with EXIF that readers put together from 700 segments."""
    body = segment(0xE1, b"Exif\0\0" + bytes(60_000))
    return b"\xff\xd8" + body * 700 + rest_of_jpeg()


def resized_jpeg(width: int, height: int, *, padding: int = 0, **options: object) -> bytes:
    """Return a JPEG whose header claims a size, with the first lines of such an image."""
    content = bytearray(encoded(painted(320, 320), "JPEG", **options))
    marker = b"\xff\xc2" if options.get("progressive") else b"\xff\xc0"
    at = content.index(marker)
    struct.pack_into(">HH", content, at + 5, height, width)
    return bytes(content) + bytes(padding)


def png(colour: int, depth: int, *parts: bytes, side: int = SIDE, interlaced: int = 0) -> bytes:
    """Return a PNG of zeros, `parts` between its header and its pixels."""
    bits = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour] * depth
    size = _adam7(side, bits) if interlaced else side * (1 + side * bits // 8)
    header = struct.pack(">IIBBBBB", side, side, depth, colour, 0, 0, interlaced)
    squeezed = zlib.compressobj(9)
    data = b"".join(
        squeezed.compress(bytes(min(size - at, 1 << 20))) for at in range(0, size, 1 << 20)
    )
    body = chunk(b"IDAT", data + squeezed.flush())
    return b"".join((PNG, chunk(b"IHDR", header), *parts, body, chunk(b"IEND", b"")))


def _adam7(side: int, bits: int) -> int:
    passes = (
        (0, 8, 0, 8),
        (4, 8, 0, 8),
        (0, 4, 4, 8),
        (2, 4, 0, 4),
        (0, 2, 2, 4),
        (1, 2, 0, 2),
        (0, 1, 1, 2),
    )
    return sum(
        len(range(y, side, dy)) * (1 + len(range(x, side, dx)) * bits // 8)
        for x, dx, y, dy in passes
    )


def many_chunks(count: int) -> bytes:
    """Return a PNG with that many private chunks."""
    whole, one = encoded(painted(), "PNG"), chunk(b"prVt", b"")
    return whole[:33] + one * count + whole[33:]


def many_data_chunks(count: int) -> bytes:
    """Return a PNG with that many empty IDAT chunks."""
    whole, one = encoded(painted(), "PNG"), chunk(b"IDAT", b"")
    return whole[:33] + one * count + whole[33:]


def long_texts(count: int, *, name: bytes = b"zTXt") -> bytes:
    """Return a PNG with that many texts that unpack to a megabyte each."""
    packed = zlib.compress(b"x" * 1_000_000, 9)
    body = b"k\0\0" + packed if name == b"zTXt" else b"k\0\1\0\0\0" + packed
    whole = encoded(painted(), "PNG")
    return whole[:33] + chunk(name, body) * count + whole[33:]


def exif_png() -> bytes:
    """Return a PNG whose EXIF would need 300 MB."""
    whole = encoded(painted(), "PNG")
    return whole[:33] + chunk(b"eXIf", exif_naming(5_000)) + whole[33:]


def frames(format: str, count: int, side: int = 64) -> bytes:  # noqa: A002
    """Return an animation of that many different frames."""
    later = [Image.new("RGB", (side, side), (at % 256, at // 256, 77)) for at in range(1, count)]
    return encoded(Image.new("RGB", (side, side)), format, save_all=True, append_images=later)


def riff_frames(count: int, side: int = 16_000) -> bytes:
    """Return a WebP whose canvas is huge and whose frames are empty."""
    size = (side - 1).to_bytes(3, "little") * 2
    canvas = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + size
    body = b"WEBP" + canvas + (b"ANMF" + struct.pack("<I", 16) + bytes(16)) * count
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif_comments(size: int) -> bytes:
    """Return a GIF with one comment of that many bytes in small blocks."""
    whole = encoded(painted().quantize(4), "GIF")
    at = whole.index(b",", 13 + 3 * (2 << (whole[10] & 7)))
    return whole[:at] + b"!\xfe" + b"\x01x" * (size // 2) + b"\0" + whole[at:]


def tiff(*pages: list[tuple[int, int, int, int]], padding: int = 0) -> bytes:
    """Return a TIFF of directories of (tag, type, count, value), one behind the other."""
    out = b""
    for number, tags in enumerate(pages):
        at = 8 + len(out)
        following = at + 2 + 12 * len(tags) + 4 if number + 1 < len(pages) else 0
        entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
        out += struct.pack("<H", len(tags)) + entries + struct.pack("<I", following)
    return b"II*\0" + struct.pack("<I", 8) + out + bytes(padding)


def shaped(width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Return the tags of a grey page whose pixels start at offset 8."""
    told = ((256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 8), (278, height))
    return [(tag, 4, 1, value) for tag, value in (*told, (279, width * height))]


def huge_tags(count: int, size: int) -> bytes:
    """Return a TIFF whose tags each name all of its bytes."""
    named = [(40_000 + number, 7, size, 8) for number in range(count)]
    return tiff([*shaped(400, 400), *named], padding=size)


def lying_avif() -> bytes:
    """Return an AVIF of 25 megapixels whose header claims few."""
    whole = encoded(flat(), "AVIF", speed=10)
    at = whole.index(b"ispe") + 8
    return whole[:at] + struct.pack(">II", 400, 400) + whole[at + 8 :]


def rle_bmp(side: int = SIDE) -> bytes:
    """Return a BMP of runs, which Pillow unpacks in Python."""
    row = b"".join(bytes([min(side - at, 255), 1]) for at in range(0, side, 255)) + b"\0\0"
    pixels = row * side + b"\0\1"
    head = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, len(pixels), 0, 0, 256, 0)
    start = 14 + 40 + 1024
    file = b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start)
    return file + head + bytes(1024) + pixels


def icon() -> bytes:
    """Return a Windows icon."""
    return encoded(painted(256, 256), "ICO")


HUGE: dict[str, Callable[[], bytes]] = {
    "webp rgba": lambda: encoded(flat("RGBA"), "WEBP", lossless=True, method=0),
    "webp rgb": lambda: encoded(flat(), "WEBP", method=0),
    "avif rgba": lambda: encoded(flat("RGBA"), "AVIF", speed=10),
    "avif that lies": lying_avif,
    "png rgba": lambda: png(6, 8),
    "png grey alpha": lambda: png(4, 8),
    "png 16 bit": lambda: png(2, 16),
    "png interlaced": lambda: png(6, 8, interlaced=1),
    "png palette, transparent": lambda: png(
        3, 8, chunk(b"PLTE", bytes(768)), chunk(b"tRNS", b"\0")
    ),
    "gif": lambda: encoded(flat("P"), "GIF", transparency=1),
    "jpeg cmyk, progressive": lambda: resized_jpeg(SIDE, SIDE, progressive=True, subsampling=0),
    "tiff cmyk": lambda: encoded(flat("CMYK"), "TIFF", compression="tiff_adobe_deflate"),
    "tiff 32 bit": lambda: encoded(flat("I"), "TIFF", compression="tiff_adobe_deflate"),
    "bmp of runs": rle_bmp,
}
"""25 megapixels in a small file: opened within the budget, or refused in words."""

LONG: dict[str, Callable[[], bytes]] = {
    "jpeg of empty segments": lambda: empty_segments(10_000_000),
    "jpeg of full segments": lambda: long_segments(49_000_000),
    "jpeg with many exifs": many_exifs,
    "jpeg with tags": exif_bomb,
    "jpeg of several with tags": mpf_bomb,
    "png of chunks": lambda: many_chunks(700_000),
    "png of empty data": lambda: many_data_chunks(700_000),
    "png with texts": lambda: long_texts(60),
    "png with international texts": lambda: long_texts(60, name=b"iTXt"),
    "png with tags": exif_png,
    "gif with a comment": lambda: gif_comments(9_000_000),
    "gif of frames": lambda: frames("GIF", 1_000),
    "webp of frames": lambda: frames("WEBP", 500),
    "webp of empty frames": lambda: riff_frames(200_000),
    "apng of frames": lambda: frames("PNG", 500),
    "tiff of pages": lambda: tiff(*[shaped(400, 400)] * 50_000),
    "tiff with tags": lambda: huge_tags(900, 9_000_000),
    "icon": icon,
}
"""Long files with little content."""


@cache
def made(name: str) -> bytes:
    """Return one of them."""
    return (HUGE | LONG)[name]()


def all_names() -> Iterator[str]:
    """Go through the names of all."""
    yield from HUGE
    yield from LONG


__all__ = ["HUGE", "LONG", "all_names", "bomb", "made"]
