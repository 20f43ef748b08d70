"""What moderators and operators do, and nobody else."""

from __future__ import annotations

from typing import Any

from tests.cogs.admin.test_every_command import EVERYTHING
from tests.walk.stage import Answer, Stage
from tests.walk.table import (
    feature,
    nothing,
    refusing,
)  # fmt: skip


async def bob_governs(stage: Stage, _: Any) -> None:
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
async def governing(stage: Stage, _: Any) -> None:
    for name, options in EVERYTHING:
        await stage.server.admin(name, **neutral(options(stage.server)))
    assert stage.mod.mention in await stage.server.admin("history")


def neutral(options: dict[str, Any]) -> dict[str, Any]:
    """Let moderators type in no language."""
    typed = {"reason", "phrase", "name", "words"}
    return {name: "42" if name in typed else value for name, value in options.items()}


async def operates(stage: Stage, _: Any) -> Answer:
    return await stage.bob.slash(stage.channel, "repaint-operator pause")


@feature(
    "/repaint-operator pause, /repaint-operator resume, /repaint-operator stats",
    wrong=refusing("operators_only", operates),
    before=nothing,
)
async def operating(stage: Stage, _: Any) -> None:
    paused = await stage.operator.slash(stage.channel, "repaint-operator pause", reason="42")
    assert stage.says(paused.response, "audit_pause_bot")
    refused = await stage.asks(stage.ann)
    assert stage.says(refused.response, "bot_paused")
    await stage.operator.slash(stage.channel, "repaint-operator stats")
    resumed = await stage.operator.slash(stage.channel, "repaint-operator resume")
    assert stage.says(resumed.response, "audit_resume_bot")
