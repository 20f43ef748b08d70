"""Moving from SQLite to PostgreSQL: every row, open jobs too; the file stays as it was."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from services.cli.commands import migrate
from services.db import Store
from services.db.backends import move
from services.errors import ConfigError, StoreUnavailable
from services.models import Outcome, State
from services.settings.loading import load
from services.settings.types import Secret
from tests.services.db.conftest import DAY, StoreHarness
from tests.services.db.test_upgrades import STEPS, of_version
from tests.support.requests import a_request


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """Return a database with every kind of row in it, and jobs in every state."""
    path = tmp_path / "repaint.db"
    of_version(path, STEPS[-1])
    async with Store(path, provider="provider") as store:
        harness = StoreHarness(store)
        await harness.accept(a_request(user_id=77, count=3, guild_id=7, interaction_id=77))
        await harness.running(a_request(user_id=78, prompt="a\0b", guild_id=7, interaction_id=78))
        await store.personal.erase(78, now=harness.now)
    return path


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


async def test_move_copies_every_row_and_leaves_the_file(
    file: Path, postgresql_place: Secret
) -> None:
    before = digest(file)
    moved = await move(file, postgresql_place)

    assert digest(file) == before
    assert all(moved.tables.values())
    async with Store(postgresql_place, provider="provider") as store:
        assert (await store.admission.usage(user_id=77, guild_id=7, day=DAY.day)).user == 3
        harness = StoreHarness(store)
        taken = await harness.take(units=99)
        assert {State.SUBMITTING, State.RUNNING} <= {job.state for job in taken}
        job = (await harness.accept(a_request(user_id=79, guild_id=7, interaction_id=79))).job
        await store.member_jobs.cancel(job.id, outcome=Outcome(key="cancelled"), now=harness.now)
        assert len(await store.personal.erase(79, now=harness.now)) == 1


async def test_move_into_a_database_with_rows_is_refused(
    file: Path, postgresql_place: Secret
) -> None:
    async with Store(postgresql_place, provider="provider") as store:
        await store.notes.put("here", "first")

    with pytest.raises(StoreUnavailable, match="not empty: note"):
        await move(file, postgresql_place)
    async with Store(postgresql_place, provider="provider") as store:
        assert await store.statistics.workload() == await store.statistics.workload()
        assert await store.notes.get("here") == "first"


async def test_move_while_a_bot_runs_is_refused(file: Path, postgresql_place: Secret) -> None:
    async with Store(file, provider="provider", exclusive=True):
        with pytest.raises(StoreUnavailable, match="in use by a running bot"):
            await move(file, postgresql_place)


async def test_move_of_an_older_file_is_refused(tmp_path: Path, postgresql_place: Secret) -> None:
    of_version(tmp_path / "old.db", STEPS[-2])

    with pytest.raises(StoreUnavailable, match="older version"):
        await move(tmp_path / "old.db", postgresql_place)


async def test_migrate_reports_the_moved_tables(file: Path, postgresql_place: Secret) -> None:
    settings = load({"DATABASE_PATH": str(file)}, env_file=None)
    text = await migrate(settings, postgresql_place.reveal())

    assert "the totals agree" in text
    assert "member_grant" in text


async def test_migrate_without_an_address_raises_a_config_error() -> None:
    with pytest.raises(ConfigError, match="DATABASE_URL: missing"):
        await migrate(load({}, env_file=None), None)
