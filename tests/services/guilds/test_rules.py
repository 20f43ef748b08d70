"""A rule is described once: commands, checks, database and files follow from the description."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import fields
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import DATA
from services.catalog import ModelTable, StyleTable
from services.cli.guild_export import exported, read
from services.cli.guild_import import imported
from services.db import Store
from services.errors import BadValue
from services.guilds import GuildService
from services.models import RULE_LISTS, RULES, Detail, GuildRules, Limits
from services.policy import Allowance
from tests.support.time import HandClock

SERVER, OTHER = 5, 6
VALUES: dict[str, Detail] = {
    "units": 7,
    "count": 2,
    "number": 3,
    "switch": True,
    "model": "kling-v3",
    "style": "ink",
    "channel": 70,
}
"""A valid value of each kind."""


def service_of(store: Store) -> GuildService:
    return GuildService(
        store=store,
        models=ModelTable.load(DATA / "models.toml"),
        styles=StyleTable.load(DATA / "styles.toml"),
        allowance=Allowance(limits=Limits(), zone=ZoneInfo("UTC"), max_count=9, concurrency=9),
        clock=HandClock(),
    )


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[GuildService]:
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        yield service_of(store)


def test_guild_rules_every_field_is_described_once() -> None:
    lists = [name for name, _ in RULE_LISTS.values()]

    assert sorted([*RULES, *lists, "guild_id", "paused"]) == sorted(
        item.name for item in fields(GuildRules)
    )


@pytest.mark.parametrize("name", RULES)
async def test_rule_set_is_stored_exported_and_imported(
    service: GuildService, tmp_path: Path, name: str
) -> None:
    value, file = VALUES[RULES[name].kind], tmp_path / "server.json"
    await service.change(SERVER, by=1, **{name: value})
    file.write_text(await exported(service, SERVER), "utf-8")
    done = [await imported(service, read(file), one, now=0.0) for one in (SERVER, OTHER)]
    found = [getattr(await service.rules(one), name) for one in (SERVER, OTHER)]
    label = RULES[name].of_one_server

    assert [one.refused for one in done] == [[], []]
    assert [one.left_out for one in done] == [[], [label] if label else []]
    assert found == [value, None if label else value]


@pytest.mark.parametrize("name", RULES)
async def test_rule_set_to_none_has_its_default(service: GuildService, name: str) -> None:
    await service.change(SERVER, by=1, **{name: VALUES[RULES[name].kind]})
    await service.change(SERVER, by=1, **{name: None})

    assert await service.rules(SERVER) == GuildRules(guild_id=SERVER)


@pytest.mark.parametrize("name", RULES)
async def test_rule_invalid_value_is_refused(service: GuildService, name: str) -> None:
    with pytest.raises(BadValue):
        await service.change(SERVER, by=1, **{name: -1})


async def test_rules_column_of_a_newer_version_is_ignored(tmp_path: Path) -> None:
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        await service_of(store).change(SERVER, by=1, max_count=2)
    with sqlite3.connect(tmp_path / "repaint.db") as database:
        database.execute("ALTER TABLE guild ADD COLUMN of_tomorrow INTEGER NOT NULL DEFAULT 0")
    database.close()
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        assert await store.community.rules(SERVER) == GuildRules(guild_id=SERVER, max_count=2)
