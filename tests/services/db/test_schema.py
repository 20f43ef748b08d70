"""One description of the schema, two databases: both have it, new and updated files alike."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from services.db import Store
from services.db.schema.notation import (
    POSTGRESQL,
    SQLITE,
    Dialect,
    Statement,
    Table,
    index,
    step_names,
)
from tests.support.database_copies import run_migrations
from tests.support.postgresql import Server
from tests.support.structure import opened_postgresql, opened_sqlite
from tests.support.versions import PROVIDER, versions

TYPES = {"bigint": "INTEGER", "integer": "INTEGER", "double precision": "REAL", "text": "TEXT"}
"""SQLite's type for each of PostgreSQL's."""

Column = tuple[str, str, str, bool, str | None]
"""Table, name, type, whether it must have a value, default."""

CAT = Table("""cat since m001_cats
        number rowid
        id     id PRIMARY KEY
        name   text NOT NULL
        -- Whether it is asleep, which
        -- it mostly has been since noon.
        asleep boolean NOT NULL DEFAULT 1
        mood   text NOT NULL
               CHECK (mood IN ('well', 'unwell'))
        seen   instant since e002_sightings
        toys   json since e003_toys
        weight large GENERATED ALWAYS AS (id * 2) since e003_toys
        UNIQUE (name, mood)
    """)
BY_NAME = index("cat_name ON cat (name) since m001_cats until e003_toys")
BY_MOOD = index("cat_mood ON cat (mood, id) INCLUDE (name) WHERE asleep = 1 since e003_toys")
COUNTER = Statement("CREATE SEQUENCE counter since e002_sightings", POSTGRESQL)


@pytest.fixture(autouse=True)
def _steps_are_taken() -> Iterator[None]:
    with run_migrations():
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


def said(part: Table | Statement, steps: str, dialect: Dialect) -> str:
    """Return the statements of these steps on one line."""
    return " ".join("; ".join(part.statements(steps.split(), dialect)).split())


def test_step_names_of_a_schema_are_in_order_and_not_read_from_comments() -> None:
    assert step_names([COUNTER, CAT, BY_NAME]) == ["m001_cats", "e002_sightings", "e003_toys"]


def test_table_in_its_first_step_has_the_columns_of_that_step() -> None:
    assert said(CAT, "m001_cats", SQLITE) == (
        "CREATE TABLE cat ( id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
        " asleep INTEGER NOT NULL DEFAULT 1 CHECK (asleep IN (0, 1)),"
        " mood TEXT NOT NULL CHECK (mood IN ('well', 'unwell')), UNIQUE (name, mood) ) STRICT"
    )


def test_table_in_later_steps_gets_their_columns() -> None:
    assert said(CAT, "e002_sightings", SQLITE) == "ALTER TABLE cat ADD COLUMN seen REAL"
    assert said(CAT, "e003_toys", SQLITE) == (
        "ALTER TABLE cat ADD COLUMN toys TEXT CHECK (toys IS NULL OR json_valid(toys))"
        "; ALTER TABLE cat ADD COLUMN weight INTEGER GENERATED ALWAYS AS (id * 2) VIRTUAL"
    )
    assert said(CAT, "e003_toys", POSTGRESQL) == (
        'ALTER TABLE cat ADD COLUMN toys TEXT COLLATE "C"'
        " CHECK (toys IS NULL OR toys::json IS NOT NULL)"
        "; ALTER TABLE cat ADD COLUMN weight BIGINT GENERATED ALWAYS AS (id * 2) STORED"
    )


def test_table_in_several_steps_at_once_is_created_whole() -> None:
    assert said(CAT, "m001_cats e002_sightings", POSTGRESQL) == (
        "CREATE TABLE cat ( number BIGINT GENERATED BY DEFAULT AS IDENTITY UNIQUE,"
        ' id BIGINT PRIMARY KEY, name TEXT COLLATE "C" NOT NULL,'
        " asleep INTEGER NOT NULL DEFAULT 1 CHECK (asleep IN (0, 1)),"
        " mood TEXT COLLATE \"C\" NOT NULL CHECK (mood IN ('well', 'unwell')),"
        " seen DOUBLE PRECISION, UNIQUE (name, mood) )"
    )


def test_table_without_rowid_is_so_on_sqlite_alone() -> None:
    table = Table("""form WITHOUT ROWID since m001_forms
        about json NOT NULL DEFAULT '{}'
    """)

    assert said(table, "m001_forms", SQLITE) == (
        "CREATE TABLE form ( about TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(about)) )"
        " STRICT, WITHOUT ROWID"
    )
    assert said(table, "m001_forms", POSTGRESQL) == (
        "CREATE TABLE form ( about TEXT COLLATE \"C\" NOT NULL DEFAULT '{}'"
        " CHECK (about::json IS NOT NULL) )"
    )


def test_table_with_an_unknown_type_word_is_refused() -> None:
    with pytest.raises(KeyError, match="intger"):
        said(Table("cat since m001_cats\n        age intger"), "m001_cats", SQLITE)


def test_table_with_a_step_of_another_form_keeps_it_and_no_database_accepts_that() -> None:
    table = Table("cat since m001_cats\n        age integer since e25_age")

    assert (
        said(table, "m001_cats", SQLITE) == "CREATE TABLE cat ( age INTEGER since e25_age ) STRICT"
    )


def test_index_is_created_and_dropped_by_its_steps() -> None:
    assert said(BY_NAME, "m001_cats", SQLITE) == "CREATE INDEX cat_name ON cat (name)"
    assert said(BY_NAME, "e002_sightings", SQLITE) == ""
    assert said(BY_NAME, "e003_toys", SQLITE) == "DROP INDEX cat_name"
    assert said(BY_NAME, "m001_cats e003_toys", POSTGRESQL) == ""


def test_index_carries_columns_as_each_database_can() -> None:
    assert said(BY_MOOD, "e003_toys", SQLITE) == (
        "CREATE INDEX cat_mood ON cat (mood, id, name) WHERE asleep = 1"
    )
    assert said(BY_MOOD, "e003_toys", POSTGRESQL) == (
        "CREATE INDEX cat_mood ON cat (mood, id) INCLUDE (name) WHERE asleep = 1"
    )


def test_statement_for_one_database_is_not_given_to_the_other() -> None:
    assert said(COUNTER, "e002_sightings", POSTGRESQL) == "CREATE SEQUENCE counter"
    assert said(COUNTER, "e002_sightings", SQLITE) == ""
