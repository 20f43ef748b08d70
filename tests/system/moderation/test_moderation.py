"""Moderation by the real process: every row, in both languages, at once and after a restart.

One life of the bot runs all rows at once, then the preparations of a first group of rows. The next
life runs that group's actions, and so on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.system.moderation.harness import ModerationHarness, open_moderation_harness
from tests.system.moderation.operators import OPERATORS
from tests.system.moderation.reports import FORGOTTEN, REPORTS
from tests.system.moderation.rules import RULES
from tests.system.moderation.table import Row

pytestmark = pytest.mark.proof

Groups = Sequence[Sequence[Row]]
GROUPS: dict[str, Groups] = {
    "moderators": ([*RULES, *REPORTS], FORGOTTEN),
    "operators": (OPERATORS,),
}
A_WHILE_S = 3600.0


@pytest.mark.parametrize(
    ("reader", "servers"), [("en-US", "zh-CN"), ("zh-CN", "en-US")], ids=["english", "chinese"]
)
@pytest.mark.parametrize("who", GROUPS)
async def test_every_row(
    tmp_path: Path, subtests: pytest.Subtests, who: str, reader: str, servers: str
) -> None:
    groups, operator = GROUPS[who], who == "operators"
    async with open_moderation_harness(
        tmp_path, reader=reader, servers=servers, operator=operator
    ) as here:
        async with here.bot():
            for row in [row for group in groups for row in group]:
                with subtests.test(f"{row.name}, at once"):
                    await row.deed(here, await row.before(here))
            given = await prepared(here, groups[0], subtests)
        for group, following in zip(groups, [*groups[1:], ()], strict=True):
            here.pass_time(A_WHILE_S)
            async with here.bot():
                await done(here, group, given, subtests)
                given = await prepared(here, following, subtests)


async def done(
    here: ModerationHarness,
    rows: Sequence[Row],
    given: Mapping[str, Any],
    subtests: pytest.Subtests,
) -> None:
    """Run the actions of prepared rows, after a restart."""
    for row in rows:
        with subtests.test(f"{row.name}, after a restart"):
            await row.deed(here, given[row.name])


async def prepared(
    here: ModerationHarness, rows: Sequence[Row], subtests: pytest.Subtests
) -> dict[str, Any]:
    """Run the preparations of rows; return their results by the rows' names."""
    given: dict[str, Any] = {}
    here.pass_time(A_WHILE_S)
    for row in rows:
        with subtests.test(f"{row.name}, before"):
            given[row.name] = await row.before(here)
    return given
