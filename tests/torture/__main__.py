"""Run the harness: python -m tests.torture [--kills 500] [--jobs 3000] [--seed N].

Prints the seed, the figures and every broken promise; exit 1 when there is one. The seed repeats
the kills and the wishes; what the computer does between them it can not repeat.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import sys
import tempfile
from pathlib import Path

from tests.simulation.faults import FAULTS
from tests.torture.harness import Torture
from tests.torture.judge import judge
from tests.torture.report import figures_of


def main() -> int:
    """Run once and print what came of it."""
    parser = argparse.ArgumentParser(prog="tests.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--fault", choices=sorted(FAULTS), help="plant one in the bot")
    asked = parser.parse_args()
    sys.stdout.write(f"seed {asked.seed}\n")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory() as folder:
        run = Torture(
            Path(folder), kills=asked.kills, jobs=asked.jobs, seed=asked.seed, fault=asked.fault
        )
        seen = asyncio.run(run.run())
    faults = judge(seen).faults
    found = json.dumps(faults, indent=1) if faults else "no promise broken"
    sys.stdout.write(f"{figures_of(seen)}\n{found}\n")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
