"""A red seal, as East Asian painters sign."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from sandbox.kling.painter.image_ops import Pixels, blur, colour, mix, noise, soft_step
from sandbox.kling.painter.scene import Scene

VERMILION = colour("#b5281e")
SIDE = 46
"""Side in pixels, in an image 1024 px long."""
STROKES = (((25, 24), (75, 24)), ((50, 24), (50, 76)), ((18, 76), (82, 76)))
"""Strokes of the character for work and craft."""


def stamp_seal(rgb: Pixels, scene: Scene) -> Pixels:
    """Draw a worn seal into the lower right corner."""
    side = max(24, round(scene.px(SIDE)))
    plate = Image.new("L", (100, 100))
    draw = ImageDraw.Draw(plate)
    draw.rounded_rectangle((2, 2, 98, 98), 14, fill=255)
    draw.rounded_rectangle((10, 10, 90, 90), 8, outline=0, width=3)
    for stroke in STROKES:
        draw.line(stroke, fill=0, width=10)
    print_ = np.asarray(plate.resize((side, side), Image.Resampling.BICUBIC), np.float32) / 255
    worn = soft_step(noise((side, side), scene.rng, size=3), -1.25, width=0.7)
    away = round(scene.px(78))
    bottom, right = rgb.shape[0] - away, rgb.shape[1] - away
    stamped = rgb.copy()
    box = np.s_[bottom - side : bottom, right - side : right]
    stamped[box] = mix(
        rgb[box], rgb[box] * 0.15 + VERMILION * 0.85, blur(print_ * worn, 0.6) * 0.92
    )
    return stamped
