"""The bot as a process: blocks, by Discord and at the terminal, and opt-outs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from sandbox.demo import list_image_urls
from sandbox.discord.core.json_types import Json
from sandbox.discord.testclient.member import Member
from sandbox.processes import bot_settings, running
from tests.support.timeouts import SLOW_ACKNOWLEDGEMENT
from tests.system.kill.members import small_picture
from tests.test_process import BOT, TIMEOUT_S

pytestmark = pytest.mark.proof
QUICK = ("--min-seconds", "0.1", "--max-seconds", "0.1", "--painter", "copy")
THIS = "Repaint this picture"


@dataclass
class AccessHarness:
    """A sandbox whose bot can be started; Mira runs it."""

    env: dict[str, str]
    folder: Path
    web: aiohttp.ClientSession
    ada: Member
    lin: Member
    mira: Member

    @asynccontextmanager
    async def bot(self) -> AsyncGenerator[None]:
        async with running(BOT, env=self.env, cwd=self.folder) as bot:
            for one in (self.ada, self.lin, self.mira):
                await one.online()
            yield
            bot.process.terminate()
            assert await bot.ended() == 0
            assert "Traceback" not in "\n".join(bot.lines)

    async def terminal(self, *words: str) -> tuple[int, str]:
        async with running(BOT, *words, env=self.env, cwd=self.folder) as child:
            assert child.process.stdout is not None
            said = (await child.process.stdout.read()).decode()
            status = await child.ended()
            await child.stop()
        return status, said + "\n".join(child.lines)

    async def guilds(self) -> dict[str, str]:
        """Return the ids of the servers, by the name of one of their channels."""
        async with self.web.get("/sandbox/state") as answer:
            channels = (await answer.json())["channels"].values()
        return {one["name"]: one["guild_id"] for one in channels if one["guild_id"]}


@asynccontextmanager
async def town(folder: Path, *options: str) -> AsyncGenerator[AccessHarness]:
    async with AsyncExitStack() as stack:
        process = await stack.enter_async_context(
            running("-m", "sandbox", *SLOW_ACKNOWLEDGEMENT, *QUICK, *options)
        )
        world = await process.first_line()
        people = [
            await stack.enter_async_context(Member(world["page"], viewer=name))
            for name in ("Ada", "Lin", "Mira")
        ]
        session = aiohttp.ClientSession(world["page"].rstrip("/"))
        web = await stack.enter_async_context(session)
        await stack.enter_async_context(asyncio.timeout(TIMEOUT_S))
        env = bot_settings(world, folder) | {"OPERATOR_IDS": people[2].id}
        yield AccessHarness(env, folder, web, *people)


async def asks(who: Member) -> None:
    image = await who.upload(small_picture())
    await who.command("repaint", image=image, prompt="ink")


async def told(who: Member, words: str, *, after: int = 0) -> Json:
    """Wait for a private message to one user."""
    found = await who.next_message(lambda one: words in str(one), after=after)
    assert found["flags"] & 64, "only the member sees it"
    return found


async def governs(town: AccessHarness, command: str, words: str, **options: str) -> None:
    seen = len(town.mira.history)
    await town.mira.command(f"repaint-operator {command}", channel="dm", **options)
    await told(town.mira, words, after=seen)


async def test_blocked_member_is_refused_after_a_restart(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        async with here.bot():
            await governs(here, "block member", "in the whole bot", member=here.ada.id, reason="no")
            await asks(here.ada)
            await told(here.ada, "take no requests of yours, in any server. Reason: no")
            await asks(here.lin)
            await here.lin.next_message(lambda one: bool(list_image_urls(one)))
        async with here.bot():
            seen = len(here.ada.history)
            await asks(here.ada)
            await told(here.ada, "take no requests of yours", after=seen)
            await here.terminal("unblock", "member", here.ada.id)
            await asks(here.ada)
            await here.ada.next_message(lambda one: bool(list_image_urls(one)), after=seen)


async def test_terminal_blocks_apply_to_a_running_bot(tmp_path: Path) -> None:
    async with town(tmp_path, "--guilds", "2") as here, here.bot():
        ids = await here.guilds()
        studio, other = ids["repaint"], ids["general"]
        assert (await here.terminal("servers", "allow", other))[0] == 0
        await asks(here.ada)
        await told(here.ada, "have not allowed this server")

        status, said = await here.terminal("servers")
        assert status == 0
        assert re.search(rf"{other} +allowed +Guild 1", said)
        assert re.search(rf"{studio} +not on the list +Sandbox studio", said)

        assert (await here.terminal("servers", "everywhere"))[0] == 0
        assert (await here.terminal("block", "server", studio, "too", "loud"))[0] == 0
        await asks(here.ada)
        await told(here.ada, "take no requests in this server. Reason: too loud")

        status, said = await here.terminal("block", "member", here.mira.id)
        assert (status, "OPERATOR_IDS" in said) == (1, True)
        status, said = await here.terminal("unblock", "member", "5")
        assert (status, "Nothing to remove" in said) == (1, True)
        assert (await here.terminal("servers", "leave", other))[0] == 0
        assert "general" not in await here.guilds()
        assert (await here.terminal("servers", "leave", other))[0] == 1


async def test_blocked_server_that_adds_the_bot_is_left(tmp_path: Path) -> None:
    async with town(tmp_path, "--guilds", "2") as here, here.bot():
        other = (await here.guilds())["general"]
        await here.terminal("block", "server", other)
        assert "Guild 1" in (await here.terminal("servers"))[1], "it is refused in words there"
        await here.terminal("servers", "leave", other)
        async with here.web.post("/sandbox/guild", json={"guild": other}) as answer:
            assert answer.status == 200
        said = ""
        while "(the bot is not in it)" not in said:
            _, said = await here.terminal("servers")


async def test_opt_out_applies_after_a_restart(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        async with here.bot():
            image = await here.ada.upload(small_picture())
            posted = await here.ada.say("look", uploads=[image])
            form = await here.lin.message_menu(THIS, message=posted)
            assert form.modal is not None
            await here.ada.command("preferences set", opt_out=True)
            await told(here.ada, "Opted out")
            seen = len(here.lin.history)
            await here.lin.submit(form, prompt="ink", style=["-"], count=["1"])
            await told(here.lin, "not everybody whose picture it is", after=seen)
        async with here.bot():
            seen = len(here.mira.history)
            refused = await here.mira.message_menu(THIS, message=posted)
            assert refused.modal is None
            await told(here.mira, "not everybody whose picture it is", after=seen)
            own = await here.ada.message_menu(THIS, message=posted)
            assert own.modal is not None
