"""How many bytes it takes to open an image, told from its header; measured with Pillow 13.

Bytes a pixel are of the worst moment: while libwebp holds two canvases, its answer is copied into
Pillow's picture; transparency is multiplied in a copy before a picture is made smaller.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.errors import ImageTooHeavy, UnsupportedImage
from services.images.header import Header

THREADS = 2
THREAD_BYTES = 64_000_000
"""What one image may take inside the bot's own process, of two that are open there at once."""

CHILD_BYTES = 512_000_000
"""What one image may take in the child process: 25 megapixels of any format, transparent too."""

DECODING_BYTES = THREADS * THREAD_BYTES + CHILD_BYTES
"""The budget: all images that are open at a time, whatever they are opened for."""

CHILD_S = 30.0
"""Seconds for one image; 25 megapixels take one (measured, two cores)."""

_MULTIPLIED, _CONVERTED = 4, 4
_PLAIN_SAMPLES = 3
_A_PIXEL = {"WEBP": 16, "AVIF": 13, "HEIF": 8, "GIF": 1, "TIFF": 8}
_EIGHTH = 8


class Outgrown(Exception):
    """An image needs more than there is here: it is opened in the child process, if anywhere."""


@dataclass(frozen=True, slots=True)
class MemoryLimit:
    """What one image may take where it is opened."""

    most: int
    """Bytes."""
    is_confined: bool
    """A process of its own, which ends without harm to the bot."""

    def admit(self, header: Header, need: int) -> None:
        """Raise Outgrown, or ImageTooHeavy where there is no larger place."""
        if need > CHILD_BYTES:
            raise ImageTooHeavy(found=need, allowed=CHILD_BYTES)
        if need > self.most or not (self.is_confined or header.is_predictable):
            raise Outgrown

    def without(self, spent: int) -> MemoryLimit:
        """Return what is left beside something else that is held meanwhile."""
        return MemoryLimit(self.most - spent, self.is_confined)


IN_THREAD = MemoryLimit(THREAD_BYTES, is_confined=False)
IN_CHILD = MemoryLimit(CHILD_BYTES, is_confined=True)

Need = Callable[[Header], int]
"""What is needed of an image, told from its header."""


def to_look(header: Header) -> int:
    """Return what a reader takes that decodes nothing."""
    canvases = header.pixels * 8 if header.format == "WEBP" else 0
    return header.kept * 2 + canvases


def to_prove(header: Header) -> int:
    """Return what it takes to see that all of it is there: JPEG at an eighth, others undecoded."""
    if header.format != "JPEG":
        return to_look(header)
    scale = _EIGHTH if header.can_shrink else 1
    small = (header.width // scale + 1) * (header.height // scale + 1) * 4
    return to_look(header) + header.coefficients + small


def to_decode(size: tuple[int, int]) -> Need:
    """Return what it takes to make a plain picture of a size, counted as stored."""

    def need(header: Header) -> int:
        width, height = size
        scale = _scale(header, size)
        rows = header.height // scale + 1
        decoded = (header.width // scale + 1) * rows * _bytes_a_pixel(header)
        resized = 0 if size == (header.width, header.height) else width * rows * 4
        return header.kept * 2 + header.coefficients + decoded + resized + width * height * 12

    return need


def check_found(header: Header, width: int, height: int) -> None:
    """Refuse an image that a reader finds larger than its header said: its need is not known."""
    if header.is_predictable and width * height > header.pixels:
        raise UnsupportedImage("damaged")


def _scale(header: Header, size: tuple[int, int]) -> int:
    """Return by how much a JPEG is made smaller while it is read, as Pillow chooses it."""
    if not header.can_shrink:
        return 1
    most = min(header.width // max(size[0], 1), header.height // max(size[1], 1))
    return next((scale for scale in (8, 4, 2) if scale <= most), 1)


def _bytes_a_pixel(header: Header) -> int:
    if header.format == "JPEG":
        return 1 if header.samples == 1 else 4
    plain = header.samples == 1 and not (header.is_wide or header.has_alpha or header.is_palette)
    stored = 1 if header.samples == 1 and not header.is_wide else 4
    extra = 0 if plain else _CONVERTED * (header.samples < _PLAIN_SAMPLES or header.has_alpha)
    multiplied = _MULTIPLIED if header.has_alpha and header.format != "WEBP" else 0
    return max(stored + extra + multiplied, _A_PIXEL.get(header.format, 0))
