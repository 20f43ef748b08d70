"""HEIC: read in the child process alone, whatever the file is called, and named where it is not."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cogs.ui import text
from sandbox.processes import ROOT
from services.errors import ImageTooLarge, UnsupportedImage
from services.images import Decoder, inspect, prepare, validate_claim
from services.images.header_parsers import read_header
from services.images.heif import can_read_heif
from services.images.limits import HEIF_PIXELS
from services.images.memory_estimate import IN_CHILD, IN_THREAD, Outgrown, to_decode
from tests.services.images.corpus import BLUE, RED, assert_kling_takes, written
from tests.services.images.heic_images import HEIC


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with contextlib.closing(Decoder()) as one:
        yield one


@pytest.mark.parametrize("name", ["IMG_0001.HEIC", "photo.jpg", "photo.png", "photo", "a.heif"])
async def test_heic_is_prepared_whatever_its_name(
    name: str, tmp_path: Path, decoder: Decoder
) -> None:
    source = written(tmp_path, HEIC, name=name)
    picture = assert_kling_takes(await prepare(source, folder=tmp_path, decoder=decoder))
    for at, wanted in (((20, 20), RED), ((460, 340), BLUE)):
        found = picture.getpixel(at)
        assert isinstance(found, tuple)
        assert all(abs(a - b) < 14 for a, b in zip(found, wanted, strict=True))


def test_heic_is_never_opened_in_the_bots_own_process(tmp_path: Path) -> None:
    with pytest.raises(Outgrown):
        inspect(written(tmp_path, HEIC), IN_THREAD)


def sized(width: int, height: int) -> bytes:
    """Return a HEIC whose header claims a size of which it has only a part."""
    told = (480).to_bytes(4, "big") + (360).to_bytes(4, "big")
    return HEIC.replace(told, width.to_bytes(4, "big") + height.to_bytes(4, "big"))


def test_heic_of_48_megapixels_has_room_in_the_child(tmp_path: Path) -> None:
    path = written(tmp_path, sized(8064, 6048))
    header = read_header(path)
    assert (header.width, header.height) == (8064, 6048)
    assert (inspect(path).width, inspect(path).height) == (8064, 6048)
    IN_CHILD.admit(header, to_decode((2048, 1536))(header))


def test_heic_of_more_pixels_than_have_room_is_too_large(tmp_path: Path) -> None:
    with pytest.raises(ImageTooLarge) as caught:
        inspect(written(tmp_path, sized(9248, 6936)))
    assert caught.value.allowed == HEIF_PIXELS


@pytest.mark.parametrize("length", [40, 200, 400, 600, 760])
async def test_short_heic_is_damaged(length: int, tmp_path: Path, decoder: Decoder) -> None:
    with pytest.raises(UnsupportedImage) as caught:
        await prepare(written(tmp_path, HEIC[:length]), folder=tmp_path, decoder=decoder)
    assert caught.value.found == "damaged"


def test_reader_is_not_loaded_with_the_pictures() -> None:
    code = "import sys, services.images; print('pi_heif' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "False"


def test_heic_without_a_reader_is_named_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    monkeypatch.setattr(sys, "path", [])
    can_read_heif.cache_clear()
    try:
        with pytest.raises(UnsupportedImage) as of_file:
            read_header(written(tmp_path, HEIC))
        with pytest.raises(UnsupportedImage) as of_claim:
            validate_claim(
                content_type="image/heic", filename="a.heic", size=9, width=None, height=None
            )
    finally:
        can_read_heif.cache_clear()
    for caught in (of_file, of_claim):
        assert caught.value.found == "HEIC"
        assert "Most Compatible" in text.format_error(caught.value, "en-US")
        assert "兼容性最佳" in text.format_error(caught.value, "zh-CN")


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_damaged_file_is_not_told_that_its_format_works(locale: str) -> None:
    words = text.format_error(UnsupportedImage("damaged"), locale)
    assert "PNG" not in words
    assert "JPEG" not in words
