"""Results are posted as they came unless the channel's file limit is smaller."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from services.images import Decoder, shrink
from services.models import Result
from tests.services.images.corpus import encoded, noise, written
from tests.services.images.decompression_bombs import resized_jpeg


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with contextlib.closing(Decoder()) as one:
        yield one


def result_of(folder: Path, content: bytes, *, position: int = 0) -> Result:
    path = written(folder, content, name=f"{position}.png")
    size = path.stat().st_size
    return Result(position=position, path=path, url="", width=400, height=300, size=size)


def assert_is_what_it_says(result: Result) -> None:
    with Image.open(result.path) as image:
        image.load()
        assert image.size == (result.width, result.height)
    assert result.path.stat().st_size == result.size


async def test_shrink_leaves_results_that_fit(tmp_path: Path, decoder: Decoder) -> None:
    result = result_of(tmp_path, encoded(noise(400, 300), "PNG"))
    results = [result, result]
    assert (
        await shrink(results, max_bytes_each=10**7, max_bytes_total=10**7, decoder=decoder)
        is results
    )


async def test_shrink_of_a_large_result_makes_a_jpeg(tmp_path: Path, decoder: Decoder) -> None:
    original = result_of(tmp_path, encoded(noise(400, 300), "PNG"))
    (posted,) = await shrink(
        [original], max_bytes_each=200_000, max_bytes_total=10**7, decoder=decoder
    )
    assert posted.size <= 200_000 < original.size
    assert (posted.width, posted.height) == (400, 300)
    assert_is_what_it_says(posted)
    assert_is_what_it_says(original)


async def test_shrink_reduces_the_size_if_quality_is_not_enough(
    tmp_path: Path, decoder: Decoder
) -> None:
    original = result_of(tmp_path, encoded(noise(400, 300), "PNG"))
    (posted,) = await shrink(
        [original], max_bytes_each=9_000, max_bytes_total=10**7, decoder=decoder
    )
    assert posted.size <= 9_000
    assert posted.width < 400
    assert_is_what_it_says(posted)


async def test_together_they_share_what_there_is(tmp_path: Path, decoder: Decoder) -> None:
    big = [result_of(tmp_path, encoded(noise(400, 300), "PNG"), position=n) for n in range(3)]
    small = result_of(tmp_path, encoded(Image.new("RGB", (400, 300)), "PNG"), position=3)
    posted = await shrink(
        [*big, small], max_bytes_each=10**7, max_bytes_total=400_000, decoder=decoder
    )
    assert sum(result.size for result in posted) <= 400_000
    assert [result.position for result in posted] == [0, 1, 2, 3]
    assert posted[3] is small
    for result in posted:
        assert_is_what_it_says(result)


async def test_shrink_leaves_an_unreadable_result(tmp_path: Path, decoder: Decoder) -> None:
    damaged = result_of(tmp_path, encoded(noise(400, 300), "PNG")[:90_000])
    assert await shrink([damaged], max_bytes_each=1000, max_bytes_total=10**7, decoder=decoder) == [
        damaged
    ]


@pytest.mark.parametrize(("width", "height"), [(600, 400), (400, 600), (999, 401), (1300, 100)])
async def test_result_that_is_made_smaller_keeps_its_shape_and_its_picture(
    width: int, height: int, tmp_path: Path, decoder: Decoder
) -> None:
    loud = noise(width, height)
    loud.paste((255, 0, 0), (0, 0, width // 2, height))
    path = written(tmp_path, encoded(loud, "PNG"), name="0.png")
    original = Result(
        position=0, path=path, url="", width=width, height=height, size=path.stat().st_size
    )
    (posted,) = await shrink(
        [original], max_bytes_each=9_000, max_bytes_total=10**7, decoder=decoder
    )
    assert posted.width < width
    assert posted.width / posted.height == pytest.approx(width / height, rel=0.03)
    with Image.open(posted.path) as image:
        left = image.convert("RGB").crop((0, 0, posted.width // 2 - 2, posted.height))
        red = left.getchannel("R").getextrema()[0]
    assert isinstance(red, int)
    assert red > 200, "its left half is still red, from top to bottom"


async def test_result_above_the_budget_is_posted_as_it_came(
    tmp_path: Path, decoder: Decoder
) -> None:
    path = written(tmp_path, resized_jpeg(13_300, 13_300, progressive=True), name="0.jpg")
    huge = Result(position=0, path=path, url="", width=13_300, height=13_300, size=20_000_000)
    small = result_of(tmp_path, encoded(noise(400, 300), "PNG"), position=1)
    posted = await shrink(
        [huge, small], max_bytes_each=200_000, max_bytes_total=10**7, decoder=decoder
    )
    assert posted[0] is huge
    assert posted[1].size <= 200_000
