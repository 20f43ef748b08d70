"""The complete structure of a database, as text: two texts are equal if the structures are.

`python -m tests.support.structure FOLDER` writes the texts of new databases and of those opened
from `tests/data/versions`. Before a change of `services/db/schema/` that must not change any
database, write one folder; after it, another one, and compare the two.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from services.db import Store
from services.settings.types import Secret
from tests.support.postgresql import Server, programs
from tests.support.versions import (
    PROVIDER,
    dump,
    make_postgresql,
    make_sqlite,
    text_of,
    versions,
)

_OBJECTS = """
SELECT type, tbl_name, name, COALESCE(sql, '') FROM sqlite_master
WHERE name NOT LIKE 'sqlite_stat%' ORDER BY type, tbl_name, name
"""
_STEPS = "SELECT name FROM _sqlite_migrations ORDER BY id"
_PRAGMAS = ("user_version", "application_id", "encoding", "auto_vacuum", "journal_mode")
_OF_TABLES = ("table_xinfo", "foreign_key_list", "index_list")

_COLUMNS = """
SELECT relname, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
    attgenerated, COALESCE(collname, ''), COALESCE(pg_get_expr(adbin, adrelid), '')
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
LEFT JOIN pg_collation ON pg_collation.oid = attcollation
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 ORDER BY 1, 2
"""
_INDEXES = """
SELECT indrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
JOIN pg_class ON pg_class.oid = indexrelid
WHERE relnamespace = 'public'::regnamespace ORDER BY 1, 2
"""
_CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
"""


def sqlite_structure(path: Path) -> str:
    """Return everything in a SQLite file but its rows; spaces between words do not count."""
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(map(repr, _of_sqlite(connection)))


def _of_sqlite(connection: sqlite3.Connection) -> Iterator[object]:
    for pragma in _PRAGMAS:
        yield pragma, connection.execute(f"PRAGMA {pragma}").fetchall()
    yield "steps", connection.execute(_STEPS).fetchall()
    objects = connection.execute(_OBJECTS).fetchall()
    for kind, table, name, sql in objects:
        yield kind, table, name, re.sub(r"(?<=\() | (?=\))", "", " ".join(sql.split()))
        wanted = _OF_TABLES if kind == "table" else ("index_xinfo",)
        for pragma in wanted:  # the indexes of a table come in the order that the planner tries
            yield name, pragma, connection.execute(f"PRAGMA {pragma}({name})").fetchall()


def postgresql_structure(server: Server, name: str) -> str:
    """Return everything in a PostgreSQL database but its rows."""
    queries = (_COLUMNS, _INDEXES, _CONSTRAINTS, "SELECT name FROM schema_step ORDER BY position")
    lines = [repr(row) for query in queries for row in server.ask(query, name=name)]
    return "\n".join([*lines, dump(server.place(name), server.bin, "--schema-only")])


async def opened_sqlite(path: Path, version: str = "") -> str:
    """Create a file, or restore one of a released version; return its structure once opened."""
    if version:
        make_sqlite(text_of(version, "sqlite").read_text("utf-8"), path)
    await _open(path)
    return sqlite_structure(path)


async def opened_postgresql(server: Server, version: str = "") -> str:
    """Create a database, or restore one of a released version, and return what opening makes."""
    name = "structure"
    text = text_of(version, "postgresql").read_text("utf-8") if version else ""
    await _open(make_postgresql(text, server, name))
    return postgresql_structure(server, name)


async def _open(place: Path | Secret) -> None:
    async with Store(place, provider=PROVIDER, exclusive=isinstance(place, Path)):
        pass


async def _write(folder: Path, server: Server) -> None:
    for version in ("", *versions("sqlite")):
        with tempfile.TemporaryDirectory() as temporary:
            text = await opened_sqlite(Path(temporary) / "repaint.db", version)
        (folder / f"sqlite-{version or 'new'}.txt").write_text(text, "utf-8")
    for version in ("", *versions("postgresql")):
        text = await opened_postgresql(server, version)
        (folder / f"postgresql-{version or 'new'}.txt").write_text(text, "utf-8")


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    bin_ = programs()
    assert bin_ is not None, "needs PostgreSQL's programs (initdb, pg_ctl, pg_dump)"
    server = Server(bin_)
    try:
        asyncio.run(_write(folder, server))
    finally:
        server.close()


if __name__ == "__main__":
    main()
