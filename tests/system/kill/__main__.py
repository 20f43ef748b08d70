"""Run the harness: python -m tests.system.kill [--kills 500] [--jobs 3000] [--seed N].

With --bots 3, that many bots on one PostgreSQL: --troubles 80 --jobs 1000. It prints the seed, the
figures and every broken promise, and exits with 1 if there is one. A seed repeats the faults and
the requests, but not the computer's timing between them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import sys
import tempfile
from pathlib import Path

from tests.support.postgresql import Server, programs
from tests.system.kill.evidence import Evidence
from tests.system.kill.fleet_run import FleetRun
from tests.system.kill.judge import judge
from tests.system.kill.kill_run import KillRun
from tests.system.kill.planted_faults import ALL
from tests.system.kill.report import figures_of

KILLS, JOBS = 500, 3000
TROUBLES, JOBS_OF_FLEET = 80, 1000


def main() -> int:
    """Run once and print the result."""
    parser = argparse.ArgumentParser(prog="tests.system.kill", description=__doc__)
    parser.add_argument("--bots", type=int, default=1, help="more than one: on a PostgreSQL")
    parser.add_argument("--kills", type=int, default=KILLS, help="of one bot")
    parser.add_argument("--troubles", type=int, default=TROUBLES, help="of several bots")
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--fault", choices=ALL, help="plant one in the bot")
    asked = parser.parse_args()
    sys.stdout.write(f"seed {asked.seed}\n")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory() as folder:
        seen = (_one if asked.bots == 1 else _several)(asked, Path(folder))
    faults = judge(seen).faults
    found = json.dumps(faults, indent=1) if faults else "no promise broken"
    sys.stdout.write(f"{figures_of(seen)}\n{found}\n")
    return int(bool(faults))


def _one(asked: argparse.Namespace, folder: Path) -> Evidence:
    jobs = asked.jobs or JOBS
    run = KillRun(folder, kills=asked.kills, jobs=jobs, seed=asked.seed, fault=asked.fault)
    return asyncio.run(run.run())


def _several(asked: argparse.Namespace, folder: Path) -> Evidence:
    bin_ = programs()
    if bin_ is None:
        sys.exit("needs PostgreSQL's programs (initdb, pg_ctl)")
    server = Server(bin_, may_crash=True)
    run = FleetRun(
        folder,
        server,
        bots=asked.bots,
        troubles=asked.troubles,
        jobs=asked.jobs or JOBS_OF_FLEET,
        seed=asked.seed,
        fault=asked.fault,
    )
    try:
        return asyncio.run(run.run())
    finally:
        server.close()


if __name__ == "__main__":
    sys.exit(main())
