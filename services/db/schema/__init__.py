"""Every table, column and index, described once for both databases (see notation.py).

A released line is never edited: a change is a new line with a new migration step. A step whose name
begins with `e` expands: older versions can work beside it (docs/schema-changes.md).
"""

from __future__ import annotations

from collections.abc import Collection

from services.db.schema.guilds import GUILDS
from services.db.schema.jobs import JOB_INDEXES, JOBS
from services.db.schema.notation import POSTGRESQL, SQLITE, Dialect, step_names
from services.db.schema.providers import FLEET, PROVIDERS

__all__ = ["POSTGRESQL", "SQLITE", "STEPS", "statements"]

_SCHEMA = (*JOBS, *JOB_INDEXES, *PROVIDERS, *GUILDS, *FLEET)

STEPS = step_names(_SCHEMA)
"""The names of all migration steps in their order."""


def statements(steps: Collection[str], dialect: Dialect) -> tuple[str, ...]:
    """Return the SQL that applies these consecutive migration steps, all at once."""
    return tuple(text for part in _SCHEMA for text in part.statements(steps, dialect))
