"""Styles for dark images: film noir and neon."""

from __future__ import annotations

import numpy as np

from sandbox.kling.painter.image_ops import (
    Pixels,
    Plane,
    blur,
    clip,
    clouds,
    colours,
    contrast,
    duotone,
    grain,
    levels,
    luminance,
    mix,
    noise,
    outlines,
    places,
    slopes,
    soft_step,
)
from sandbox.kling.painter.scene import Scene

SILVER = colours("#050506 #16171a #45474b #a7a8a6 #f4f2ea")
SIGNS = colours("#ff2d95 #ff5e3a #ffd319 #3dff9e #19e3ff #4d6bff #b967ff #ff2d95")
NIGHT = colours("#04030d #0d0a2b #1c1250 #3a1c71 #7a3b8f")


def noir(scene: Scene) -> Pixels:
    """Render a film of the forties: hard contrast, blinds, smoke, grain, dark corners."""
    grey = contrast(levels(luminance(scene.rgb)), 2.4, around=0.44)
    grey = clip(grey + 0.5 * (grey - blur(grey, scene.px(9))))
    bloom = blur(np.clip(grey - 0.6, 0, None), scene.px(18))
    smoke = soft_step(clouds(scene.shape, scene.rng, size=scene.px(330)), 0.7, width=1.6) * 0.10
    lit = (grey * _blinds(scene) + bloom * 0.5 + smoke) * _corners(scene)
    film = grain(scene.shape, scene.rng) * 0.5 + blur(grain(scene.shape, scene.rng), 0.9)
    lit += film * 0.05 * (0.4 + lit)
    return duotone(clip(lit), SILVER)


def _blinds(scene: Scene) -> Plane:
    """Return light through venetian blinds, slanting from one side."""
    rows, columns = places(scene.shape)
    side = 1 if scene.rng.random() < 0.5 else -1  # noqa: PLR2004 - a coin
    slanted = rows + side * columns * float(scene.rng.uniform(0.14, 0.3))
    pitch = scene.px(float(scene.rng.uniform(58, 82)))
    wave = np.abs((slanted / pitch) % 1 - 0.5) * 2
    bars = soft_step(wave, 0.52, width=0.34)
    reach = columns / scene.shape[1] if side > 0 else 1 - columns / scene.shape[1]
    return 1 - 0.5 * bars * soft_step(reach, 0.3, width=0.9)


def _corners(scene: Scene) -> Plane:
    rows, columns = places(scene.shape)
    away = np.hypot(rows / scene.shape[0] - 0.46, columns / scene.shape[1] - 0.5)
    return 1.12 - 0.95 * np.clip(away - 0.12, 0, None) ** 1.3


def neon(scene: Scene) -> Pixels:
    """Render neon tubes in a night street: glowing contours over a violet dark."""
    grey = contrast(levels(luminance(scene.rgb)), 1.0, around=0.45)
    tubes = _tubes(scene, grey)
    hues = _signs(scene, grey)
    lit = hues * tubes[..., None]
    halo = sum(
        (blur(lit, scene.px(radius)) * share for radius, share in ((3, 0.9), (11, 1.0), (38, 1.3))),
        start=np.zeros_like(lit),
    )
    street = duotone(clip(grey * 0.85), NIGHT) * (0.75 + 0.5 * clip(halo))
    core = np.clip(tubes - 0.55, 0, 1)[..., None] * 1.3
    shown = 1 - (1 - clip(street)) * (1 - clip(lit * 0.95)) * (1 - clip(halo * 0.75))
    scan = 1 - 0.05 * (np.arange(scene.shape[0]) // max(1, round(scene.px(2))) % 2)
    return clip((shown + core * 0.55) * scan[:, None, None].astype(np.float32))


def _tubes(scene: Scene, grey: Plane) -> Plane:
    """Return bright lines along the strong edges."""
    lines = 1 - outlines(grey, width=scene.px(1.5), strength=20, bias=-0.014)
    across, down = slopes(blur(grey, scene.px(1.6)))
    edges = np.hypot(across, down)
    strong = soft_step(edges / (np.percentile(edges[::4, ::4], 97) + 1e-6), 0.75, width=0.9)
    return clip(blur(np.maximum(lines * 0.85, strong), scene.px(0.7)) * 1.15)


def _signs(scene: Scene, grey: Plane) -> Pixels:
    """Return each tube's colour: hues change with place and brightness."""
    drift = noise(scene.shape, scene.rng, size=scene.px(330)) * 0.22
    rows, columns = places(scene.shape)
    place = columns / scene.shape[1] * 0.6 + rows / scene.shape[0] * 0.25
    shift = float(scene.rng.random())
    hue = (place + drift + 0.25 * blur(grey, scene.px(14)) + shift) % 1
    return mix(duotone(hue, SIGNS), duotone((hue + 0.08) % 1, SIGNS), 0.5)
