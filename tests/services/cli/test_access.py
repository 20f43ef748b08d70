"""`bot.py block`, `unblock`, `servers`: their output, with a Discord that answers or does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from aiohttp import web

from bot import main
from services.db import Store

OPERATOR, MEMBER, HERE, THERE = 9, 5, 70, 71
GONE = {"message": "Unknown Guild", "code": 10004}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set up an existing database and settings that name it, without a reachable Discord."""
    path = tmp_path / "repaint.db"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_PATH", str(path))
    monkeypatch.setenv("OPERATOR_IDS", str(OPERATOR))
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)

    async def make() -> None:
        async with Store(path, provider="p"):
            pass

    with ThreadPoolExecutor(1) as executor:  # a loop may run here already
        executor.submit(asyncio.run, make()).result()
    return path


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["block", "member", "5", "too", "loud"], 0, "accepts no requests of 5 anywhere"),
        (["block", "member", str(OPERATOR)], 1, "9 is in OPERATOR_IDS"),
        (["block", "member", "5", "x" * 301], 1, "may have at most 300 characters"),
        (["block", "server", "70"], 0, "accepts no requests in server 70"),
        (["unblock", "member", "5"], 1, "Nothing to remove"),
        (["unblock", "server", "70"], 1, "Nothing to remove"),
        (["servers", "allow", "70"], 0, "Server 70 is on the list"),
        (["servers", "allow"], 2, "needs the id of a server"),
        (["servers", "everywhere", "70"], 2, "needs no id"),
        (["servers", "remove", "70"], 1, "Nothing to remove"),
        (["servers"], 0, "in every server that is not blocked"),
    ],
)
def test_each_command_says_what_was_decided(
    settings: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    status: int,
    says: str,
) -> None:
    assert main(words) == status
    told = capsys.readouterr()
    assert says in told.out + told.err


@pytest.mark.parametrize("typed", ["x", "-5", "0", "²", "9" * 30, ""])
def test_what_is_no_id_is_refused_before_anything_is_opened(
    typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["block", "server", typed])
    assert end.value.code == 2
    assert capsys.readouterr().err


def test_what_was_decided_is_listed_without_discord_too(
    settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in ("block member 5 spam", "block server 70", "servers allow 71"):
        assert main(words.split()) == 0
    capsys.readouterr()

    assert main(["servers"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "The bot accepts requests only in servers on the list (1)."
    assert lines[1].startswith("Discord did not list")
    assert [line.split() for line in lines[2:]] == [
        ["70", "blocked"],
        ["71", "allowed"],
        ["Blocked", "members:"],
        ["5", "spam"],
    ]


class FakeDiscord:
    """Answers two routes as Discord does, or as a proxy."""

    def __init__(self) -> None:
        self.guilds = [{"id": str(1000 + n), "name": f"Guild {n}"} for n in range(450)]
        self.status, self.body = 204, {}

    async def list_(self, request: web.Request) -> web.Response:
        after, limit = int(request.query["after"]), int(request.query["limit"])
        page = [one for one in self.guilds if int(one["id"]) > after][:limit]
        return web.json_response(page)

    async def leave(self, _: web.Request) -> web.Response:
        if self.status == 204:
            return web.Response(status=204)
        return web.json_response(self.body, status=self.status)


@pytest.fixture
async def discord(settings: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeDiscord]:
    there, app = FakeDiscord(), web.Application()
    app.router.add_get("/{base:.*}users/@me/guilds", there.list_)
    app.router.add_delete("/{base:.*}users/@me/guilds/{guild}", there.leave)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setenv("DISCORD_API_URL", f"http://127.0.0.1:{runner.addresses[0][1]}")
    monkeypatch.setenv("DISCORD_TOKEN", "MTE.x.y")
    yield there
    await runner.cleanup()


async def run(*words: str) -> int:
    return await asyncio.to_thread(main, words)


async def test_every_page_of_servers_is_asked_for(
    discord: FakeDiscord, capsys: pytest.CaptureFixture[str]
) -> None:
    discord.guilds[3]["name"] = "Bad\x1b[31m\nname"
    assert await run("servers") == 0

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 450
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize(
    ("status", "body", "ends", "says"),
    [
        (204, {}, 0, "has left server 70"),
        (404, GONE, 1, "The bot is not in server 70"),
        (404, {"page": "not found"}, 1, "did not let the bot leave (HTTP 404)"),
        (403, {"message": "blocked", "code": 40333}, 1, "did not let the bot leave (HTTP 403)"),
        (401, {"message": "401: Unauthorized", "code": 0}, 2, "does not accept this token"),
    ],
)
async def test_leaving_says_what_discord_said(
    discord: FakeDiscord,
    capsys: pytest.CaptureFixture[str],
    status: int,
    body: dict[str, object],
    ends: int,
    says: str,
) -> None:
    discord.status, discord.body = status, body
    assert await run("servers", "leave", "70") == ends
    told = capsys.readouterr()
    assert says in told.out + told.err
