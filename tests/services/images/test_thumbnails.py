"""Thumbnails, and work on large images that does not block the event loop."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from services.images import Decoder, prepare, thumbnail
from tests.services.images.corpus import assert_kling_takes, encoded, painted, written


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    with contextlib.closing(Decoder()) as one:
        yield one


async def test_thumbnail_is_small_and_never_enlarged(tmp_path: Path, decoder: Decoder) -> None:
    big = written(tmp_path, encoded(painted(1600, 1200), "PNG"), name="big")
    tiny = written(tmp_path, encoded(painted(90, 70), "PNG"), name="tiny")
    for source, size in ((big, (320, 240)), (tiny, (90, 70))):
        target = await thumbnail(source, tmp_path / "small.jpg", decoder=decoder)
        with Image.open(target) as image:
            assert (image.format, image.size) == ("JPEG", size)


@pytest.mark.parametrize(
    ("kind", "how"),
    [("JPEG", {"comment": b"x"}), ("WEBP", {"method": 0})],
    ids=["prove", "convert"],
)
async def test_prepare_of_a_phone_photo_does_not_block_the_loop(
    kind: str, how: dict[str, Any], tmp_path: Path, decoder: Decoder
) -> None:
    photograph = written(tmp_path, encoded(painted(2998, 2000), kind, **how))
    began = time.thread_time()
    prepared = await prepare(photograph, folder=tmp_path, decoder=decoder)
    ours = time.thread_time() - began
    assert_kling_takes(prepared)
    assert ours < 0.05, "done inline it takes 0.3 s"


async def test_thumbnail_does_not_recreate_a_deleted_folder(
    tmp_path: Path, decoder: Decoder
) -> None:
    source = written(tmp_path, encoded(painted(160, 120), "PNG"), name="big")
    gone = tmp_path / "01m7job"

    with pytest.raises(FileNotFoundError):
        await thumbnail(source, gone / "small.jpg", decoder=decoder)

    assert not gone.exists()
