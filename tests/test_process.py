"""The bot as a process: asked to stop, started twice, with other commands run at the same time."""

from __future__ import annotations

import asyncio
import re
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.demo import list_image_urls, sample_photo
from sandbox.discord.testclient.member import Member
from sandbox.processes import ROOT, Child, bot_settings, running
from tests.support.timeouts import SLOW_ACKNOWLEDGEMENT
from tests.support.tokens import TOKEN
from tests.system.kill.bot_start import begin

pytestmark = pytest.mark.proof


TIMEOUT_S = 90.0
DRAIN_S = 10.0
SLACK_S = 30.0
"""Seconds that a busy computer may need to end a process besides what the bot waits for."""

BOT = str(ROOT / "bot.py")


@dataclass
class ProcessHarness:
    """A world in one process, a bot in another, a member at the page."""

    world: dict[str, str]
    env: dict[str, str]
    folder: Path
    bot: Child
    member: Member
    web: aiohttp.ClientSession

    async def order(self, path: str, json: dict[str, Any]) -> None:
        async with self.web.post(f"{self.world['page'].rstrip('/')}{path}", json=json) as answer:
            assert answer.status == 200, await answer.text()

    async def upload(self) -> str:
        return await self.member.upload(sample_photo())

    async def repaint(self, upload: str = "") -> None:
        upload = upload or await self.upload()
        await self.member.command("repaint", image=upload, prompt="as pixel art", count=1)

    async def until_state(self, state: str) -> None:
        await until(lambda: state in self.states())

    def states(self) -> list[str]:
        return [row[0] for row in self.rows("SELECT state FROM job ORDER BY id")]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.env["DATABASE_PATH"])) as db:
            return db.execute(query).fetchall()

    async def ended(self) -> int:
        async with asyncio.timeout(DRAIN_S + SLACK_S):
            return await self.bot.ended()

    def log(self) -> str:
        return "\n".join(self.bot.lines)


async def until(met: Callable[[], bool]) -> None:
    """Poll another process until a condition is true."""
    while not met():  # noqa: ASYNC110 -- nothing in this process tells
        await asyncio.sleep(0.05)


def below(folder: Path) -> list[Path]:
    return list(folder.rglob("*"))


@asynccontextmanager
async def scene(folder: Path, *, seconds: float, **settings: str) -> AsyncIterator[ProcessHarness]:
    quick = ("--min-seconds", str(seconds), "--max-seconds", str(seconds), "--painter", "copy")
    async with running("-m", "sandbox", *SLOW_ACKNOWLEDGEMENT, *quick) as world_process:
        world = await world_process.first_line()
        env = bot_settings(world, folder) | settings
        async with (
            running(BOT, env=env, cwd=folder) as bot,
            Member(world["page"]) as member,
            aiohttp.ClientSession() as web,
            asyncio.timeout(TIMEOUT_S),
        ):
            await member.online()
            yield ProcessHarness(world, env, folder, bot, member, web)


async def command(scene: ProcessHarness, *words: str, **settings: str) -> tuple[int, str]:
    """Run a command of the bot's while the bot runs; return its status and output."""
    async with running(BOT, *words, env=scene.env | settings, cwd=scene.folder) as child:
        assert child.process.stdout is not None
        said = (await child.process.stdout.read()).decode()
        status = await child.ended()
        await child.stop()
    return status, said + "\n".join(child.lines)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
async def test_asked_to_stop_it_delivers_what_is_under_way_and_takes_nothing_new(
    tmp_path: Path, number: signal.Signals
) -> None:
    async with scene(tmp_path, seconds=0.5) as here:
        # Long enough for the second request on a busy computer, and within the ten seconds.
        rule = {"path": "/messages/", "method": "PATCH", "action": "delay", "seconds": 7}
        await here.order("/sandbox/faults", rule | {"times": None})
        await here.repaint()
        upload = await here.upload()
        await here.until_state("ready")
        here.bot.process.send_signal(number)

        await here.repaint(upload)

        refusal = await here.member.next_message(lambda one: "restarting" in one["content"])
        assert refusal["flags"] & 64, "only the member sees it"
        assert await here.ended() == 0
        assert here.states() == ["delivered"]
        assert await here.member.next_message(lambda one: bool(list_image_urls(one)))
        assert "Traceback" not in here.log()


async def test_what_does_not_end_in_ten_seconds_is_kept_by_its_row(tmp_path: Path) -> None:
    async with scene(tmp_path, seconds=0.5) as here:
        rule = {"path": "/messages/", "method": "PATCH", "action": "silence", "times": None}
        await here.order("/sandbox/faults", rule)
        await here.repaint()
        await here.until_state("ready")
        here.bot.process.terminate()
        assert await here.ended() == 0
        assert here.states() == ["ready"]

        async with here.web.delete(f"{here.world['page'].rstrip('/')}/sandbox/faults"):
            pass
        async with running(BOT, env=here.env, cwd=tmp_path):
            await here.member.next_message(lambda one: bool(list_image_urls(one)), timeout=30)
            await here.until_state("delivered")


async def test_asked_to_stop_while_discord_is_down_it_stops(tmp_path: Path) -> None:
    env = {
        "DISCORD_TOKEN": TOKEN,
        "DISCORD_API_URL": "http://127.0.0.1:9/api/v10",
        "KLING_API_KEY": "sk-sandbox",
        "KLING_BASE_URL": "http://127.0.0.1:9/kling",
    }
    async with running(BOT, env=env, cwd=tmp_path) as bot, asyncio.timeout(TIMEOUT_S):
        await until(lambda: any("cannot be reached" in line for line in bot.lines))
        bot.process.terminate()
        async with asyncio.timeout(SLACK_S):
            assert await bot.ended() == 0
        assert "Traceback" not in "\n".join(bot.lines)


async def test_a_second_process_is_refused_and_commands_beside_the_bot_are_not(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path, seconds=0.2) as here:
        status, said = await command(here)
        assert status == 2
        same = rf"DISCORD_TOKEN: another bot on this computer .*process {here.bot.process.pid}"
        assert re.search(same, said)

        status, said = await command(here, DISCORD_TOKEN="MTI.another.token")
        assert status == 2
        same = rf"DATABASE_PATH: .*another running bot \(process {here.bot.process.pid}\)"
        assert re.search(same, said)

        for words in (("stats",), ("backup", "copy.db"), ("pause", "lunch"), ("check",)):
            status, said = await command(here, *words)
            assert status == 0, said
        await here.repaint()
        assert await here.member.next_message(lambda one: "lunch" in one["content"])
        assert (await command(here, "resume"))[0] == 0
        await here.repaint()
        assert await here.member.next_message(lambda one: bool(list_image_urls(one)), timeout=30)


async def test_a_newer_database_ends_the_start_in_words(tmp_path: Path) -> None:
    async with scene(tmp_path, seconds=0.2) as here:
        here.bot.process.terminate()
        assert await here.ended() == 0
        with closing(sqlite3.connect(here.env["DATABASE_PATH"])) as db, db:
            db.execute(
                "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
                " VALUES ('repaint', 'm999_future', '2030-01-01')"
            )
        status, said = await command(here)
        assert status == 2
        assert "written by a newer version (m999_future)" in said
        assert "Traceback" not in said


async def test_killed_between_the_emptied_row_and_its_files_the_next_start_deletes_them(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path, seconds=0.2) as here:
        await here.repaint()
        message = await here.member.next_message(lambda one: bool(list_image_urls(one)))
        await here.until_state("delivered")
        here.bot.process.terminate()
        await here.ended()
        await here.member.until(lambda: not here.member.bot_online)
        doomed = await begin(here.env, tmp_path, fault="dies-before-it-deletes")
        await here.member.online()
        [job_id] = [row[0] for row in here.rows("SELECT id FROM job")]
        folder = Path(here.env["PICTURES_PATH"]) / job_id

        form = await here.member.press(message, f"rp:delete:{job_id}")
        answering = asyncio.create_task(here.member.submit(form))
        assert await doomed.ended() == -signal.SIGKILL
        answering.cancel()
        assert here.rows("SELECT job_id FROM pending_delete") == [(job_id,)]
        assert here.rows("SELECT * FROM result") == []
        assert any(folder.iterdir())

        async with running(BOT, env=here.env, cwd=tmp_path):
            await until(lambda: not here.rows("SELECT * FROM pending_delete"))
        assert not folder.exists()


async def test_nothing_that_the_bot_writes_can_be_read_by_others(tmp_path: Path) -> None:
    async with scene(tmp_path, seconds=0.2) as here:
        await here.repaint()
        await here.until_state("delivered")
        written = below(tmp_path)
        assert {"repaint.db", "repaint.db-wal", "source"} <= {each.name for each in written}
        assert [each for each in written if each.stat().st_mode & 0o077] == []
