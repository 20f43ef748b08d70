"""An update from every earlier schema version, with rows in every table that it had."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlite_utils import Database

from services.common.ids import new_job_id
from services.db import Store
from services.db.migrations import MIGRATIONS
from services.db.sqlite_file import steps_taken
from services.models import State
from tests.services.db.conftest import DAY
from tests.services.db.test_sqlite_file import copies
from tests.support.database_copies import run_migrations
from tests.support.requests import NOON

with closing(sqlite3.connect(":memory:")) as nothing_yet:
    STEPS = [step.name for step in MIGRATIONS.pending(Database(nothing_yet))]
MEMBER, SERVER = 11, 5
HELD = {State.QUEUED, State.SUBMITTING, State.RUNNING, State.READY, State.DELIVERED}
"""States of the sample whose units count against a limit."""

Row = dict[str, Any]
Snapshot = Mapping[str, list[Row]]

_BY_MODERATORS = {"guild_id": SERVER, "user_id": MEMBER, "at": NOON, "set_by": 3}

ROWS: Mapping[str, Row] = {
    "turn": {"user_id": MEMBER, "served_at": NOON},
    "provider": {"name": "provider", "hold_until": NOON, "busy_tries": 2, "knows_list": 1},
    "note": {"name": "word", "text": "kept"},
    "closed_model": {"provider": "other", "model": "kling-v1", "closed_at": NOON, "probe_at": NOON},
    "guild": {"guild_id": SERVER, "user_daily": 7, "default_style": "oil", "log_channel_id": 70},
    "pause": {"guild_id": 6, "at": NOON, "set_by": 3, "reason": "a break"},
    "role_limit": {"guild_id": SERVER, "role_id": 8, "units": 20},
    "required_role": {"guild_id": SERVER, "role_id": 9},
    "allowed_channel": {"guild_id": SERVER, "channel_id": 42},
    # The server of the requests made in these tests; a list of allowed servers excludes others.
    "allowed_guild": {"guild_id": 7, "set_by": 3, "at": NOON},
    "blocked_word": {"guild_id": SERVER, "word": "bad", "phrase": "Bad"},
    "member_grant": {**_BY_MODERATORS, "units": 30, "reason": "helps", "expires_at": None},
    "member_block": {**_BY_MODERATORS, "user_id": 12, "reason": "spam", "expires_at": NOON + 9},
    "member_reset": {"guild_id": SERVER, "user_id": 13, "at": NOON},
    "audit": {"guild_id": SERVER, "at": NOON, "set_by": 3, "action": "pause", "details": "{}"},
    "endpoint_knowledge": {"provider": "p", "endpoint": "editing/expand", "knows_list": 0},
    "member_preference": {"user_id": MEMBER, "model": "kling-v3", "count": 2, "private": 1},
    "guild_style": {
        "guild_id": SERVER,
        "key": "ink",
        "name": "Ink",
        "name_zh": "水墨",
        "fragment": "in ink",
    },
    "posting": {"message_id": 91, "channel_id": 42, "guild_id": SERVER},
    "result": {
        "position": 0,
        "path": "a/1.png",
        "url": "https://kling.example/1.png",
        "width": 640,
        "height": 480,
        "size": 1000,
    },
}
"""A row of each table but `job`; a table that a later migration adds gets a `plain_row`."""

_OUTCOME = '{"key": "refused_content", "code": "1301"}'
_numbers = count(1000)


@pytest.fixture(autouse=True)
def _steps_are_taken() -> Iterator[None]:
    with run_migrations():
        yield


def job_in(state: State) -> Row:
    """A request as the first version wrote it, its fields of today left out."""
    ended = state not in {State.QUEUED, State.SUBMITTING, State.RUNNING, State.READY}
    begun = state not in {State.QUEUED, State.CANCELLED}
    return {
        "id": new_job_id(NOON),
        "interaction_id": next(_numbers),
        "user_id": MEMBER,
        "guild_id": SERVER,
        "channel_id": 42,
        "message_id": 77,
        "prompt": f"a {state} cat",
        "options": '{"model": "kling-v1-5", "count": 2}',
        "source": '{"url": "https://cdn.example/cat.png", "name": "cat.png", "size": 9}',
        "place": msgspec.json.encode(
            {"application_id": 1, "token": "t", "asked_at": NOON, "can_post": True}
        ).decode(),
        "model": "kling-v1-5",
        "units": 2,
        "day": DAY.day,
        "state": str(state),
        "given_back": 0 if state in {*HELD, State.UNDELIVERED} else 1,
        "created_at": NOON,
        "claimed_at": NOON if begun else None,
        "task_id": f"task-{state}" if begun and state is not State.SUBMITTING else None,
        "next_at": None if ended else NOON,
        "outcome": _OUTCOME if state is State.REFUSED else None,
    }


def fill(connection: sqlite3.Connection) -> None:
    """Put a row into each existing table, and a request in each state into `job`."""
    db = Database(connection)
    with connection:
        jobs = [job_in(state) for state in State]
        for row in jobs:
            insert(db, "job", row)
        delivered = next(row["id"] for row in jobs if row["state"] == State.DELIVERED)
        for table in tables(db) - {"job"}:
            row = ROWS.get(table) or plain_row(db, table)
            insert(db, table, row | {"job_id": delivered})


def plain_row(db: Database, table: str) -> Row:
    """Some value for each column that has to have one; the text is JSON too."""
    values = {"INTEGER": 1, "REAL": NOON, "TEXT": "1", "BLOB": b"1"}
    wanted = (column for column in db[table].columns if column.notnull or column.is_pk)
    return {column.name: values[column.type] for column in wanted if column.default_value is None}


def insert(db: Database, table: str, row: Row) -> None:
    """Insert the fields of a row for which the table has columns."""
    there = [name for name in row if name in db[table].columns_dict]
    marks = ", ".join(f":{name}" for name in there)
    db.execute(f"INSERT INTO {table} ({', '.join(there)}) VALUES ({marks})", row)


def tables(db: Database) -> set[str]:
    return {name for name in db.table_names() if not name.startswith(("sqlite_", "_sqlite_"))}


def snapshot(path: Path) -> Snapshot:
    """Every row of every table, in the order of its values."""
    with closing(sqlite3.connect(path)) as connection:
        db = Database(connection)
        return {name: sorted(db[name].rows, key=repr) for name in tables(db)}


def of_version(path: Path, step: str) -> Snapshot:
    """Make a database as it was after a step, and fill it."""
    at = STEPS.index(step) + 1
    with closing(sqlite3.connect(path)) as connection:
        upto = {"stop_before": STEPS[at]} if at < len(STEPS) else {}
        MIGRATIONS.apply(Database(connection), **upto)
        fill(connection)
    return snapshot(path)


def kept(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """Return the tables whose rows have changed in the columns that they had."""
    for table, rows in before.items():
        columns = set(rows[0])
        found = [{name: row[name] for name in row if name in columns} for row in after[table]]
        if sorted(found, key=repr) != sorted(rows, key=repr):
            yield table


def structure(path: Path) -> set[tuple[str, str, str]]:
    """Return tables with their columns, and indexes, however they were created."""
    with closing(sqlite3.connect(path)) as connection:
        db = Database(connection)
        columns = {
            (table, column.name, f"{column.type} {column.notnull} {column.default_value}")
            for table in tables(db)
            for column in db[table].columns
        }
        indexes = connection.execute(
            "SELECT tbl_name, name, COALESCE(sql, '') FROM sqlite_master WHERE type = 'index'"
        )
        return columns | {(row[0], row[1], row[2]) for row in indexes}


@pytest.mark.parametrize("step", STEPS[:-1])
async def test_upgrade_keeps_every_row_and_reaches_the_newest_version(
    tmp_path: Path, step: str
) -> None:
    path = tmp_path / "repaint.db"
    before = of_version(path, step)
    async with Store(path, provider="provider", exclusive=True):
        pass

    assert not list(kept(before, snapshot(path)))
    async with Store(tmp_path / "new.db", provider="provider"):
        pass
    assert structure(path) == structure(tmp_path / "new.db")
    with closing(sqlite3.connect(path)) as connection:
        assert steps_taken(Database(connection)) == STEPS
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("step", STEPS[:-1])
async def test_upgrade_backs_the_file_up_first(tmp_path: Path, step: str) -> None:
    path = tmp_path / "repaint.db"
    before = of_version(path, step)
    async with Store(path, provider="provider", exclusive=True):
        pass

    [copy] = copies(path)
    assert copy.name.endswith(f".{step}.bak")
    assert snapshot(copy) == before


@pytest.mark.parametrize("step", STEPS)
async def test_upgrade_keeps_limits_usage_and_jobs(tmp_path: Path, step: str) -> None:
    path = tmp_path / "repaint.db"
    of_version(path, step)
    async with Store(path, provider="provider", exclusive=True) as store:
        usage = await store.admission.usage(user_id=MEMBER, guild_id=SERVER, day=DAY.day)
        page = await store.member_jobs.page(MEMBER, guild_id=None, number=0, limit=50)
        taken = await store.jobs.fetch_due(now=NOON + 1, lease_s=60, units=9, per_user=0)

    assert usage.user == 2 * len({*HELD, State.UNDELIVERED})
    assert {entry.job.state for entry in page.entries} == set(State)
    assert all(entry.job.request.kind == "repaint" for entry in page.entries)
    assert [job.request.prompt for job in taken.jobs if job.state is State.SUBMITTING]


def test_upgrade_sample_has_a_row_in_every_table(tmp_path: Path) -> None:
    found = of_version(tmp_path / "repaint.db", STEPS[-1])

    assert {*ROWS, "job"} <= set(found)
    assert all(found.values())


def test_upgrade_sample_fills_an_unknown_table() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        db = Database(connection)
        db.execute(
            "CREATE TABLE later (key TEXT PRIMARY KEY, at REAL NOT NULL, more TEXT NOT NULL"
            " CHECK (json_valid(more)), kind TEXT NOT NULL DEFAULT 'x', note TEXT) STRICT"
        )
        insert(db, "later", plain_row(db, "later"))
        found = list(db["later"].rows)

    assert found == [{"key": "1", "at": NOON, "more": "1", "kind": "x", "note": None}]


def test_upgrade_check_notices_a_changed_row(tmp_path: Path) -> None:
    path = tmp_path / "repaint.db"
    before = of_version(path, STEPS[-1])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE member_grant SET units = 31")
        connection.execute("DELETE FROM result")

    assert set(kept(before, snapshot(path))) == {"member_grant", "result"}
