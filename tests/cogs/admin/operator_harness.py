"""A server whose bot has an operator, and every command, menu and button that requests images."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord

from tests.cogs.admin.guild_harness import GuildHarness, open_guild_harness
from tests.cogs.admin.test_every_command import unguarded
from tests.support.bot_harness import BotHarness, make_image
from tests.support.job_buttons import click
from tests.support.messages import Shown, text
from tests.support.result_buttons import form_values
from tests.system.acceptance.harness import OPERATOR, operator

IMAGE = ("1.png", make_image(400, 300))
THIS, AVATAR = "Repaint this picture", "Repaint avatar"
Answer = simcord.InteractionResult
Who = simcord.MemberActor


@dataclass
class OperatorHarness:
    """A server, and the bot's operator."""

    server: GuildHarness
    operator: Who

    @property
    def world(self) -> BotHarness:
        return self.server.world

    async def run_operator_command(self, command: str, **options: Any) -> str:
        """Call a command of /repaint-operator; return its private answer."""
        path = f"repaint-operator {command}"
        found = await self.operator.slash(self.server.channel, path, **options)
        assert found.ephemeral
        return text(found.response)


@asynccontextmanager
async def open_operator_harness(
    folder: Path, **settings: object
) -> AsyncGenerator[OperatorHarness]:
    async with open_guild_harness(folder, OPERATOR_IDS=OPERATOR, **settings) as server:
        unguarded(server)
        person = server.guild.add_member(operator(server.world))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(discord.asset.Asset, "BASE", server.world.cdn_url)
            yield OperatorHarness(server, person)


def give_avatar(world: BotHarness, who: Who) -> None:
    """Give a user an avatar that simcord's CDN serves."""
    world.env.backend.users[who.id].avatar = "0123"
    url = f"https://cdn.simcord.invalid/avatars/{who.id}/0123.png"
    world.env.backend.cdn._blobs[url] = IMAGE[1]


Ask = Callable[[GuildHarness, Who, Shown], Awaitable[Answer]]
"""Requests an image by one command, menu or button; there is a result of another member's."""


def command(name: str, **options: Any) -> Ask:
    async def ask(server: GuildHarness, who: Who, _: Shown) -> Answer:
        return await who.slash(server.channel, name, **options)

    return ask


def clicking(verb: str) -> Ask:
    async def ask(_: GuildHarness, who: Who, shown: Shown) -> Answer:
        return await click(who, shown, f"rp:{verb}")

    return ask


async def on_a_message(server: GuildHarness, who: Who, _: Shown) -> Answer:
    message = await server.mod.send(server.channel, "look", attachments=[IMAGE])
    return await who.context_menu(server.channel, THIS, message)


async def on_an_avatar(server: GuildHarness, who: Who, _: Shown) -> Answer:
    give_avatar(server.world, server.mod)
    return await who.context_menu(server.channel, AVATAR, server.mod)


TWO = {"first": IMAGE, "second": ("2.png", IMAGE[1])}
IMAGE_REQUESTS: dict[str, Ask] = {
    "/repaint": command("repaint", image=IMAGE, prompt="ink"),
    "/repaint-link": command("repaint-link", link="https://example.com/cat.png", prompt="ink"),
    "/expand": command("expand", image=IMAGE, left=50),
    "/blend": command("blend", **TWO),
    "/blend, by a form": command("blend", count=2),
    THIS: on_a_message,
    AVATAR: on_an_avatar,
    "Again": clicking("again"),
    "Edit prompt": clicking("edit"),
    "Use as source": clicking("use"),
}


async def a_result(server: GuildHarness, who: Who, **options: Any) -> Shown:
    """Have a user generate an image; return its message."""
    count = len(await server.world.jobs())
    await server.world.repaint(who, server.channel, **options)
    await server.world.until_settled(count + 1)
    message = server.channel.last_message
    assert message is not None
    return message


async def open_forms(server: GuildHarness, who: Who, shown: Shown) -> list[Answer]:
    """Open every form that there is as this user."""
    ways = ("/blend, by a form", THIS, AVATAR, "Edit prompt", "Use as source")
    forms = [await IMAGE_REQUESTS[way](server, who, shown) for way in ways]
    assert all(form.modal is not None for form in forms)
    return forms


async def send(who: Who, form: Answer) -> Answer:
    """Submit a form as it is, with a prompt, and with files if it has a field for them."""
    assert form.modal is not None
    parts = [part["component"]["custom_id"] for part in form.modal["components"]]
    if "pictures" in parts:
        files = [("2.png", IMAGE[1]), ("3.png", IMAGE[1])]
        return await who.submit_modal(form, {"pictures": files, "prompt": "ink"})
    return await who.submit_modal(form, form_values(form, prompt="ink"))
