"""Three bots on one PostgreSQL meet what one on a file meets, and it ends as the document says.

Their clock is the loop's, the database's included. A fleet reports each second, which makes long
waits dear: faults strike once here, and of what comes late only what differs is met.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from tests.matrix.faults import Fault
from tests.matrix.losses import LOSSES, met
from tests.matrix.table import LOST, documented, line_of, once, rows_of
from tests.matrix.test_matrix import GROUPS, NAMES, Say
from tests.support.eager import eagerly
from tests.support.postgresql import Server

pytestmark = pytest.mark.proof

LATE = re.compile(r"late$|^late: (?!the post's answer)")


@pytest.mark.parametrize(("side", "faults"), GROUPS, ids=NAMES)
def test_a_fault_that_strikes_once_ends_as_it_is_documented(
    side: str, faults: Sequence[Fault], postgresql: Server, figures: Say
) -> None:
    rows, broken = eagerly(rows_of(faults, side, times=(False,), server=postgresql))

    lines = {name: line_of(name, row) for name, row in rows.items()}
    for line in lines.values():
        figures(f"three bots, {side} {line}")
    assert broken == []
    assert lines == {name: once(documented(side)[name]) for name in lines}


@pytest.mark.parametrize("name", [name for name in LOSSES if not LATE.search(name)])
def test_what_discord_takes_away_ends_as_it_is_documented(
    name: str, postgresql: Server, figures: Say
) -> None:
    cell = eagerly(met(name, postgresql))

    line = line_of(name, {"end": cell.end})
    figures(f"three bots, {LOST} {line}")
    assert cell.broken == []
    assert documented(LOST)[name] == line
