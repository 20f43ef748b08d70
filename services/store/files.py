"""What only a file can have done to it: copies, and a copy put back."""

from __future__ import annotations

from pathlib import Path

from services.errors import StoreUnavailable
from services.setting_values import Secret


def file_of(place: Path | Secret, *, instead: str) -> Path:
    """Return the SQLite file; raises StoreUnavailable for PostgreSQL, naming its own program."""
    if isinstance(place, Path):
        return place
    words = f"this is for SQLite's file, and DATABASE_URL names PostgreSQL; use {instead}"
    raise StoreUnavailable(f"{words} (docs/scaling.md)")
