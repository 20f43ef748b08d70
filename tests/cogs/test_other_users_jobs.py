"""Users cannot see, cancel, delete or post another user's job by any button, command or forged id.

The tests ask the bot which buttons it answers to, so a new button is covered too.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import simcord
from discord import app_commands
from simcord.backend.errors import SetupError

from services.models import Job
from tests.cogs.admin.guild_harness import GuildHarness, furnish_other_guild, open_guild_harness
from tests.support.bot_harness import BotHarness
from tests.support.databases import ask

PROMPT = "canary-prompt as an oil painting"
FORGED = ("0" * 22, "zzzzzzzzzzzzzzzzzzzzzz")


def verbs(world: BotHarness) -> list[str]:
    """Return a template id for every kind of button that names a job and stays valid for ever."""
    patterns = world.bot.client._connection._view_store._dynamic_items
    named = [one.pattern for one in patterns if "(?P<job>" in one.pattern]
    return [filled_in(one) for one in named]


def filled_in(pattern: str) -> str:
    """Return a pattern as an id to fill in with a job's; its message id is unknown."""
    with_job = re.sub(r"\(\?P<job>.*?\)", "{job}", pattern)
    return re.sub(r"\(\?P<spot>.*?\)", "0-0-0", with_job)


def books(world: BotHarness) -> str:
    """Return everything about jobs that must not change."""
    query = "SELECT id, state, given_back, message_id, prompt, user_id FROM job ORDER BY id"
    return json.dumps(ask(world.settings, query))


def pictures(world: BotHarness) -> set[str]:
    return {each.name for each in world.settings.pictures_path.rglob("*")}


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def press(
    server: GuildHarness, by: simcord.MemberActor, custom_id: str
) -> simcord.InteractionResult:
    """Click a forged button with this id under a message of the bot."""
    button = {"type": 2, "style": 2, "label": "forged", "custom_id": custom_id}
    env = server.world.env
    env.backend.create_message(
        server.channel.id,
        env.backend.bot_user.id,
        content="look",
        components=[{"type": 1, "components": [button]}],
    )
    return await by.click(server.channel.last_message, label="forged")


def disclosed(answer: simcord.InteractionResult) -> str:
    """Return everything that the user who clicked was shown."""
    shown = [answer.modal]
    if answer.response is not None:
        shown += [answer.response.content, str(answer.response.components)]
        shown += [one.url for one in answer.response.attachments]
    return json.dumps(shown, default=str)


async def offered(server: GuildHarness, command: str, option: str) -> list[Any]:
    """Return the choices offered to a member; none if Discord does not show the command."""
    try:
        return list(await server.world.bob.autocomplete(server.channel, command, option, ""))
    except SetupError:
        return []


async def painted(server: GuildHarness, *, private: bool) -> Job:
    await server.world.repaint(prompt=PROMPT, private=private)
    await server.world.until_settled()
    [job] = await server.world.jobs()
    return job


async def assert_nothing_happens(
    server: GuildHarness, by: simcord.MemberActor, job_id: str
) -> None:
    world = server.world
    before, files = books(world), pictures(world)
    asked = verbs(world)
    assert len(asked) >= 3
    for verb in asked:
        answer = await press(server, by, verb.format(job=job_id))
        assert answer.ephemeral, verb
        assert "canary-prompt" not in disclosed(answer), verb
        assert job_id not in disclosed(answer).replace(verb.format(job=job_id), ""), verb
        assert answer.modal is None, f"{verb}: a form was opened for what they may not see"
    assert books(world) == before
    assert pictures(world) == files


@pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
async def test_buttons_clicked_in_another_server_do_nothing(tmp_path: Path, private: bool) -> None:
    async with open_guild_harness(tmp_path) as server:
        job = await painted(server, private=private)
        other = furnish_other_guild(server)
        for who in (other.member, other.mod):
            await assert_nothing_happens(other, who, job.id)


async def test_private_job_is_hidden_from_members_and_moderators(
    tmp_path: Path,
) -> None:
    async with open_guild_harness(tmp_path) as server:
        job = await painted(server, private=True)
        for who in (server.world.bob, server.mod):
            await assert_nothing_happens(server, who, job.id)


async def test_forged_ids_do_nothing(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await painted(server, private=False)
        for forged in FORGED:
            await assert_nothing_happens(server, server.world.bob, forged)


async def test_buttons_clicked_by_another_member_change_nothing(
    tmp_path: Path,
) -> None:
    async with open_guild_harness(tmp_path) as server:
        job = await painted(server, private=False)
        files = {name for name in pictures(server.world) if job.id in name}
        for verb in verbs(server.world):
            await press(server, server.world.bob, verb.format(job=job.id))
        [now] = [one for one in await server.world.jobs() if one.id == job.id]
        assert (now.state, now.given_back, now.request.prompt) == (job.state, False, PROMPT)
        assert files <= pictures(server.world)


async def test_command_autocomplete_offers_own_jobs_only(tmp_path: Path) -> None:
    """Options that name jobs or members offer only the caller's own (autocomplete too)."""
    async with open_guild_harness(tmp_path) as server:
        job = await painted(server, private=True)
        commands = list(server.world.bot.client.tree.walk_commands())
        assert len(commands) > 5
        for command in commands:
            if not isinstance(command, app_commands.Command):
                continue
            for option in command.parameters:
                if not option.autocomplete:
                    continue
                choices = await offered(server, command.qualified_name, option.name)
                assert "canary-prompt" not in json.dumps(choices), command.qualified_name
                assert job.id not in json.dumps(choices), command.qualified_name


async def test_commands_show_no_data_of_another_member(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await painted(server, private=True)
        for command in server.world.bot.client.tree.get_commands():
            if isinstance(command, app_commands.Command) and not any(
                option.required for option in command.parameters
            ):
                answer = await server.world.bob.slash(server.channel, command.name)
                assert "canary-prompt" not in disclosed(answer), command.name


async def test_prompt_mentions_no_user_or_role(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        prompt = f"@everyone @here <@{server.mod.id}> <@&{server.mods.id}> canary"
        await server.world.repaint(prompt=prompt)
        await server.world.until_settled()
        sent = [
            entry.json
            for entry in server.world.env.http_requests
            if entry.json and "canary" in json.dumps(entry.json)
        ]
        assert sent
        for body in sent:
            message = body.get("data", body)
            allowed = message.get("allowed_mentions")
            assert allowed is not None, message.keys()
            assert not allowed.get("parse")
            assert not allowed.get("users")
            assert not allowed.get("roles")


@pytest.mark.parametrize(
    "name",
    ["../../../etc/cron.d/evil.png", "..\\..\\evil.png", "/etc/passwd.png", "a\0b.png", ".png"],
)
async def test_uploaded_file_name_is_no_path(tmp_path: Path, name: str) -> None:
    async with open_guild_harness(tmp_path / "bot") as server:
        server.world.claims = {"filename": name}
        await server.world.repaint()
        [job] = await server.world.until_settled()
        inside = server.world.settings.pictures_path / job.id
        assert {each.parent for each in server.world.settings.pictures_path.rglob("*.*")} <= {
            inside
        }
        assert names_in(tmp_path) == ["bot"]
