"""An image's memory is estimated from its header, parsed within bounds and off the event loop."""

from __future__ import annotations

import contextlib
import struct
import time
import tracemalloc
from pathlib import Path

import pytest

from services.errors import ImageTooHeavy, ImageTooLarge, UnsupportedImage
from services.images import inspect
from services.images.header_parsers import read_header
from services.images.limits import fitted
from services.images.memory_estimate import (
    CHILD_BYTES,
    DECODING_BYTES,
    IN_CHILD,
    IN_THREAD,
    THREAD_BYTES,
    Outgrown,
    to_decode,
    to_probe,
    to_prove,
)
from tests.services.images import decompression_bombs
from tests.services.images.corpus import ACCEPTED, bomb, encoded, painted, written
from tests.services.images.decompression_bombs import HUGE, LONG, made, resized_jpeg

SLOW_TO_MAKE = {"tiff of pages", "avif rgba", "avif that lies"}
PHONES = [(8064, 6048), (8192, 6144), (9248, 6936)]
"""48, 50 and 64 megapixels."""


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("name", ACCEPTED)
def test_header_of_an_ordinary_image_agrees_with_its_reader(name: str, tmp_path: Path) -> None:
    path = written(tmp_path, ACCEPTED[name]())
    header, facts = read_header(path), inspect(path)
    assert (header.width, header.height) == (facts.width, facts.height)
    assert header.format == facts.format.replace("MPO", "JPEG")


@pytest.mark.parametrize("name", sorted(LONG.keys() - SLOW_TO_MAKE))
def test_header_walk_is_short_and_copies_little(name: str, tmp_path: Path) -> None:
    path = written(tmp_path, made(name))
    tracemalloc.start()
    began = time.thread_time()
    with contextlib.suppress(UnsupportedImage, ImageTooHeavy):
        IN_CHILD.admit(header := read_header(path), to_probe(header))
    spent, peak = time.thread_time() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert spent < 3, "a hundred thousand steps at most, traced"
    assert peak < 4_000_000


@pytest.mark.parametrize(
    "content",
    [
        decompression_bombs.empty_segments(10_000_000),
        b"\xff\xd8\xff" + bytes(10_000_000),
        b"\xff\xd8" + b"\xff\xd0" * 1_000_000 + encoded(painted(), "JPEG")[2:],
        b"\xff\xd8" + b"\xff" * 1_000_000,
        decompression_bombs.many_chunks(200_000),
        decompression_bombs.many_data_chunks(200_000),
        decompression_bombs.riff_frames(20_000),
        b"GIF89a" + struct.pack("<HHBBB", 9, 9, 0, 0, 0) + b"!\xfe" + b"\x01x" * 300_000,
        b"II*\0\x08\0\0\0" + struct.pack("<H", 5_000) + bytes(60_000),
    ],
    ids=[
        "empty segments",
        "zeros",
        "markers without length",
        "fill bytes",
        "chunks",
        "data chunks",
        "frames",
        "blocks",
        "tags",
    ],
)
def test_more_parts_than_any_real_image_has_are_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedImage):
        read_header(written(tmp_path, content))


@pytest.mark.parametrize(
    "content",
    [
        decompression_bombs.empty_segments(100_000),
        decompression_bombs.exif_bomb(),
        decompression_bombs.mpf_bomb(),
        decompression_bombs.many_exifs(),
        decompression_bombs.exif_png(),
        decompression_bombs.many_chunks(5_000),
        decompression_bombs.long_texts(60),
        decompression_bombs.long_texts(60, name=b"iTXt"),
    ],
    ids=[
        "empty segments",
        "tags in exif",
        "tags in mpf",
        "exif in parts",
        "tags in a png's exif",
        "chunks",
        "texts",
        "international texts",
    ],
)
def test_metadata_never_reaches_the_reader(content: bytes, tmp_path: Path) -> None:
    path = written(tmp_path, content)
    header = read_header(path)
    assert to_probe(header) < 200_000, "what is dropped takes no memory"
    assert inspect(path, IN_THREAD).needs == ()


@pytest.mark.parametrize("name", ACCEPTED)
@pytest.mark.parametrize("length", [0, 3, 9, 20, 33, 60, 300])
def test_header_that_ends_early_is_refused_or_read(name: str, length: int, tmp_path: Path) -> None:
    try:
        header = read_header(written(tmp_path, ACCEPTED[name]()[:length]))
    except UnsupportedImage:
        return
    assert header.pixels > 0


@pytest.mark.parametrize("name", sorted(HUGE.keys() - SLOW_TO_MAKE))
def test_large_image_has_room_in_the_child_alone(name: str, tmp_path: Path) -> None:
    header = read_header(written(tmp_path, made(name)))
    need = to_decode(fitted(header.width, header.height))(header)
    IN_CHILD.admit(header, need)
    with pytest.raises(Outgrown):
        IN_THREAD.admit(header, need)


@pytest.mark.parametrize(("width", "height"), PHONES)
@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"progressive": True, "subsampling": 0}]
)
def test_phones_jpeg_is_decoded_at_a_fraction_within_the_budget(
    width: int, height: int, options: dict[str, object], tmp_path: Path
) -> None:
    header = read_header(written(tmp_path, resized_jpeg(width, height, **options)))
    assert (header.width, header.height, header.can_shrink) == (width, height, True)
    need = to_decode(fitted(width, height))(header)
    IN_CHILD.admit(header, need)
    assert ("progressive" in options) == (need > 150_000_000), "several scans are kept whole"


def test_jpeg_of_separate_scans_is_kept_whole_too(tmp_path: Path) -> None:
    whole = encoded(painted(1600, 1600), "JPEG")
    at = whole.index(b"\xff\xda")
    apart = whole[:at] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + whole[at:]
    assert read_header(written(tmp_path, whole)).coefficients == 0
    assert read_header(written(tmp_path, apart)).coefficients >= 1600 * 1600 * 1.5 * 2


def test_result_of_13300_pixels_square_has_room_nowhere(tmp_path: Path) -> None:
    header = read_header(written(tmp_path, resized_jpeg(13_300, 13_300, progressive=True)))
    for limit in (IN_THREAD, IN_CHILD):
        with pytest.raises(ImageTooHeavy):
            limit.admit(header, to_prove(header))


def test_image_that_lies_about_its_size_is_opened_in_the_child(tmp_path: Path) -> None:
    header = read_header(written(tmp_path, ACCEPTED["avif"]()))
    with pytest.raises(Outgrown):
        IN_THREAD.admit(header, to_probe(header))


def test_too_many_pixels_are_told_before_anything_is_opened(tmp_path: Path) -> None:
    for content in (bomb(5_100), decompression_bombs.riff_frames(1)):
        with pytest.raises(ImageTooLarge):
            inspect(written(tmp_path, content), IN_THREAD)


def test_budget_is_what_all_places_take_together() -> None:
    assert DECODING_BYTES == 2 * THREAD_BYTES + CHILD_BYTES == 640_000_000


@pytest.mark.parametrize("start", [17, 1 << 40, (1 << 63) - 1, 1 << 63, (1 << 64) - 1])
@pytest.mark.parametrize("order", ["<", ">"])
def test_tiff_directory_beyond_the_file_is_damaged(tmp_path: Path, order: str, start: int) -> None:
    mark = b"II" if order == "<" else b"MM"
    path = tmp_path / "far.tif"
    path.write_bytes(mark + struct.pack(f"{order}HHHQ", 43, 8, 0, start))

    with pytest.raises(UnsupportedImage):
        read_header(path)
