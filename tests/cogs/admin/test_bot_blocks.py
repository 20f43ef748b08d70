"""/repaint-operator block, unblock, servers: blocked users are told so, whatever they use."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from services.models import State
from tests.cogs.admin.guild_harness import furnish_other_guild, restart_bot
from tests.cogs.admin.operator_harness import (
    IMAGE_REQUESTS,
    OperatorHarness,
    a_result,
    open_forms,
    open_operator_harness,
    send,
)
from tests.support.bot_harness import make_image, simulated_bot
from tests.support.databases import ask
from tests.support.job_buttons import click, pick
from tests.support.messages import text
from tests.system.acceptance.harness import OPERATOR

USER = "The people who run the bot take no requests of yours, in any server. Reason: spam"
GUILD = "The people who run the bot take no requests in this server. Reason: spam"
ELSEWHERE = "The people who run the bot have not allowed this server"
CHINESE = {
    "member": "机器人的运行者在任何服务器都不受理您的请求。原因：spam",
    "server": "机器人的运行者不受理本服务器的请求。原因：spam",
    "list": "机器人的运行者没有允许本服务器",
}
ENGLISH = {"member": USER, "server": GUILD, "list": ELSEWHERE}


async def shut_out(world: OperatorHarness, kind: str) -> None:
    if kind == "member":
        await world.run_operator_command("block member", member=world.server.member, reason="spam")
    elif kind == "server":
        await world.run_operator_command(
            "block server", server=str(world.server.guild.id), reason="spam"
        )
    else:
        await world.run_operator_command("servers allow", server=str(world.server.guild.id + 1))


async def let_in(world: OperatorHarness, kind: str) -> None:
    if kind == "member":
        await world.run_operator_command("unblock member", member=str(world.server.member.id))
    elif kind == "server":
        await world.run_operator_command("unblock server", server=str(world.server.guild.id))
    else:
        await world.run_operator_command("servers everywhere")


@pytest.mark.parametrize("kind", ENGLISH)
@pytest.mark.parametrize(("locale", "words"), [("en-US", ENGLISH), ("zh-CN", CHINESE)])
async def test_bot_block_refuses_every_request_before_any_form(
    tmp_path: Path, kind: str, locale: str, words: dict[str, str]
) -> None:
    async with open_operator_harness(tmp_path) as world:
        server = world.server
        shown = await a_result(server, server.mod)
        await shut_out(world, kind)
        server.world.says = {"locale": locale}

        for way, asking in IMAGE_REQUESTS.items():
            answer = await asking(server, server.member, shown)
            assert answer.modal is None, way
            assert answer.ephemeral, way
            assert words[kind] in text(answer.response), way

        assert len(await server.world.jobs()) == 1
        await let_in(world, kind)
        assert not (await server.world.repaint(server.member, server.channel)).ephemeral


@pytest.mark.parametrize("kind", ENGLISH)
async def test_forms_that_were_open_are_refused_also_after_a_restart(
    tmp_path: Path, kind: str
) -> None:
    async with open_operator_harness(tmp_path) as world:
        server = world.server
        shown = await a_result(server, server.mod)
        forms = await open_forms(server, server.member, shown)
        await shut_out(world, kind)
        async with restart_bot(server.world):
            for form in forms:
                answer = await send(server.member, form)
                assert answer.ephemeral
                assert ENGLISH[kind] in text(answer.response)
                assert "ink" in text(answer.response), "the prompt is handed back"
        assert len(await server.world.jobs()) == 1


async def test_blocked_member_is_refused_in_every_server_and_others_are_not(tmp_path: Path) -> None:
    async with open_operator_harness(tmp_path) as world:
        server = world.server
        other = furnish_other_guild(server)
        guest = other.guild.add_member(server.member.user)
        await shut_out(world, "member")

        assert USER in text((await server.world.repaint(guest, other.channel)).response)
        image = {"image": ("1.png", make_image()), "prompt": "ink"}
        direct = await server.member.user.slash("repaint", **image)
        assert USER in text(direct.response)
        assert not (await server.world.repaint(server.mod, server.channel)).ephemeral


async def test_blocked_server_leaves_other_servers_alone(tmp_path: Path) -> None:
    async with open_operator_harness(tmp_path) as world:
        server = world.server
        other = furnish_other_guild(server)
        await shut_out(world, "server")

        assert not (await server.world.repaint(other.member, other.channel)).ephemeral
        image = {"image": ("1.png", make_image()), "prompt": "ink"}
        direct = await server.member.user.slash("repaint", **image)
        assert "Reason: spam" not in text(direct.response)


async def test_allow_list_serves_only_its_servers_and_an_empty_one_serves_all(
    tmp_path: Path,
) -> None:
    async with open_operator_harness(tmp_path) as world:
        server = world.server
        other = furnish_other_guild(server)
        said = await world.run_operator_command("servers allow", server=str(other.guild.id))
        assert "only in servers on the list, of which there is 1" in said

        refused = await server.world.repaint(server.member, server.channel)
        assert ELSEWHERE in text(refused.response)
        assert not (await server.world.repaint(other.member, other.channel)).ephemeral

        said = await world.run_operator_command("servers remove", server=str(other.guild.id))
        assert "in every server that is not blocked" in said
        assert not (await server.world.repaint(server.member, server.channel)).ephemeral


@pytest.mark.parametrize("kind", ENGLISH)
async def test_job_accepted_before_a_bot_block_is_delivered(tmp_path: Path, kind: str) -> None:
    async with open_operator_harness(tmp_path) as world:
        server = world.server
        await server.world.repaint(server.member, server.channel)
        await shut_out(world, kind)
        [job] = await server.world.until_settled()

        assert job.state is State.DELIVERED


async def test_blocked_member_cannot_post_results_again(tmp_path: Path) -> None:
    async with open_operator_harness(tmp_path) as world:
        server = world.server
        await a_result(server, server.member)
        await shut_out(world, "member")
        [job] = await server.world.jobs()
        mine = await server.member.slash(server.channel, "jobs")
        await pick(server.member, mine.response, [job.id])

        answer = await click(server.member, mine.response, "rp:post")

        assert USER in text(answer.response)
        assert "direct message" not in text(answer.response)


async def test_operators_can_not_block_themselves_or_each_other(tmp_path: Path) -> None:
    async with open_operator_harness(tmp_path) as world:
        said = await world.run_operator_command("block member", member=world.operator)
        assert said.endswith("Somebody who runs the bot can't be blocked.")
        assert not (await world.world.repaint(world.operator, world.server.channel)).ephemeral


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("block member", {"member": OPERATOR + 1}),
        ("unblock member", {"member": "5"}),
        ("block server", {"server": "5"}),
        ("unblock server", {"server": "5"}),
        ("servers list", {}),
        ("servers allow", {"server": "5"}),
        ("servers remove", {"server": "5"}),
        ("servers everywhere", {}),
        ("servers leave", {"server": "5"}),
    ],
)
async def test_moderators_are_refused_every_one_of_them(
    tmp_path: Path, command: str, options: dict[str, object]
) -> None:
    async with open_operator_harness(tmp_path) as world:
        server = world.server
        if command == "block member":
            options = {"member": server.member}
        found = await server.mod.slash(server.channel, f"repaint-operator {command}", **options)
        assert found.ephemeral
        assert text(found.response) == "Only the people who run this bot can use that."
        assert (await server.world.store.access.access()).allowed == ()
        option = next(iter(options), "")
        if isinstance(options.get(option), str):
            path = f"repaint-operator {command}"
            assert await server.mod.autocomplete(server.channel, path, option, "") == []


@pytest.mark.parametrize(
    ("command", "options", "says"),
    [
        ("unblock member", {"member": "5"}, "Pick a member who is on the list."),
        ("unblock server", {"server": "5"}, "Pick a server that is on the list."),
        ("servers remove", {"server": "5"}, "Pick a server that is on the list."),
        ("servers everywhere", {}, "Pick a server that is on the list."),
        ("servers leave", {"server": "5"}, "The bot is not in that server."),
        ("block server", {"server": "here"}, "Pick a server that is on the list."),
    ],
)
async def test_operator_command_without_effect_says_so(
    tmp_path: Path, command: str, options: dict[str, str], says: str
) -> None:
    async with open_operator_harness(tmp_path) as world:
        assert says in await world.run_operator_command(command, **options)


async def test_operator_decisions_are_in_the_bots_audit_log(tmp_path: Path) -> None:
    async with open_operator_harness(tmp_path) as world:
        server = world.server
        for kind in ENGLISH:
            await shut_out(world, kind)
            await let_in(world, kind)
        trail = await server.world.store.community.audit(None, limit=20)

        assert [entry.action for entry in reversed(trail)] == [
            "block_user",
            "unblock_user",
            "block_guild",
            "unblock_guild",
            "allow_guild",
            "allow_every_guild",
        ]
        assert {entry.by for entry in trail} == {OPERATOR}
        assert trail[-1].target == server.member.id
        assert trail[-1].details == {"reason": "spam"}
        assert "spam" not in await server.admin("history")


async def test_servers_list_shows_every_server_and_its_status(tmp_path: Path) -> None:
    async with open_operator_harness(tmp_path) as world:
        server = world.server
        other = furnish_other_guild(server)
        await world.run_operator_command("block server", server=str(server.guild.id))
        await world.run_operator_command("servers allow", server=str(other.guild.id))
        await world.run_operator_command("block server", server="77")
        lines = (await world.run_operator_command("servers list")).splitlines()

        assert lines[0] == "### Servers: 2"
        [here] = [line for line in lines if str(server.guild.id) in line]
        [there] = [line for line in lines if str(other.guild.id) in line]
        assert here.endswith("**blocked**")
        assert there.endswith("may use the bot")
        assert there.startswith("Elsewhere")
        assert lines[-1] == "`77` · **blocked** · the bot is not there"


async def test_servers_leave_leaves_and_is_recorded(tmp_path: Path) -> None:
    async with open_operator_harness(tmp_path) as world:
        other = furnish_other_guild(world.server)
        said = await world.run_operator_command("servers leave", server=str(other.guild.id))

        assert said == f"<@{OPERATOR}> had the bot leave the server `{other.guild.id}`."
        assert other.guild.id not in world.world.env.backend.guilds


@pytest.mark.parametrize("kind", ["server", "list"])
async def test_guild_join_of_a_blocked_server_is_left(
    tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "cogs.admin.guild_join")
    async with open_operator_harness(tmp_path) as world:
        backend = world.world.env.backend
        guild_id = max(backend.guilds) + 1_000
        command = "block server" if kind == "server" else "servers allow"
        await world.run_operator_command(
            command, server=str(guild_id if kind == "server" else guild_id + 1)
        )
        client = world.world.bot.client
        arrived = world.world.env.create_guild("New")
        if kind == "server":
            await world.run_operator_command("block server", server=str(arrived.id))
        client.dispatch("guild_join", client.get_guild(arrived.id))
        if kind == "server":
            await world.world.until(lambda: arrived.id not in backend.guilds)
        await world.world.env.settle()
        await world.world.at_rest()

        assert (arrived.id in backend.guilds) is (kind == "list")


async def test_bot_block_survives_forget_me_as_one_row(tmp_path: Path) -> None:
    async with open_operator_harness(tmp_path) as world:
        server = world.server
        await a_result(server, server.member)
        await shut_out(world, "member")
        asked = await server.member.slash(server.channel, "forget-me")
        assert "the people who run the bot" in text(asked.response)
        await click(server.member, asked.response, "rp-forget")

        rows = ask(server.world.settings, "SELECT user_id, reason FROM blocked_user")
        assert rows == [(server.member.id, "spam")]
        refused = await server.world.repaint(server.member, server.channel)
        assert USER in text(refused.response)


async def test_quota_says_it_to_the_one_who_is_blocked_alone(tmp_path: Path) -> None:
    async with open_operator_harness(tmp_path) as world:
        server = world.server
        await shut_out(world, "member")

        own = await server.member.slash(server.channel, "quota")
        assert USER in text(own.response)
        seen = await server.mod.slash(server.channel, "quota", member=server.member)
        assert "spam" not in text(seen.response)


async def test_operator_commands_without_operators_are_not_registered(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path) as world:
        assert not any("operator" in payload["name"] for payload in world.registered())
