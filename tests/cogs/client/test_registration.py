"""Commands are registered only when they have changed: Discord counts registrations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import simcord

from bot import BotApp
from cogs.client.gateway import log_in
from tests.support import bot_harness as worlds
from tests.support.bot_harness import BotHarness, simulated_bot
from tests.support.messages import Json, text

COMMANDS = "/applications/*/commands"


@pytest.fixture(autouse=True)
def discord_knows_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start every world of this module without registered commands, as a bot's very first start."""

    async def register(env: simcord.Env, bot: BotApp) -> None:
        await bot.client.register()

    monkeypatch.setattr(worlds, "register", register)


def registrations(world: BotHarness) -> int:
    return len(world.requests("PUT", "/commands"))


async def test_registration_at_the_first_start_is_one_call(world: BotHarness) -> None:
    assert registrations(world) == 1
    assert {"repaint", "quota"} <= {command["name"] for command in world.registered()}


async def test_registration_without_changes_makes_no_call(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path):
        pass
    async with simulated_bot(tmp_path) as world:
        assert registrations(world) == 0


async def test_registration_after_a_changed_option_is_repeated(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, MAX_COUNT=4):
        pass
    async with simulated_bot(tmp_path, MAX_COUNT=6) as world:
        assert registrations(world) == 1
        await world.repaint(count=6)


async def test_registering_can_be_asked_for(world: BotHarness) -> None:
    world.bot.client.force_register()
    await world.bot.client.register()

    assert registrations(world) == 2


async def test_commands_that_discord_refuses_leave_the_old_ones_at_work(world: BotHarness) -> None:
    world.env.inject_error("PUT", COMMANDS, status=400, code=50035)
    world.bot.client.force_register()

    await log_in(world.bot.client, "MTE.x.y", clock=world.clock)

    assert registrations(world) == 2
    assert "next in line" in text((await world.repaint()).response)


async def test_commands_that_discord_refused_are_sent_at_the_next_start(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, MAX_COUNT=2):
        pass
    async with simulated_bot(tmp_path, MAX_COUNT=2) as world:
        await world.store.notes.put(f"commands:{world.bot.client.application_id}", "another")
        world.env.inject_error("PUT", COMMANDS, status=400, code=50035)
        await log_in(world.bot.client, "MTE.x.y", clock=world.clock)
        await log_in(world.bot.client, "MTE.x.y", clock=world.clock)

        assert registrations(world) == 2


def options_of(command: Json) -> Iterator[Json]:
    for option in command.get("options") or ():
        yield option
        yield from options_of(option)


async def test_attachment_options_ask_for_every_image_type(world: BotHarness) -> None:
    [sent] = world.requests("PUT", "/commands")
    attachments = [option for one in sent for option in options_of(one) if option["type"] == 11]

    assert len(attachments) >= 5
    wanted = {"image", ".bmp", ".tiff", ".heic", ".heif", ".hif"}
    assert all(wanted <= set(one["file_types"]) for one in attachments)
    assert not [
        one
        for each in sent
        for one in options_of(each)
        if one["type"] != 11 and "file_types" in one
    ]
