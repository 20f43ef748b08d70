"""`bot.py export` and `bot.py import`: an export can be imported, and nothing else can."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot import DATA, main
from services.catalog.models import ModelTable
from services.catalog.styles import StyleTable
from services.cli import guild_export
from services.cli.commands import write_new
from services.cli.guild_import import Imported, imported
from services.db import Store
from services.errors import StoreUnavailable
from services.guilds.service import GuildService
from services.models import RULE_LISTS, Limits
from services.policy.quotas import Allowance
from services.settings.loading import rows
from tests.support.time import HandClock

SERVER, OTHER = 5, 6
NOW = HandClock().now()


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[GuildService]:
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        yield community_of(store)


def community_of(store: Store) -> GuildService:
    return GuildService(
        store=store,
        models=ModelTable.load(DATA / "models.toml"),
        styles=StyleTable.load(DATA / "styles.toml"),
        allowance=Allowance(limits=Limits(), zone=ZoneInfo("UTC"), max_count=9, concurrency=9),
        clock=HandClock(),
    )


async def decide(community: GuildService) -> None:
    """Set one of every server setting, as moderators do."""
    await community.add_style(SERVER, name="Our own", name_zh="我们的", words="as we do", by=1)
    await community.remove_style(SERVER, "oil", by=1)
    await community.change(SERVER, by=1, user_daily=3, spoiler=True, min_membership_days=7)
    await community.change(SERVER, by=1, default_style="our-own", log_channel_id=70)
    await community.allow_channel(SERVER, 77, by=1)
    await community.set_role_limit(SERVER, 88, 20, by=1)
    await community.add_word(SERVER, "Bad  Word", by=1)
    await community.grant(SERVER, 99, units=50, until=None, reason="helps a lot", by=1)
    await community.block(SERVER, 98, until=None, reason="spam", by=1)
    await community.pause(SERVER, reason="a break", by=1)


async def decide_more(community: GuildService) -> None:
    """Change more settings after the export was written."""
    await community.add_style(SERVER, name="Ink", name_zh="", words="in ink", by=1)
    await community.remove_style(SERVER, "comic", by=1)
    await community.allow_channel(SERVER, 78, by=1)
    await community.set_role_limit(SERVER, 89, 2, by=1)
    await community.add_word(SERVER, "other", by=1)
    await community.grant(SERVER, 9, units=1, until=None, reason="", by=1)
    await community.block(SERVER, 8, until=None, reason="", by=1)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[GuildService]:
    """A bot of its own, whose servers never set anything."""
    async with Store(folder / "other.db", provider="provider") as store:
        yield community_of(store)


async def saved(community: GuildService, folder: Path) -> guild_export.ServerFile:
    """Write a server's settings into a file and read it."""
    file = folder / "server.json"
    file.write_text(await guild_export.exported(community, SERVER), encoding="utf-8")
    return guild_export.read(file)


async def bare(community: GuildService, server: int = SERVER) -> dict[str, Any]:
    """Return a server's settings without their authors and times."""
    found = json.loads(await guild_export.exported(community, server))
    found["rules"].pop("guild_id")
    for each in (*found["grants"], *found["blocks"], found["rules"]["paused"] or {}):
        each.pop("by", None)
        each.pop("at", None)
    return found


async def test_everything_comes_in_as_it_went_out(community: GuildService, tmp_path: Path) -> None:
    await decide(community)
    file = await saved(community, tmp_path)
    async with opened(tmp_path) as anew:
        done = await imported(anew, file, SERVER, now=NOW)

        assert done == Imported()
        assert await bare(anew) == await bare(community)
        assert [style.key for style in (await anew.rules(SERVER)).styles] == ["oil", "our-own"]
        assert (await anew.rules(SERVER)).default_style == "our-own"


async def test_for_another_server_channels_and_roles_are_left_out(
    community: GuildService, tmp_path: Path
) -> None:
    await decide(community)
    done = await imported(community, await saved(community, tmp_path), OTHER, now=NOW)
    there, rules = await community.rules(SERVER), await community.rules(OTHER)

    assert done.left_out == ["channels", "limits of roles", "the log channel"]
    assert (rules.channels, rules.role_limits, rules.log_channel_id) == ((), (), None)
    assert (rules.words, rules.styles, rules.user_daily) == (there.words, there.styles, 3)
    assert done.refused == done.besides == []


async def test_what_the_server_has_besides_stays_and_is_named(
    community: GuildService, tmp_path: Path
) -> None:
    await decide(community)
    file = await saved(community, tmp_path)
    await decide_more(community)
    done = await imported(community, file, SERVER, now=NOW)

    assert done.besides == [
        *("style comic", "style ink", "channel 78", "role 89", "grant of 9", "block of 8"),
        "word other",
    ]
    assert set((await community.rules(SERVER)).channels) == {77, 78}


async def test_replaced_it_is_as_the_file_says_and_nothing_else(
    community: GuildService, tmp_path: Path
) -> None:
    await decide(community)
    file, before = await saved(community, tmp_path), await bare(community)
    await decide_more(community)
    await community.add_style(SERVER, name="Oil", name_zh="", words="thick oil", by=1)
    done = await imported(community, file, SERVER, now=NOW, replace=True)

    assert done == Imported()
    assert await bare(community) == before


async def test_replaced_by_a_server_that_never_set_anything_it_is_as_new(
    community: GuildService, tmp_path: Path
) -> None:
    file = await saved(community, tmp_path)
    await decide(community)
    await decide_more(community)
    done = await imported(community, file, SERVER, now=NOW, replace=True)

    assert done == Imported()
    async with opened(tmp_path) as anew:
        assert await bare(community) == await bare(anew)


async def test_a_full_list_has_room_for_what_replaces_it(
    community: GuildService, tmp_path: Path
) -> None:
    await decide(community)
    file = await saved(community, tmp_path)
    await community.allow_every_channel(SERVER, by=1)
    for channel in range(1000, 1000 + RULE_LISTS["channel"][1].highest):
        await community.allow_channel(SERVER, channel, by=1)

    assert (await imported(community, file, SERVER, now=NOW)).refused
    assert not (await imported(community, file, SERVER, now=NOW, replace=True)).refused
    assert (await community.rules(SERVER)).channels == (77,)


async def test_twice_is_as_good_as_once(community: GuildService, tmp_path: Path) -> None:
    await decide(community)
    read = await saved(community, tmp_path)
    before = await bare(community)
    for replace in (False, True, True):
        assert await imported(community, read, SERVER, now=NOW, replace=replace) == Imported()
        assert await bare(community) == before


async def test_what_can_not_be_set_is_named_and_the_rest_is_set(
    community: GuildService, tmp_path: Path
) -> None:
    text = await guild_export.exported(community, SERVER)
    found = json.loads(text)
    hidden = {"key": "nowhere", "name": "x", "name_zh": "x", "fragment": ""}
    found["rules"] |= {"default_model": "kling-v99", "user_daily": 4, "styles": [hidden]}
    file = tmp_path / "server.json"
    file.write_text(json.dumps(found), encoding="utf-8")
    done = await imported(community, guild_export.read(file), OTHER, now=0)

    assert [each.split(":")[0] for each in done.refused] == ["style nowhere", "default_model"]
    assert (await community.rules(OTHER)).user_daily == 4


async def test_a_grant_that_ran_out_meanwhile_is_left_out(
    community: GuildService, tmp_path: Path
) -> None:
    await community.grant(SERVER, 99, units=5, until=NOW + 10, reason="", by=1)
    read = await saved(community, tmp_path)

    assert await imported(community, read, OTHER, now=NOW + 20) == Imported()
    assert await community.grants(OTHER) == []


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"format": "repaint-server-2"}', '{"rules": {"guild_id": "x"}}']
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "server.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(StoreUnavailable, match=r"server\.json"):
        guild_export.read(file)


def test_the_commands_do_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _, row in rows():
        monkeypatch.delenv(row.name, raising=False)
    monkeypatch.setenv("DATABASE_PATH", str(tmp_path / "repaint.db"))
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        assert main(["export", "5"]) == 1  # there is no database yet
        assert main(["backup", "copy.db"]) in {0, 1}
        Path("repaint.db").touch()
        assert main(["export", "5", "server.json"]) == 0
        assert main(["import", "server.json", "--server", "6"]) == 0
        assert main(["import", "server.json", "--replace"]) == 0

    assert json.loads(Path("server.json").read_text("utf-8"))["rules"]["guild_id"] == 5
    assert "Server 6: settings taken from server.json" in said.getvalue()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_export_is_nobody_elses_and_overwrites_nothing(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write_new(tmp_path / "server.json", "{}")
    finally:
        os.umask(before)
    assert (tmp_path / "server.json").stat().st_mode & 0o777 == 0o600

    precious, link = tmp_path / "precious", tmp_path / "link"
    precious.write_text("mine")
    link.symlink_to(tmp_path / "elsewhere")
    for target in (precious, link, tmp_path, tmp_path / "none" / "server.json"):
        with pytest.raises(StoreUnavailable, match=str(target)):
            write_new(target, "{}")
    assert precious.read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()
