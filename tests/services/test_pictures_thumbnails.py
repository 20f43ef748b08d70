"""Small pictures, and that work on large ones does not hold up the event loop."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from services.pictures import prepare, thumbnail
from tests.services.picture_corpus import (
    assert_kling_takes,
    encoded,
    painted,
    written,
)


class WatchedThreads(ThreadPoolExecutor):
    """Two threads that note where the work was done."""

    def __init__(self) -> None:
        super().__init__(2)
        self.seen: set[int] = set()

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        def noted() -> Any:
            self.seen.add(threading.get_ident())
            return fn(*args, **kwargs)

        return super().submit(noted)


@pytest.fixture
def executor() -> Iterator[WatchedThreads]:
    with WatchedThreads() as threads:
        yield threads


async def test_a_thumbnail_is_small_and_never_enlarged(tmp_path: Path, executor: Executor) -> None:
    big = written(tmp_path, encoded(painted(1600, 1200), "PNG"), name="big")
    tiny = written(tmp_path, encoded(painted(90, 70), "PNG"), name="tiny")
    for source, size in ((big, (320, 240)), (tiny, (90, 70))):
        target = await thumbnail(source, tmp_path / "small.jpg", executor=executor)
        with Image.open(target) as image:
            assert (image.format, image.size) == ("JPEG", size)


@pytest.mark.parametrize(
    ("kind", "how"),
    [("JPEG", {"comment": b"x"}), ("WEBP", {"method": 0})],
    ids=["prove", "convert"],
)
async def test_a_phones_photograph_does_not_hold_up_the_loop(
    kind: str, how: dict[str, Any], tmp_path: Path, executor: WatchedThreads
) -> None:
    photograph = written(tmp_path, encoded(painted(2998, 2000), kind, **how))
    clocks = (time.thread_time, time.process_time)
    began = [clock() for clock in clocks]
    prepared = await prepare(photograph, folder=tmp_path, executor=executor)
    ours, everybodys = (clock() - then for clock, then in zip(clocks, began, strict=True))
    assert_kling_takes(prepared)
    assert threading.get_ident() not in executor.seen
    assert ours < everybodys / 3, "done inline it would be nearly all of it"
