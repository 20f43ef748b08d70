"""Three bots on one PostgreSQL handle the faults as one bot on a file does, and as documented.

Their clock is the loop's, the database's included. A fleet reports fifteen times per lease, so
long waits take long: for lasting faults and long jobs the bots have long leases. No bot dies here.
`python -m tests.system.fault_matrix.table --fleet` runs each fault, once and lasting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pytest

from tests.support.postgresql import Server
from tests.support.time_skipping_loop import run_skipping_time
from tests.system.fault_matrix.faults import Fault
from tests.system.fault_matrix.lost_answers import LOSSES, run_through_loss
from tests.system.fault_matrix.table import (
    LONG,
    LOST,
    Row,
    documented,
    faults_of,
    lasting,
    line_of,
    once,
    rows_of,
)  # fmt: skip
from tests.system.fault_matrix.test_each_fault import GROUPS, NAMES, Say

pytestmark = pytest.mark.proof

FOR_LONG = {
    "provider": ("503", "1102, no balance"),
    "Discord": ("reset before an answer", "429, Retry-After", "HTML, 403"),
}
"""The lasting faults of each run: provider unavailable, rate limited, and refused."""

LATE = ("late: message deleted", "late: VIEW_CHANNEL taken away", "late: the post's answer lost")

LONG_AWAY = re.compile(r"late$|^late: ")


@pytest.mark.parametrize(("side", "faults"), GROUPS, ids=NAMES)
def test_fleet_fault_once_ends_as_documented(
    side: str, faults: Sequence[Fault], postgresql: Server, figures: Say
) -> None:
    rows, broken = run_skipping_time(rows_of(faults, side, times=(False,), server=postgresql))

    lines = said(side, rows, figures)
    assert broken == []
    assert lines == {name: once(documented(side)[name]) for name in lines}


@pytest.mark.parametrize(
    ("side", "name"), [(side, name) for side, names in FOR_LONG.items() for name in names]
)
def test_fleet_fault_that_lasts_ends_as_documented(
    side: str, name: str, postgresql: Server, figures: Say
) -> None:
    faults = [fault for fault in faults_of(side) if fault.name == name]
    rows, broken = run_skipping_time(
        rows_of(faults, side, times=(True,), server=postgresql, **LONG)
    )

    lines = said(side, rows, figures)
    assert broken == []
    assert lines == {name: lasting(documented(side)[name]) for name in lines}


@pytest.mark.parametrize(
    "name", [name for name in LOSSES if not LONG_AWAY.search(name) or name.startswith(LATE)]
)
def test_fleet_loss_at_discord_ends_as_documented(
    name: str, postgresql: Server, figures: Say
) -> None:
    leases = LONG if LONG_AWAY.search(name) else {}
    cell = run_skipping_time(run_through_loss(name, server=postgresql, **leases))

    line = line_of(name, {"end": cell.end})
    figures(f"three bots, {LOST} {line}")
    assert cell.broken == []
    assert documented(LOST)[name] == line


def said(side: str, rows: Mapping[str, Row], figures: Say) -> dict[str, str]:
    """Print the rows as the document has them; return them by the fault's name."""
    lines = {name: line_of(name, row) for name, row in rows.items()}
    for line in lines.values():
        figures(f"three bots, {side} {line}")
    return lines
