"""Every kind of image is sent to Kling in a form it accepts, or is refused by name."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from services.errors import (
    ImageTooLarge,
    ImageTooNarrow,
    ImageTooSmall,
    RequestError,
    StoreUnavailable,
    UnsupportedImage,
)
from services.images import Decoder, Prepared, inspect, prepare
from tests.services.images.corpus import (
    ACCEPTED,
    BLUE,
    RED,
    UNTOUCHED,
    WHITE,
    animation,
    assert_kling_takes,
    bomb,
    encoded,
    noise,
    painted,
    see_through,
    turned,
    with_profile,
    with_swapped_primaries,
    written,
)

# Pillow warns of damaged metadata that it does not need; in production that is a log line.
pytestmark = [pytest.mark.proof, pytest.mark.filterwarnings("ignore::UserWarning")]


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    """Return one decoder for all tests: a child process takes a quarter of a second to start."""
    with contextlib.closing(Decoder()) as one:
        yield one


def close_to(found: object, wanted: tuple[int, ...], *, within: int = 12) -> bool:
    assert isinstance(found, tuple)
    return all(abs(a - b) <= within for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize("name", ACCEPTED)
async def test_prepare_accepts_every_usual_image(
    name: str, tmp_path: Path, decoder: Decoder
) -> None:
    source = written(tmp_path, ACCEPTED[name]())
    before, out = source.read_bytes(), tmp_path / "out"
    out.mkdir()
    prepared = await prepare(source, folder=out, decoder=decoder)
    assert_kling_takes(prepared)
    assert source.read_bytes() == before
    assert prepared.changed == (name not in UNTOUCHED)
    assert (prepared.path == source) == (name in UNTOUCHED)


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_prepare_applies_exif_orientation(
    orientation: int, tmp_path: Path, decoder: Decoder
) -> None:
    source = written(tmp_path, turned(orientation))
    prepared = await prepare(source, folder=tmp_path, decoder=decoder)
    picture = assert_kling_takes(prepared)
    assert picture.size == (480, 360)
    assert close_to(picture.getpixel((20, 20)), RED)
    for corner in ((460, 20), (20, 340), (460, 340)):
        assert close_to(picture.getpixel(corner), BLUE)


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "GIF", "AVIF"])
async def test_prepare_fills_transparency_with_white(
    format_: str, tmp_path: Path, decoder: Decoder
) -> None:
    source = written(tmp_path, see_through(format_))
    picture = assert_kling_takes(await prepare(source, folder=tmp_path, decoder=decoder))
    assert close_to(picture.getpixel((20, 20)), RED)
    assert close_to(picture.getpixel((460, 340)), WHITE)


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "GIF"])
async def test_prepare_uses_the_first_frame_of_an_animation(
    format_: str, tmp_path: Path, decoder: Decoder
) -> None:
    source = written(tmp_path, animation(format_))
    assert inspect(source).animated
    picture = assert_kling_takes(await prepare(source, folder=tmp_path, decoder=decoder))
    assert close_to(picture.getpixel((20, 20)), RED)
    assert close_to(picture.getpixel((460, 340)), BLUE)


@pytest.mark.parametrize("name", ["png 16 bit grey", "tiff 16 bit"])
async def test_sixteen_bits_become_eight_without_burning_out(
    name: str, tmp_path: Path, decoder: Decoder
) -> None:
    source = written(tmp_path, ACCEPTED[name]())
    picture = assert_kling_takes(await prepare(source, folder=tmp_path, decoder=decoder))
    assert close_to(picture.getpixel((20, 20)), (87,) * 3)
    assert close_to(picture.getpixel((460, 340)), (70,) * 3)


@pytest.mark.parametrize(
    ("content", "seen_as"),
    [(with_swapped_primaries(), RED[::-1]), (with_profile("LAB"), RED)],
    ids=["for these channels", "for other channels"],
)
async def test_prepare_applies_the_colour_profile(
    content: bytes, seen_as: tuple[int, ...], tmp_path: Path, decoder: Decoder
) -> None:
    source = written(tmp_path, content)
    picture = assert_kling_takes(await prepare(source, folder=tmp_path, decoder=decoder))
    assert close_to(picture.getpixel((20, 20)), seen_as)
    assert "icc_profile" not in picture.info


@pytest.mark.parametrize(
    "name", ["jpeg with location", "jpeg with provenance", "png with provenance"]
)
async def test_prepare_removes_metadata(name: str, tmp_path: Path, decoder: Decoder) -> None:
    source = written(tmp_path, ACCEPTED[name]())
    prepared = await prepare(source, folder=tmp_path, decoder=decoder)
    sent = prepared.path.read_bytes()
    assert b"c2pa" not in sent
    assert b"Exif" not in sent


async def test_over_ten_megabytes_shrinks_under_it(tmp_path: Path, decoder: Decoder) -> None:
    source = written(tmp_path, encoded(noise(2400, 1800), "PNG", compress_level=0))
    assert source.stat().st_size > 10_000_000
    prepared = await prepare(source, folder=tmp_path, decoder=decoder)
    assert_kling_takes(prepared)
    assert (prepared.width, prepared.height) == (2048, 1536)


async def test_prepare_with_force_encodes_again(tmp_path: Path, decoder: Decoder) -> None:
    source = written(tmp_path, encoded(painted(), "PNG"))
    prepared = await prepare(source, folder=tmp_path, decoder=decoder, force=True)
    assert_kling_takes(prepared)
    assert prepared.changed


async def test_prepare_on_a_full_disk_is_unavailable(tmp_path: Path, decoder: Decoder) -> None:
    source = written(tmp_path, encoded(painted(), "WEBP"))
    not_a_folder = written(tmp_path, b"", name="file")
    with pytest.raises(StoreUnavailable):
        await prepare(source, folder=not_a_folder, decoder=decoder)


# --- Refused


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "damaged"),
        (b"hello, this is not a picture", "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"\xff\xd8\xff\xe0", "damaged"),
        (b"GIF89a", "damaged"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), "damaged"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + bytes(40), "damaged"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(40), "video"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"%PDF-1.7", "PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 400 400\n", "PostScript"),
    ],
)
async def test_prepare_of_no_image_names_what_it_is(
    content: bytes, found: str, tmp_path: Path, decoder: Decoder
) -> None:
    with pytest.raises(UnsupportedImage) as caught:
        await prepare(written(tmp_path, content), folder=tmp_path, decoder=decoder)
    assert caught.value.found == found


@pytest.mark.parametrize(
    ("side", "pixels"), [(5100, 5100**2), (10_000, 10**8), (14_000, 14_000**2)]
)
async def test_prepare_refuses_a_bomb_by_its_header(
    side: int, pixels: int, tmp_path: Path, decoder: Decoder
) -> None:
    source = written(tmp_path, bomb(side))
    assert source.stat().st_size < 50_000
    with pytest.raises(ImageTooLarge) as caught:
        await prepare(source, folder=tmp_path, decoder=decoder)
    assert (caught.value.found, caught.value.unit) == (pixels, "pixels")


@pytest.mark.parametrize(
    ("width", "height", "refusal"),
    [
        (1001, 400, ImageTooNarrow),
        (400, 1001, ImageTooNarrow),
        (63, 100, ImageTooSmall),
        (1, 1, ImageTooSmall),
    ],
)
async def test_prepare_refuses_sizes_outside_klings_limits(
    width: int, height: int, refusal: type[RequestError], tmp_path: Path, decoder: Decoder
) -> None:
    source = written(tmp_path, encoded(painted(width, height), "PNG"))
    with pytest.raises(refusal):
        await prepare(source, folder=tmp_path, decoder=decoder)


@pytest.mark.parametrize("name", ["jpeg progressive", "png", "webp", "gif", "tiff", "bmp", "jpeg"])
@pytest.mark.parametrize("part", [0.1, 0.5])
async def test_half_a_file_is_damaged(
    name: str, part: float, tmp_path: Path, decoder: Decoder
) -> None:
    whole = ACCEPTED[name]()
    source = written(tmp_path, whole[: int(len(whole) * part)])
    with pytest.raises(UnsupportedImage):
        await prepare(source, folder=tmp_path, decoder=decoder)


def flipped(content: bytes, *, chance: random.Random) -> bytes:
    damaged = bytearray(content)
    # Headers decide most: half of the damage goes there.
    reach = min(len(damaged), chance.choice((64, 512, len(damaged))))
    for _ in range(chance.randint(1, 12)):
        damaged[chance.randrange(reach)] ^= 1 << chance.randrange(8)
    return bytes(damaged[: chance.choice((len(damaged), chance.randrange(len(damaged))))])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", ACCEPTED)
async def test_damage_is_refused_by_type_or_does_no_harm(
    name: str, tmp_path: Path, decoder: Decoder
) -> None:
    content, chance = ACCEPTED[name](), random.Random(name)
    for _ in range(8):
        source = written(tmp_path, flipped(content, chance=chance))
        prepared = await prepared_or_refused(source, folder=tmp_path, decoder=decoder)
        if prepared:
            assert_kling_takes(prepared)


async def prepared_or_refused(source: Path, *, folder: Path, decoder: Decoder) -> Prepared | None:
    try:
        return await prepare(source, folder=folder, decoder=decoder)
    except RequestError:
        return None


def files_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_nothing_is_left_behind_by_a_refusal(tmp_path: Path, decoder: Decoder) -> None:
    source = written(tmp_path, ACCEPTED["webp"]()[:400])
    with pytest.raises(UnsupportedImage):
        await prepare(source, folder=tmp_path, decoder=decoder)
    assert files_in(tmp_path) == ["source"]


def test_pillows_own_guard_stays_on() -> None:
    assert Image.MAX_IMAGE_PIXELS is not None
