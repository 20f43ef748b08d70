"""SQLite's migration steps: each runs once, inside the opening transaction."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from services.db.schema import SQLITE, STEPS, statements

MIGRATIONS = Migrations("repaint")


def _register(step: str) -> None:
    @MIGRATIONS(name=step)
    def take(db: Database) -> None:  # pyright: ignore[reportUnusedFunction]  -- it is registered
        for statement in statements((step,), SQLITE):
            db.execute(statement)


for _step in STEPS:
    _register(_step)
