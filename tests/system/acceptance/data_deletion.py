"""Forgetting a user, which comes last: the user's features cannot be tried after it."""

from __future__ import annotations

from typing import Any

from tests.support.job_buttons import press
from tests.system.acceptance.harness import PROMPT, Stage
from tests.system.acceptance.table import (
    feature,
)  # fmt: skip


async def asked_to_forget(stage: Stage) -> Any:
    return await stage.ann.slash(stage.channel, "forget-me")


async def bob_is_forgotten(stage: Stage, _: Any) -> None:
    """/forget-me deletes the data of the user who confirms it, and of no other user."""
    asked = await stage.bob.slash(stage.channel, "forget-me")
    await press(stage.bob, asked.response, "rp-forget")
    assert stage.says(asked.response, "forgotten")
    assert (await stage.newest(stage.ann)).request.prompt == PROMPT


@feature("/forget-me, forget", wrong=bob_is_forgotten, before=asked_to_forget)
async def forget_me(stage: Stage, given: Any) -> None:
    await press(stage.ann, given.response, "rp-forget")
    mine = await stage.ann.slash(stage.channel, "jobs")
    assert stage.says(mine.response, "jobs_none")
