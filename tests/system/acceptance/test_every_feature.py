"""Every feature, for the right and the wrong user, before and after a restart, in two languages.

The readers' language and the server's differ, so each private and each public sentence is read in
both. A bot on a SQLite file serves a whole walk, or three on one PostgreSQL, any of which takes any
step of a request; after a restart other bots run on the same database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.bot_harness import BotHarness, simulated_bot
from tests.system.acceptance import (
    administration,
    data_deletion,
    image_requests,
    own_data,
    results,
    running_jobs,
)
from tests.system.acceptance.harness import open_acceptance_harness, restart_bots
from tests.system.acceptance.languages import read_since
from tests.system.acceptance.table import FEATURES

pytestmark = pytest.mark.proof


ROOMS = (image_requests, results, running_jobs, own_data, administration, data_deletion)
ROWS = [row for room in ROOMS for row in FEATURES if row.right.__module__ == room.__name__]

NEUTRAL = re.compile(
    r"🦆|\b(?:ann|bob|cyd|dee|fay|bea|eve|mod|operator|Mods|log|talk|TestBot|Test Guild|felt)\b"
    # A reason that the bot recorded for a moderator stays in its language.
    r"|被举报的图片|reported pictures|（ink）|\(ink\)"
)


@pytest.mark.parametrize("database", ["sqlite", "three bots on postgresql"])
@pytest.mark.parametrize("restart", [False, True], ids=["at once", "after a restart"])
@pytest.mark.parametrize(
    ("reader", "server"), [("en-US", "zh-CN"), ("zh-CN", "en-US")], ids=["english", "chinese"]
)
async def test_every_feature(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    subtests: pytest.Subtests,
    reader: str,
    server: str,
    database: str,
    *,
    restart: bool,
) -> None:
    shared = request.getfixturevalue("postgresql") if database != "sqlite" else None
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(
            open_acceptance_harness(tmp_path, reader=reader, server=server, postgresql=shared)
        )
        given = [await row.before(stage) for row in ROWS]
        if restart:
            await stack.enter_async_context(restart_bots(stage.world))
        for row, before in zip(ROWS, given, strict=True):
            mark = len(stage.world.env.backend.transcript)
            with subtests.test(row.covers):
                await row.wrong(stage, before)
                await row.right(stage, before)
            with subtests.test(f"{row.covers}, read"):
                texts = read_since(stage.world, mark, neutral=NEUTRAL)
                assert not [(one.foreign, one) for one in texts if one.foreign]
        with subtests.test("what is posted is what is heard"):
            assert buttons_posted(stage.world) == buttons_heard(stage.world)


def buttons_heard(world: BotHarness) -> set[str]:
    """Return the verbs of all buttons that the bot answers (see test_button_contexts)."""
    presses = world.bot.client._connection._view_store._dynamic_items
    return {verb_of(one.pattern) for one in presses}


def buttons_posted(world: BotHarness) -> set[str]:
    """Return the verbs of all buttons and menus that the bot has put under a message."""
    bodies = [body for kind, _, body in world.env.backend.transcript if kind == "HTTP"]
    return {verb_of(one) for body in bodies for one in pressable(body) if one.startswith("rp")}


def pressable(part: Any) -> Iterator[str]:
    """Yield custom ids at any depth of a body, without those of forms and their fields."""
    if isinstance(part, list):
        for one in part:
            yield from pressable(one)
    elif isinstance(part, dict):
        if part.get("type") in (2, 3) and "custom_id" in part:
            yield part["custom_id"]
        for inner in part.values():
            yield from pressable(inner)


async def test_feature_table_covers_every_command_and_button(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, OPERATOR_IDS=1) as world:
        client = world.bot.client
        presses = client._connection._view_store._dynamic_items
        heard = client.extra_events["on_interaction"]
        offered = {f"/{path}" for payload in world.registered() for path in paths(payload)}
        offered |= {verb_of(pattern.pattern) for pattern in presses}
        offered |= {verb_of(pattern) for listener in heard for pattern in patterns_in(listener)}

    covered = {name for row in ROWS for name in row.covers.split(", ")}
    assert offered == covered - {"/repaint autocomplete", "ping", "/preferences opt_out"}


def paths(payload: dict[str, Any]) -> list[str]:
    """Return the full names of a command's sub-commands."""
    groups = [one for one in payload.get("options") or () if one["type"] in (1, 2)]
    leaves = [path for group in groups for path in paths(group)]
    return [f"{payload['name']} {path}" for path in leaves] or [payload["name"]]


def verb_of(template: str) -> str:
    """Return the word that distinguishes a button or form from others."""
    found = re.match(r"rp[a-z]*[:-](\w+)", template)
    assert found is not None, template
    return found[1]


def patterns_in(listener: Any) -> list[str]:
    """Return the patterns of the form ids that a listener accepts."""
    cells = [cell.cell_contents for cell in listener.__closure__ or ()]
    return [cell.pattern for cell in cells if isinstance(cell, re.Pattern)]
