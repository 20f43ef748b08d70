"""Oil: strokes that follow the image, drawn from broad to fine, with light on the paint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from sandbox.kling.painter.image_ops import (
    Pixels,
    Plane,
    blur,
    clip,
    colour,
    colours,
    contrast,
    duotone,
    levels,
    luminance,
    mix,
    noise,
    relief,
    saturate,
    take,
)
from sandbox.kling.painter.scene import Scene
from sandbox.kling.painter.vector_field import Flow, compute_flow


@dataclass(frozen=True, slots=True)
class Hair:
    """One line of a stroke: `offset` and `width` in stroke widths, its `light`, its `rise`."""

    offset: float
    width: float
    light: float
    rise: int


BUNDLE = (Hair(0.0, 0.8, 0.0, 0), Hair(0.27, 0.2, 1.0, 60), Hair(-0.27, 0.2, -1.0, -50))
FINE = 7.0
"""Strokes thinner than this have one hair instead of two."""
DETAIL = 0.55
"""Share of the source's fine detail (eyes, letters) added after the last stroke."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brush:
    """How a style lays paint. Sizes are in pixels of an image 1024 px long."""

    widths: tuple[float, ...]
    length: float
    """In stroke widths."""
    swirl: float
    """Width of the eddies."""
    calm: float
    """Share of the image that follows eddies: 0 follows every edge."""
    shade: float
    """Variation of brightness between strokes, and between hairs within a stroke."""
    tint: float
    """Variation of colour between strokes."""
    depth: float
    """Thickness of the paint."""


OIL = Brush(
    widths=(20, 10, 5), length=4.5, swirl=260, calm=0.002, shade=0.045, tint=0.02, depth=0.5
)
VAN_GOGH = Brush(
    widths=(16, 10, 5), length=5.5, swirl=330, calm=0.006, shade=0.085, tint=0.045, depth=0.9
)
IMPRESSION = Brush(
    widths=(19, 11, 6), length=1.9, swirl=150, calm=0.006, shade=0.08, tint=0.06, depth=0.45
)

PAINTERLY = Brush(
    widths=(26, 13, 6.5), length=3.4, swirl=210, calm=0.003, shade=0.06, tint=0.035, depth=0.6
)


def painterly(scene: Scene) -> Pixels:
    """Render broad wet strokes and a warm light: the style of prompts that name no other."""
    warm = contrast(levels(scene.rgb), 0.9, around=0.47) * colour("#fff4e2")
    return _paint(scene, saturate(warm, 1.3), PAINTERLY)


def oil(scene: Scene) -> Pixels:
    """Render calm oil strokes, close to the image."""
    return _paint(scene, saturate(levels(scene.rgb), 1.2), OIL)


def van_gogh(scene: Scene) -> Pixels:
    """Render thick swirling strokes, blue against yellow, as of Saint-Remy."""
    vivid = saturate(contrast(levels(scene.rgb), 1.2, around=0.45), 1.55)
    night = colours("#0c1a4a #1d3f8f #3f78b5 #7fb3b0 #e9c94b #fbeeb0")
    pale = 1 - clip((vivid.max(-1) - vivid.min(-1)) * 2.5)
    waves = 0.3 + 0.14 * noise(scene.shape, scene.rng, size=scene.px(120))
    # A pale sky would be plain yellow: blue waves run through areas without colour.
    tone = luminance(vivid) - pale * clip(waves)
    return _paint(scene, mix(vivid, duotone(tone, night), 0.34 + 0.4 * pale), VAN_GOGH)


def impression(scene: Scene) -> Pixels:
    """Render dabs of broken colour."""
    return _paint(scene, saturate(contrast(levels(scene.rgb), 0.8), 1.45), IMPRESSION)


def _paint(scene: Scene, rgb: Pixels, brush: Brush) -> Pixels:
    flow = compute_flow(
        luminance(rgb),
        scene.rng,
        swirl=scene.px(brush.swirl),
        radius=scene.px(9),
        calm=brush.calm,
    )
    zoom = 2 if scene.scale <= 1.2 else 1  # noqa: PLR2004 - large pictures need no smoothing
    easel = _Easel(scene, brush, flow, zoom)
    easel.ground(rgb)
    for width in brush.widths:
        easel.layer(rgb, width=scene.px(width * scene.loose), is_first=width == brush.widths[0])
    grey = luminance(rgb)
    return clip(easel.finish() + DETAIL * (grey - blur(grey, scene.px(5)))[..., None])


class _Easel:
    """The canvas: colour in RGB, thickness of the paint in alpha, drawn `zoom` times larger."""

    def __init__(self, scene: Scene, brush: Brush, flow: Flow, zoom: int) -> None:
        self.scene, self.brush, self.flow, self.zoom = scene, brush, flow, zoom
        height, width = scene.shape
        self.canvas = Image.new("RGBA", (width * zoom, height * zoom))
        self.draw = ImageDraw.Draw(self.canvas)

    def ground(self, rgb: Pixels) -> None:
        """Prime the canvas with a dim, blurred image."""
        dim = np.uint8(clip(blur(rgb, self.scene.px(12)) * 0.8) * 255)
        primed = Image.fromarray(dim).resize(self.canvas.size)
        primed.putalpha(90)
        self.canvas.paste(primed)

    def layer(self, rgb: Pixels, *, width: float, is_first: bool) -> None:
        """Draw strokes of one width; finer ones only where the image has detail."""
        soft = blur(rgb, width * 0.35)
        places = self._places(width)
        if not is_first:
            detail = np.abs(luminance(rgb) - blur(luminance(rgb), width * 1.6))
            detail = blur(detail, width * 0.7)
            wanted = take(detail, places[:, 0], places[:, 1])
            places = places[wanted > 0.024 + 0.024 * self.scene.rng.random(len(places))]
        paths = self._paths(places, width)
        paints = self._paints(take(soft, places[:, 0], places[:, 1]))
        self._stroke(paths, paints, width)

    def _places(self, width: float) -> Plane:
        """Return where strokes start: evenly spread but not in rows, in random order."""
        height, length = self.scene.shape
        step = width * 0.95
        rows, columns = np.mgrid[0 : height + step : step, 0 : length + step : step]
        places = np.stack([rows.ravel(), columns.ravel()], -1)
        places += self.scene.rng.uniform(-0.6, 0.6, places.shape) * step
        self.scene.rng.shuffle(places)
        return places.astype(np.float32)

    def _paths(self, places: Plane, width: float) -> Plane:
        """Walk from each place both ways along the flow: (strokes, points, 2) as x, y."""
        steps, stride = 2, width * self.brush.length / 4
        stride = stride * self.scene.rng.uniform(0.6, 1.3, (len(places), 1)).astype(np.float32)
        halves: list[list[Plane]] = [[], []]
        for first_sign, points in zip((-1.0, 1.0), halves, strict=True):
            spot, heading = places, np.zeros_like(places)
            for _ in range(steps):
                direction = self._directions(spot)
                # The flow has no sign: continue in the previous direction.
                sign = np.where((direction * heading).sum(-1, keepdims=True) < 0, -1, 1) * (
                    first_sign if not points else 1.0
                )
                heading = direction * sign
                spot = (spot + heading * stride).astype(np.float32)
                points.append(spot)
        path = np.stack([*reversed(halves[0]), places, *halves[1]], axis=1)
        return path[:, :, ::-1]

    def _directions(self, spot: Plane) -> Plane:
        down = take(self.flow.down, spot[:, 0], spot[:, 1])
        across = take(self.flow.across, spot[:, 0], spot[:, 1])
        return np.stack([down, across], -1)

    def _paints(self, rgb: Pixels) -> Pixels:
        """Vary the colours: brightness for each stroke, and slightly the hue."""
        rng, count = self.scene.rng, len(rgb)
        shade = np.clip(rng.normal(0, 1, (count, 1)), -1.7, 1.7) * self.brush.shade
        tint = rng.normal(0, self.brush.tint, (count, 3))
        return clip(rgb * (1 + shade * 2) + shade * 0.3 + tint).astype(np.float32)

    def _stroke(self, paths: Plane, paints: Pixels, width: float) -> None:
        """Draw each stroke as a bundle: a body, a lit and a shadowed hair next to its middle."""
        bundle = BUNDLE if width > self.scene.px(FINE) else BUNDLE[:2]
        thick = self.scene.rng.integers(100, 170, (len(paths), 1))
        parts = [
            (
                self._lines(paths, offset=hair.offset * width),
                self._inks(paints, thick, hair),
                max(1, round(hair.width * width * self.zoom)),
            )
            for hair in bundle
        ]
        draw = self.draw.line
        for stroke in range(len(paths)):
            for lines, inks, size in parts:
                draw(lines[stroke], inks[stroke], size)

    def _lines(self, paths: Plane, *, offset: float) -> list[list[float]]:
        """Return the paths moved sideways, as x, y, x, y ... of the enlarged canvas."""
        along = paths[:, -1] - paths[:, 0]
        normal = np.stack([-along[:, 1], along[:, 0]], -1)
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True) + 1e-6
        moved = (paths + normal[:, None] * offset) * self.zoom
        return moved.reshape(len(paths), 2 * paths.shape[1]).tolist()

    def _inks(self, paints: Pixels, thick: NDArray[np.int64], hair: Hair) -> list[tuple[int, ...]]:
        """Return red, green, blue and thickness for every stroke."""
        lit = clip(paints * (1 + hair.light * self.brush.shade * 1.6)) * 255
        rows: list[list[int]] = np.hstack([lit, thick + hair.rise]).astype(np.uint8).tolist()
        return [tuple(row) for row in rows]

    def finish(self) -> Pixels:
        """Light the paint and return the finished image."""
        height, width = self.scene.shape
        small = self.canvas.reduce(self.zoom) if self.zoom > 1 else self.canvas
        painted = np.asarray(small, np.float32)[:height, :width] / 255
        lit = relief(blur(painted[..., 3], 0.6 * self.scene.scale), depth=self.brush.depth)
        return clip(painted[..., :3] * lit[..., None])
