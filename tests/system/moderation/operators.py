"""Rows about what operators decide, in Discord and at the terminal; Mira is one of them."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import pytest

from sandbox.discord.testclient.member import Answer, Member, Refused
from tests.system.moderation.harness import PROMPT, ModerationHarness, ask, text_of
from tests.system.moderation.rules import at_once, forms_of_lin, opening, sent
from tests.system.moderation.table import Table, nothing

OPERATORS = Table()


def govern(who: Member, command: str, **options: object) -> Awaitable[Answer]:
    """Run a command of /repaint-operator in a direct message, where every member could run it."""
    return who.command(f"repaint-operator {command}", channel="dm", **options)


@OPERATORS.row(nothing)
async def others_govern_nothing(scene: ModerationHarness, _: Any) -> None:
    lin = scene.lin
    calls: dict[str, dict[str, object]] = {
        "block member": {"member": scene.ada.id},
        "block server": {"server": scene.here},
        "unblock member": {"member": scene.ada.id},
        "unblock server": {"server": scene.here},
        "servers list": {},
        "servers allow": {"server": scene.here},
        "servers remove": {"server": scene.here},
        "servers everywhere": {},
        "servers leave": {"server": scene.there},
        "history": {},
        "pause": {},
        "resume": {},
        "stats": {},
    }
    noted = scene.rows("SELECT count(*) FROM audit")
    for command, options in calls.items():
        await scene.expect_refusal(lin, "operators_only", govern(lin, command, **options))
    with pytest.raises(Refused):
        await lin.command("repaint-operator pause")
    assert scene.rows("SELECT count(*) FROM audit") == noted


@OPERATORS.row(forms_of_lin)
async def blocked_member_starts_nothing_anywhere(scene: ModerationHarness, given: Any) -> None:
    shown, posted, forms = given
    mira, lin = scene.mira, scene.lin
    blocking = govern(mira, "block member", member=lin.id, reason="42")
    await scene.expect_answer(mira, "audit_block_user", blocking)
    for way in [*await at_once(lin, shown), *opening(scene, lin, shown, posted)]:
        await scene.expect_refusal(lin, "user_blocked", way)
    for form in forms:
        await scene.expect_refusal(lin, "user_blocked", sent(lin, form))
    for channel in (scene.talk_there, "dm"):
        await scene.expect_refusal(lin, "user_blocked", ask(lin, channel))
    await scene.generate(scene.ada)
    own = govern(mira, "block member", member=mira.id)
    await scene.expect_answer(mira, "expected_no_operator", own)

    unblocking = govern(mira, "unblock member", member=lin.id)
    await scene.expect_answer(mira, "audit_unblock_user", unblocking)
    await scene.generate(lin)


@OPERATORS.row(nothing)
async def blocked_server_takes_nothing(scene: ModerationHarness, _: Any) -> None:
    mira, lin = scene.mira, scene.lin
    blocking = govern(mira, "block server", server=scene.here, reason="42")
    await scene.expect_answer(mira, "audit_block_guild", blocking)
    await scene.expect_refusal(lin, "guild_blocked", ask(lin))
    await scene.generate(lin, scene.talk_there)
    unblocking = govern(mira, "unblock server", server=scene.here)
    await scene.expect_answer(mira, "audit_unblock_guild", unblocking)
    await scene.generate(lin)


@OPERATORS.row(nothing)
async def only_listed_servers_are_served(scene: ModerationHarness, _: Any) -> None:
    mira, lin = scene.mira, scene.lin
    allowing = govern(mira, "servers allow", server=scene.there)
    await scene.expect_answer(mira, "access_listed", allowing)
    await scene.expect_refusal(lin, "guild_not_allowed", ask(lin))
    await scene.generate(lin, scene.talk_there)
    listed = await scene.expect_answer(mira, "server_not_allowed", govern(mira, "servers list"))
    for words in ("Sandbox studio", "Guild 1", scene.here, scene.there):
        assert words in text_of(listed)
    removing = govern(mira, "servers remove", server=scene.there)
    await scene.expect_answer(mira, "access_everywhere", removing)
    await govern(mira, "servers allow", server=scene.there)
    await scene.expect_answer(mira, "access_everywhere", govern(mira, "servers everywhere"))
    await scene.generate(lin)


@OPERATORS.row(nothing)
async def the_terminal_decides_the_same_and_history_shows_it(
    scene: ModerationHarness, _: Any
) -> None:
    mira, lin = scene.mira, scene.lin
    await scene.terminal("block", "member", lin.id, "too", "loud")
    await scene.expect_refusal(lin, "user_blocked", ask(lin))
    await scene.terminal("unblock", "member", lin.id)
    await scene.terminal("block", "server", scene.here)
    await scene.expect_refusal(lin, "guild_blocked", ask(lin))
    await scene.terminal("unblock", "server", scene.here)
    await scene.terminal("servers", "allow", scene.there)
    await scene.expect_refusal(lin, "guild_not_allowed", ask(lin))
    assert "not on the list" in await scene.terminal("servers")
    await scene.terminal("servers", "everywhere")
    await scene.generate(lin, prompt=PROMPT)

    told = await scene.expect_answer(mira, "audit_command_line", govern(mira, "history"))
    lines = text_of(told).strip().splitlines()
    for line, key in zip(
        lines, ("audit_allow_every_guild", "audit_allow_guild", "audit_unblock_guild"), strict=False
    ):
        assert scene.says(line, key)
        assert scene.says(line, "audit_command_line")


async def another_server(scene: ModerationHarness) -> str:
    """Return the id of a server that no row uses."""
    async with scene.web.get("/sandbox/state") as answer:
        channels = (await answer.json())["channels"].values()
    used = {scene.here, scene.there}
    return min(
        one["guild_id"]
        for one in channels
        if one["name"] == "general" and one["guild_id"] not in used
    )


@OPERATORS.row(another_server)
async def a_server_is_left(scene: ModerationHarness, given: str) -> None:
    mira = scene.mira
    leaving = govern(mira, "servers leave", server=given)
    await scene.expect_answer(mira, "audit_leave_guild", leaving)
    again = govern(mira, "servers leave", server=given)
    await scene.expect_answer(mira, "expected_server_there", again)
    listed = await scene.expect_answer(mira, "access_everywhere", govern(mira, "servers list"))
    assert given not in text_of(listed)
