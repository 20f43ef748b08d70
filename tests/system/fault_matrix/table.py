"""Reads the table in docs/reliability.md.

`python -m tests.system.fault_matrix.table` writes it again.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.processes import ROOT
from tests.support.postgresql import Server, programs
from tests.support.time_skipping_loop import run_skipping_time
from tests.system.fault_matrix.cells import run_cell
from tests.system.fault_matrix.faults import FAULTS, SIDES, Fault
from tests.system.fault_matrix.harness import MatrixHarness, open_matrix_harness
from tests.system.fault_matrix.lost_answers import LOSSES, run_through_loss

GIVE_UP_H = 1 / 3
"""KLING_GIVE_UP in hours: a day of vain look-ups would show no more than twenty minutes."""

LONG: Mapping[str, Any] = {"lease_s": 15 * 60.0}
"""Settings of a fleet whose bots report once a minute, for lasting faults: no bot dies here."""

LOST = "while it is painted"
DOCUMENT = ROOT / "docs" / "reliability.md"
Row = Mapping[str, str]
"""From a point to how a job ends there: once / lasting."""


def faults_of(side: str) -> list[Fault]:
    """Return the rows of one world's table."""
    return [fault for fault in FAULTS if side in fault.worlds]


async def row_of(
    world: MatrixHarness, fault: Fault, side: str, times: Sequence[bool]
) -> tuple[Row, list[str]]:
    """Run every cell of a row; return it, and the promises that were broken."""
    row: dict[str, str] = {}
    broken: list[str] = []
    for point in SIDES[side]:
        if fault.points and point not in fault.points:
            row[point] = ""
            continue
        ends: list[str] = []
        for lasting in times:
            cell = await run_cell(world, fault, side, point, lasting=lasting)
            ends.append(cell.end)
            when = "lasting" if lasting else "once"
            broken += [f"{fault.name}, {point}, {when}: {each}" for each in cell.broken]
        row[point] = " / ".join(dict.fromkeys(ends))
    return row, broken


async def rows_of(
    faults: Sequence[Fault],
    side: str,
    *,
    times: Sequence[bool] = (False, True),
    **fleet: Any,
) -> tuple[dict[str, Row], list[str]]:
    """Run some rows in one world; `times` lists whether a fault lasts, one run for each.

    The other arguments set up the world's fleet.
    """
    rows: dict[str, Row] = {}
    broken: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        async with open_matrix_harness(Path(folder), give_up_h=GIVE_UP_H, **fleet) as made:
            await made.settled(await made.ask())  # from here on Kling's capabilities are known
            for fault in faults:
                rows[fault.name], wrong = await row_of(made, fault, side, times)
                broken += wrong
    return rows, broken


def written(side: str, rows: Mapping[str, Row]) -> str:
    """Return a table as Markdown."""
    points = list(SIDES[side])
    lines = [f"| {side} | {' | '.join(points)} |", "|" + " --- |" * (len(points) + 1)]
    lines += [line_of(name, row) for name, row in rows.items()]
    return "\n".join(lines)


def line_of(name: str, row: Row) -> str:
    """Return a row as Markdown."""
    return f"| {name} | {' | '.join(row.values())} |"


def documented(side: str) -> dict[str, str]:
    """Return the document's rows, by the fault's name."""
    text = DOCUMENT.read_text("utf-8")
    table = re.search(rf"^\| {side} \|.*?(?=\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    lines = table.group().splitlines()[2:] if table else []
    return {line.split("|")[1].strip(): line for line in lines}


def once(line: str) -> str:
    """Return a row without its results of lasting faults."""
    return re.sub(r" / [^|]+ \|", " |", line)


def lasting(line: str) -> str:
    """Return a row with its results of lasting faults alone."""
    return re.sub(r"\| [^|]+ / ", "| ", line)


def main() -> int:
    """Print the tables as they result now; exit 1 if a promise was broken."""
    module = "python -m tests.system.fault_matrix.table"
    parser = argparse.ArgumentParser(prog=module, description=main.__doc__)
    words = "as three bots on one PostgreSQL see them: exit 1 too where that differs from one bot"
    parser.add_argument("--fleet", action="store_true", help=words)
    if not parser.parse_args().fleet:
        return _write({})
    bin_ = programs()
    assert bin_ is not None, "needs PostgreSQL's programs (initdb, pg_ctl)"
    server = Server(bin_)
    try:
        return _write(LONG | {"server": server})
    finally:
        server.close()


def _write(fleet: Mapping[str, Any]) -> int:
    wrong: list[str] = []
    for side in SIDES:
        rows, broken = run_skipping_time(rows_of(faults_of(side), side, **fleet))
        wrong += broken
        sys.stdout.write(written(side, rows) + "\n\n")
        wrong += _other_than_documented(side, rows) if fleet else []
    cells = {name: run_skipping_time(run_through_loss(name, **fleet)) for name in LOSSES}
    ends = {name: {"end": cell.end} for name, cell in cells.items()}
    lines = [line_of(name, row) for name, row in ends.items()]
    sys.stdout.write("\n".join([f"| {LOST} | end |", "| --- | --- |", *lines]) + "\n\n")
    wrong += _other_than_documented(LOST, ends) if fleet else []
    wrong += [f"{name}: {each}" for name, cell in cells.items() for each in cell.broken]
    sys.stdout.write("\n".join(wrong or ["no promise broken"]) + "\n")
    return int(bool(wrong))


def _other_than_documented(side: str, rows: Mapping[str, Row]) -> list[str]:
    lines = {name: line_of(name, row) for name, row in rows.items()}
    return [
        f"{name}: ends otherwise" for name, line in lines.items() if documented(side)[name] != line
    ]


if __name__ == "__main__":
    sys.exit(main())
