"""Image operations of the generator: filters on float images, mostly in numpy.

A Plane is (height, width); Pixels are (height, width, 3), 0..1; float32 for speed. Radii are in
pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Plane = NDArray[np.float32 | np.float64]
Pixels = NDArray[np.float32 | np.float64]
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def colour(code: str) -> Pixels:
    """Return "#rrggbb" as three floats."""
    return np.array([int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)


def colours(codes: str) -> Pixels:
    """Return several colours, separated by spaces, as (count, 3)."""
    return np.stack([colour(code) for code in codes.split()])


def luminance(rgb: Pixels) -> Plane:
    """Return each pixel's perceived brightness."""
    return rgb @ LUMA


def clip(rgb: Pixels) -> Pixels:
    """Limit values to 0..1."""
    return np.clip(rgb, 0, 1)


def mix(one: Pixels, other: Pixels, share: Plane | float) -> Pixels:
    """Blend two images; with `share` 1 the result is `other`."""
    weight = np.asarray(share, np.float32)
    if 0 < weight.ndim < one.ndim:
        weight = weight[..., None]
    return (one + (other - one) * weight).astype(np.float32)


def resize(plane: Plane, shape: tuple[int, ...], *, smooth: bool = True) -> Plane:
    """Scale a plane or Pixels to `shape` (height, width, ...)."""
    if plane.ndim > 2:  # noqa: PLR2004 - a plane has two axes
        return np.stack([resize(plane[..., c], shape) for c in range(plane.shape[2])], axis=-1)
    kind = Image.Resampling.BICUBIC if smooth else Image.Resampling.NEAREST
    return np.asarray(Image.fromarray(plane).resize((shape[1], shape[0]), kind), np.float32)


def blur(picture: Plane, radius: float) -> Plane:
    """Blur a plane or Pixels; a wide blur works on a reduced copy."""
    if picture.ndim > 2:  # noqa: PLR2004 - a plane has two axes
        return np.stack([blur(picture[..., c], radius) for c in range(picture.shape[2])], axis=-1)
    if radius < 0.3:  # noqa: PLR2004 - less than a pixel's width does nothing
        return picture
    factor = max(1, int(radius / 2))
    small = Image.fromarray(picture).reduce(factor) if factor > 1 else Image.fromarray(picture)
    soft = np.asarray(small, np.float32)
    for _ in range(3):
        soft = _box(_box(soft, radius / factor).T, radius / factor).T
    return resize(np.ascontiguousarray(soft), picture.shape) if factor > 1 else soft


def _box(plane: Plane, sigma: float) -> Plane:
    """Average along the first axis; three passes approximate a Gaussian of `sigma`."""
    half = max(1, round(sigma))
    padded = np.pad(plane, ((half + 1, half), (0, 0)), mode="edge")
    total = np.cumsum(padded, axis=0, dtype=np.float32)
    return (total[2 * half + 1 :] - total[: -2 * half - 1]) / np.float32(2 * half + 1)


def slopes(plane: Plane) -> tuple[Plane, Plane]:
    """Return the gradient across and down."""
    down, across = (np.asarray(np.gradient(plane, axis=axis)) for axis in (0, 1))
    return across, down


def outlines(plane: Plane, *, width: float, strength: float = 12.0, bias: float = 0.0) -> Plane:
    """Return ink lines (1: no ink): a thresholded difference of Gaussians."""
    difference = blur(plane, width) - 0.98 * blur(plane, width * 1.8) - bias
    return np.clip(1 + np.tanh(np.minimum(difference, 0) * strength), 0, 1).astype(np.float32)


def noise(shape: tuple[int, ...], rng: np.random.Generator, *, size: float) -> Plane:
    """Return smooth noise, about 0 +- 1, with blots of `size` pixels."""
    rows, columns = max(2, round(shape[0] / size) + 1), max(2, round(shape[1] / size) + 1)
    return resize(rng.normal(0, 1, (rows, columns)).astype(np.float32), shape)


def clouds(shape: tuple[int, ...], rng: np.random.Generator, *, size: float) -> Plane:
    """Return noise on four scales, about 0 +- 1."""
    layers = [noise(shape, rng, size=size / 2**k) / 2 ** (k / 1.4) for k in range(4)]
    return np.stack(layers).sum(axis=0, dtype=np.float32) / np.float32(1.4)


def grain(shape: tuple[int, ...], rng: np.random.Generator) -> Plane:
    """Return noise that is independent for each pixel, about 0 +- 1."""
    return rng.standard_normal(shape[:2], np.float32)


def places(shape: tuple[int, ...]) -> tuple[Plane, Plane]:
    """Return each pixel's row and column."""
    rows, columns = np.indices(shape[:2], np.float32)
    return rows, columns


def rim_distance(shape: tuple[int, ...]) -> Plane:
    """Return each pixel's distance from the nearest side."""
    rows, columns = places(shape)
    return np.minimum(
        np.minimum(rows, shape[0] - 1 - rows), np.minimum(columns, shape[1] - 1 - columns)
    )


def take(picture: Plane, down: Plane, across: Plane) -> Plane:
    """Return the nearest pixels at the given places; places outside are moved to the rim."""
    rows = np.clip(down, 0, picture.shape[0] - 1).astype(np.intp)
    columns = np.clip(across, 0, picture.shape[1] - 1).astype(np.intp)
    return picture[rows, columns]


def warp(picture: Plane, *, across: Plane, down: Plane) -> Plane:
    """Shift each pixel's origin by the given planes."""
    rows, columns = places(picture.shape)
    return take(picture, rows + down, columns + across)


def smear(plane: Plane, across: Plane, down: Plane, *, steps: int) -> Plane:
    """Average along the flow, `steps` pixels both ways: makes threads, hair, bristles."""
    total = plane.copy()
    for sign in (1.0, -1.0):
        y, x = places(plane.shape)
        for _ in range(steps):
            y, x = _step(y, x, across, down, sign)
            total += take(plane, y, x)
    return total / np.float32(2 * steps + 1)


def _step(y: Plane, x: Plane, across: Plane, down: Plane, sign: float) -> tuple[Plane, Plane]:
    return y + sign * take(down, y, x), x + sign * take(across, y, x)


def relief(height: Plane, *, depth: float) -> Plane:
    """Return light from the upper left on a surface, as factors around 1."""
    across, down = slopes(height)
    return (1 + np.clip(-(across + down) * depth, -0.45, 0.55)).astype(np.float32)


def saturate(rgb: Pixels, by: float) -> Pixels:
    """Multiply each colour's distance from grey."""
    grey = luminance(rgb)[..., None]
    return clip(grey + (rgb - grey) * np.float32(by))


def contrast(plane: Plane, by: float, *, around: float = 0.5) -> Plane:
    """Steepen a plane or Pixels around a level, along a curve that keeps black and white."""
    low, high = np.tanh(-around * by), np.tanh((1 - around) * by)
    return ((np.tanh((plane - np.float32(around)) * np.float32(by)) - low) / (high - low)).astype(
        np.float32
    )


def levels(plane: Plane) -> Plane:
    """Stretch a plane or Pixels so that its darkest and brightest percent reach 0 and 1.

    An image that is all dark or all bright stays so: white paper is not stretched to black.
    """
    low, high = np.percentile(plane[::4, ::4], (1, 99))
    low, high = min(float(low), 0.2), max(float(high), 0.8)
    return np.clip((plane - low) / (high - low), 0, 1).astype(np.float32)


def soft_step(plane: Plane, edge: float, *, width: float) -> Plane:
    """Return 0 below `edge` and 1 above, with a transition of `width`."""
    t = np.clip((plane - edge) / width + 0.5, 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def duotone(plane: Plane, ramp: Pixels) -> Pixels:
    """Map dark to bright through the colours of `ramp` (count, 3)."""
    stops = np.linspace(0, 1, len(ramp))
    return np.stack([np.interp(plane, stops, ramp[:, c]) for c in range(3)], axis=-1).astype(
        np.float32
    )


def make_palette(rgb: Pixels, count: int) -> tuple[NDArray[np.uint8], Pixels]:
    """Return each pixel's colour number, and the `count` colours that fit the image best."""
    # Pillow counts every colour: this takes seconds for a large image.
    picture = Image.fromarray(np.uint8(clip(rgb) * 255))
    flat = picture.quantize(count, Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    palette: Sequence[int] = flat.getpalette() or []
    table = np.array(palette, np.float32).reshape(-1, 3) / 255
    return np.asarray(flat, np.uint8), table


def smooth_flat(rgb: Pixels, radius: int) -> Pixels:
    """Smooth surfaces and keep edges (Kuwahara): the calmest of four neighbouring averages."""
    grey = luminance(rgb)
    means, spreads = _window(rgb, radius), _window(grey * grey, radius) - _window(grey, radius) ** 2
    best = np.full(grey.shape, np.inf, np.float32)
    calm = rgb
    far = radius - 1  # each of the four windows has the pixel itself in a corner
    for down, across in ((0, 0), (0, far), (far, 0), (far, far)):
        spread = _shifted(spreads, down, across, grey.shape)
        better = spread < best
        best = np.where(better, spread, best)
        calm = np.where(better[..., None], _shifted(means, down, across, grey.shape), calm)
    return calm


def _window(picture: Plane, radius: int) -> Plane:
    """Average over squares of `radius`, padded so that `_shifted` finds all four corners."""
    pad = [(radius, radius), (radius, radius)] + [(0, 0)] * (picture.ndim - 2)
    total = np.pad(picture, pad, mode="edge").astype(np.float64)
    for axis in (0, 1):
        total = np.cumsum(total, axis=axis)
        first = np.take(total, range(radius, total.shape[axis]), axis=axis)
        rest = np.take(total, range(total.shape[axis] - radius), axis=axis)
        total = first - rest
    return (total / radius**2).astype(np.float32)


def _shifted(picture: Plane, down: int, across: int, shape: tuple[int, ...]) -> Plane:
    return picture[down : down + shape[0], across : across + shape[1]]
