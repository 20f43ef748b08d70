"""Input of a style."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sandbox.kling.painter.image_ops import Pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """An image to restyle: its pixels, its random generator, its scale.

    `scale` is 1 for a long side of 1024 px; `loose` is 1, or more for freer strokes.
    """

    rgb: Pixels
    rng: np.random.Generator
    scale: float = 1.0
    loose: float = 1.0

    def px(self, size: float) -> float:
        """Return `size`, given for an image of 1024 px, in pixels of this image."""
        return size * self.scale

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.rgb.shape[0], self.rgb.shape[1]


Style = Callable[[Scene], Pixels]
