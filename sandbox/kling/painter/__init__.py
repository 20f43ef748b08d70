"""Image generator of the sandbox Kling: local filters turn the source into real images."""

from sandbox.kling.painter.job import LEGEND, Brief, Painter, Painting, PaintingFailed
from sandbox.kling.painter.pool import CARD, open_painter

__all__ = ["CARD", "LEGEND", "Brief", "Painter", "Painting", "PaintingFailed", "open_painter"]
