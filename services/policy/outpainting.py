"""How far an image is expanded beyond its edges: computed from sides or a ratio, and checked."""

from __future__ import annotations

import math

from services.errors import ExpansionMissing, ExpansionTooLarge, ExpansionUnneeded
from services.models import Options, Padding

MOST_SIDE = 2.0
"""Maximum growth of each side, as a multiple of the image's height or width (Kling, outpainting
page)."""

MOST_AREA = 3.0
"""Maximum new area, as a multiple of the old one (Kling, outpainting page)."""

_STEP = 10_000
"""Growth is sent in ten-thousandths of the image's side: less than a pixel of 2048."""

_SAME = 0.01
"""Growth below one hundredth is not visible, so it counts as none."""


def judge_expansion(options: Options, width: int | None, height: int | None) -> None:
    """Raise an error if the expansion is impossible; sizes in pixels, None while unknown.

    Raises ExpansionMissing, ExpansionUnneeded or ExpansionTooLarge.
    """
    if options.sides is None and options.ratio is None:
        raise ExpansionMissing
    if options.sides is not None:
        judge_sides(options.sides)
    elif options.ratio is not None and width and height:
        sides_to(options.ratio, width, height)


def compute_padding(options: Options, width: int | None, height: int | None) -> Padding:
    """Return how far to expand an image of this size in pixels; raises as `judge_expansion`."""
    if options.sides is not None:
        return options.sides
    if options.ratio is None or not width or not height:
        raise ExpansionMissing
    return sides_to(options.ratio, width, height)


def sides_to(ratio: str, width: int, height: int) -> Padding:
    """Return the expansion that gives an image the ratio (such as "16:9") of width to height.

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
    """Check an expansion by sides against Kling's limits.

    Raises ExpansionMissing or ExpansionTooLarge.
    """
    each = (sides.up, sides.down, sides.left, sides.right)
    if not any(each):
        raise ExpansionMissing
    area = (1 + sides.up + sides.down) * (1 + sides.left + sides.right)
    if max(each) > MOST_SIDE or area > MOST_AREA:
        raise ExpansionTooLarge(found=area, allowed=MOST_AREA)
