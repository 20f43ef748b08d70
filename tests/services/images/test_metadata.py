"""Only the image itself is sent on, and metadata is removed without encoding it again."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms

from services.images import Decoder, Prepared, inspect, prepare
from tests.services.images.corpus import (
    animation,
    assert_kling_takes,
    chunk,
    encoded,
    located,
    painted,
    written,
)
from tests.services.images.decompression_bombs import segment
from tests.services.images.file_parts import SECRET, XMP, jpeg_with, png_with


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with contextlib.closing(Decoder()) as one:
        yield one


GPS = located()
BESIDE: dict[str, Callable[[], bytes]] = {
    "GPS in EXIF": lambda: GPS[:2] + segment(0xFE, SECRET) + GPS[2:],
    "XMP": lambda: jpeg_with(segment(0xE1, XMP + SECRET)),
    "extended XMP": lambda: jpeg_with(
        segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + SECRET)
    ),
    "IPTC": lambda: jpeg_with(segment(0xED, b"Photoshop 3.0\0" + SECRET)),
    "comment": lambda: jpeg_with(segment(0xFE, SECRET)),
    "comment between the scans": lambda: _between_scans(segment(0xFE, SECRET)),
    "picture info": lambda: jpeg_with(segment(0xEC, b"Ducky" + SECRET)),
    "C2PA": lambda: jpeg_with(segment(0xEB, b"JP" + SECRET)),
    "FlashPix": lambda: jpeg_with(segment(0xE2, b"FPXR\0" + SECRET)),
    "a preview in JFIF": lambda: jpeg_with(segment(0xE0, b"JFXX\0\x10" + SECRET)),
    "a further picture": lambda: jpeg_with(segment(0xE2, b"MPF\0" + SECRET)),
    "between segments": lambda: jpeg_with(segment(0xFE, b""), SECRET),
    "a video appended": lambda: jpeg_with(tail=b"\0\0\0\x18ftypmp42" + SECRET + bytes(90_000)),
    "a picture appended": lambda: jpeg_with(tail=jpeg_with(segment(0xFE, SECRET))),
    "text appended": lambda: jpeg_with(tail=SECRET),
    "png tEXt": lambda: png_with(chunk(b"tEXt", b"Comment\0" + SECRET)),
    "png iTXt": lambda: png_with(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + SECRET)),
    "png raw profile": lambda: png_with(chunk(b"tEXt", b"Raw profile type exif\0" + SECRET)),
    "png eXIf": lambda: png_with(chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\0" + SECRET)),
    "png eXIf behind": lambda: png_with(
        chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\0" + SECRET), behind=True
    ),
    "png tIME and others": lambda: png_with(chunk(b"caBX", SECRET), chunk(b"tIME", bytes(7))),
    "png, nobody's critical chunk": lambda: png_with(chunk(b"LOCA", SECRET)),
    "png, long gAMA": lambda: png_with(chunk(b"gAMA", SECRET)),
    "png, behind its end": lambda: encoded(painted(), "PNG") + chunk(b"tEXt", b"k\0" + SECRET),
    "png, video behind its end": lambda: encoded(painted(), "PNG") + SECRET + bytes(90_000),
    "apng": lambda: png_with(chunk(b"tEXt", b"k\0" + SECRET)) + animation("PNG")[-2_000:],
}


def _between_scans(one: bytes) -> bytes:
    whole = encoded(painted(), "JPEG", progressive=True)
    at = whole.rindex(b"\xff\xda")
    return whole[:at] + one + whole[at:]


async def prepared_of(content: bytes, folder: Path, decoder: Decoder) -> Prepared:
    source = written(folder, content)
    prepared = await prepare(source, folder=folder, decoder=decoder)
    assert source.read_bytes() == content
    return prepared


@pytest.mark.filterwarnings("ignore:Image appears to be a malformed MPO")
@pytest.mark.parametrize("name", BESIDE)
async def test_metadata_is_dropped_and_pixels_stay(
    name: str, tmp_path: Path, decoder: Decoder
) -> None:
    content = BESIDE[name]()
    assert SECRET in content
    prepared = await prepared_of(content, tmp_path, decoder)
    sent = prepared.path.read_bytes()
    assert SECRET not in sent
    assert b"Exif" not in sent
    assert prepared.changed
    assert prepared.size == len(sent) < len(content)
    before = Image.open(io.BytesIO(content)).convert("RGB")
    assert (
        ImageChops.difference(before, assert_kling_takes(prepared).convert("RGB")).getbbox() is None
    )


@pytest.mark.parametrize("format_", ["JPEG", "PNG"])
async def test_srgb_profile_and_resolution_stay(
    format_: str, tmp_path: Path, decoder: Decoder
) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    whole = encoded(painted(), format_, icc_profile=profile, dpi=(300, 300), comment=SECRET)
    prepared = await prepared_of(whole, tmp_path, decoder)
    with Image.open(prepared.path) as image:
        assert image.info["icc_profile"] == profile
        assert round(image.info["dpi"][0]) == 300


async def test_motion_photo_counts_as_large_as_its_image(tmp_path: Path, decoder: Decoder) -> None:
    prepared = await prepared_of(jpeg_with(tail=bytes(12_000_000)), tmp_path, decoder)
    assert prepared.format == "jpg"
    assert prepared.size < 10_000


async def test_cleaned_png_stays_a_png_and_is_found_again(tmp_path: Path, decoder: Decoder) -> None:
    first = await prepared_of(BESIDE["png eXIf"](), tmp_path, decoder)
    second = await prepare(tmp_path / "source", folder=tmp_path, decoder=decoder)
    assert first == second
    assert first.format == "png"


# --- Large photographs


@pytest.mark.proof
@pytest.mark.parametrize(("width", "height"), [(8064, 6048), (8192, 6144), (9248, 6936)])
@pytest.mark.parametrize("progressive", [False, True])
async def test_photograph_of_64_megapixels_is_made_smaller(
    width: int, height: int, progressive: bool, tmp_path: Path, decoder: Decoder
) -> None:
    content = encoded(painted(width, height), "JPEG", progressive=progressive, quality=60)
    prepared = await prepared_of(content, tmp_path, decoder)
    picture = assert_kling_takes(prepared)
    assert max(picture.size) == 2048
    assert inspect(tmp_path / "source").needs == ("pixels",)
