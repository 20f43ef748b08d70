"""Features of moderators and operators, which other users may not use."""

from __future__ import annotations

from typing import Any

from tests.cogs.admin.test_every_command import EVERYTHING
from tests.support.job_buttons import click
from tests.support.result_buttons import form_values
from tests.system.acceptance.harness import IMAGE, PROMPT, AcceptanceHarness, Answer
from tests.system.acceptance.table import (
    feature,
    nothing,
    refusing,
)  # fmt: skip


async def bob_governs(stage: AcceptanceHarness, _: Any) -> None:
    for name, options in EVERYTHING:
        answer = await stage.bob.slash(
            stage.channel, f"repaint-admin {name}", **options(stage.server)
        )
        assert answer.ephemeral
        assert stage.says(answer.response, "moderators_only"), name


@feature(
    ", ".join(sorted({f"/repaint-admin {name}" for name, _ in EVERYTHING})),
    wrong=bob_governs,
    before=nothing,
)
async def governing(stage: AcceptanceHarness, _: Any) -> None:
    for name, options in EVERYTHING:
        await stage.server.admin(name, **neutral(options(stage.server)))
    assert stage.mod.mention in await stage.server.admin("history")


def neutral(options: dict[str, Any]) -> dict[str, Any]:
    """Replace what a moderator types by text in no language."""
    typed = {"reason", "phrase", "name", "words"}
    return {name: "42" if name in typed else value for name, value in options.items()}


async def operates(stage: AcceptanceHarness, _: Any) -> Answer:
    return await stage.bob.slash(stage.channel, "repaint-operator pause")


@feature(
    "/repaint-operator pause, /repaint-operator resume, /repaint-operator history,"
    " /repaint-operator stats",
    wrong=refusing("operators_only", operates),
    before=nothing,
)
async def operating(stage: AcceptanceHarness, _: Any) -> None:
    paused = await stage.operator.slash(stage.channel, "repaint-operator pause", reason="42")
    assert stage.says(paused.response, "audit_pause_bot")
    refused = await stage.asks(stage.ann)
    assert stage.says(refused.response, "bot_paused")
    await stage.operator.slash(stage.channel, "repaint-operator stats")
    resumed = await stage.operator.slash(stage.channel, "repaint-operator resume")
    assert stage.says(resumed.response, "audit_resume_bot")
    history = await stage.operator.slash(stage.channel, "repaint-operator history")
    assert stage.says(history.response, "audit_pause_bot")


async def bob_operates(stage: AcceptanceHarness, command: str, **options: str) -> Answer:
    return await stage.bob.slash(stage.channel, f"repaint-operator {command}", **options)


async def operator_says(stage: AcceptanceHarness, key: str, command: str, **options: Any) -> None:
    """Run a command as the operator; the answer is private and in their language."""
    path = f"repaint-operator {command}"
    answer = await stage.operator.slash(stage.channel, path, **options)
    assert answer.ephemeral
    assert stage.says(answer.response, key), command


async def refused(stage: AcceptanceHarness, key: str) -> None:
    answer = await stage.asks(stage.fay)
    assert answer.ephemeral
    assert stage.says(answer.response, key)


async def fay_has_a_form(stage: AcceptanceHarness) -> Answer:
    message = await stage.bob.send(stage.channel, "42", attachments=[IMAGE])
    return await stage.fay.context_menu(stage.channel, "Repaint this picture", message)


async def bob_blocks_fay(stage: AcceptanceHarness, _: Any) -> Answer:
    path = "repaint-operator block member"
    return await stage.bob.slash(stage.channel, path, member=stage.fay)


@feature(
    "/repaint-operator block member, /repaint-operator unblock member",
    wrong=refusing("operators_only", bob_blocks_fay),
    before=fay_has_a_form,
)
async def blocking(stage: AcceptanceHarness, form: Any) -> None:
    await operator_says(stage, "audit_block_user", "block member", member=stage.fay, reason="42")
    await refused(stage, "user_blocked")
    sent = await stage.fay.submit_modal(form, form_values(form, prompt=PROMPT))
    assert sent.ephemeral
    assert stage.says(sent.response, "user_blocked")
    blocked = str(stage.fay.id)
    await operator_says(stage, "audit_unblock_user", "unblock member", member=blocked)


@feature(
    "/repaint-operator block server, /repaint-operator unblock server",
    wrong=refusing(
        "operators_only", lambda stage, _: bob_operates(stage, "block server", server="1")
    ),
    before=nothing,
)
async def blocking_servers(stage: AcceptanceHarness, _: Any) -> None:
    here = str(stage.server.guild.id)
    await operator_says(stage, "audit_block_guild", "block server", server=here, reason="42")
    await refused(stage, "guild_blocked")
    await operator_says(stage, "audit_unblock_guild", "unblock server", server=here)


@feature(
    "/repaint-operator servers list, /repaint-operator servers allow,"
    " /repaint-operator servers remove, /repaint-operator servers everywhere,"
    " /repaint-operator servers leave",
    wrong=refusing("operators_only", lambda stage, _: bob_operates(stage, "servers list")),
    before=nothing,
)
async def allowing_servers(stage: AcceptanceHarness, _: Any) -> None:
    there = str(stage.world.env.create_guild("45").id)
    here = str(stage.server.guild.id)
    await operator_says(stage, "access_listed", "servers allow", server=there)
    await refused(stage, "guild_not_allowed")
    await operator_says(stage, "server_not_allowed", "servers list")
    await operator_says(stage, "audit_allow_guild", "servers allow", server=here)
    await operator_says(stage, "audit_disallow_guild", "servers remove", server=there)
    await operator_says(stage, "access_everywhere", "servers everywhere")
    await operator_says(stage, "audit_leave_guild", "servers leave", server=there)


async def warned_mod(stage: AcceptanceHarness) -> Answer:
    """Return a warning that blocking this word would refuse most requests; nothing changes yet."""
    answer = await stage.mod.slash(stage.channel, "repaint-admin words add", phrase="1")
    assert stage.says(answer.response, "decide_common_word")
    return answer


async def bob_blocks_a_word(stage: AcceptanceHarness, _: Any) -> Answer:
    return await stage.bob.slash(stage.channel, "repaint-admin words add", phrase="1")


@feature("decide", wrong=refusing("moderators_only", bob_blocks_a_word), before=warned_mod)
async def deciding(stage: AcceptanceHarness, warning: Any) -> None:
    done = await click(stage.mod, warning.response, "rpa:decide")
    assert stage.says(done.response, "audit_add_word")
    await stage.server.admin("words remove", phrase="1")
