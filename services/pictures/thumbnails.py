"""Small pictures of pictures."""

from __future__ import annotations

from pathlib import Path

import msgspec

from services.pictures.facts import opened
from services.pictures.needs import MemoryLimit, to_decode
from services.pictures.plain import made_plain, write_jpeg
from services.pictures.step import Decoding


class Thumbnailing(msgspec.Struct, tag=True, frozen=True):
    """Make one small picture."""

    path: Path
    target: Path
    side: int

    def run(self, limit: MemoryLimit) -> Path:
        """Write it."""
        with opened(self.path, limit, to_decode((self.side, self.side))) as image:
            scale = min(self.side / max(image.size), 1)
            picture = made_plain(image, size=_scaled(image.size, scale))
        write_jpeg(picture, self.target)
        return self.target

    def returns(self) -> type[Path]:
        """Return the type of the answer."""
        return Path


async def thumbnail(path: Path, target: Path, *, decoder: Decoding, side: int = 320) -> Path:
    """Write a JPEG whose longer side is at most `side` px; raise UnsupportedImage if damaged."""
    return await decoder.run(Thumbnailing(path, target, side))


def _scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)
