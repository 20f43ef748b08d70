"""The image before a style is applied: a crop, an invented scene, a collage, an expansion."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from sandbox.kling.painter.image_ops import (
    Pixels,
    blur,
    clip,
    clouds,
    colours,
    duotone,
    mix,
    noise,
    resize,
    slopes,
    soft_step,
)
from sandbox.kling.painter.job import Brief

STEP = 8
"""Sides are multiples of this many pixels."""
LARGEST = 2048
"""Longest side that is generated, in pixels; larger images are enlarged afterwards."""
WORLDS = (
    "#0b1d51 #1b4f9c #5aa9e6 #ffd97d #ff9b54 #f6f1e7",
    "#1a2e1f #3f7d4e #a3c36b #f3e7a8 #e8894a #fbf6e6",
    "#2b0f3a #7a2f7c #e0567a #f9a36b #ffe3a3 #fff7ef",
    "#06262e #0f6973 #58b8a5 #f0d9a0 #e26d5a #fdf6ec",
    "#1c1530 #4c3a8a #8f7be0 #f2a7c3 #ffd9c0 #fdfaf6",
)


def canvas_size(brief: Brief, source: Image.Image | None) -> tuple[int, int]:
    """Return width and height in pixels for the requested ratio."""
    if brief.ratio != "auto":
        across, down = (float(part) for part in brief.ratio.split(":"))
    elif source is not None:
        across, down = _grown(source.size, brief)
    else:
        across, down = 16.0, 9.0
    longest = min(brief.long_side, LARGEST)
    shrink = longest / max(across, down)
    return tuple(max(STEP, round(side * shrink / STEP) * STEP) for side in (across, down))  # pyright: ignore[reportReturnType]


def _grown(size: tuple[int, int], brief: Brief) -> tuple[float, float]:
    up, right, down, left = brief.expansion or (0, 0, 0, 0)
    return size[0] * (1 + left + right), size[1] * (1 + up + down)


def pixels(picture: Image.Image) -> Pixels:
    """Return an image as floats."""
    return np.asarray(picture.convert("RGB"), np.float32) / 255


def crop_to_fill(
    source: Image.Image, size: tuple[int, int], rng: np.random.Generator, *, index: int
) -> Pixels:
    """Crop the source to `size` where it has most detail; later variations zoom in slightly."""
    width, height = size
    close = 1.0 if index == 0 else float(rng.uniform(1.02, 1.1))
    scale = max(width / source.width, height / source.height)
    cut_width, cut_height = (
        min(side / scale / close, whole) for side, whole in zip(size, source.size, strict=True)
    )
    left = _best_start(source, cut_width, axis=0) + _nudge(source.width - cut_width, rng, index)
    top = _best_start(source, cut_height, axis=1) + _nudge(source.height - cut_height, rng, index)
    left = min(max(left, 0), source.width - cut_width)
    top = min(max(top, 0), source.height - cut_height)
    box = (left, top, left + cut_width, top + cut_height)
    return pixels(source.convert("RGB").resize(size, Image.Resampling.LANCZOS, box=box))


def _nudge(room: float, rng: np.random.Generator, index: int) -> float:
    return float(rng.uniform(-0.12, 0.12)) * room if index else 0.0


def _best_start(source: Image.Image, cut: float, *, axis: int) -> float:
    """Return where a cut along `axis` (0 across, 1 down) keeps most detail, rather near the top."""
    whole = source.size[axis]
    room = whole - cut
    if room < 1:
        return 0.0
    small = source.convert("L").resize((64, 64))
    across, down = slopes(blur(np.asarray(small, np.float32), 1))
    busy = np.hypot(across, down).mean(axis=axis)
    # Faces and heads are above the middle more often than below it.
    middle = 0.5 if axis == 0 else 0.32
    busy = busy * np.exp(-(((np.linspace(0, 1, 64) - middle) / 0.33) ** 2))
    window = max(1, round(64 * cut / whole))
    sums = np.convolve(busy, np.ones(window), "valid")
    return float(np.argmax(sums)) / max(1, len(sums) - 1) * room


def invent(prompt: str, size: tuple[int, int], rng: np.random.Generator) -> Pixels:
    """Compose an image from the prompt alone: hills, water and a sun, colours by its hash."""
    width, height = size
    digest = hashlib.sha256(prompt.encode()).digest()
    world = colours(WORLDS[digest[0] % len(WORLDS)])
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    sky = 0.35 + 0.5 * rows + 0.07 * clouds((height, width), rng, size=width / 4)
    sun_x, sun_y = 0.2 + 0.6 * digest[1] / 255, 0.14 + 0.24 * digest[2] / 255
    columns = np.linspace(0, 1, width, dtype=np.float32)[None]
    away = np.hypot((columns - sun_x) * width, (rows - sun_y) * height) / max(size)
    scene = duotone(clip(sky + 0.25 * np.exp(-((away / 0.16) ** 2))), world)
    scene = mix(scene, world[-1], soft_step(0.055 + 0.03 * digest[3] / 255 - away, 0, width=0.004))
    for layer in range(5):
        scene = _hills(scene, world, rng, layer=layer, start=0.42 + 0.13 * layer, rows=rows)
    return clip(scene)


def _hills(
    scene: Pixels,
    world: Pixels,
    rng: np.random.Generator,
    *,
    layer: int,
    start: float,
    rows: Pixels,
) -> Pixels:
    """Draw one range of hills; nearer ones are lower and darker."""
    height, width = scene.shape[:2]
    ridge = noise((2, width), rng, size=width / (3 + 2 * layer))[0]
    ridge = ridge + 0.3 * noise((2, width), rng, size=width / (11 + 4 * layer))[0]
    inside = soft_step(rows - start - 0.045 * ridge[None], 0, width=3 / height)
    tone = np.clip(0.62 - 0.15 * layer + 0.5 * (rows - start), 0, 1)
    tone = tone + 0.05 * clouds((height, width), rng, size=width / 14)
    return mix(scene, duotone(clip(tone), world), inside)


def expand(source: Image.Image, brief: Brief, size: tuple[int, int]) -> tuple[Pixels, Pixels]:
    """Return the source with mirrored, softened surroundings, and a mask of the new area (0..1)."""
    up, right, down, left = brief.expansion or (0, 0, 0, 0)
    width = round(size[0] / (1 + left + right))
    height = round(size[1] / (1 + up + down))
    inner = pixels(source.convert("RGB").resize((width, height), Image.Resampling.LANCZOS))
    top, start = round(up * height), round(left * width)
    pad = ((top, size[1] - height - top), (start, size[0] - width - start), (0, 0))
    pad = tuple((max(0, before), max(0, after)) for before, after in pad)
    mirrored = np.pad(inner, pad, mode="symmetric")[: size[1], : size[0]]
    old = np.pad(np.ones(inner.shape[:2], np.float32), pad[:2])[: size[1], : size[0]]
    new = 1 - soft_step(blur(old, max(size) / 90), 0.75, width=0.5)
    far = soft_step(1 - blur(old, max(size) / 12), 0.6, width=0.8)
    soft = mix(mirrored, blur(mirrored, max(size) / 60), far * 0.8)
    return mix(mirrored, soft, new), new


def collage(sources: Sequence[Image.Image], size: tuple[int, int]) -> Pixels:
    """Place several images side by side with blended seams."""
    rng = np.random.default_rng(len(sources))
    columns = math.ceil(math.sqrt(len(sources) * size[0] / size[1] / 1.2))
    columns = min(max(1, columns), len(sources))
    rows = math.ceil(len(sources) / columns)
    canvas = np.zeros((size[1], size[0], 3), np.float32)
    weight = np.full((size[1], size[0]), 1e-4, np.float32)
    for number, source in enumerate(sources):
        row, column = divmod(number, columns)
        across = columns if row < rows - 1 else len(sources) - columns * (rows - 1)
        box = (size[0] / across, size[1] / rows)
        cell = Image.new("L", size)
        corner = (column * box[0], row * box[1])
        ImageDraw.Draw(cell).rectangle((*corner, corner[0] + box[0], corner[1] + box[1]), fill=255)
        share = blur(np.asarray(cell, np.float32) / 255, max(size) / 40)
        canvas += _placed(source, corner, box, size, rng) * share[..., None]
        weight += share
    return clip(canvas / weight[..., None])


def _placed(
    source: Image.Image,
    corner: tuple[float, float],
    box: tuple[float, float],
    size: tuple[int, int],
    rng: np.random.Generator,
) -> Pixels:
    """Fill `box`, and a margin around it for the seam, with the source."""
    margin = max(size) // 16
    whole = (round(box[0]) + 2 * margin, round(box[1]) + 2 * margin)
    picture = Image.fromarray(np.uint8(crop_to_fill(source, whole, rng, index=0) * 255))
    canvas = Image.new("RGB", size)
    canvas.paste(picture, (round(corner[0]) - margin, round(corner[1]) - margin))
    return pixels(canvas)


def enlarge(rgb: Pixels, long_side: int) -> Pixels:
    """Enlarge a finished image to `long_side`, for 4k."""
    longest = max(rgb.shape[:2])
    if long_side <= longest or longest < LARGEST:
        return rgb
    scale = long_side / longest
    return clip(resize(rgb, (round(rgb.shape[0] * scale), round(rgb.shape[1] * scale))))
