"""The generator's interface: request, result, and the legend in every image."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

LEGEND = "Painted by Repaint's sandbox: a local filter, not Kling"
"""Stored in the metadata of every image, so that it is not mistaken for one of Kling's."""


class PaintingFailed(Exception):
    """An image could not be generated: the source is broken, or the worker died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """One image to generate. The same brief and sources give the same image."""

    prompt: str
    seed: str
    index: int = 0
    """Position among the task's images: 0 keeps the whole source, others crop slightly."""
    ratio: str = "16:9"
    """`auto` keeps the source's ratio."""
    long_side: int = 1024
    """Pixels."""
    format: str = "png"
    fidelity: float = 0.5
    """Above 0.5 the source shows through; below, the strokes become looser."""
    expansion: tuple[float, float, float, float] | None = None
    """Outpainting: up, right, down, left, in heights or widths of the source."""
    mark: bool = False
    """Whether to return a watermarked copy too."""

    def to_json(self) -> str:
        """Return the brief as one line, for a worker process."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, line: str | bytes) -> Brief:
        """Return the brief that `to_json` wrote."""
        brief = json.loads(line)
        if brief["expansion"] is not None:
            brief["expansion"] = tuple(brief["expansion"])
        return cls(**brief)


@dataclass(frozen=True, slots=True)
class Painting:
    """A finished image as file content; `marked` is the watermarked copy if requested."""

    content: bytes
    format: str
    marked: bytes = b""


class Painter(Protocol):
    """Interface of an image generator."""

    async def paint(self, brief: Brief, *, sources: Sequence[bytes]) -> Painting:
        """Generate the image of `brief` from `sources`; raises PaintingFailed if it cannot."""
        ...
