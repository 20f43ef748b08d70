"""Every fault at every point of a job's life, over real sockets: jobs end as documented.

`python -m tests.system.fault_matrix.table` writes the tables again. `once` breaks the first such
request. The other kind breaks all of them: the provider's until the job's end, Discord's for twenty
minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tests.support.time_skipping_loop import run_skipping_time
from tests.system.fault_matrix.faults import SIDES, Fault
from tests.system.fault_matrix.lost_answers import LOSSES, run_through_loss
from tests.system.fault_matrix.table import LOST, documented, faults_of, line_of, rows_of

pytestmark = pytest.mark.proof


Say = Callable[[str], None]
TOGETHER = 4
"""Rows that share a world: a bot that has met three faults has to withstand the fourth."""

GROUPS = [
    (side, faults_of(side)[first : first + TOGETHER])
    for side in SIDES
    for first in range(0, len(faults_of(side)), TOGETHER)
]

NAMES = [f"{side}: {faults[0].name}" for side, faults in GROUPS]


@pytest.mark.parametrize(("side", "faults"), GROUPS, ids=NAMES)
def test_fault_ends_as_documented(side: str, faults: Sequence[Fault], figures: Say) -> None:
    rows, broken = run_skipping_time(rows_of(faults, side))

    lines = {name: line_of(name, row) for name, row in rows.items()}
    for line in lines.values():
        figures(f"{side} {line}")
    assert broken == []
    assert lines == {name: documented(side).get(name) for name in lines}


@pytest.mark.parametrize("name", LOSSES)
def test_loss_at_discord_ends_as_documented(name: str, figures: Say) -> None:
    cell = run_skipping_time(run_through_loss(name))

    line = line_of(name, {"end": cell.end})
    figures(f"{LOST} {line}")
    assert cell.broken == []
    assert documented(LOST).get(name) == line


@pytest.mark.parametrize("side", [*SIDES, LOST])
def test_fault_table_has_no_further_rows(side: str) -> None:
    names = LOSSES if side == LOST else [fault.name for fault in faults_of(side)]

    assert list(documented(side)) == list(names)
