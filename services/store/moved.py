"""What was moved from one database to another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What has been moved, and found the same in both."""

    tables: dict[str, int]
    """Rows by table."""
    jobs: int
    units: int
    charged_micro: int
    """What counts against caps on cost, in micro-dollars."""
