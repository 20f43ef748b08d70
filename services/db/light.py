"""sqlite-utils without numpy and pandas, which it loads wherever they are installed.

It uses them to guess column types of their arrays; the store holds none. numpy is here for the
sandbox and the charts, and would cost the bot a fifth of a second and 18 MB.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module


@contextmanager
def without(*names: str) -> Generator[None]:
    """Let imports in the block fail for these libraries, as if they were not installed."""
    absent = [name for name in names if name not in sys.modules]
    sys.modules |= dict.fromkeys(absent)  # pyright: ignore[reportArgumentType] -- the documented way
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


with without("numpy", "pandas"):
    import_module("sqlite_utils")
