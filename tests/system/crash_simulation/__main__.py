"""Run seeds: python -m tests.system.crash_simulation [--seeds 1000] [--first 0].

The exit code is 1 if a promise is broken.

The seeds of kept_seeds.txt come first; add a seed that fails to that file. Many seeds are divided
among processes: dead lives stay in a process's memory, and the more there are the slower it gets.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.system.crash_simulation.planted_faults import FAULTS, planted
from tests.system.crash_simulation.simulation import Simulation, Verdict

KEPT = Path(__file__).with_name("kept_seeds.txt")
KEEP = f"to be kept in {KEPT.name}"
ROOM = Path("/dev/shm")

SHARE = 250
"""Seeds that one process runs at most."""


def main() -> int:
    """Run the seeds; print one line per broken promise, then the totals."""
    parser = argparse.ArgumentParser(prog="tests.system.crash_simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--fault", choices=sorted(FAULTS), help="plant one, and stop when caught")
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + asked.seeds)
    if asked.seeds > SHARE:
        figures = shared_out(seeds, [] if asked.fault is None else ["--fault", asked.fault])
    else:
        figures = alone(seeds, asked.fault)
    sys.stdout.write(json.dumps(figures) + "\n")
    return int(figures["faulty"] > 0)


def alone(seeds: range, fault: str | None) -> Counter[str]:
    """Run seeds in this process; print each that fails, and stop there if a fault was planted."""
    logging.disable(logging.CRITICAL)
    figures: Counter[str] = Counter()
    with planted(fault):
        for seed in [*kept(), *seeds]:
            verdict = run(seed)
            count(figures, verdict)
            if verdict.faults:
                sys.stdout.write(f"seed {seed}, {KEEP}: {json.dumps(verdict.faults)}\n")
                if fault:
                    break
    return figures


def shared_out(seeds: range, words: list[str]) -> Counter[str]:
    """Run seeds in processes, one per core at a time; print each that fails."""
    figures: Counter[str] = Counter()
    shares = [seeds[at : at + SHARE] for at in range(0, len(seeds), SHARE)]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for lines in threads.map(partial(_in_a_process, words=words), shares):
            sys.stdout.writelines(f"{line}\n" for line in lines[:-1])
            sys.stdout.flush()
            figures.update(json.loads(lines[-1]))
    del figures["last_seed"]  # each share has another one
    return figures


def _in_a_process(share: range, *, words: list[str]) -> list[str]:
    own = ["--first", str(share.start), "--seeds", str(len(share))]
    command = [sys.executable, "-m", "tests.system.crash_simulation", *own, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout or done.stderr:
        raise RuntimeError(f"seeds {share}: {done.stderr[-2000:]}")
    return done.stdout.splitlines()


def kept() -> list[int]:
    """Return the seeds that once broke a promise."""
    return [int(line.split()[0]) for line in KEPT.read_text("utf-8").splitlines()[1:]]


def run(seed: int) -> Verdict:
    """Run one seed in a folder of its own."""
    with tempfile.TemporaryDirectory(dir=ROOM if ROOM.is_dir() else None) as folder:
        return Simulation(Path(folder), seed=seed).run()


def count(figures: Counter[str], verdict: Verdict) -> None:
    """Add a seed's result to the totals; `last_seed` is a checksum of the last seed's result."""
    figures["seeds"] += 1
    figures["kills"] += verdict.kills
    figures["jobs"] += len(verdict.jobs)
    figures["faulty"] += bool(verdict.faults)
    for job in verdict.jobs:
        figures[job.state.value] += 1
    for name, jobs in verdict.faults.items():
        figures[name] += len(jobs)
    figures["last_seed"] = zlib.crc32(repr(verdict).encode())


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    # Exit without clean-up: it would run the code of dead lives.
    os._exit(status)
