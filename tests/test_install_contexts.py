"""The bot as its own process in group chats and in servers that it is not a member of."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image

from sandbox.discord.testclient.member import Member
from sandbox.processes import ROOT, bot_settings, running
from tests.support.timeouts import SLOW_ACKNOWLEDGEMENT

pytestmark = pytest.mark.proof


Json = dict[str, Any]
TIMEOUT_S = 60.0


@dataclass
class InstallHarness:
    """A user at a page, and the sandbox's control address."""

    ada: Member
    page: str

    async def repaint(self, channel: str, context: str | None = None) -> Json:
        """Request an image and return the message that shows it."""
        seen = len(self.ada.history)
        image = await self.ada.upload(photo())
        await self.ada.command(
            "repaint", channel=channel, context=context, image=image, prompt="as a mosaic"
        )
        return await self.ada.next_message(has_pictures, after=seen, timeout=TIMEOUT_S)

    async def state(self) -> Json:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.page}sandbox/state") as answer,
        ):
            return await answer.json()

    async def order(self, path: str, **body: object) -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.page}sandbox/{path}", json=body) as answer,
        ):
            answer.raise_for_status()


def photo() -> bytes:
    paper = io.BytesIO()
    Image.linear_gradient("L").resize((640, 480)).convert("RGB").save(paper, "PNG")
    return paper.getvalue()


def has_pictures(message: Json) -> bool:
    return "media" in str(message["components"]) and "'items'" in str(message["components"])


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[InstallHarness]:
    quick = ("--min-seconds", "1", "--max-seconds", "1", "--painter", "copy")
    async with AsyncExitStack() as stack:
        child = await stack.enter_async_context(
            running("-m", "sandbox", *SLOW_ACKNOWLEDGEMENT, *quick)
        )
        world = await child.first_line()
        env = bot_settings(world, tmp_path) | {"USER_COOLDOWN": "0"}
        bot = str(ROOT / "bot.py")
        await stack.enter_async_context(running(bot, env=env, cwd=tmp_path))
        ada = await stack.enter_async_context(Member(world["page"], viewer="Ada"))
        ada.patience = TIMEOUT_S
        await ada.online()
        yield InstallHarness(ada, world["page"])


async def test_it_paints_where_only_its_member_brought_it(town: InstallHarness) -> None:
    in_group = await town.repaint("Friends")
    borrowed = await town.repaint("lounge", context="user_install")

    assert in_group["channel_id"] != borrowed["channel_id"]
    state = await town.state()
    assert state["rule_breaks"] == []
    # Nothing was tried there with the bot's own token.
    assert not [route for route in state["requests"] if "/channels/{channel}/messages" in route]

    await town.ada.command("jobs", channel="Friends")
    listed = await town.ada.next_message(lambda one: "What you asked for" in str(one))
    assert listed["flags"] & 64
    assert "as a mosaic" in str(listed)


async def test_without_external_apps_only_the_asker_sees_it(town: InstallHarness) -> None:
    hello = town.ada.hello
    lounge = town.ada.channel("lounge")
    await town.order(
        "remove", permission="USE_EXTERNAL_APPS", channel=lounge, role=hello["guild"]["id"]
    )

    shown = await town.repaint("lounge", context="user_install")

    assert shown["flags"] & 64
    assert (await town.state())["rule_breaks"] == []


async def test_a_server_that_goes_while_it_paints_leaves_a_direct_message(
    town: InstallHarness,
) -> None:
    hello, ada = town.ada.hello, town.ada
    image = await ada.upload(photo())
    await ada.command("repaint", image=image, prompt="as a mosaic")
    await town.order("remove", guild=hello["guild"]["id"])

    shown = await ada.next_message(has_pictures, timeout=TIMEOUT_S)

    assert shown["channel_id"] == ada.channel("dm")
