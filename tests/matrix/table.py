"""The table in docs/reliability.md: read, and written anew: python -m tests.matrix.table."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.processes import ROOT
from tests.matrix.cells import run_cell
from tests.matrix.faults import FAULTS, SIDES, Fault
from tests.matrix.losses import LOSSES, met
from tests.matrix.world import World, world
from tests.support.eager import eagerly
from tests.support.postgresql import Server

GIVE_UP_H = 1 / 3
"""KLING_GIVE_UP: a day of looking in vain teaches no more than twenty minutes."""

LOST = "while it is painted"
DOCUMENT = ROOT / "docs" / "reliability.md"
Row = Mapping[str, str]
"""From a point to what happens there: once / for long."""


def faults_of(side: str) -> list[Fault]:
    """The rows of one world's table."""
    return [fault for fault in FAULTS if side in fault.worlds]


async def row_of(
    world: World, fault: Fault, side: str, times: Sequence[bool]
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
    server: Server | None = None,
) -> tuple[dict[str, Row], list[str]]:
    """Run some rows in one world; `times` says whether a fault lasts, one after the other."""
    rows: dict[str, Row] = {}
    broken: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        async with world(Path(folder), give_up_h=GIVE_UP_H, server=server) as made:
            await made.settled(await made.ask())  # from here on it is known what Kling answers
            for fault in faults:
                rows[fault.name], wrong = await row_of(made, fault, side, times)
                broken += wrong
    return rows, broken


def written(side: str, rows: Mapping[str, Row]) -> str:
    """Write a table."""
    points = list(SIDES[side])
    lines = [f"| {side} | {' | '.join(points)} |", "|" + " --- |" * (len(points) + 1)]
    lines += [line_of(name, row) for name, row in rows.items()]
    return "\n".join(lines)


def line_of(name: str, row: Row) -> str:
    """Write a row."""
    return f"| {name} | {' | '.join(row.values())} |"


def documented(side: str) -> dict[str, str]:
    """Read the document's rows, by the fault's name."""
    text = DOCUMENT.read_text("utf-8")
    table = re.search(rf"^\| {side} \|.*?(?=\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    lines = table.group().splitlines()[2:] if table else []
    return {line.split("|")[1].strip(): line for line in lines}


def once(line: str) -> str:
    """A row without what becomes of faults that last."""
    return re.sub(r" / [^|]+ \|", " |", line)


def main() -> int:
    """Print the tables as they are seen now; exit 1 when a promise was broken."""
    wrong: list[str] = []
    for side in SIDES:
        rows, broken = eagerly(rows_of(faults_of(side), side))
        wrong += broken
        sys.stdout.write(written(side, rows) + "\n\n")
    cells = {name: eagerly(met(name)) for name in LOSSES}
    lines = [line_of(name, {"end": cell.end}) for name, cell in cells.items()]
    sys.stdout.write("\n".join([f"| {LOST} | end |", "| --- | --- |", *lines]) + "\n\n")
    wrong += [f"{name}: {each}" for name, cell in cells.items() for each in cell.broken]
    sys.stdout.write("\n".join(wrong or ["no promise broken"]) + "\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
