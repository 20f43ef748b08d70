"""`bot.py export` and `bot.py import`: what goes out comes in again, and nothing else does."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import DATA, main
from services.allowance import Allowance
from services.community import Community
from services.console import exchange
from services.errors import StoreUnavailable
from services.model_table import ModelTable
from services.models import Limits
from services.settings import rows
from services.store import Store
from services.styles import StyleTable
from tests.support.time import HandClock

SERVER, OTHER = 5, 6


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        yield Community(
            store=store,
            models=ModelTable.load(DATA / "models.toml"),
            styles=StyleTable.load(DATA / "styles.toml"),
            allowance=Allowance(limits=Limits(), zone=ZoneInfo("UTC"), max_count=9, concurrency=9),
            clock=HandClock(),
        )


async def decide(community: Community) -> None:
    """Let a server's moderators set one of everything."""
    await community.change(SERVER, by=1, user_daily=3, spoiler=True, min_membership_days=7)
    await community.allow_channel(SERVER, 77, by=1)
    await community.set_role_limit(SERVER, 88, 20, by=1)
    await community.add_word(SERVER, "Bad  Word", by=1)
    await community.grant(SERVER, 99, units=50, until=None, reason="helps a lot", by=1)
    await community.block(SERVER, 98, until=None, reason="spam", by=1)
    await community.pause(SERVER, reason="a break", by=1)


async def test_everything_comes_in_as_it_went_out(community: Community, tmp_path: Path) -> None:
    await decide(community)
    file = tmp_path / "server.json"
    file.write_text(await exchange.exported(community, SERVER), encoding="utf-8")
    now = HandClock().now()

    assert await exchange.imported(community, exchange.read(file), OTHER, now=now) == []
    before, after = [
        json.loads(await exchange.exported(community, server)) for server in (SERVER, OTHER)
    ]
    for found in (before, after):
        found["rules"].pop("guild_id")
        for each in (*found["grants"], *found["blocks"], found["rules"]["paused"]):
            each.pop("by")
            each.pop("at")
    assert before == after
    assert before["rules"]["channels"] == [77]


async def test_twice_is_as_good_as_once(community: Community, tmp_path: Path) -> None:
    await decide(community)
    file = tmp_path / "server.json"
    file.write_text(await exchange.exported(community, SERVER), encoding="utf-8")
    read, now = exchange.read(file), HandClock().now()
    await exchange.imported(community, read, OTHER, now=now)

    assert await exchange.imported(community, read, OTHER, now=now) == []
    assert (await community.rules(OTHER)).words == ("Bad Word",)


async def test_what_can_not_be_set_is_named_and_the_rest_is_set(
    community: Community, tmp_path: Path
) -> None:
    text = await exchange.exported(community, SERVER)
    found = json.loads(text)
    found["rules"] |= {"default_model": "kling-v99", "user_daily": 4}
    file = tmp_path / "server.json"
    file.write_text(json.dumps(found), encoding="utf-8")
    refused = await exchange.imported(community, exchange.read(file), OTHER, now=0)

    assert len(refused) == 1
    assert refused[0].startswith("default_model")
    assert (await community.rules(OTHER)).user_daily == 4


async def test_a_grant_that_ran_out_meanwhile_is_left_out(
    community: Community, tmp_path: Path
) -> None:
    now = HandClock().now()
    await community.grant(SERVER, 99, units=5, until=now + 10, reason="", by=1)
    file = tmp_path / "server.json"
    file.write_text(await exchange.exported(community, SERVER), encoding="utf-8")

    assert await exchange.imported(community, exchange.read(file), OTHER, now=now + 20) == []
    assert await community.grants(OTHER) == []


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"format": "repaint-server-2"}', '{"rules": {"guild_id": "x"}}']
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "server.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(StoreUnavailable, match=r"server\.json"):
        exchange.read(file)


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

    assert json.loads(Path("server.json").read_text("utf-8"))["rules"]["guild_id"] == 5
    assert "Server 6: settings taken from server.json" in said.getvalue()
