"""Styles drawn with lines: pencil, woodcut, blueprint."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sandbox.kling.painter.image_ops import (
    Pixels,
    Plane,
    blur,
    clip,
    clouds,
    colour,
    contrast,
    duotone,
    grain,
    levels,
    luminance,
    mix,
    noise,
    outlines,
    places,
    relief,
    resize,
    rim_distance,
    smear,
    soft_step,
)
from sandbox.kling.painter.scene import Scene
from sandbox.kling.painter.vector_field import compute_flow

GRAPHITE = np.stack([colour("#23252b"), colour("#6d7078"), colour("#f6f3ec")])
WOOD_INK, WOOD_PAPER = colour("#1b1512"), colour("#efe4cc")
BLUE_DEEP, BLUE_LIGHT, CHALK = colour("#0a2a5e"), colour("#1d56a3"), colour("#e6f1ff")


def pencil(scene: Scene) -> Pixels:
    """Render in pencil: contours, and three directions of hatching that deepen with the shade."""
    grey = contrast(levels(luminance(scene.rgb)), 0.9, around=0.45)
    contour = np.minimum(
        outlines(grey, width=scene.px(1.0), strength=16, bias=-0.004),
        outlines(grey, width=scene.px(2.6), strength=9, bias=-0.006),
    )
    shade = np.ones_like(grey)
    soft = blur(grey, scene.px(2))
    for angle, level in ((0.85, 0.82), (0.5, 0.55), (2.2, 0.32)):
        hatch = _hatching(scene, angle=angle + 0.12 * float(scene.rng.normal()))
        depth = np.clip((level - soft) * 2.4, 0, 1)
        shade *= 1 - depth * (0.22 + 0.5 * hatch)
    tone = clip(shade * (0.25 + 0.75 * contour) * 0.96 + 0.04)
    tooth = blur(grain(scene.shape, scene.rng), 0.7 * scene.scale)
    tone = clip(tone + tooth * 0.16 * (1 - tone) * tone * 3)
    return clip(duotone(_unfinished(scene, tone), GRAPHITE))


def _hatching(scene: Scene, *, angle: float) -> Plane:
    """Return pencil strokes in one direction, 0..1, bent as if drawn by hand."""
    half = (scene.shape[0] // 2, scene.shape[1] // 2)
    bend = angle + 0.25 * noise(half, scene.rng, size=scene.px(200))
    threads = smear(
        grain(half, scene.rng), np.cos(bend), np.sin(bend), steps=max(4, round(scene.px(11)))
    )
    return clip(resize(threads, scene.shape) / (threads.std() * 3) + 0.5)


def _unfinished(scene: Scene, tone: Plane) -> Plane:
    """Leave the rim of the sheet undrawn, with strokes that fade out."""
    inset = rim_distance(scene.shape)
    inset = inset / scene.scale + clouds(scene.shape, scene.rng, size=scene.px(120)) * 16
    inset += (_hatching(scene, angle=0.85) - 0.5) * 60
    return 1 - (1 - tone) * soft_step(inset, 26, width=26)


def woodcut(scene: Scene) -> Pixels:
    """Render a woodcut: only ink and paper, grooves that follow the forms and widen with light."""
    grey = contrast(levels(luminance(scene.rgb)), 1.5, around=0.46)
    flow = compute_flow(grey, scene.rng, swirl=scene.px(420), radius=scene.px(8), calm=0.0015)
    threads = smear(
        noise(scene.shape, scene.rng, size=scene.px(3.1)),
        flow.across,
        flow.down,
        steps=max(5, round(scene.px(11))),
    )
    ranks = clip(threads / (threads.std() * 3.2) + 0.5)
    drawn = grey + 1.3 * (grey - blur(grey, scene.px(7)))
    light = blur(drawn, scene.px(0.7)) * 1.12 - 0.04
    cut = soft_step(light - 0.5 - (ranks - 0.5) * 0.85, 0.0, width=0.14)
    worn = soft_step(noise(scene.shape, scene.rng, size=scene.px(2.2)), -1.9, width=0.8)
    ink = (1 - cut) * worn
    fibre = relief(clouds(scene.shape, scene.rng, size=scene.px(18)), depth=0.03)
    return clip(mix(np.broadcast_to(WOOD_PAPER, scene.rgb.shape), WOOD_INK, ink) * fibre[..., None])


def blueprint(scene: Scene) -> Pixels:
    """Render chalk lines on blue paper: contours, hatched shadows, grid, measures, a title."""
    grey = contrast(levels(luminance(scene.rgb)), 1.0, around=0.45)
    lines = 1 - np.minimum(
        outlines(grey, width=scene.px(1.0), strength=24, bias=-0.006),
        outlines(grey, width=scene.px(2.1), strength=14, bias=-0.012),
    )
    chalk = lines * (0.82 + 0.18 * blur(grain(scene.shape, scene.rng), 0.8 * scene.scale))
    chalk = np.maximum(chalk, 0.24 * _shading(scene, grey))
    sheet, labels = _sheet(scene)
    inside = 1 - 0.9 * labels
    paper = 0.45 + 0.22 * clouds(scene.shape, scene.rng, size=scene.px(380))
    folds = _folds(scene)
    blue = mix(np.broadcast_to(BLUE_DEEP, scene.rgb.shape), BLUE_LIGHT, clip(paper + folds))
    blue = mix(blue, blue * 1.18 + 0.02, clip(grey * 0.55))
    drawn = mix(blue, CHALK, clip(chalk * inside))
    drawn = mix(drawn, CHALK, clip(sheet))
    dust = blur(grain(scene.shape, scene.rng), 0.6 * scene.scale) * 0.02
    return clip(drawn + dust[..., None])


def _shading(scene: Scene, grey: Plane) -> Plane:
    """Hatch shadows at 45 degrees, crossed where it is darkest."""
    rows, columns = places(scene.shape)
    soft = blur(grey, scene.px(3))
    pitch = scene.px(8.0)
    shading = np.zeros_like(grey)
    for slant, level in ((columns + rows, 0.42), (columns - rows, 0.2)):
        ruled = soft_step(np.abs((slant / pitch) % 1 - 0.5), 0.36, width=0.16)
        shading = np.maximum(shading, ruled * soft_step(level - soft, 0.0, width=0.08))
    return shading


def _folds(scene: Scene) -> Plane:
    """Return the creases of a folded sheet at half and thirds, with a light and a dark side."""
    height, width = scene.shape
    rows, columns = places(scene.shape)
    creases = np.zeros(scene.shape, np.float32)
    for axis, size, parts in ((rows, height, 2), (columns, width, 3)):
        for part in range(1, parts):
            away = (axis - size * part / parts) / scene.px(5)
            creases += np.exp(-(away**2)) * np.sign(-away) * 0.16 + np.exp(-((away * 4) ** 2)) * 0.2
    return creases


def _sheet(scene: Scene) -> tuple[Plane, Plane]:
    """Return the drawing sheet: its lines, and the area that the drawing must leave free."""
    height, width = scene.shape
    lines, clear = (Image.new("L", (width, height)) for _ in range(2))
    draw, erase = ImageDraw.Draw(lines), ImageDraw.Draw(clear)
    _grid(draw, scene)
    rim = round(scene.px(20))
    thick = max(1, round(scene.px(2)))
    draw.rectangle((rim, rim, width - rim, height - rim), outline=235, width=thick)
    draw.rectangle((rim // 2, rim // 2, width - rim // 2, height - rim // 2), outline=120)
    _measure(draw, scene, rim=rim)
    box_width, box_height = round(scene.px(250)), round(scene.px(76))
    corner = (width - rim - box_width, height - rim - box_height)
    erase.rectangle((*corner, width - rim, height - rim), fill=255)
    _title(draw, scene, corner=corner, size=(box_width, box_height))
    return tuple(np.asarray(sheet, np.float32) / 255 for sheet in (lines, clear))  # pyright: ignore[reportReturnType]


def _grid(draw: ImageDraw.ImageDraw, scene: Scene) -> None:
    height, width = scene.shape
    pitch = scene.px(16)
    for axis, size in ((0, width), (1, height)):
        for k in range(int(size / pitch) + 1):
            at, tone = round(k * pitch), 46 if k % 5 == 0 else 22
            ends = (at, 0, at, height) if axis == 0 else (0, at, width, at)
            draw.line(ends, fill=tone)


def _measure(draw: ImageDraw.ImageDraw, scene: Scene, *, rim: int) -> None:
    """Draw a measured line along the top and the left side."""
    height, width = scene.shape
    font = ImageFont.load_default(scene.px(13))
    away = rim + round(scene.px(18))
    tick = round(scene.px(5))
    draw.line((away, away, width - away, away), fill=170)
    draw.line((away, away, away, height - away), fill=170)
    for x in (away, width - away):
        draw.line((x - tick, away + tick, x + tick, away - tick), fill=230)
    for y in (away, height - away):
        draw.line((away - tick, y + tick, away + tick, y - tick), fill=230)
    draw.text((width / 2, away + tick), f"{width}", fill=235, font=font, anchor="ma")
    draw.text((away + tick, height / 2), f"{height}", fill=235, font=font, anchor="lm")


def _title(
    draw: ImageDraw.ImageDraw, scene: Scene, *, corner: tuple[int, int], size: tuple[int, int]
) -> None:
    left, top = corner
    right, bottom = left + size[0], top + size[1]
    draw.rectangle(
        (left, top, right, bottom), fill=8, outline=235, width=max(1, round(scene.px(2)))
    )
    middle = top + size[1] * 0.56
    draw.line((left, middle, right, middle), fill=200)
    draw.line((left + size[0] * 0.62, middle, left + size[0] * 0.62, bottom), fill=200)
    large, small = (ImageFont.load_default(scene.px(points)) for points in (24, 12))
    pad = scene.px(10)
    draw.text((left + pad, (top + middle) / 2), "REPAINT", fill=250, font=large, anchor="lm")
    sheet = f"SHEET {int(scene.rng.integers(1, 99)):02d}"
    draw.text((left + pad, (middle + bottom) / 2), "SCALE 1 : 1", fill=220, font=small, anchor="lm")
    draw.text(
        (left + size[0] * 0.62 + pad, (middle + bottom) / 2),
        sheet,
        fill=220,
        font=small,
        anchor="lm",
    )
