"""What a painter is asked for, what it gives back, and the line every picture carries."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

LEGEND = "Painted by Repaint's sandbox: a local filter, not Kling"
"""Stands in the metadata of every picture, so that none passes for Kling's."""


class PaintingFailed(Exception):
    """A picture could not be painted: the source is broken, or the worker died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """One picture to paint. The same brief and sources give the same picture."""

    prompt: str
    seed: str
    index: int = 0
    """Which of the task's pictures: 0 keeps the whole source, others crop a little."""
    ratio: str = "16:9"
    """`auto` keeps the source's."""
    long_side: int = 1024
    """Pixels."""
    format: str = "png"
    fidelity: float = 0.5
    """Above 0.5 the source shines through; below, the strokes grow looser."""
    expansion: tuple[float, float, float, float] | None = None
    """Outpainting: up, right, down, left, in heights or widths of the source."""
    mark: bool = False
    """Give a watermarked copy too."""

    def to_json(self) -> str:
        """Return the brief as one line, for a worker process."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, line: str | bytes) -> Brief:
        """Read what `to_json` wrote."""
        brief = json.loads(line)
        if brief["expansion"] is not None:
            brief["expansion"] = tuple(brief["expansion"])
        return cls(**brief)


@dataclass(frozen=True, slots=True)
class Painting:
    """A finished picture as file content; `marked` is the watermarked copy, if asked for."""

    content: bytes
    format: str
    marked: bytes = b""


class Painter(Protocol):
    """Whoever paints."""

    async def paint(self, brief: Brief, *, sources: Sequence[bytes]) -> Painting:
        """Paint `brief` after `sources`; PaintingFailed when that can not be done."""
        ...
