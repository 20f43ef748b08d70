"""Required roles: the bot privately refuses requests of members without such a role."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import simcord

from services.db import Store
from services.models import AuditEntry
from tests.cogs.admin.guild_harness import (
    GuildHarness,
    furnish_other_guild,
    open_guild_harness,
    restart_bot,
)
from tests.cogs.admin.test_operator import operated
from tests.support.bot_harness import BotHarness, make_image
from tests.support.gateway_events import receive
from tests.support.job_buttons import click, pick
from tests.support.messages import text
from tests.support.result_buttons import fields, form_values

Answer = simcord.InteractionResult
Way = Callable[[BotHarness, simcord.MemberActor], Awaitable[Answer]]
Opening = Callable[[BotHarness, simcord.MemberActor], Awaitable[Answer]]

IMAGE, OTHER = ("cat.png", make_image(500, 400)), ("dog.png", make_image(420, 400))
REFUSED = "members with one of these roles only"


async def command(
    name: str, options: dict[str, Any], world: BotHarness, who: simcord.MemberActor
) -> Answer:
    return await who.slash(world.channel, name, **options)


async def linked(world: BotHarness, who: simcord.MemberActor) -> Answer:
    stored = world.env.backend.cdn.store_attachment(7, 8, *IMAGE, None)
    link = str(stored["url"]).replace("https://cdn.simcord.invalid", world.cdn_url)
    return await who.slash(world.channel, "repaint-link", link=link, prompt="a cat")


async def menu(world: BotHarness, who: simcord.MemberActor) -> Answer:
    message = await world.bob.send(world.channel, "look", attachments=[IMAGE])
    return await who.context_menu(world.channel, "Repaint this picture", message)


async def pressed(label: str, world: BotHarness, who: simcord.MemberActor) -> Answer:
    results = [one for one in world.channel.history() if one.components]
    return await who.click(results[0], label=label)


async def blend_form(world: BotHarness, who: simcord.MemberActor) -> Answer:
    return await who.slash(world.channel, "blend", prompt="friends")


AT_ONCE: dict[str, Way] = {
    "/repaint": partial(command, "repaint", {"image": IMAGE, "prompt": "a cat"}),
    "/repaint-link": linked,
    "/expand": partial(command, "expand", {"image": IMAGE, "left": 25}),
    "/blend": partial(command, "blend", {"first": IMAGE, "second": OTHER}),
    "Again": partial(pressed, "Again"),
}
OPENING: dict[str, Opening] = {
    "message menu": menu,
    "blend form": blend_form,
    "Edit prompt": partial(pressed, "Edit prompt"),
    "Use as source": partial(pressed, "Use as source"),
}


def refused(answer: Answer) -> bool:
    return answer.modal is None and answer.ephemeral and REFUSED in text(answer.response)


async def submitted(who: simcord.MemberActor, form: Answer) -> Answer:
    if "pictures" in fields(form):
        return await who.submit_modal(form, {"prompt": "anew", "pictures": [IMAGE, OTHER]})
    return await who.submit_modal(form, form_values(form, prompt="anew"))


async def with_a_result(server: GuildHarness) -> BotHarness:
    """Have a moderator's result posted where all commands start, then require a role."""
    world = server.world
    await world.repaint(server.mod)
    await world.until_settled()
    await server.admin("required-roles add", role=server.painters)
    return world


def required(server: GuildHarness, role_id: int) -> AuditEntry:
    return AuditEntry(
        guild_id=server.guild.id, at=0.0, by=1, action="add_required_role", target=role_id
    )


def painter(server: GuildHarness) -> simcord.MemberActor:
    return server.guild.add_member(server.world.env.create_user("pia"), roles=[server.painters])


@pytest.mark.parametrize("after_restart", [False, True])
@pytest.mark.parametrize("way", AT_ONCE)
async def test_member_without_role_starts_nothing_at_once(
    tmp_path: Path, way: str, after_restart: bool
) -> None:
    async with open_guild_harness(tmp_path, USER_QUEUED_JOBS=9) as server:
        world, pia = await with_a_result(server), painter(server)
        if after_restart:
            async with restart_bot(world):
                assert refused(await AT_ONCE[way](world, server.member))
            return
        answer = await AT_ONCE[way](world, server.member)
        before = await world.jobs()
        taken = await AT_ONCE[way](world, pia)

        assert refused(answer)
        assert len(before) == 1
        assert not refused(taken)
        assert len(await world.jobs()) == 2


@pytest.mark.parametrize("way", OPENING)
async def test_member_without_role_gets_no_form_and_sends_none(tmp_path: Path, way: str) -> None:
    async with open_guild_harness(tmp_path, USER_QUEUED_JOBS=9) as server:
        world = await with_a_result(server)
        await server.admin("required-roles remove", role=str(server.painters.id))
        form = await OPENING[way](world, server.member)
        await server.admin("required-roles add", role=server.painters)

        opened, sent = (
            await OPENING[way](world, server.member),
            await submitted(server.member, form),
        )
        before = await world.jobs()
        pia = painter(server)
        taken = await submitted(pia, await OPENING[way](world, pia))

        assert refused(opened)
        assert refused(sent)
        assert "anew" in text(sent.response)
        assert len(before) == 1
        assert not refused(taken)
        assert len(await world.jobs()) == 2


async def test_avatar_menu_opens_for_the_role_alone(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        world, pia = await with_a_result(server), painter(server)
        world.env.backend.users[server.mod.id].avatar = "0123"

        for who, is_refused in ((server.member, True), (pia, False)):
            answer = await who.context_menu(world.channel, "Repaint avatar", server.mod)
            assert refused(answer) is is_refused


async def test_moderators_and_operators_need_no_role(tmp_path: Path) -> None:
    operator_id = await operated(tmp_path / "before")
    async with open_guild_harness(
        tmp_path / "now", OPERATOR_IDS=operator_id, USER_QUEUED_JOBS=9
    ) as server:
        world = await with_a_result(server)
        for who in (server.mod, world.bob):
            assert not refused(await OPENING["Edit prompt"](world, who))
            assert not refused(await AT_ONCE["Again"](world, who))
        assert refused(await world.repaint(world.ann))
        await world.until_settled(3)


async def test_required_roles_need_one_of_several(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        other = server.guild.create_role("Patrons")
        pat = server.guild.add_member(server.world.env.create_user("pat"), roles=[other])
        await server.admin("required-roles add", role=server.painters)
        answer = await server.admin("required-roles add", role=other)

        assert f"<@&{server.painters.id}>" in answer
        assert f"<@&{other.id}>" in answer
        assert not refused(await server.world.repaint(pat))
        refusal = await server.world.repaint(server.member)
        assert refused(refusal)
        assert f"<@&{other.id}>" in text(refusal.response)


async def test_sixth_role_and_roles_of_everybody_are_refused(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        for number in range(5):
            role = server.guild.create_role(f"role {number}")
            await server.admin("required-roles add", role=role)

        assert "5 already" in await server.admin("required-roles add", role=server.painters)
        everyone = server.guild.default_role
        assert "@everyone" in await server.admin("required-roles add", role=everyone)
        assert len(await server.offered("required-roles remove", "role")) == 5
        assert await server.offered("required-roles remove", "role", "@role 3")


async def test_role_is_given_and_taken_while_the_rule_stands(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path, USER_QUEUED_JOBS=9) as server:
        world, backend = server.world, server.world.env.backend
        await server.admin("required-roles add", role=server.painters)
        assert refused(await world.repaint())

        backend.add_member_role(server.guild.id, server.member.id, server.painters.id)
        assert not refused(await world.repaint())
        backend.remove_member_role(server.guild.id, server.member.id, server.painters.id)

        assert refused(await world.repaint())


async def test_direct_messages_and_other_servers_are_not_affected(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path, USER_QUEUED_JOBS=9) as server:
        other = furnish_other_guild(server)
        await server.admin("required-roles add", role=server.painters)

        direct = await server.member.user.slash("repaint", image=IMAGE, prompt="a cat")
        there = await server.world.repaint(other.member, other.channel)

        assert not refused(direct)
        assert not refused(there)
        assert len(await server.world.jobs()) == 2


async def test_deleted_role_is_required_no_more_and_the_trail_says_so(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("log-channel", channel=server.log)
        await server.admin("required-roles add", role=server.painters)
        server.world.env.backend.delete_role(server.guild.id, server.painters.id)
        await server.world.env.settle()

        assert "Every member may ask" in await server.admin("required-roles show")
        assert "no longer requires" in await server.admin("history")
        assert "no longer requires" in server.logged()[-1]
        assert not refused(await server.world.repaint())


async def test_required_role_deleted_during_downtime_is_dropped(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        store: Store = server.world.store
        for role in (server.painters, server.mods):
            await server.admin("required-roles add", role=role)
        gone = 10**18
        await server.world.store.community.apply(required(server, gone))
        assert refused(await server.world.repaint())
        for role in (server.painters, server.mods):
            await server.admin("required-roles remove", role=f"<@&{role.id}>")

        assert (await store.community.rules(server.guild.id)).required_roles == (gone,)
        assert not refused(await server.world.repaint())
        assert await server.offered("required-roles remove", "role") == [f"{gone}={gone}"]
        assert "Every member" in await server.admin("required-roles remove", role=str(gone))


async def test_result_is_posted_again_without_the_role(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        world = server.world
        await world.repaint()
        await world.until_settled()
        await server.admin("required-roles add", role=server.painters)

        listed = await server.member.slash(world.channel, "jobs")
        [job] = await world.jobs()
        single = await pick(server.member, listed.response, [job.id])
        answer = await click(server.member, single.response, f"rp:post:{job.id}")

        assert not refused(answer)
        assert len(await world.jobs()) == 1


async def test_refusal_is_in_the_readers_language(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("required-roles add", role=server.painters)
        server.world.says = {"locale": "zh-CN"}

        answer = await server.world.repaint()

        assert answer.ephemeral
        assert "身份组" in text(answer.response)


async def test_roles_are_read_from_the_interaction_while_the_server_is_unavailable(
    tmp_path: Path,
) -> None:
    async with open_guild_harness(tmp_path) as server:
        world, pia = server.world, painter(server)
        await server.admin("required-roles add", role=server.painters)
        receive(world, "GUILD_DELETE", {"id": str(server.guild.id), "unavailable": True})
        guild = world.bot.client.get_guild(server.guild.id)
        assert guild is not None
        guild._roles.clear()

        assert not refused(await world.repaint(pia))
        assert refused(await world.repaint(server.member))
