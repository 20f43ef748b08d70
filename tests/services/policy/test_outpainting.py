"""Outpainting: the new size for a ratio, and refusals beyond Kling's bounds."""

from __future__ import annotations

import pytest

from services.errors import ExpansionMissing, ExpansionTooLarge, ExpansionUnneeded
from services.kling import Outpainting
from services.models import Options, Padding
from services.policy.outpainting import compute_padding, judge_expansion, judge_sides, sides_to


@pytest.mark.parametrize(
    ("ratio", "size", "sides"),
    [
        ("16:9", (900, 900), Padding(left=0.3888, right=0.3888)),
        ("1:1", (1600, 900), Padding(up=0.3888, down=0.3888)),
        ("9:16", (900, 900), Padding(up=0.3888, down=0.3888)),
        ("21:9", (1000, 1000), Padding(left=0.6666, right=0.6666)),
        ("3:2", (1000, 1000), Padding(left=0.25, right=0.25)),
        ("16:9", (640, 1080), Padding(left=1.0, right=1.0)),  # exactly three times the area
    ],
)
def test_a_picture_grows_to_a_ratio_on_two_sides_alike(
    ratio: str, size: tuple[int, int], sides: Padding
) -> None:
    assert sides_to(ratio, *size) == sides
    across, down = (int(part) for part in ratio.split(":"))
    width = size[0] * (1 + sides.left + sides.right)
    height = size[1] * (1 + sides.up + sides.down)
    assert width / height == pytest.approx(across / down, rel=1e-3)


@pytest.mark.parametrize("size", [(400, 1000), (639, 1080)])
def test_a_ratio_too_far_from_the_pictures_own_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ExpansionTooLarge) as refused:
        sides_to("16:9", *size)
    assert float(refused.value.found) >= 3


def test_nothing_is_paid_for_a_ratio_that_the_picture_has() -> None:
    for size in ((1600, 900), (1605, 900)):
        with pytest.raises(ExpansionUnneeded):
            sides_to("16:9", *size)


@pytest.mark.parametrize(
    "sides",
    [
        Padding(up=2.0),
        Padding(left=1.0, right=1.0),
        Padding(up=0.5, left=1.0),
        Padding(up=0.25, down=0.25, left=0.5, right=0.5),
    ],
)
def test_what_our_bounds_let_through_the_clients_let_through_too(sides: Padding) -> None:
    judge_sides(sides)
    Outpainting(image="a.png", up=sides.up, down=sides.down, left=sides.left, right=sides.right)


@pytest.mark.parametrize(
    "sides", [Padding(up=2.1), Padding(left=1.1, right=1.0), Padding(up=1.0, left=0.6)]
)
def test_more_than_kling_paints_is_refused(sides: Padding) -> None:
    with pytest.raises(ExpansionTooLarge):
        judge_sides(sides)
    with pytest.raises(ValueError, match="within"):
        Outpainting(image="a.png", up=sides.up, down=sides.down, left=sides.left, right=sides.right)


def test_by_how_much_must_be_said() -> None:
    for options in (Options(), Options(sides=Padding())):
        with pytest.raises(ExpansionMissing):
            judge_expansion(options, 640, 480)


def test_a_size_that_is_not_known_yet_is_judged_when_the_picture_is_there() -> None:
    judge_expansion(Options(ratio="16:9"), None, None)
    with pytest.raises(ExpansionTooLarge):
        judge_expansion(Options(ratio="16:9"), 400, 1000)
    with pytest.raises(ExpansionMissing):
        compute_padding(Options(ratio="16:9"), None, None)
    assert compute_padding(Options(ratio="3:2"), 1000, 1000) == Padding(left=0.25, right=0.25)
    assert compute_padding(Options(sides=Padding(up=1.0)), None, None) == Padding(up=1.0)
