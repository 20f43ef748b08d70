"""The README's first steps, one by one, with the sandbox in place of Discord and Kling.

Each step is a process of its own in an empty folder, as an operator types it: init, invite, check,
sync, run, a first image, a backup; an update from the version before; and no silent downgrade.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.demo import list_image_urls, read_text, sample_photo
from sandbox.discord.testclient.member import Member
from sandbox.processes import ROOT, SANDBOX_KEY, running
from services.db.migrations import MIGRATIONS
from services.settings.loading import rows
from tests.services.db.test_upgrades import STEPS, of_version
from tests.support.timeouts import SLOW_ACKNOWLEDGEMENT, TIMEOUT_S

pytestmark = pytest.mark.proof


@dataclass
class NewOperator:
    """A new operator with an empty folder, a token and a key."""

    folder: Path
    world: dict[str, str]

    @property
    def env(self) -> dict[str, str]:
        """Return the sandbox's addresses, which the wizard does not ask for."""
        return {
            "DISCORD_API_URL": self.world["api"],
            "DISCORD_GATEWAY_URL": self.world["gateway"],
            "PYTHONPATH": str(ROOT),
        }

    async def types(self, *words: str, answers: str = "") -> tuple[int | None, str]:
        """Run `python bot.py words...`; return its exit status and output."""
        ours = {row.name for _, row in rows()}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(ROOT / "bot.py"), *words),
            cwd=self.folder,
            env={name: os.environ[name] for name in os.environ if name not in ours} | self.env,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(TIMEOUT_S):
            said, _ = await process.communicate(answers.encode())
        return process.returncode, said.decode()

    async def init(self) -> tuple[int | None, str]:
        answers = [self.world["token"], self.world["kling"], SANDBOX_KEY, "", "25"]
        return await self.types("init", answers="\n".join(answers) + "\n")

    @asynccontextmanager
    async def bot(self, locale: str = "en-US") -> AsyncIterator[Member]:
        """Run the bot, and be a member whose Discord speaks a language."""
        started = running(str(ROOT / "bot.py"), env=self.env, cwd=self.folder)
        async with started, Member(self.world["page"], locale=locale) as member:
            await member.online()
            yield member


@pytest.fixture
async def newcomer(tmp_path: Path) -> AsyncIterator[NewOperator]:
    quick = ("--min-seconds", "0", "--max-seconds", "0", "--painter", "copy")
    async with running("-m", "sandbox", *SLOW_ACKNOWLEDGEMENT, *quick) as process:
        yield NewOperator(tmp_path, dict(await process.first_line()))


def is_private(message: dict[str, Any]) -> bool:
    return bool(message["flags"] & 64)


async def first_picture(member: Member) -> dict[str, Any]:
    picture = await member.upload(sample_photo())
    await member.command("repaint", image=picture, prompt="as a mosaic")
    return await member.next_message(lambda one: bool(list_image_urls(one)), timeout=TIMEOUT_S)


async def test_from_nothing_to_a_first_picture_and_a_copy(newcomer: NewOperator) -> None:
    status, said = await newcomer.init()
    assert status == 0, said
    assert said.count("Accepted") == 2, said
    if os.name == "posix":
        assert stat.S_IMODE((newcomer.folder / ".env").stat().st_mode) == 0o600

    status, said = await newcomer.types("invite")
    assert (status, said.count("client_id=" + newcomer.world["application_id"])) == (0, 2), said

    status, said = await newcomer.types("check")
    assert status == 0, said

    assert await newcomer.types("sync") == (0, "The commands are registered.\n")

    async with newcomer.bot() as ada:
        await first_picture(ada)
        await ada.command("quota")
        await ada.next_message(lambda one: is_private(one) and "25" in read_text(one))
        assert await newcomer.types("backup", "copy.db") == (0, "copy.db: written\n")

    status, said = await newcomer.types("restore", "copy.db")
    assert status == 0, said


async def test_in_chinese_a_member_reads_chinese(newcomer: NewOperator) -> None:
    await newcomer.init()
    async with newcomer.bot("zh-CN") as ada:
        await first_picture(ada)
        await ada.command("quota")
        told = await ada.next_message(is_private)

    assert "今天" in read_text(told)


async def test_an_update_from_the_version_before_goes_on_and_there_is_no_silent_way_back(
    newcomer: NewOperator,
) -> None:
    await newcomer.init()
    path = newcomer.folder / "data" / "repaint.db"
    path.parent.mkdir()
    await asyncio.to_thread(of_version, path, STEPS[-2])
    serve_every_guild(path)

    status, said = await newcomer.types("check")
    assert STEPS[-1] in said, said

    async with newcomer.bot() as ada:
        await first_picture(ada)
    assert [one.name.split(".")[-2] for one in path.parent.glob("*.bak")] == [STEPS[-2]]

    newer(path)
    status, said = await newcomer.types()
    assert status == 2, said
    assert "newer version (m999_future)" in said


def serve_every_guild(path: Path) -> None:
    """Empty the operators' list of guilds: the row that fills it names none of this Discord."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM allowed_guild")


def newer(path: Path) -> None:
    """Note a step that only a later version knows."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES (?, 'm999_future', '2030-01-01')",
            [MIGRATIONS.name],
        )
