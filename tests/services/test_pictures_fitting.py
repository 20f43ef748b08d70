"""Results are posted as they came unless the place takes less."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from services.models import Result
from services.pictures import fit
from tests.services.picture_corpus import encoded, noise, written


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


def result_of(folder: Path, content: bytes, *, position: int = 0) -> Result:
    path = written(folder, content, name=f"{position}.png")
    size = path.stat().st_size
    return Result(position=position, path=path, url="", width=400, height=300, size=size)


def assert_is_what_it_says(result: Result) -> None:
    with Image.open(result.path) as image:
        image.load()
        assert image.size == (result.width, result.height)
    assert result.path.stat().st_size == result.size


async def test_what_fits_is_posted_as_it_came(tmp_path: Path, executor: Executor) -> None:
    result = result_of(tmp_path, encoded(noise(400, 300), "PNG"))
    results = [result, result]
    assert await fit(results, each=10**7, together=10**7, executor=executor) is results


async def test_what_is_too_big_alone_becomes_a_jpeg(tmp_path: Path, executor: Executor) -> None:
    original = result_of(tmp_path, encoded(noise(400, 300), "PNG"))
    (posted,) = await fit([original], each=200_000, together=10**7, executor=executor)
    assert posted.size <= 200_000 < original.size
    assert (posted.width, posted.height) == (400, 300)
    assert_is_what_it_says(posted)
    assert_is_what_it_says(original)


async def test_when_quality_is_not_enough_the_size_gives_way(
    tmp_path: Path, executor: Executor
) -> None:
    original = result_of(tmp_path, encoded(noise(400, 300), "PNG"))
    (posted,) = await fit([original], each=9_000, together=10**7, executor=executor)
    assert posted.size <= 9_000
    assert posted.width < 400
    assert_is_what_it_says(posted)


async def test_together_they_share_what_there_is(tmp_path: Path, executor: Executor) -> None:
    big = [result_of(tmp_path, encoded(noise(400, 300), "PNG"), position=n) for n in range(3)]
    small = result_of(tmp_path, encoded(Image.new("RGB", (400, 300)), "PNG"), position=3)
    posted = await fit([*big, small], each=10**7, together=400_000, executor=executor)
    assert sum(result.size for result in posted) <= 400_000
    assert [result.position for result in posted] == [0, 1, 2, 3]
    assert posted[3] is small
    for result in posted:
        assert_is_what_it_says(result)


async def test_what_can_not_be_read_is_left_to_the_channel(
    tmp_path: Path, executor: Executor
) -> None:
    damaged = result_of(tmp_path, encoded(noise(400, 300), "PNG")[:90_000])
    assert await fit([damaged], each=1000, together=10**7, executor=executor) == [damaged]
