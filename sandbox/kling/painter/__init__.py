"""Image generator of the sandbox Kling: local filters turn the source into real images."""

from sandbox.kling.painter.job import LEGEND, Brief, Painter, Painting, PaintingFailed
from sandbox.kling.painter.pool import CARD, painter_of

__all__ = ["CARD", "LEGEND", "Brief", "Painter", "Painting", "PaintingFailed", "painter_of"]
