"""Imports sqlite-utils without numpy and pandas, which it loads if they are installed.

sqlite-utils uses them to guess the column types of their arrays, and the store has no such arrays.
numpy is installed for the sandbox and the charts; loading it would cost the bot a fifth of a second
and 18 MB.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module


@contextmanager
def without(*names: str) -> Generator[None]:
    """Make imports of these libraries fail inside the block, as if they were not installed."""
    absent = [name for name in names if name not in sys.modules]
    sys.modules |= dict.fromkeys(absent)  # pyright: ignore[reportArgumentType] -- the documented way
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


with without("numpy", "pandas"):
    import_module("sqlite_utils")
