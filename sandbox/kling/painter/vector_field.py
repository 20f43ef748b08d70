"""Directions of strokes: along the edges of the image, and in swirls where it is calm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sandbox.kling.painter.image_ops import Plane, blur, noise, resize, slopes

CALM = 0.004
"""Edge strength (squared slope) below which the swirls decide."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A direction for every pixel (unit vector), and the strength of the edge there, 0..1."""

    across: Plane
    down: Plane
    strength: Plane


def compute_flow(
    grey: Plane, rng: np.random.Generator, *, swirl: float, radius: float, calm: float = CALM
) -> Flow:
    """Return the flow along the edges of `grey`, with eddies of `swirl` pixels in calm areas."""
    dx, dy = slopes(blur(grey, radius / 3))
    # A structure tensor: averaged as double angles, opposite slopes do not cancel out.
    cos2, sin2 = blur(dx * dx - dy * dy, radius), blur(2 * dx * dy, radius)
    energy = np.sqrt(cos2**2 + sin2**2)
    scale = energy.mean() + 1e-9
    eddy_cos, eddy_sin = _eddies(grey.shape, rng, size=swirl)
    share = energy / (energy + calm * scale * 100 + 1e-9)
    cos2 = -cos2 / (energy + 1e-9) * share + eddy_cos * (1 - share)
    sin2 = -sin2 / (energy + 1e-9) * share + eddy_sin * (1 - share)
    angle = np.arctan2(sin2, cos2) / 2
    return Flow(np.cos(angle), np.sin(angle), share.astype(np.float32))


def _eddies(
    shape: tuple[int, ...], rng: np.random.Generator, *, size: float
) -> tuple[Plane, Plane]:
    """Return the double angle of a field that circles the hills of a random landscape."""
    small = (max(8, shape[0] // 8), max(8, shape[1] // 8))
    hills = noise(small, rng, size=size / 8)
    dx, dy = slopes(blur(hills, 2))
    angle = 2 * np.arctan2(dx, -dy)
    cos2 = resize(np.cos(angle).astype(np.float32), shape)
    return cos2, resize(np.sin(angle).astype(np.float32), shape)
