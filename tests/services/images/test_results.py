"""Results: checked to be complete, converted to what every app shows, or kept as they came."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from services.errors import ImageTooHeavy, UnsupportedImage
from services.images import Decoder, check_result
from tests.services.images.corpus import ACCEPTED, animation, encoded, painted, see_through, written
from tests.services.images.decompression_bombs import LONG, made, resized_jpeg, riff_frames


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    """Return one decoder for all tests: a child process takes a quarter of a second to start."""
    with contextlib.closing(Decoder()) as one:
        yield one


@pytest.mark.parametrize(
    ("format_", "content_type"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")],
)
async def test_result_that_everybody_can_show_stays_as_it_came(
    format_: str, content_type: str, tmp_path: Path, decoder: Decoder
) -> None:
    path = written(tmp_path, encoded(painted(640, 480), format_))
    got = await check_result(path, decoder=decoder)
    assert (got.path, got.content_type, got.width, got.height) == (path, content_type, 640, 480)


@pytest.mark.parametrize("name", ["avif", "gif", "gif animated", "bmp", "tiff", "tiff 16 bit"])
async def test_result_in_another_format_becomes_a_png(
    name: str, tmp_path: Path, decoder: Decoder
) -> None:
    got = await check_result(written(tmp_path, ACCEPTED[name]()), decoder=decoder)
    assert (got.content_type, got.width, got.height) == ("image/png", 480, 360)
    with Image.open(got.path) as image:
        assert (image.format, image.size) == ("PNG", (480, 360))
        red, blue = (image.convert("RGB").getpixel(at) for at in ((5, 5), (470, 350)))
        assert red != blue


async def test_converted_result_keeps_what_is_transparent(tmp_path: Path, decoder: Decoder) -> None:
    got = await check_result(written(tmp_path, see_through("AVIF")), decoder=decoder)
    with Image.open(got.path) as image:
        assert image.mode == "RGBA"
        assert image.getchannel("A").getextrema() == (0, 255)


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (300, 7), (1, 4000), (8, 8)])
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
async def test_result_with_a_short_side_is_kept(
    size: tuple[int, int], format_: str, tmp_path: Path, decoder: Decoder
) -> None:
    got = await check_result(written(tmp_path, encoded(painted(*size), format_)), decoder=decoder)
    assert (got.width, got.height) == size


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "gif", "avif", "bmp", "tiff"])
@pytest.mark.parametrize("part", [0.0, 0.02, 0.5])
async def test_result_cut_short_is_refused_by_type(
    name: str, part: float, tmp_path: Path, decoder: Decoder
) -> None:
    whole = ACCEPTED[name]()
    with pytest.raises(UnsupportedImage):
        await check_result(written(tmp_path, whole[: int(len(whole) * part)]), decoder=decoder)


@pytest.mark.parametrize(
    ("content", "kind", "width"),
    [
        (resized_jpeg(13_300, 13_300, progressive=True, padding=2_000_000), "image/jpeg", 13_300),
        (resized_jpeg(65_500, 65_500, progressive=True), "image/jpeg", 65_500),
        (riff_frames(1), "image/webp", 16_000),
    ],
    ids=["13300 square", "largest jpeg", "webp"],
)
async def test_result_above_the_budget_is_known_by_its_header_alone(
    content: bytes, kind: str, width: int, tmp_path: Path, decoder: Decoder
) -> None:
    path = written(tmp_path, content)
    got = await check_result(path, decoder=decoder)
    assert (got.path, got.content_type, got.width) == (path, kind, width)
    assert path.read_bytes() == content


@pytest.mark.parametrize("name", sorted(LONG.keys() - {"tiff of pages"}))
async def test_long_result_is_kept_or_refused_by_type(
    name: str, tmp_path: Path, decoder: Decoder
) -> None:
    try:
        got = await check_result(written(tmp_path, made(name)), decoder=decoder)
    except UnsupportedImage:
        return
    assert got.width > 0


class RefusingOpening:
    """An Opening of an image over which the process has died before."""

    async def begin(self) -> None:
        raise ImageTooHeavy

    async def finish(self) -> None:
        raise AssertionError("nothing was begun")


async def test_result_over_which_the_process_died_is_not_opened_again(
    tmp_path: Path, decoder: Decoder
) -> None:
    path = written(tmp_path, animation("GIF"))
    got = await check_result(path, decoder=decoder, opening=RefusingOpening())
    assert (got.path, got.content_type, got.width) == (path, "image/gif", 480)
    assert Image.open(io.BytesIO(path.read_bytes())).format == "GIF"


@pytest.mark.parametrize("missing", [2, 100])
@pytest.mark.parametrize("format_", ["JPEG", "PNG"])
async def test_result_short_of_its_end_is_damaged(
    format_: str, missing: int, tmp_path: Path, decoder: Decoder
) -> None:
    content = encoded(painted(), format_)[:-missing]
    with pytest.raises(UnsupportedImage):
        await check_result(written(tmp_path, content), decoder=decoder)
