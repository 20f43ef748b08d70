"""HEIC and HEIF, the image formats of phones, which pi-heif decodes if it is installed."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec


@cache
def can_read_heif() -> bool:
    """Return whether pi-heif is installed, without importing it."""
    return find_spec("pi_heif") is not None


@cache
def add_reader() -> None:
    """Import pi-heif and register it with Pillow, with one thread and for the main image only."""
    import pi_heif  # noqa: PLC0415 -- in the child process, when the first such image comes

    pi_heif.options.THUMBNAILS = False
    pi_heif.options.DEPTH_IMAGES = False
    pi_heif.options.AUX_IMAGES = False
    pi_heif.options.DECODE_THREADS = 1
    pi_heif.register_heif_opener()
