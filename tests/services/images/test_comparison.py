"""Before and after in one image: positions, sizes and captions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image

from services.errors import UnsupportedImage
from services.images import Decoder, Labels, compare
from services.images.comparison import SHEET_BYTES
from tests.services.images.corpus import BLUE, GREEN, encoded, painted, turned, written

ENGLISH = Labels("Before", "After")
UNKNOWN = Labels("\U000f1234", "\U000f1235")
"""Private-use characters, which no installed font has."""

Colour = tuple[int, int, int]
GROUND: Colour = (30, 31, 34)


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    with contextlib.closing(Decoder()) as one:
        yield one


def plain(folder: Path, name: str, size: tuple[int, int], colour: Colour) -> Path:
    return written(folder, encoded(Image.new("RGB", size, colour), "PNG"), name=name)


async def sheet_of(
    folder: Path,
    decoder: Decoder,
    sources: Sequence[Path],
    results: Sequence[Path],
    *labels: Labels,
) -> Image.Image:
    target = folder / "sheet.jpg"
    await compare(sources, results, target, labels=labels or [ENGLISH], decoder=decoder)
    assert target.stat().st_size <= SHEET_BYTES
    with Image.open(target) as image:
        image.load()
        return image


def box_of(image: Image.Image, colour: Colour) -> tuple[int, int, int, int]:
    """Find where a colour is, as left, top, right, bottom in shares of a thousand."""
    masks = [
        band.point([255 if abs(value - wanted) <= 24 else 0 for value in range(256)])
        for band, wanted in zip(image.split(), colour, strict=True)
    ]
    joined = Image.new("L", image.size, 255)
    for mask in masks:
        joined = Image.composite(joined, mask, mask)
    box = joined.getbbox()
    assert box is not None, f"no {colour}"
    width, height = image.size
    left, top, right, bottom = box
    return (
        left * 1000 // width,
        top * 1000 // height,
        right * 1000 // width,
        bottom * 1000 // height,
    )


async def test_comparison_of_tall_images_is_side_by_side(tmp_path: Path, decoder: Decoder) -> None:
    before, after = (
        plain(tmp_path, "a", (600, 900), BLUE),
        plain(tmp_path, "b", (1200, 1800), GREEN),
    )

    image = await sheet_of(tmp_path, decoder, [before], [after])

    left, right = box_of(image, BLUE), box_of(image, GREEN)
    assert left[2] < right[0]
    assert abs(left[1] - right[1]) <= 2
    assert abs(left[3] - right[3]) <= 2
    assert abs((left[2] - left[0]) - (right[2] - right[0])) <= 4


async def test_comparison_of_wide_images_is_stacked(tmp_path: Path, decoder: Decoder) -> None:
    before, after = (
        plain(tmp_path, "a", (2500, 1000), BLUE),
        plain(tmp_path, "b", (1600, 900), GREEN),
    )

    image = await sheet_of(tmp_path, decoder, [before], [after])

    over, under = box_of(image, BLUE), box_of(image, GREEN)
    assert over[3] < under[1]
    assert abs(over[0] - under[0]) <= 4


async def test_comparison_applies_exif_orientation(tmp_path: Path, decoder: Decoder) -> None:
    before = written(tmp_path, turned(6), name="source")  # 360 x 480 as it is meant
    after = plain(tmp_path, "b", (360, 480), GREEN)

    image = await sheet_of(tmp_path, decoder, [before], [after])

    right = box_of(image, GREEN)
    assert right[0] > 500
    width, height = (right[2] - right[0]) * image.width, (right[3] - right[1]) * image.height
    assert width / height == pytest.approx(0.75, abs=0.02)


async def test_nine_results_stand_in_a_square_and_are_numbered(
    tmp_path: Path, decoder: Decoder
) -> None:
    source = plain(tmp_path, "a", (800, 800), BLUE)
    results = [plain(tmp_path, f"r{n}", (800, 800), GREEN) for n in range(9)]

    many = await sheet_of(tmp_path, decoder, [source], results)
    one = await sheet_of(tmp_path, decoder, [source], results[:1])

    half = box_of(many, GREEN)
    width = (half[2] - half[0]) * many.width
    assert width / ((half[3] - half[1]) * many.height) == pytest.approx(1, abs=0.05)
    # In the corner of each stands its number; a single one has none.
    assert near(
        many.getpixel((half[0] * many.width // 1000 + 6, half[1] * many.height // 1000 + 6))
    )
    alone = box_of(one, GREEN)
    assert not near(
        one.getpixel((alone[0] * one.width // 1000 + 6, alone[1] * one.height // 1000 + 6))
    )


def near(found: object, colour: Colour = GROUND) -> bool:
    assert isinstance(found, tuple)
    return all(abs(a - b) <= 24 for a, b in zip(found, colour, strict=True))


@pytest.mark.parametrize("size", [(5000, 2000), (64, 64), (300, 750)])
async def test_huge_tiny_and_narrow_sources_do(
    tmp_path: Path, decoder: Decoder, size: tuple[int, int]
) -> None:
    source = plain(tmp_path, "a", size, BLUE)
    result = plain(tmp_path, "b", (1360, 768), GREEN)

    image = await sheet_of(tmp_path, decoder, [source], [result])

    assert image.width * image.height < 4_000_000
    blue = box_of(image, BLUE)
    shape = (blue[2] - blue[0]) * image.width / ((blue[3] - blue[1]) * image.height)
    assert shape == pytest.approx(size[0] / size[1], rel=0.03)


async def test_comparison_of_an_animation_shows_the_first_frame(
    tmp_path: Path, decoder: Decoder
) -> None:
    frames = [Image.new("RGB", (400, 400), colour) for colour in (BLUE, (255, 0, 0))]
    frames[0].save(tmp_path / "g", "GIF", save_all=True, append_images=frames[1:])
    result = plain(tmp_path, "b", (400, 400), GREEN)

    image = await sheet_of(tmp_path, decoder, [tmp_path / "g"], [result])

    assert box_of(image, BLUE)[2] < box_of(image, GREEN)[0]


async def test_comparison_accepts_several_sources(tmp_path: Path, decoder: Decoder) -> None:
    sources = [
        plain(tmp_path, "a", (1600, 900), BLUE),
        plain(tmp_path, "b", (900, 1600), BLUE),
        plain(tmp_path, "c", (900, 900), BLUE),
    ]

    image = await sheet_of(tmp_path, decoder, sources, [plain(tmp_path, "d", (900, 900), GREEN)])

    assert box_of(image, BLUE)[2] < box_of(image, GREEN)[0]


async def test_comparison_captions_fall_back_to_a_language_with_a_font(
    tmp_path: Path, decoder: Decoder
) -> None:
    source, result = (
        plain(tmp_path, "a", (400, 400), BLUE),
        plain(tmp_path, "b", (400, 400), GREEN),
    )

    english = await sheet_of(tmp_path, decoder, [source], [result], ENGLISH)
    unknown = await sheet_of(tmp_path, decoder, [source], [result], UNKNOWN, ENGLISH)
    french = await sheet_of(tmp_path, decoder, [source], [result], Labels("Avant", "Après"))

    assert unknown.tobytes() == english.tobytes()
    assert french.tobytes() != english.tobytes()


async def test_comparison_of_a_damaged_image_fails(tmp_path: Path, decoder: Decoder) -> None:
    source = written(tmp_path, encoded(painted(), "PNG"), name="source")
    damaged = written(tmp_path, encoded(painted(), "PNG")[:200], name="damaged")

    with pytest.raises(UnsupportedImage):
        await compare(
            [source], [damaged], tmp_path / "sheet.jpg", labels=[ENGLISH], decoder=decoder
        )

    assert not (tmp_path / "sheet.jpg").exists()
