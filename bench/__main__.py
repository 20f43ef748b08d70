"""`python -m bench [--quick] [PART ...]`: prints the tables and stores them as JSON.

Parts: tasks (a), jobs (b), latency (c), database (d), idle (e), growth (f). Fleet (g) and capacity
(h) run only if named. Read the ratios: absolute times depend on this computer and its load.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from bench import capacity, database, fleet, growth, idle, latency, provider_client, throughput
from bench.machine import machine
from bench.readme import RESULTS, rewrite
from bench.report import Table
from bench.sizes import QUICK, WHOLE, Scale

PARTS: Mapping[str, Callable[[Scale], Awaitable[Table]]] = {
    "tasks": provider_client.measure,
    "jobs": throughput.measure,
    "latency": latency.measure,
    "database": database.measure,
    "idle": idle.measure,
    "growth": growth.measure,
    "fleet": fleet.measure,
    "capacity": capacity.measure,
}

NAMED_ONLY = ("fleet", "capacity")
"""Parts for operators of several processes."""


async def run(names: Sequence[str], scale: Scale, folder: Path) -> None:
    """Measure one part after the other; sync the disk before each."""
    for name in names:
        await asyncio.to_thread(os.sync)
        began = time.monotonic()
        table = await PARTS[name](scale)
        sys.stdout.write(
            f"{table.text(small=scale is QUICK)}  measured in {time.monotonic() - began:.0f} s\n\n"
        )
        sys.stdout.flush()
        results = dataclasses.asdict(table) | {"machine": machine()}
        (folder / f"{name}.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
        if scale is not QUICK:
            _draw(table, folder / f"{name}.svg")


def _draw(table: Table, path: Path) -> None:
    from bench.plots import draw  # noqa: PLC0415  its library takes seconds to load

    draw(table, path)


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="smaller sizes, once each")
    parser.add_argument(
        "--readme", action="store_true", help="only bring README's table up to date"
    )
    parser.add_argument("--out", type=Path, help="folder of JSON and plots (default: results)")
    asked = parser.parse_args()
    if asked.readme:
        rewrite()
        return
    unknown = [name for name in asked.parts if name not in PARTS]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}")
    scale = QUICK if asked.quick else WHOLE
    folder: Path = asked.out or (Path(".cache/bench") if asked.quick else RESULTS)
    folder.mkdir(parents=True, exist_ok=True)
    usual = [name for name in PARTS if name not in NAMED_ONLY]
    asyncio.run(run(asked.parts or usual, scale, folder))


if __name__ == "__main__":
    main()
