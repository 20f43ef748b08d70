"""Watercolour and ink wash: pigment on white paper, computed as density (0 = bare paper).

Density adds up where washes overlap, gathers at their edges, and settles in the paper's grain.
"""

from __future__ import annotations

import numpy as np

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
    relief,
    resize,
    rim_distance,
    saturate,
    smooth_flat,
    soft_step,
    warp,
)
from sandbox.kling.painter.scene import Scene
from sandbox.kling.painter.watermark import stamp_seal

PAPER = colour("#fbf8f0")
RICE_PAPER = colour("#f3ecdc")
SOOT = np.stack([colour(code) for code in ("#15161a", "#3f4146", "#8b8b88", "#d8d3c5", "#f3ecdc")])


def watercolour(scene: Scene) -> Pixels:
    """Render a watercolour: clear washes, dark rims, bleeding, a ragged white margin."""
    rgb = saturate(levels(scene.rgb) * 0.87 + 0.13, 1.5)
    washes = _washes(scene, rgb, tones=6)
    density = _settle(scene, -np.log(np.clip(washes, 0.03, 1)))
    inside = _margin(scene, width=24)
    density = density * inside[..., None] + _drops(scene, rgb)
    lines = outlines(luminance(scene.rgb), width=scene.px(1.6), strength=26, bias=-0.008)
    lines = 1 - 0.4 * (1 - lines) * clip(inside)
    painted = np.exp(-density) * PAPER * lines[..., None]
    return clip(painted * _paper(scene)[..., None])


def ink_wash(scene: Scene) -> Pixels:
    """Render ink on rice paper: soot, mist, few lines, a red seal."""
    grey = contrast(levels(luminance(scene.rgb)), 1.7, around=0.42)
    tones = _washes(scene, np.repeat(grey[..., None], 3, axis=-1), tones=5)[..., 0]
    mist = soft_step(clouds(scene.shape, scene.rng, size=scene.px(420)), 0.55, width=1.1)
    tones = clip(tones + mist * 0.45 * (1 - tones))
    inside = clip(_margin(scene, width=34))
    density = _settle(scene, (1.02 - tones)[..., None])[..., 0] * inside
    lines = outlines(luminance(scene.rgb), width=scene.px(2.2), strength=30, bias=-0.012)
    dry = soft_step(noise(scene.shape, scene.rng, size=scene.px(2.5)), 1.3, width=0.8)
    lines = 1 - 0.65 * (1 - clip(lines + dry)) * inside
    washed = duotone(clip(1 - density) * lines, SOOT)
    hint = saturate(blur(scene.rgb, scene.px(7)), 1.1)
    washed = mix(washed, washed * (0.45 + 0.75 * hint), 0.42 * inside)
    return stamp_seal(clip(washed * _paper(scene)[..., None]), scene)


def _washes(scene: Scene, rgb: Pixels, *, tones: int) -> Pixels:
    """Blur and distort the colours, and reduce them to a few tones."""
    run = clip(blur(resize(_run(scene, rgb), scene.shape), scene.px(1.1)))
    grey = luminance(run) + 1e-3
    step = grey * tones
    # Between two tones the transition takes a third of the way.
    settled = (np.floor(step) + soft_step(step % 1, 0.5, width=0.35)) / tones
    return clip(mix(run, run * (settled / grey)[..., None], 0.7))


def _run(scene: Scene, rgb: Pixels) -> Pixels:
    """Smooth the image and distort it with noise; half size is enough for soft colours."""
    half = (scene.shape[0] // 2, scene.shape[1] // 2)
    small = smooth_flat(resize(rgb, half), max(2, round(scene.px(2.6 * scene.loose))))
    for size, reach in ((70.0, 7.0), (10.0, 1.5)):
        down, across = (
            noise(half, scene.rng, size=scene.px(size) / 2) * scene.px(reach) / 2 * scene.loose
            for _ in range(2)
        )
        small = warp(small, across=across, down=down)
    return small


def _settle(scene: Scene, density: Pixels) -> Pixels:
    """Gather pigment at the rims of washes, vary it in clouds and settle it in the grain."""
    rims = np.clip(density - blur(density, scene.px(4.5)), 0, None)
    wide_rims = np.clip(density - blur(density, scene.px(16)), 0, None)
    drift = 1 + 0.24 * clouds(scene.shape, scene.rng, size=scene.px(230))
    blooms = noise(scene.shape, scene.rng, size=scene.px(90))
    fronts = np.exp(-((np.abs(blooms - 0.7) / 0.045) ** 2)) * 0.22
    settled = 1 + 0.16 * blur(grain(scene.shape, scene.rng), 0.8 * scene.scale)
    body = (drift * settled * (1 + fronts))[..., None]
    return np.maximum(density * 0.86 + rims * 0.9 + wide_rims * 0.3, 0) * body


def _margin(scene: Scene, *, width: float) -> Plane:
    """Return 0 on the bare paper around the image and 1 inside, with an uneven, wet border."""
    inset = rim_distance(scene.shape)
    uneven = clouds(scene.shape, scene.rng, size=scene.px(150)) * 8
    uneven += noise(scene.shape, scene.rng, size=scene.px(9)) * 2.5
    inset = inset / scene.scale + uneven
    rim = 0.5 * np.exp(-(((inset - width - 4) / 5) ** 2))
    return soft_step(inset, width, width=7) + rim


def _drops(scene: Scene, rgb: Pixels) -> Pixels:
    """Return the density of a few drops in the image's own colours."""
    density = np.zeros(rgb.shape, np.float32)
    rng, (height, width) = scene.rng, scene.shape
    for _ in range(26):
        y, x = int(rng.integers(height)), int(rng.integers(width))
        radius = scene.px(float(rng.gamma(1.6, 2.6)) + 1.0)
        reach = int(radius * 1.5) + 2
        top, left = max(0, y - reach), max(0, x - reach)
        box = np.s_[top : min(height, y + reach), left : min(width, x + reach)]
        rows, columns = np.ogrid[box]
        away = np.hypot(rows - y, columns - x) / radius
        spot = soft_step(1 - away, 0.0, width=0.5) * (0.5 + 0.5 * np.clip(away, 0, 1) ** 3)
        pigment = -np.log(np.clip(rgb[y, x] * 0.9, 0.08, 0.95)) * 0.35
        density[box] += spot[..., None] * pigment
    return density


def _paper(scene: Scene) -> Plane:
    """Return the light on rough paper."""
    tooth = blur(grain(scene.shape, scene.rng), 1.1 * scene.scale) * 1.6
    tooth += clouds(scene.shape, scene.rng, size=scene.px(7)) * 0.5
    return relief(tooth, depth=0.075)
