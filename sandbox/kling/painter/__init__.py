"""The painter behind the sandbox Kling: real pictures from the real source, by local filters."""

from sandbox.kling.painter.job import LEGEND, Brief, Painter, Painting, PaintingFailed
from sandbox.kling.painter.pool import CARD, painter_of

__all__ = ["CARD", "LEGEND", "Brief", "Painter", "Painting", "PaintingFailed", "painter_of"]
