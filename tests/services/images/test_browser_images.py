"""Images that a browser shows are accepted and look the same; only the image itself is sent on."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from services.errors import UnsupportedImage
from services.images import Decoder, prepare
from tests.services.images.corpus import (
    RED,
    assert_kling_takes,
    chunk,
    deep_png,
    encoded,
    noise,
    painted,
    turned,
    with_swapped_primaries,
    written,
)
from tests.services.images.decompression_bombs import segment
from tests.services.images.file_parts import SECRET, XMP, jpeg_with, png_with, spoilt


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with contextlib.closing(Decoder()) as one:
        yield one


def unpacking_to(size: int) -> bytes:
    return zlib.compress(b"x" * size, 9)


def without_last_piece() -> bytes:
    """Return a PNG that ends between two pieces of its pixels."""
    whole = encoded(painted(), "PNG")
    length = int.from_bytes(whole[33:37], "big")
    return whole[:33] + chunk(b"IDAT", whole[41 : 41 + length // 2])


def oriented_xmp(orientation: int) -> bytes:
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-'
        b'syntax-ns#"><rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation='
        b'"%d"/></rdf:RDF></x:xmpmeta>' % orientation
    )


def large_profile(size: int) -> bytes:
    """Return a colour profile of that many bytes, as real monitors have, that swaps two colours."""
    with Image.open(io.BytesIO(with_swapped_primaries())) as image:
        profile = bytearray(image.info["icc_profile"].ljust(size, b"\0"))
    struct.pack_into(">I", profile, 0, size)
    return bytes(profile)


SHOWN: dict[str, Callable[[], bytes]] = {
    "png, zTXt of 2.5 MB": lambda: png_with(chunk(b"zTXt", b"k\0\0" + unpacking_to(2_500_000))),
    "png, iTXt of 1.5 MB": lambda: png_with(
        chunk(b"iTXt", b"k\0\1\0\0\0" + unpacking_to(1_500_000))
    ),
    "png, iTXt of 80 MB": lambda: png_with(
        chunk(b"iTXt", b"k\0\1\0\0\0" + unpacking_to(80_000_000))
    ),
    "png, many texts": lambda: png_with(*[chunk(b"zTXt", b"k\0\0" + unpacking_to(1_000_000))] * 70),
    "png, text behind the pixels": lambda: png_with(
        chunk(b"zTXt", b"k\0\0" + unpacking_to(2_000_000)), behind=True
    ),
    "png, text that does not unpack": lambda: png_with(chunk(b"zTXt", b"k\0\0nonsense")),
    "png, text without a key": lambda: png_with(chunk(b"tEXt", b"")),
    "png, iCCP of 1.5 MB": lambda: png_with(chunk(b"iCCP", b"m\0\0" + unpacking_to(1_500_000))),
    "png, iCCP of 2.5 MB": lambda: png_with(chunk(b"iCCP", b"m\0\0" + unpacking_to(2_500_000))),
    "png, iCCP of 30 MB": lambda: png_with(chunk(b"iCCP", b"m\0\0" + unpacking_to(30_000_000))),
    "png, iCCP that does not unpack": lambda: png_with(chunk(b"iCCP", b"m\0\0nonsense")),
    "png, iCCP without a name": lambda: png_with(chunk(b"iCCP", b"")),
    "png, wrong checksum of a text": lambda: png_with(spoilt(chunk(b"tEXt", b"k\0v"))),
    "png, wrong checksum behind": lambda: png_with(spoilt(chunk(b"tEXt", b"k\0v")), behind=True),
    "png, wrong checksum of gAMA": lambda: png_with(spoilt(chunk(b"gAMA", bytes(4)))),
    "png, wrong checksum of pHYs": lambda: png_with(spoilt(chunk(b"pHYs", bytes(9)))),
    "png, wrong checksum of iCCP": lambda: png_with(
        spoilt(chunk(b"iCCP", b"m\0\0" + unpacking_to(9)))
    ),
    "png, wrong checksum of tRNS": lambda: png_with(spoilt(chunk(b"tRNS", bytes(6)))),
    "png, wrong checksum of eXIf": lambda: png_with(spoilt(chunk(b"eXIf", b"II*\0"))),
    "png, wrong length of gAMA": lambda: png_with(chunk(b"gAMA", b"")),
    "png, wrong length of pHYs": lambda: png_with(chunk(b"pHYs", b"1")),
    "png, tRNS too long": lambda: png_with(chunk(b"tRNS", bytes(300))),
    "png, wrong checksum of IEND": lambda: spoilt(encoded(painted(), "PNG")),
    "png, no IEND": lambda: encoded(painted(), "PNG")[:-12],
    "png, half an IEND": lambda: encoded(painted(), "PNG")[:-5],
    "png, half a text and no IEND": lambda: (
        encoded(painted(), "PNG")[:-12] + chunk(b"tEXt", bytes(99))[:50]
    ),
    "png, text behind its end": lambda: encoded(painted(), "PNG") + chunk(b"tEXt", b"k\0" + SECRET),
    "png, eight thousand chunks": lambda: png_with(*[chunk(b"prVt", b"")] * 8_000),
    "png, EXIF of nonsense": lambda: png_with(chunk(b"eXIf", bytes(90))),
    "jpeg without its last byte": lambda: encoded(painted(), "JPEG")[:-1],
    "jpeg without its end": lambda: encoded(painted(), "JPEG")[:-2],
    "jpeg short of 100 bytes": lambda: encoded(painted(), "JPEG")[:-100],
    "jpeg short of 4,000 bytes": lambda: encoded(noise(900, 700), "JPEG")[:-4_000],
    "jpeg in colour short of 4,000 bytes": lambda: encoded(
        noise(640, 480), "JPEG", subsampling=0, quality=95
    )[:-4_000],
    "jpeg, restarts, short of 2,000 bytes": lambda: encoded(
        noise(900, 700), "JPEG", restart_marker_rows=1
    )[:-2_000],
    "jpeg, grey, short of 3,000 bytes": lambda: encoded(noise(900, 700).convert("L"), "JPEG")[
        :-3_000
    ],
    "jpeg, progressive, short of 2 bytes": lambda: encoded(painted(), "JPEG", progressive=True)[
        :-2
    ],
    "jpeg, progressive, short of 3,000": lambda: encoded(noise(900, 700), "JPEG", progressive=True)[
        :-3_000
    ],
    "jpeg short of 1 percent": lambda: _short(encoded(noise(2400, 1800), "JPEG"), 0.992),
    "jpeg with 5,000 comments": lambda: jpeg_with(*[segment(0xFE, b"")] * 5_000),
    "jpeg with rubbish between segments": lambda: jpeg_with(segment(0xFE, b""), b"\0" * 20),
    "jpeg with broken MPF": lambda: jpeg_with(segment(0xE2, b"MPF\0MM\0*" + bytes(20))),
    "jpeg with broken EXIF": lambda: jpeg_with(segment(0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xff")),
    "jpeg with a broken photoshop block": lambda: jpeg_with(
        segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\xff\xff\xff\xff")
    ),
    "jpeg with half an APP1": lambda: jpeg_with(segment(0xE1, b"Exif\0")),
}
"""Images that browsers show; they decode to `painted()` or noise."""


def _short(content: bytes, part: float) -> bytes:
    return content[: int(len(content) * part)]


@pytest.mark.parametrize("name", SHOWN)
async def test_prepare_takes_what_a_browser_shows(
    name: str, tmp_path: Path, decoder: Decoder
) -> None:
    source = written(tmp_path, SHOWN[name]())
    picture = assert_kling_takes(await prepare(source, folder=tmp_path, decoder=decoder))
    if picture.size == (480, 360):
        found = picture.convert("RGB").getpixel((20, 20))
        assert isinstance(found, tuple)
        assert all(abs(a - b) < 12 for a, b in zip(found, RED, strict=True))


@pytest.mark.parametrize(
    "content",
    [
        encoded(noise(900, 700), "JPEG")[:-16_000],
        _short(encoded(noise(2400, 1800), "JPEG"), 0.97),
        _short(encoded(noise(900, 700), "JPEG", progressive=True), 0.8),
        _short(encoded(noise(900, 700), "JPEG", progressive=True), 0.3),
        _short(encoded(painted(), "JPEG"), 0.5),
        encoded(painted(), "PNG")[:-13],
        without_last_piece(),
        _short(encoded(noise(400, 400), "PNG"), 0.995),
        spoilt(encoded(painted(), "PNG")[:33]) + encoded(painted(), "PNG")[33:],
        encoded(painted(), "PNG")[:-20] + b"\0" + encoded(painted(), "PNG")[-19:],
    ],
    ids=[
        "16 KB missing",
        "three percent missing",
        "a fifth of a progressive one missing",
        "scans missing",
        "half of a small one missing",
        "png, last byte of the pixels missing",
        "png, last piece of the pixels missing",
        "png, pixels missing",
        "png, wrong checksum of its header",
        "png, wrong pixels",
    ],
)
async def test_prepare_calls_damaged_what_lacks_more(
    content: bytes, tmp_path: Path, decoder: Decoder
) -> None:
    with pytest.raises(UnsupportedImage) as caught:
        await prepare(written(tmp_path, content), folder=tmp_path, decoder=decoder)
    assert caught.value.found == "damaged"


async def test_short_jpeg_is_encoded_anew_and_whole(tmp_path: Path, decoder: Decoder) -> None:
    source = written(tmp_path, encoded(noise(900, 700), "JPEG")[:-2_000])
    prepared = await prepare(source, folder=tmp_path, decoder=decoder)
    assert prepared.changed
    assert prepared.path.read_bytes().endswith(b"\xff\xd9")


# --- As a browser shows it


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "TIFF", "AVIF", "PNG"])
async def test_orientation_in_xmp_alone_turns_nothing(
    kind: str, orientation: int, tmp_path: Path, decoder: Decoder
) -> None:
    xmp = oriented_xmp(orientation)
    content = {
        "JPEG": lambda: jpeg_with(segment(0xE1, XMP + xmp)),
        "PNG": lambda: png_with(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp)),
        "WEBP": lambda: encoded(painted(), "WEBP", xmp=xmp),
        "AVIF": lambda: encoded(painted(), "AVIF", xmp=xmp),
        "TIFF": lambda: encoded(painted(), "TIFF", tiffinfo={700: xmp}),
    }[kind]()
    prepared = await prepare(written(tmp_path, content), folder=tmp_path, decoder=decoder)
    assert assert_kling_takes(prepared).size == (480, 360)


@pytest.mark.parametrize("orientation", [3, 6, 8])
async def test_orientation_in_exif_wins_over_xmp(
    orientation: int, tmp_path: Path, decoder: Decoder
) -> None:
    whole = turned(orientation)
    content = whole[:2] + segment(0xE1, XMP + oriented_xmp(1)) + whole[2:]
    prepared = await prepare(written(tmp_path, content), folder=tmp_path, decoder=decoder)
    picture = assert_kling_takes(prepared)
    assert picture.size == (480, 360)
    assert picture.getpixel((20, 20))[0] > 180  # pyright: ignore[reportOptionalSubscript, reportIndexIssue]


@pytest.mark.parametrize("mode", ["I;16", "I;16B"])
@pytest.mark.parametrize("packing", [None, "tiff_adobe_deflate", "tiff_lzw", "packbits"])
async def test_sixteen_bits_of_either_order_are_read(
    mode: str, packing: str | None, tmp_path: Path, decoder: Decoder
) -> None:
    grey = Image.open(io.BytesIO(deep_png("L"))).convert("I").convert(mode)
    source = written(tmp_path, encoded(grey, "TIFF", compression=packing))
    picture = assert_kling_takes(await prepare(source, folder=tmp_path, decoder=decoder))
    found = picture.convert("L").getpixel((20, 20))
    assert isinstance(found, int | float)
    assert abs(found - 87) < 3


async def test_transparent_value_of_sixteen_bits_becomes_white(
    tmp_path: Path, decoder: Decoder
) -> None:
    whole = deep_png("L")
    content = whole[:33] + chunk(b"tRNS", struct.pack(">H", 70 * 257)) + whole[33:]
    prepared = await prepare(written(tmp_path, content), folder=tmp_path, decoder=decoder)
    picture = assert_kling_takes(prepared).convert("L")
    assert picture.getpixel((460, 340)) == 255
    assert abs(picture.getpixel((20, 20)) - 87) < 3  # pyright: ignore[reportOperatorIssue, reportOptionalOperand]


@pytest.mark.parametrize("size", [3_144, 1_600_000, 2_500_000])
async def test_large_profile_of_a_png_is_applied(
    size: int, tmp_path: Path, decoder: Decoder
) -> None:
    content = png_with(chunk(b"iCCP", b"monitor\0\0" + zlib.compress(large_profile(size))))
    prepared = await prepare(written(tmp_path, content), folder=tmp_path, decoder=decoder)
    picture = assert_kling_takes(prepared).convert("RGB")
    found = picture.getpixel((20, 20))
    assert isinstance(found, tuple)
    assert found[2] > 180, "red means blue in this profile"
