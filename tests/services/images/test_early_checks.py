"""Checks of Discord's description and of a file's header, before anything is spent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import (
    ImageTooLarge,
    ImageTooNarrow,
    ImageTooSmall,
    RequestError,
    UnsupportedImage,
)
from services.images import inspect, validate_claim
from services.images.limits import JPEG_PIXELS, KLING_SIDE, LONG_SIDE, fitted, judge_size
from tests.services.images.corpus import ACCEPTED, written
from tests.services.images.decompression_bombs import resized_jpeg

PHOTO: dict[str, Any] = {
    "content_type": "image/jpeg",
    "filename": "photo.jpg",
    "size": 4_000_000,
    "width": 4032,
    "height": 3024,
}


def test_validate_claim_accepts_a_usual_photo() -> None:
    validate_claim(**PHOTO)


@pytest.mark.parametrize("silent", PHOTO)
def test_validate_claim_accepts_a_missing_field(silent: str) -> None:
    validate_claim(**PHOTO | {silent: None})


def test_validate_claim_accepts_no_fields() -> None:
    validate_claim(**dict.fromkeys(PHOTO))


@pytest.mark.parametrize(
    ("claim", "refusal"),
    [
        ({"content_type": "image/svg+xml"}, UnsupportedImage),
        ({"content_type": "video/mp4"}, UnsupportedImage),
        ({"content_type": "text/plain; charset=utf-8"}, UnsupportedImage),
        ({"content_type": None, "filename": "notes.txt"}, UnsupportedImage),
        ({"content_type": "image/heic", "width": 9248, "height": 6936}, ImageTooLarge),
        ({"size": 50_000_001}, ImageTooLarge),
        ({"width": 5001, "height": 5000, "content_type": "image/png"}, ImageTooLarge),
        ({"width": 15_000, "height": 15_000}, ImageTooLarge),
        ({"width": 63, "height": 63}, ImageTooSmall),
        ({"width": 1001, "height": 400}, ImageTooNarrow),
        ({"width": 400, "height": 1001}, ImageTooNarrow),
    ],
)
def test_validate_claim_refuses_impossible_values(
    claim: dict[str, Any], refusal: type[RequestError]
) -> None:
    with pytest.raises(refusal):
        validate_claim(**PHOTO | claim)


@pytest.mark.parametrize(
    "claim",
    [
        {"content_type": "IMAGE/PNG; charset=x"},
        {"content_type": "application/octet-stream", "filename": "PHOTO.JPEG"},
        {"content_type": None, "filename": "no suffix"},
        {"size": 50_000_000},
        {"content_type": "image/heic", "filename": "a.heic", "width": 8064, "height": 6048},
        {"content_type": "image/heif-sequence"},
        {"content_type": "application/octet-stream", "filename": "A.HEIF"},
        {"content_type": None, "filename": "a.hif"},
        {"width": 5000, "height": 5000, "content_type": "image/png"},
        {"width": 8064, "height": 6048},
        {"width": 9248, "height": 6936, "content_type": None, "filename": "photo"},
        {"width": 64, "height": 160},
        {"width": 1000, "height": 400},
    ],
)
def test_validate_claim_accepts_values_at_the_limit(claim: dict[str, Any]) -> None:
    validate_claim(**PHOTO | claim)


def test_validate_claim_refusal_carries_the_figures() -> None:
    with pytest.raises(ImageTooLarge) as caught:
        validate_claim(**PHOTO | {"size": 60_000_000})
    assert (caught.value.found, caught.value.allowed) == (60_000_000, 50_000_000)
    assert caught.value.unit == "bytes"


@given(st.integers(1, 9000), st.integers(1, 9000))
def test_whatever_size_is_let_in_fits_kling_afterwards(width: int, height: int) -> None:
    try:
        judge_size(width, height)
    except RequestError:
        return
    new_width, new_height = fitted(width, height)
    long, short = max(new_width, new_height), min(new_width, new_height)
    assert short >= KLING_SIDE
    assert long <= LONG_SIDE
    assert 2 * long <= 5 * short
    assert abs(new_width / new_height / (width / height) - 1) < 0.01


# --- The header


def test_inspect_lists_the_required_conversions(tmp_path: Path) -> None:
    expected = {
        "jpeg": (),
        "jpeg cmyk": ("mode",),
        "jpeg with location": (),
        "jpeg with provenance": (),
        "jpeg with damaged profile": ("profile",),
        "png 16 bit colour": ("mode",),
        "png palette, transparent": ("mode", "alpha"),
        "png colour key": ("alpha",),
        "apng": (),
        "mpo": (),
        "small": ("side",),
    }
    found = {name: inspect(written(tmp_path, ACCEPTED[name]())).needs for name in expected}
    assert found == expected


def test_header_tells_what_lies_beside_the_image(tmp_path: Path) -> None:
    found = {name: inspect(written(tmp_path, ACCEPTED[name]())).has_extras for name in ACCEPTED}
    assert {name for name, has_extras in found.items() if has_extras} == {
        "jpeg with damaged exif",
        "jpeg with location",
        "jpeg with provenance",
        "mpo",
        "png with provenance",
        "apng",
    }


def test_inspect_reads_format_and_size(tmp_path: Path) -> None:
    facts = inspect(written(tmp_path, ACCEPTED["webp"]()))
    assert (facts.format, facts.width, facts.height) == ("WEBP", 480, 360)


def test_photograph_of_64_megapixels_is_within_the_limit_of_a_jpeg(tmp_path: Path) -> None:
    facts = inspect(written(tmp_path, resized_jpeg(9248, 6936)))
    assert (facts.width, facts.height) == (9248, 6936)
    assert facts.needs == ("pixels",)


def test_jpeg_of_more_pixels_than_any_phone_makes_is_too_large(tmp_path: Path) -> None:
    with pytest.raises(ImageTooLarge) as caught:
        inspect(written(tmp_path, resized_jpeg(15_000, 15_000)))
    assert caught.value.allowed == JPEG_PIXELS
