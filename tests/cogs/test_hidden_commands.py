"""Every command, menu and button in a channel that Discord hides from the bot."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import simcord

from tests.cogs.admin.guild_harness import GuildHarness, furnish_other_guild, open_guild_harness
from tests.cogs.admin.test_every_command import EVERYTHING, unguarded
from tests.support.bot_harness import make_image
from tests.support.gateway_events import HIDDEN, hidden_channel, receive
from tests.support.job_buttons import ids_of
from tests.support.messages import Json, text
from tests.system.acceptance.harness import OPERATOR, operator
from tests.system.acceptance.test_every_feature import paths

SOURCE = ("cat.png", make_image())
MADE = {"prompt": "ink", "private": True}
FORMS = ("minimal", "null")

Options = Callable[["HiddenGuilds"], Json]


@dataclass(frozen=True)
class HiddenGuilds:
    """A server whose channels are hidden, and another one."""

    server: GuildHarness
    other: GuildHarness
    operator: simcord.MemberActor


MEMBERS: dict[str, Json] = {
    "repaint": {"image": SOURCE, **MADE},
    "repaint-link": {"link": "https://example.com/a.png", **MADE},
    "expand": {"image": SOURCE, "private": True},
    "blend": {"first": SOURCE, "second": ("b.png", make_image(500, 400)), **MADE},
    "preferences show": {},
    "preferences set": {"count": 2},
    "preferences clear": {},
    "quota": {},
    "jobs": {},
    "my-data": {},
    "forget-me": {},
    "about": {},
}
MENUS = ("Repaint avatar", "Repaint this picture")


def other_server(scene: HiddenGuilds) -> Json:
    return {"server": str(scene.other.guild.id)}


OPERATORS: dict[str, Options] = {
    "block member": lambda scene: {"member": scene.server.member},
    "unblock member": lambda scene: {"member": str(scene.server.member.id)},
    "block server": other_server,
    "unblock server": other_server,
    "servers list": lambda _: {},
    "servers allow": other_server,
    "servers remove": other_server,
    "servers everywhere": lambda _: {},
    "servers leave": other_server,
    "pause": lambda _: {},
    "resume": lambda _: {},
    "history": lambda _: {},
    "stats": lambda _: {},
}


@asynccontextmanager
async def hidden(folder: Path, form: str) -> AsyncGenerator[HiddenGuilds]:
    """Open a world in which the bot may view no channel of a server."""
    async with open_guild_harness(folder, OPERATOR_IDS=OPERATOR, USER_QUEUED_JOBS=50) as server:
        world = server.world
        scene = HiddenGuilds(
            server, furnish_other_guild(server), world.guild.add_member(operator(world))
        )
        for channel in (server.channel, server.log):
            payload = hidden_channel(channel.id, world.guild.id, form=form)
            receive(world, "CHANNEL_UPDATE", payload)
        yield scene


async def test_hidden_cases_cover_every_command(tmp_path: Path) -> None:
    async with hidden(tmp_path, "null") as scene:
        registered = scene.server.world.registered()
    tried = {*MEMBERS, *MENUS}
    tried |= {f"repaint-admin {name}" for name, _ in EVERYTHING}
    tried |= {f"repaint-operator {name}" for name in OPERATORS}

    assert {path for one in registered for path in paths(one)} == tried


@pytest.mark.parametrize("form", FORMS)
async def test_member_command_in_hidden_channel_is_answered(
    tmp_path: Path, subtests: pytest.Subtests, form: str
) -> None:
    async with hidden(tmp_path, form) as scene:
        ann, channel = scene.server.member, scene.server.channel
        for name, options in MEMBERS.items():
            with subtests.test(name):
                assert_answered(await ann.slash(channel, name, **options))
        await scene.server.world.at_rest()


@pytest.mark.parametrize("form", FORMS)
async def test_menu_in_hidden_channel_opens_its_form(tmp_path: Path, form: str) -> None:
    async with hidden(tmp_path, form) as scene:
        ann, channel = scene.server.member, scene.server.channel
        await scene.server.world.bob.send(channel, "look", attachments=[SOURCE])
        avatar, message = MENUS

        on_message = await ann.context_menu(channel, message, channel.last_message)
        on_user = await ann.context_menu(channel, avatar, scene.server.mod)

        assert on_message.modal is not None
        assert_answered(on_user)


@pytest.mark.parametrize("form", FORMS)
async def test_moderators_command_in_hidden_channel_is_answered(
    tmp_path: Path, subtests: pytest.Subtests, form: str
) -> None:
    async with hidden(tmp_path, form) as scene:
        unguarded(scene.server)
        for name, options in EVERYTHING:
            with subtests.test(name):
                answer = await scene.server.mod.slash(
                    scene.server.channel, f"repaint-admin {name}", **options(scene.server)
                )
                assert_answered(answer)


@pytest.mark.parametrize("form", FORMS)
async def test_operators_command_in_hidden_channel_is_answered(
    tmp_path: Path, subtests: pytest.Subtests, form: str
) -> None:
    async with hidden(tmp_path, form) as scene:
        unguarded(scene.server)
        for name, options in OPERATORS.items():
            with subtests.test(name):
                answer = await scene.operator.slash(
                    scene.server.channel, f"repaint-operator {name}", **options(scene)
                )
                assert_answered(answer)


@pytest.mark.parametrize("form", FORMS)
async def test_button_in_hidden_channel_is_answered(
    tmp_path: Path, subtests: pytest.Subtests, form: str
) -> None:
    async with hidden(tmp_path, form) as scene:
        world, channel = scene.server.world, scene.server.channel
        shown = (await world.repaint(where=channel)).response
        await world.until_settled()
        pressed = ids_of(shown)
        assert len(pressed) >= 7
        for custom_id in pressed:
            with subtests.test(custom_id):
                assert_answered(await scene.server.member.click(shown, custom_id=custom_id))
        await world.at_rest()


def assert_answered(answer: simcord.InteractionResult) -> None:
    """Check that the bot answered, and not with the blank name of a channel."""
    assert answer.response is not None or answer.modal is not None
    assert HIDDEN not in (text(answer.response) if answer.response else "")
    assert HIDDEN not in str(answer.modal)
