"""Every button, clicked where a job was requested, where it was posted, and where it never was.

Permission, effect, note and words of a click belong to the server in which it happens. It changes
nothing in any other server.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import simcord

from sandbox.discord.core.model import COMPONENTS_V2
from services.models import Job
from tests.cogs.admin.guild_harness import (
    GuildHarness,
    furnish_guild,
    open_guild_harness,
    restart_bot,
)
from tests.cogs.results.test_report_actions import base36, post_again
from tests.cogs.test_other_users_jobs import PROMPT, disclosed
from tests.support.bot_harness import BotHarness, make_image
from tests.support.databases import ask
from tests.support.messages import gallery

TABLES = {"audit": "action, target", "member_block": "user_id", "job": "id, state, user_id, prompt"}
"""Tables and columns that must not change in a server in which no button is clicked."""


@dataclass
class ThreeGuilds:
    """Three servers with a moderator each, and one job."""

    world: BotHarness
    asked: GuildHarness
    other: GuildHarness
    third: GuildHarness
    job: Job

    @property
    def all(self) -> dict[str, GuildHarness]:
        return {"asked": self.asked, "other": self.other, "third": self.third}

    def shown_in(self, requested: str, posted: str) -> set[str]:
        """Return the servers whose members see the job."""
        shown = {"asked"} if requested in ("public", "installed") else set[str]()
        return shown | ({posted} if posted else set())


def third_of(server: GuildHarness, name: str) -> GuildHarness:
    guild = server.world.env.create_guild(name)
    member = guild.add_member(server.world.env.create_user(f"member of {name}"))
    return furnish_guild(server.world, guild, member)


async def asked_for(server: GuildHarness, requested: str) -> Job:
    world = server.world
    if requested == "direct":
        image = ("cat.png", make_image())
        await world.ann.user.slash("repaint", image=image, prompt=PROMPT)
    elif requested == "installed":
        owners = {"1": str(world.ann.id)}
        world.says = {"authorizing_integration_owners": owners, "app_permissions": "0"}
        await world.repaint(where=server.channel, prompt=PROMPT)
        world.says = {}
    else:
        await world.repaint(where=server.channel, prompt=PROMPT, private=requested == "private")
    return (await world.until_settled())[0]


async def arranged(server: GuildHarness, requested: str, posted: str) -> ThreeGuilds:
    other, third = third_of(server, "Other"), third_of(server, "Third")
    for one in (server, other, third):
        await one.admin("log-channel", channel=one.log)
    job = await asked_for(server, requested)
    places = ThreeGuilds(server.world, server, other, third, job)
    if posted:
        ann = server.world.ann
        if posted == "other":
            ann = other.guild.add_member(ann.user)
        await post_again(places.all[posted], ann)
    return places


def ids_for(world: BotHarness, job: Job, spots: list[str]) -> Iterator[str]:
    """Return every button's id, with each message that it may name; Delete last of all."""
    items = world.bot.client._connection._view_store._dynamic_items
    patterns = [one.pattern for one in items if "(?P<job>" in one.pattern]
    for pattern in sorted(patterns, key=lambda one: ("delete" in one, "block" in one, one)):
        custom_id = re.sub(r"\(\?P<job>.*?\)", job.id, pattern)
        named = spots if "(?P<spot>" in custom_id else [""]
        yield from (re.sub(r"\(\?P<spot>.*?\)", spot, custom_id) for spot in named)


def state_of(places: ThreeGuilds, server: GuildHarness) -> str:
    """Return everything that a click in another server must not change."""
    guild_id = server.guild.id
    settings = places.world.settings
    rows = {
        name: ask(settings, f"SELECT {columns} FROM {name} WHERE guild_id = ?", guild_id)
        for name, columns in TABLES.items()
    }
    seen = [
        (one.id, one.content, str([part.to_dict() for part in one.components]))
        for channel in (server.channel, server.log)
        for one in channel.history()
    ]
    return json.dumps([rows, seen], default=str)


async def press_in(
    world: BotHarness, channel: simcord.ChannelHandle, who: Any, custom_id: str
) -> simcord.InteractionResult:
    """Click a forged button under a message of the bot, and submit the form that it opens."""
    backend = world.env.backend
    button = {"type": 2, "style": 2, "label": "forged", "custom_id": custom_id}
    row = {"type": 1, "components": [button]}
    parts = [{"type": 10, "content": "x"}, row]
    bot_id = backend.bot_user.id
    backend.create_message(channel.id, bot_id, "", components=parts, flags=COMPONENTS_V2)
    answer = await who.click(channel.last_message, label="forged")
    if answer.modal is not None:
        return await who.submit_modal(answer, dict(filled(answer.modal)))
    return answer


def filled(form: Any) -> Iterator[tuple[str, object]]:
    """Return values for all fields of a form."""
    for part in form["components"]:
        field = part.get("component", {})
        if field.get("type") == 4:
            yield field["custom_id"], field.get("value") or "words"
        elif field.get("type") == 3:
            yield field["custom_id"], [field["options"][-1]["value"]]
        elif field.get("type") == 23:
            yield field["custom_id"], False


def spots_of(places: ThreeGuilds) -> list[str]:
    """Return the messages that an id may name: none, and one in each server."""
    named = ["0-0-0"]
    for server in (places.asked, places.other, places.third):
        last = server.channel.last_message
        numbers = (server.guild.id, server.channel.id, 0 if last is None else last.id)
        named.append("-".join(map(base36, numbers)))
    return named


@pytest.mark.proof
@pytest.mark.parametrize("posted", ["", "asked", "other"], ids=["once", "again", "elsewhere"])
@pytest.mark.parametrize("requested", ["public", "private", "direct", "installed"])
async def test_button_click_changes_nothing_in_another_server(
    tmp_path: Path, requested: str, posted: str
) -> None:
    limits = {"USER_DAILY_IMAGES": 0, "USER_QUEUED_JOBS": 50, "USER_COOLDOWN": 0}
    async with open_guild_harness(tmp_path, **limits) as server:
        places = await arranged(server, requested, posted)
        shown, spots = places.shown_in(requested, posted), spots_of(places)
        async with restart_bot(server.world):
            await press_unseen(places, shown, spots)
            for name in sorted(shown, reverse=True):
                await press_seen(places, name, spots)


async def test_button_click_in_a_direct_message_changes_no_server(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        places = await arranged(server, "public", "other")
        mod = server.mod.user
        await mod.slash("quota")
        for custom_id in ids_for(places.world, places.job, spots_of(places)):
            before = [state_of(places, one) for one in places.all.values()]
            answer = await press_in(places.world, mod.dm_channel, mod, custom_id)
            assert "canary-prompt" not in disclosed(answer), custom_id
            assert [state_of(places, one) for one in places.all.values()] == before, custom_id


async def press_unseen(places: ThreeGuilds, shown: set[str], spots: list[str]) -> None:
    for name in places.all.keys() - shown:
        server = places.all[name]
        for custom_id in ids_for(places.world, places.job, spots):
            before = [state_of(places, one) for one in places.all.values() if one is not server]
            files = sorted(places.world.settings.pictures_path.rglob("*"))
            rows = [ask(places.world.settings, f"SELECT * FROM {table}") for table in TABLES]
            answer = await press_in(places.world, server.channel, server.mod, custom_id)
            assert answer.ephemeral, custom_id
            assert "canary-prompt" not in disclosed(answer), custom_id
            after = [state_of(places, one) for one in places.all.values() if one is not server]
            assert after == before, custom_id
            assert sorted(places.world.settings.pictures_path.rglob("*")) == files, custom_id
            assert [
                ask(places.world.settings, f"SELECT * FROM {table}") for table in TABLES
            ] == rows, custom_id


async def press_seen(places: ThreeGuilds, name: str, spots: list[str]) -> None:
    """Press every button as the server's moderator: the effects appear in that server only."""
    server, world = places.all[name], places.world
    others = [one for one in places.all.values() if one is not server]
    reports = len(server.log.history())
    for custom_id in ids_for(world, places.job, spots):
        before = [state_of(places, one) for one in others]
        await press_in(places.world, server.channel, server.mod, custom_id)
        await world.at_rest()
        assert [state_of(places, one) for one in others] == before, custom_id
    assert len(server.log.history()) > reports
    of_ann = [server.guild.id, world.ann.id]
    assert ask(
        world.settings, "SELECT * FROM member_block WHERE guild_id = ? AND user_id = ?", *of_ann
    )
    noted = ask(
        world.settings,
        "SELECT DISTINCT action FROM audit WHERE guild_id = ? AND target = ?",
        *of_ann,
    )
    assert {("block",), ("delete_pictures",)} <= {tuple(row) for row in noted}
    own = [one for one in server.channel.history() if places.job.id in str(gallery(one))]
    assert not own or places.job.place.can_post is False
