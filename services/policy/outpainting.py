"""Computes and checks how far an image is extended beyond its edges, by sides or to a ratio."""

from __future__ import annotations

import math

from services.errors import ExpansionMissing, ExpansionTooLarge, ExpansionUnneeded
from services.models import Options, Padding

MOST_SIDE = 2.0
"""Each side grows by at most twice the image (Kling, outpainting page)."""

MOST_AREA = 3.0
"""The new area is at most three times the old one (Kling, outpainting page)."""

_STEP = 10_000
"""Ratios are sent in ten-thousandths: less than a pixel of 2048."""

_SAME = 0.01
"""A growth below one hundredth is not visible."""


def judge_expansion(options: Options, width: int | None, height: int | None) -> None:
    """Raise if the expansion is impossible; sizes in pixels, None while unknown.

    Raises ExpansionMissing, ExpansionUnneeded or ExpansionTooLarge.
    """
    if options.sides is None and options.ratio is None:
        raise ExpansionMissing
    if options.sides is not None:
        judge_sides(options.sides)
    elif options.ratio is not None and width and height:
        sides_to(options.ratio, width, height)


def compute_padding(options: Options, width: int | None, height: int | None) -> Padding:
    """Return the padding to send for an image of this size; raises as `judge_expansion`."""
    if options.sides is not None:
        return options.sides
    if options.ratio is None or not width or not height:
        raise ExpansionMissing
    return sides_to(options.ratio, width, height)


def sides_to(ratio: str, width: int, height: int) -> Padding:
    """Return the padding that gives an image the ratio of width to height `ratio` ("16:9").

    The image stays in the middle. Raises ExpansionUnneeded or ExpansionTooLarge.
    """
    across, down = (int(part) for part in ratio.split(":"))
    wider = (across * height) / (down * width)
    more = max(wider, 1 / wider) - 1
    if more < _SAME:
        raise ExpansionUnneeded(ratio=ratio)
    half = math.floor(more / 2 * _STEP) / _STEP
    sides = Padding(left=half, right=half) if wider > 1 else Padding(up=half, down=half)
    judge_sides(sides)
    return sides


def judge_sides(sides: Padding) -> None:
    """Check sides against the provider's bounds; raises ExpansionMissing or ExpansionTooLarge."""
    each = (sides.up, sides.down, sides.left, sides.right)
    if not any(each):
        raise ExpansionMissing
    area = (1 + sides.up + sides.down) * (1 + sides.left + sides.right)
    if max(each) > MOST_SIDE or area > MOST_AREA:
        raise ExpansionTooLarge(found=area, allowed=MOST_AREA)
