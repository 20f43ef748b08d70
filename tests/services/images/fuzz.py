"""Corrupted images, made from seeds: `python -m tests.services.images.fuzz FROM TO`.

It is a program of its own to have its own memory. It prints one JSON object with the results and
the memory used.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import random
import resource
import struct
import sys
import tempfile
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

from PIL import ExifTags, Image

from cogs.ui import text
from sandbox.kling.input_images import judge as as_kling_judges
from services.errors import RequestError
from services.images import Decoder, prepare, prepared_path
from tests.services.images.corpus import (
    ACCEPTED,
    animation,
    assert_kling_takes,
    chunk,
    encoded,
    painted,
)

Spoil = Callable[[random.Random], bytes]

ADDRESS_SPACE = 4 << 30
"""A run that uses too much memory dies instead of exhausting the computer's."""

PNG = b"\x89PNG\r\n\x1a\n"
SLOW = {"large"}


@cache
def whole(name: str) -> bytes:
    return ACCEPTED[name]()


def any_whole(chance: random.Random) -> bytes:
    return whole(chance.choice(sorted(ACCEPTED.keys() - SLOW)))


def untouched(chance: random.Random) -> bytes:
    return any_whole(chance)


def truncated(chance: random.Random) -> bytes:
    content = any_whole(chance)
    return content[: chance.randrange(len(content))]


def flipped(chance: random.Random) -> bytes:
    content = bytearray(any_whole(chance))
    reach = min(len(content), chance.choice((32, 64, 512, len(content))))
    for _ in range(chance.randint(1, 16)):
        content[chance.randrange(reach)] ^= 1 << chance.randrange(8)
    return bytes(content)


def bomb(chance: random.Random) -> bytes:
    """Return a few bytes that claim to be an image of any size."""
    width, height = (
        chance.choice((1, 300, 5001, 10_000, 65_535, 2**31 - 1, 2**32 - 1)) for _ in "wh"
    )
    body = zlib.compress(bytes(chance.choice((0, 10_000, 2_000_000))), 9)
    depth, colour = chance.choice(((1, 0), (8, 2), (16, 6), (8, 3), (16, 2)))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return PNG + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def bomb_of_another_kind(chance: random.Random) -> bytes:
    """Return a GIF, BMP or JPEG whose header promises missing data."""
    side = chance.choice((5001, 20_000, 65_535))
    gif = b"GIF89a" + struct.pack("<HHBBB", side, side, 0xF0, 0, 0) + bytes(6)
    gif += b"," + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\x02\x02\x44\x01\0;"
    bmp = bytearray(whole("bmp"))
    struct.pack_into("<ii", bmp, 18, side, side)
    jpeg = bytearray(whole("jpeg"))
    at = jpeg.find(b"\xff\xc0")
    struct.pack_into(">HH", jpeg, at + 5, side, side)
    return chance.choice((gif, bytes(bmp), bytes(jpeg)))


def wrong_type(chance: random.Random) -> bytes:
    return chance.choice(
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"<?xml version='1.0'?><svg onload='alert(1)'/>",
            b"%PDF-1.7\n1 0 obj\n",
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40),
            b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(40),
            b"RIFF\x24\0\0\0WAVEfmt ",
            b"MZ" + chance.randbytes(300),
            b"\x7fELF" + chance.randbytes(300),
            b"PK\x03\x04" + chance.randbytes(300),
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 400 400\n",
            b"8BPS\0\1" + chance.randbytes(60),
            b"\0\0\1\0\1\0" + chance.randbytes(60),
        )
    )


def polyglot(chance: random.Random) -> bytes:
    """Return an image that is a file of another format as well."""
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("evil.exe", chance.randbytes(200))
    tail = chance.choice(
        (other.getvalue(), b"<script>alert(1)</script>", b"%PDF-1.7", any_whole(chance))
    )
    return any_whole(chance) + tail if chance.random() < 0.7 else tail + any_whole(chance)


def spliced(chance: random.Random) -> bytes:
    """The head of one file and the rest of another."""
    one, other = any_whole(chance), any_whole(chance)
    return one[: chance.randrange(len(one))] + other[chance.randrange(len(other)) :]


def zeroed(chance: random.Random) -> bytes:
    content = bytearray(any_whole(chance))
    at, size = chance.randrange(len(content)), chance.choice((1, 16, 400, len(content)))
    content[at : at + size] = bytes(len(content[at : at + size]))
    return chance.choice((bytes(content), b"", bytes(chance.randrange(2000))))


def noise(chance: random.Random) -> bytes:
    head = chance.choice((b"", PNG, b"\xff\xd8\xff", b"GIF89a", b"RIFF", b"II*\0", b"BM"))
    return head + chance.randbytes(chance.choice((0, 10, 300, 5000)))


def huge_headers(chance: random.Random) -> bytes:
    """Return metadata larger than the image, or that grows when it is unpacked."""
    png, jpeg = whole("png"), whole("jpeg")
    grown = zlib.compress(bytes(20_000_000), 9)
    blocks = {
        "text": chunk(b"tEXt", b"Comment\0" + bytes(900_000)),
        "zipped": chunk(b"zTXt", b"Comment\0\0" + grown),
        "profile": chunk(b"iCCP", b"x\0\0" + grown),
        "many": chunk(b"tEXt", b"k\0v") * 20_000,
        "exif": chunk(b"eXIf", b"II*\0\x08\0\0\0" + chance.randbytes(5000)),
    }
    if chance.random() < 0.3:
        return jpeg[:2] + (b"\xff\xe1\xff\xff" + bytes(65_533)) * 60 + jpeg[2:]
    return png[:33] + blocks[chance.choice(sorted(blocks))] + png[33:]


def with_metadata(chance: random.Random) -> bytes:
    """Metadata of every kind, sound or spoilt, before or behind the pixels, or behind the end."""
    body = chance.choice((b"", b"Exif\0\0", b"k\0\0", b"ICC_PROFILE\0\1\1", b"JFIF\0", b"MPF\0"))
    body += chance.randbytes(chance.choice((0, 1, 9, 300, 60_000)))
    if chance.random() < 0.5:
        content, marker = whole("jpeg"), chance.choice((*range(0xE0, 0xF0), 0xFE))
        one, places = struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body, (2, len(content) - 2)
    else:
        names = (b"iCCP", b"zTXt", b"iTXt", b"tEXt", b"eXIf", b"gAMA", b"tRNS", b"pHYs", b"prVt")
        content, one = whole("png"), chunk(chance.choice(names), body)
        one = one if chance.random() < 0.5 else one[:-1] + b"?"
        places = (33, len(content) - 12)
    at = chance.choice((*places, len(content)))
    return content[:at] + one * chance.choice((1, 1, 3)) + content[at:]


def short(chance: random.Random) -> bytes:
    """A file that lacks its last bytes."""
    return any_whole(chance)[: -chance.choice((1, 2, 4, 11, 12, 100, 1_000))]


def turned(chance: random.Random) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = chance.choice((*range(12), 65_535))
    size = (chance.randint(40, 900), chance.randint(40, 900))
    return encoded(painted(*size), chance.choice(("JPEG", "PNG", "WEBP", "TIFF")), exif=exif)


def profiled(chance: random.Random) -> bytes:
    kind = chance.choice(("JPEG", "PNG", "WEBP", "TIFF"))
    return encoded(painted(), kind, icc_profile=chance.randbytes(chance.choice((1, 128, 3000))))


def moved(chance: random.Random) -> bytes:
    """An animation, damaged somewhere."""
    content = bytearray(animation(chance.choice(("GIF", "PNG", "WEBP"))))
    for _ in range(chance.randint(0, 6)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return bytes(content)


def of_any_mode(chance: random.Random) -> bytes:
    mode, kind = chance.choice(
        (
            ("CMYK", "JPEG"),
            ("CMYK", "TIFF"),
            ("P", "PNG"),
            ("P", "GIF"),
            ("1", "PNG"),
            ("1", "TIFF"),
            ("LA", "PNG"),
            ("RGBA", "WEBP"),
            ("I", "TIFF"),
            ("F", "TIFF"),
            ("I;16", "PNG"),
            ("LAB", "TIFF"),
            ("YCbCr", "TIFF"),
        )
    )
    picture = painted(chance.randint(60, 700), chance.randint(60, 700))
    picture = picture.convert("L").convert(mode) if mode == "I;16" else _in_mode(picture, mode)
    content = bytearray(encoded(picture, kind))
    for _ in range(chance.choice((0, 0, 3))):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return bytes(content)


def _in_mode(picture: Image.Image, mode: str) -> Image.Image:
    if mode == "LAB":
        return Image.merge("LAB", picture.split())
    return picture.convert(mode)


KINDS: tuple[Spoil, ...] = (
    untouched,
    truncated,
    flipped,
    flipped,
    bomb,
    bomb_of_another_kind,
    wrong_type,
    polyglot,
    spliced,
    zeroed,
    noise,
    huge_headers,
    turned,
    profiled,
    moved,
    of_any_mode,
    with_metadata,
    short,
)


def made(seed: int) -> bytes:
    """Return the image of this seed, the same every time."""
    return KINDS[seed % len(KINDS)](random.Random(seed))


async def fate(seed: int, folder: Path, decoder: Decoder) -> str:
    """Return its result: accepted, or the name of the refusal; other errors are raised."""
    source = folder / "source"
    source.write_bytes(made(seed))
    prepared_path(source, folder=folder).unlink(missing_ok=True)  # the last one's
    try:
        prepared = await prepare(source, folder=folder, decoder=decoder)
    except RequestError as refusal:
        words = [text.format_error(refusal, locale) for locale in ("en-US", "zh-CN")]
        return type(refusal).__name__ if all(words) else "refused without words"
    assert_kling_takes(prepared)
    as_kling_judges(prepared.path.read_bytes())
    return "accepted"


async def run(seeds: range) -> dict[str, object]:
    """Test them all; a seed that breaks a promise is named."""
    fates: Counter[str] = Counter()
    broken: list[str] = []
    for name in ACCEPTED:
        whole(name)
    before = peak_kib()
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(Decoder()) as decoder:
        for seed in seeds:
            try:
                fates[await fate(seed, Path(folder), decoder)] += 1
            except Exception as error:  # noqa: BLE001 -- whatever it is, its seed is the finding
                kind = KINDS[seed % len(KINDS)].__name__
                broken.append(f"{seed} ({kind}): {type(error).__name__} {error}")
    grown = peak_kib() - before
    return {"fates": fates, "broken": broken, "grown_mb": grown // 1024}


def peak_kib() -> int:
    """Return the peak memory; Linux's getrusage would include the parent's."""
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def main() -> None:
    """Run the seeds of the command line."""
    first, last = (int(word) for word in sys.argv[1:3])
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    sys.stdout.write(json.dumps(asyncio.run(run(range(first, last)))) + "\n")


if __name__ == "__main__":
    main()
