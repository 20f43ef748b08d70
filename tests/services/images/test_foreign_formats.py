"""Unsupported formats are named correctly; supported ones are read whatever program wrote them."""

from __future__ import annotations

import contextlib
import gzip
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cogs.ui import text
from services.errors import UnsupportedImage
from services.images import FOREIGN, VARIANTS, Decoder, prepare, validate_claim
from tests.services.images.corpus import (
    BLUE,
    RED,
    Bytes,
    animation,
    assert_kling_takes,
    chunk,
    encoded,
    painted,
    written,
)
from tests.services.images.decompression_bombs import segment
from tests.services.images.heic_images import AVIF_10_BIT, HEIC, HEIC_10_BIT
from tests.services.images.phone_heic import box, phone_heic

LANGUAGES = ("en-US", "zh-CN")


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with contextlib.closing(Decoder()) as one:
        yield one


def ios_png() -> bytes:
    """Return a PNG as Apple's build tools pack it: bare deflate, blue first."""
    packing = zlib.compressobj(wbits=-15)
    body = packing.compress(bytes(361 * 480 * 4)) + packing.flush()
    header = struct.pack(">IIBBBBB", 480, 360, 8, 6, 0, 0, 0)
    parts = chunk(b"CgBI", bytes(4)), chunk(b"IHDR", header), chunk(b"IDAT", body)
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def with_frame(marker: int, bits: int = 8) -> bytes:
    """Return a JPEG whose frame says that it is coded otherwise."""
    content = bytearray(encoded(painted(), "JPEG"))
    at = content.index(b"\xff\xc0")
    content[at + 1], content[at + 4] = marker, bits
    return bytes(content)


def raw_photo(*tags: tuple[int, int, int, int]) -> bytes:
    """Return the start of a TIFF whose first page is not the photo itself."""
    size = ((256, 4, 1, 400), (257, 4, 1, 300))
    entries = b"".join(struct.pack("<HHII", *tag) for tag in sorted((*size, *tags)))
    count = struct.pack("<H", len(size) + len(tags))
    return b"II*\0\x08\0\0\0" + count + entries + bytes(400)


def coded_as(name: bytes) -> bytes:
    return HEIC.replace(b"hvc1", name)


def sequence() -> bytes:
    return box(b"ftyp", b"hevc", bytes(4), b"msf1", b"hevc") + box(b"moov", bytes(90))


FOUND: dict[str, tuple[str, Bytes]] = {
    "jpeg xl": ("JPEG XL", lambda: b"\xff\x0a" + bytes(99)),
    "jpeg xl in boxes": ("JPEG XL", lambda: b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(99)),
    "jpeg 2000": ("JPEG 2000", lambda: encoded(painted(), "JPEG2000")),
    "jpeg 2000, bare": ("JPEG 2000", lambda: encoded(painted(), "JPEG2000", no_jp2=True)),
    "jpeg xr": ("JPEG XR", lambda: b"II\xbc\x01" + bytes(99)),
    "icon": ("ICO", lambda: encoded(painted(256, 256), "ICO")),
    "mac icon": ("ICNS", lambda: encoded(painted(512, 512), "ICNS")),
    "photoshop": ("PSD", lambda: b"8BPS\0\1" + bytes(99)),
    "gimp": ("XCF", lambda: b"gimp xcf v011\0"),
    "pnm": ("PNM", lambda: encoded(painted(), "PPM")),
    "pdf": ("PDF", lambda: b"%PDF-1.7\n"),
    "postscript": ("PostScript", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n"),
    "svg": ("SVG", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "svg behind a comment": ("SVG", lambda: b"<?xml version='1.0'?><!--%b--><svg>" % (b"x" * 900)),
    "canon raw": ("RAW", lambda: b"II*\0\x10\0\0\0CR\2\0" + bytes(99)),
    "canon raw in boxes": ("RAW", lambda: b"\0\0\0\x18ftypcrx \0\0\0\1crx isom"),
    "raw that begins with a preview": ("RAW", lambda: raw_photo((254, 4, 1, 1))),
    "dng": ("RAW", lambda: raw_photo((50706, 1, 4, 0x0401))),
    "mp4": ("video", lambda: b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"),
    "quicktime": ("video", lambda: b"\0\0\0\x14ftypqt  \0\0\0\0qt  "),
    "webm": ("video", lambda: b"\x1aE\xdf\xa3" + bytes(99)),
    "avi": ("video", lambda: b"RIFF\0\0\0\0AVI LIST"),
    "packed svg": ("damaged", lambda: gzip.compress(b"<svg/>")),
    "text": ("damaged", lambda: b"see attached\n"),
    "page": ("damaged", lambda: b"<!DOCTYPE html><html>"),
    "12 bits": ("12-bit JPEG", lambda: with_frame(0xC1, 12)),
    "lossless": ("lossless JPEG", lambda: with_frame(0xC3)),
    "hierarchical": ("hierarchical JPEG", lambda: with_frame(0xC5)),
    "png of ios": ("CgBI PNG", ios_png),
    "heif of h.264": ("HEIF (AVC)", lambda: coded_as(b"avc1")),
    "heif of h.266": ("HEIF (VVC)", lambda: coded_as(b"vvc1")),
    "heif of jpeg": ("HEIF (JPEG)", lambda: coded_as(b"jpeg")),
    "heif of nobody knows": ("damaged", lambda: coded_as(b"abcd")),
    "heif sequence": ("HEIF sequence", sequence),
}
"""Files, and the names of their formats."""


@pytest.mark.parametrize("name", FOUND)
async def test_prepare_names_what_it_does_not_read(
    name: str, tmp_path: Path, decoder: Decoder
) -> None:
    found, content = FOUND[name]
    with pytest.raises(UnsupportedImage) as caught:
        await prepare(written(tmp_path, content()), folder=tmp_path, decoder=decoder)
    assert caught.value.found == found


def test_every_name_but_that_of_damage_has_its_words() -> None:
    named = {found for found, _ in FOUND.values()} - {"damaged", "video"}
    assert named <= FOREIGN | VARIANTS


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("found", sorted(FOREIGN | VARIANTS))
def test_words_name_the_format_and_do_not_say_that_it_works(found: str, locale: str) -> None:
    words = text.format_error(UnsupportedImage(found), locale)
    assert found in words
    assert "WebP" not in words
    if found in VARIANTS:
        assert not {"JPEG", "PNG", "HEIC"} & {*words.replace(found, "").split()}


@pytest.mark.parametrize(
    ("claim", "found"),
    [
        ("image/jxl", "JPEG XL"),
        ("image/jp2", "JPEG 2000"),
        ("image/svg+xml", "SVG"),
        ("image/vnd.microsoft.icon", "ICO"),
        ("image/vnd.adobe.photoshop", "PSD"),
        ("image/x-adobe-dng", "RAW"),
        ("image/x-canon-cr2", "RAW"),
        ("application/pdf", "PDF"),
        ("image/x-nobody-knows", "image/x-nobody-knows"),
    ],
)
def test_claimed_type_that_is_not_read_is_named(claim: str, found: str) -> None:
    with pytest.raises(UnsupportedImage) as caught:
        validate_claim(content_type=claim, filename="a", size=9, width=None, height=None)
    assert caught.value.found == found


@pytest.mark.parametrize(
    ("suffix", "found"), [("jxl", "JPEG XL"), ("SVG", "SVG"), ("nef", "RAW"), ("doc", ".doc")]
)
def test_suffix_that_is_not_read_is_named(suffix: str, found: str) -> None:
    with pytest.raises(UnsupportedImage) as caught:
        validate_claim(content_type=None, filename=f"a.{suffix}", size=9, width=None, height=None)
    assert caught.value.found == found


# --- Read, whichever program wrote it

MPF = segment(0xE2, b"MPF\0MM\0*\0\0\0\x08" + bytes(60))
"""Directory of further images, which is not needed to decode the first."""

TAKEN: dict[str, Callable[[], bytes]] = {
    "jpeg with a gain map": lambda: (
        (encoded(painted(), "JPEG")[:2] + MPF + encoded(painted(), "JPEG")[2:])
        + encoded(painted(120, 90, mode="L"), "JPEG")
    ),
    "jpeg with samsung's trailer": lambda: encoded(painted(), "JPEG") + b"\0\0SEFH\x6b\0\0\0SEFT",
    "jpeg of a printer": lambda: encoded(painted(mode="CMYK"), "JPEG"),
    "gif, second frame cut": lambda: animation("GIF")[: len(animation("GIF")) * 2 // 3],
    "tiff of two pages": lambda: encoded(
        painted(), "TIFF", save_all=True, append_images=[painted(90, 90)]
    ),
    "tiff of lab": lambda: encoded(painted(mode="LAB"), "TIFF"),
    "tiff of zstd": lambda: encoded(painted(), "TIFF", compression="zstd"),
    "big tiff": lambda: encoded(painted(), "TIFF", big_tiff=True),
    "avif of 10 bits": lambda: AVIF_10_BIT,
    "avif in a general box": lambda: encoded(painted(), "AVIF").replace(
        b"ftypavif", b"ftypmiaf", 1
    ),
    "heic of 10 bits": lambda: HEIC_10_BIT,
    "heic of a phone": phone_heic,
    "heic, data first": lambda: phone_heic(is_data_first=True),
    "heic with a video": lambda: phone_heic() + box(b"mpvd", bytes(9_000)),
    **{
        f"heic, first brand {brand.decode()}": lambda brand=brand: phone_heic(
            brands=(brand, b"mif1", b"miaf", b"MiHB", b"heic")
        )
        for brand in (b"heix", b"mif1", b"mif2", b"msf1", b"hevc", b"hevm", b"miaf", b"tmap")
    },
}
"""Each decodes to `painted()`."""


@pytest.mark.filterwarnings("ignore:Image appears to be a malformed MPO")
@pytest.mark.parametrize("name", TAKEN)
async def test_prepare_takes_what_other_programs_write(
    name: str, tmp_path: Path, decoder: Decoder
) -> None:
    source = written(tmp_path, TAKEN[name]())
    picture = assert_kling_takes(await prepare(source, folder=tmp_path, decoder=decoder))
    assert picture.size == (480, 360)
    for at, wanted in (((20, 20), RED), ((460, 340), BLUE)):
        found = picture.getpixel(at)
        assert isinstance(found, tuple)
        assert all(abs(a - b) < 14 for a, b in zip(found, wanted, strict=True)), found


@pytest.mark.parametrize(
    ("turns", "red_at"), [(0, (20, 20)), (1, (20, 460)), (2, (460, 340)), (3, (340, 20))]
)
async def test_phone_heic_is_turned_once_by_its_own_property(
    turns: int, red_at: tuple[int, int], tmp_path: Path, decoder: Decoder
) -> None:
    exif = b"MM\0*\0\0\0\x08\0\1" + struct.pack(">HHIHHI", 0x112, 3, 1, 6, 0, 0)
    source = written(tmp_path, phone_heic(turns=turns, exif=exif))
    picture = assert_kling_takes(await prepare(source, folder=tmp_path, decoder=decoder))
    assert picture.size == ((360, 480) if turns % 2 else (480, 360))
    red, green, _ = picture.getpixel(red_at)  # pyright: ignore[reportGeneralTypeIssues]
    assert red > 200 > green
