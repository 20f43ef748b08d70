"""Both databases have the same tables, new and updated ones alike."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from services.db import Store
from tests.support.postgresql import Server
from tests.support.structure import opened_postgresql, opened_sqlite
from tests.support.tables import taken_anew
from tests.support.versions import PROVIDER, versions

TYPES = {"bigint": "INTEGER", "integer": "INTEGER", "double precision": "REAL", "text": "TEXT"}
"""SQLite's type for each of PostgreSQL's."""

Column = tuple[str, str, str, bool, str | None]
"""Table, name, type, whether it must have a value, default."""


@pytest.fixture(autouse=True)
def _steps_are_taken() -> Iterator[None]:
    with taken_anew():
        yield


@pytest.mark.parametrize("version", versions("sqlite"))
async def test_sqlite_file_of_a_version_once_opened_equals_a_new_one(
    tmp_path: Path, version: str
) -> None:
    new = await opened_sqlite(tmp_path / "new.db")

    assert await opened_sqlite(tmp_path / "old.db", version) == new


@pytest.mark.parametrize("version", versions("postgresql"))
async def test_postgresql_database_of_a_version_once_opened_equals_a_new_one(
    postgresql: Server, version: str
) -> None:
    new = await opened_postgresql(postgresql)

    assert await opened_postgresql(postgresql, version) == new


async def test_tables_of_both_databases_are_the_same(tmp_path: Path, postgresql: Server) -> None:
    path = tmp_path / "repaint.db"
    for place in (path, postgresql.make("schema")):
        async with Store(place, provider=PROVIDER):
            pass

    rowid = ("job", "number", "INTEGER", True, None)  # SQLite has it without a column
    assert columns_there(postgresql) == columns_here(path) | {rowid}
    assert indexes_here(path) == indexes_there(postgresql)


def columns_here(path: Path) -> set[Column]:
    query = """
        SELECT tbl_name, columns.name, columns.type, "notnull" OR pk, dflt_value
        FROM sqlite_master AS tables, pragma_table_xinfo(tbl_name) AS columns
        WHERE tables.type = 'table' AND tbl_name NOT LIKE '%sqlite_%'
    """
    with closing(sqlite3.connect(path)) as connection:
        return {
            (table, name, kind, bool(required), default)
            for table, name, kind, required, default in connection.execute(query)
        }


def columns_there(server: Server) -> set[Column]:
    query = """
        SELECT table_name, column_name, data_type, is_nullable = 'NO', column_default
        FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name <> 'schema_step'
    """
    return {
        (table, name, TYPES[kind], required, default and default.removesuffix("::text"))
        for table, name, kind, required, default in server.ask(query, name="schema")
    }


def indexes_here(path: Path) -> set[tuple[str, str]]:
    query = """
        SELECT tbl_name, name FROM sqlite_master
        WHERE type = 'index' AND sql NOTNULL AND name NOT LIKE '%sqlite_%'
    """
    with closing(sqlite3.connect(path)) as connection:
        return set(connection.execute(query))


def indexes_there(server: Server) -> set[tuple[str, str]]:
    query = """
        SELECT tablename, indexname FROM pg_indexes WHERE schemaname = 'public'
            AND indexname NOT IN (SELECT conname FROM pg_constraint)
    """
    return set(server.ask(query, name="schema"))
