"""Forgetting a user, which comes last: the user's features cannot be tried after it."""

from __future__ import annotations

from typing import Any

from tests.support.job_buttons import click
from tests.system.acceptance.harness import PROMPT, AcceptanceHarness
from tests.system.acceptance.table import (
    feature,
)  # fmt: skip


async def asked_to_forget(stage: AcceptanceHarness) -> Any:
    return await stage.ann.slash(stage.channel, "forget-me")


async def bob_is_forgotten(stage: AcceptanceHarness, _: Any) -> None:
    """/forget-me deletes the data of the user who confirms it, and of no other user."""
    asked = await stage.bob.slash(stage.channel, "forget-me")
    await click(stage.bob, asked.response, "rp-forget")
    assert stage.says(asked.response, "forgotten")
    assert (await stage.newest(stage.ann)).request.prompt == PROMPT


@feature("/forget-me, forget", wrong=bob_is_forgotten, before=asked_to_forget)
async def forget_me(stage: AcceptanceHarness, given: Any) -> None:
    await click(stage.ann, given.response, "rp-forget")
    mine = await stage.ann.slash(stage.channel, "jobs")
    assert stage.says(mine.response, "jobs_none")
