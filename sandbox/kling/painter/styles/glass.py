"""Stained glass: panes that follow the image, held in lead, lit from behind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sandbox.kling.painter.image_ops import (
    Pixels,
    Plane,
    blur,
    clip,
    clouds,
    colour,
    colours,
    contrast,
    grain,
    levels,
    mix,
    noise,
    places,
    resize,
    saturate,
    slopes,
    smooth_flat,
    soft_step,
)
from sandbox.kling.painter.scene import Scene

LEAD = colour("#15161a")
DEEP = colour("#050d26")
PALE = colours("#a9d3f5 #d8ecf7 #f7e3a6 #f3cdb8 #c9e8d5 #e9d5ef #bfe0f2")
PANE = 44
"""Width of a pane in pixels, in an image 1024 px long."""
ROUNDS = 4
NEARBY = tuple((down, across) for down in (-1, 0, 1) for across in (-1, 0, 1))


def stained_glass(scene: Scene) -> Pixels:
    """Render the image in coloured glass."""
    rgb = saturate(contrast(levels(scene.rgb), 1.3, around=0.42), 1.6)
    half = (scene.shape[0] // 2, scene.shape[1] // 2)
    small = resize(smooth_flat(resize(rgb, half), 3), half)
    pane = scene.px(PANE) / 2 * scene.loose * float(scene.rng.uniform(0.88, 1.15))
    cells = _Cells(scene, small, pane)
    for _ in range(ROUNDS):
        cells.settle()
    panes = _enlarged(cells.owner, scene.shape)
    glass = _glazed(scene, cells.colours, panes, rgb)
    return _leaded(scene, glass, panes)


class _Cells:
    """Seeds on a jittered grid that move to the middle of their patch (k-means)."""

    def __init__(self, scene: Scene, rgb: Pixels, pane: float) -> None:
        self.rgb, self.pane = rgb, pane
        height, width = rgb.shape[:2]
        self.rows, self.columns = places((height, width))
        self.grid = (max(2, round(height / pane)), max(2, round(width / pane)))
        grid_y, grid_x = np.mgrid[0 : self.grid[0], 0 : self.grid[1]].astype(np.float32)
        jitter = scene.rng.uniform(-0.38, 0.38, (2, *self.grid)).astype(np.float32)
        grid_x = grid_x + 0.5 * (np.arange(self.grid[0]) % 2)[:, None] - 0.25
        self.y = ((grid_y + 0.5 + jitter[0]) * height / self.grid[0]).ravel()
        self.x = ((grid_x + 0.5 + jitter[1]) * width / self.grid[1]).ravel()
        down = np.clip(self.y, 0, height - 1).astype(int)
        across = np.clip(self.x, 0, width - 1).astype(int)
        self.colours = rgb[down, across]
        self.owner = self._home()

    def _home(self) -> NDArray[np.int32]:
        """Return the grid cell of every pixel."""
        height, width = self.rgb.shape[:2]
        down = np.minimum((self.rows * self.grid[0] / height).astype(np.int32), self.grid[0] - 1)
        across = np.minimum(
            (self.columns * self.grid[1] / width).astype(np.int32), self.grid[1] - 1
        )
        return down * self.grid[1] + across

    def settle(self) -> None:
        """Assign each pixel to the seed nearest in place and colour, then move the seeds."""
        home = self._home()
        best = np.full(home.shape, np.inf, np.float32)
        owner = home
        for down, across in NEARBY:
            row = np.clip(home // self.grid[1] + down, 0, self.grid[0] - 1)
            column = np.clip(home % self.grid[1] + across, 0, self.grid[1] - 1)
            seed = row * self.grid[1] + column
            away = self._distance(seed)
            nearer = away < best
            best, owner = np.where(nearer, away, best), np.where(nearer, seed, owner)
        self.owner = owner
        self._drift()

    def _distance(self, seed: NDArray[np.int32]) -> Plane:
        place = (self.rows - self.y[seed]) ** 2 + (self.columns - self.x[seed]) ** 2
        hue = ((self.rgb - self.colours[seed]) ** 2).sum(-1)
        return place / self.pane**2 + hue * 5.5

    def _drift(self) -> None:
        flat, count = self.owner.ravel(), len(self.y)
        size = np.maximum(np.bincount(flat, minlength=count), 1).astype(np.float32)

        def mean(plane: Plane) -> Plane:
            """Average a plane over each pane."""
            return (np.bincount(flat, plane.ravel(), count) / size).astype(np.float32)

        self.y, self.x = mean(self.rows), mean(self.columns)
        self.colours = np.stack([mean(self.rgb[..., c]) for c in range(3)], axis=-1)


def _enlarged(owner: NDArray[np.int32], shape: tuple[int, int]) -> NDArray[np.int32]:
    """Enlarge the map of owners; neighbours vote three times to round the borders."""
    rounded = owner
    for _ in range(3):
        up, down = np.roll(rounded, 1, 0), np.roll(rounded, -1, 0)
        left, right = np.roll(rounded, 1, 1), np.roll(rounded, -1, 1)
        rounded = np.where((left == right) & (up != down), left, rounded)
        rounded = np.where((up == down) & (left != right), up, rounded)
        rounded = np.where((up == down) & (left == right), up, rounded)
    return resize(rounded.astype(np.float32), shape, smooth=False).astype(np.int32)


def _glazed(scene: Scene, stains: Pixels, panes: NDArray[np.int32], rgb: Pixels) -> Pixels:
    """Fill the panes with glass: one colour each, uneven, with streaks and ripples."""
    rng = scene.rng
    tone = 1 + rng.normal(0, 0.09, len(stains)).astype(np.float32)
    # Glass is never quite black or white: dark panes stay deep blue, pale panes get a tint.
    pale = clip((stains.min(-1, keepdims=True) - 0.45) * 1.8)
    tints = PALE[rng.integers(0, len(PALE), len(stains))]
    stained = mix(stains, stains * tints, pale) + (1 - stains) * DEEP
    glass = saturate(clip(stained * tone[:, None]), 1.25)[panes]
    glass = mix(glass, rgb, 0.22)
    streaks = noise(scene.shape, rng, size=scene.px(26)) * 0.5
    ripple = 1 + 0.07 * streaks + 0.05 * clouds(scene.shape, rng, size=scene.px(60))
    rows, columns = places(scene.shape)
    sun = np.hypot(rows / scene.shape[0] - 0.34, columns / scene.shape[1] - 0.5)
    lit = glass * (ripple * (1.16 - 0.5 * sun))[..., None]
    return clip(lit + 0.05 * blur(lit, scene.px(16)))


def _leaded(scene: Scene, glass: Pixels, panes: NDArray[np.int32]) -> Pixels:
    """Draw lead between the panes: round bars with a dull shine, and the glow that they cut off."""
    border = np.zeros(scene.shape, np.float32)
    border[:, 1:] = panes[:, 1:] != panes[:, :-1]
    border[1:] = np.maximum(border[1:], panes[1:] != panes[:-1])
    rim = max(2, round(scene.px(7)))
    border[:rim], border[-rim:], border[:, :rim], border[:, -rim:] = 1, 1, 1, 1
    ridge = blur(border, scene.px(1.5))
    bar = soft_step(ridge, 0.15, width=0.08)
    across, down = slopes(blur(ridge, scene.px(0.9)))
    shine = clip(-(across + down) * 1.6 * scene.scale) + 0.06 * ridge
    lead = clip(LEAD + shine[..., None] * np.float32(1.5))
    lead += 0.02 * grain(scene.shape, scene.rng)[..., None]
    shadow = 1 - 0.42 * clip(blur(border, scene.px(5)) * 2.6)
    glow = blur(glass, scene.px(9)) * 0.10
    return clip(mix(glass * shadow[..., None], lead, bar) + glow)
