"""Put faults into the core and see whether tests notice: python -m tests.mutants [--seed 1].

A random sample, the same for the same seed and tree: first lines are drawn, then one fault of
each. Every mutant is tested in a copy of the tree, by those tests of `make test` that run its
line, the nearest first. Verdicts are stored in .cache/mutants until a file of the tree changes: a
run that was interrupted continues where it stopped. Exit 1 if the score is below --target.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.covering import Coverage, measured
from tests.mutants.explained import reason_of
from tests.mutants.mutant import Mutant
from tests.mutants.mutations import mutants_of
from tests.mutants.scope import ROOT, core, digest
from tests.mutants.trying import MutantResult, copy_tree, judged

MEMORY = Path("/dev/shm")


def main() -> int:
    """Draw, try and report."""
    asked = _arguments()
    kept = ROOT / ".cache" / "mutants" / digest()
    drawn = sample(asked.seed, asked.sample, only=asked.only)
    if asked.list:
        sys.stdout.writelines(f"{mutant.id} {mutant}\n" for mutant in drawn)
        return 0
    cover = measured(kept, at_once=asked.jobs)
    if asked.measure:
        return 0
    verdicts = list(tried(drawn, cover, kept / "verdicts.jsonl", asked))
    return report(verdicts, asked)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.mutants", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, default=150, help="mutants drawn")
    parser.add_argument("--only", default="", help="files whose path begins so")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="tried at once")
    parser.add_argument("--seconds", type=float, default=90.0, help="of tests a mutant at most")
    parser.add_argument("--target", type=float, default=95.0, help="per cent to be noticed")
    parser.add_argument("--list", action="store_true", help="show what would be tried")
    parser.add_argument("--measure", action="store_true", help="measure which test runs what")
    return parser.parse_args()


def sample(seed: int, count: int, *, only: str = "") -> list[Mutant]:
    """Draw lines of the core, and one fault of each."""
    lines: dict[tuple[str, int], list[Mutant]] = {}
    for path in core():
        if path.startswith(only):
            for mutant in mutants_of(path, (ROOT / path).read_text("utf-8")):
                lines.setdefault((path, mutant.line), []).append(mutant)
    chance = random.Random(seed)
    places = chance.sample(sorted(lines), min(count, len(lines)))
    return [chance.choice(lines[place]) for place in places]


def tried(
    drawn: Iterable[Mutant], cover: Coverage, kept: Path, asked: argparse.Namespace
) -> Iterator[MutantResult]:
    """Judge each mutant without a stored verdict, several at once; yield them as they end."""
    known = {verdict.id: verdict for verdict in _read(kept)}
    with (
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder,
        ThreadPoolExecutor(asked.jobs) as threads,
    ):
        trees = SimpleQueue[Path]()
        for number in range(asked.jobs):
            trees.put(copy_tree(Path(folder) / str(number)))

        def one(mutant: Mutant) -> MutantResult:
            if mutant.id in known:
                return known[mutant.id]
            tree = trees.get()
            try:
                verdict = judged(mutant, cover, tree, seconds=asked.seconds)
            finally:
                trees.put(tree)
            with kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps(verdict.as_row()) + "\n")
            if not verdict.noticed:
                sys.stdout.write(f"{_line(verdict)}\n")
                sys.stdout.flush()
            return verdict

        yield from threads.map(one, drawn)


def _read(kept: Path) -> Iterator[MutantResult]:
    if kept.exists():
        for line in kept.read_text("utf-8").splitlines():
            yield MutantResult(**json.loads(line))


def report(verdicts: list[MutantResult], asked: argparse.Namespace) -> int:
    """Print every survivor and the score."""
    noticed = sum(verdict.noticed for verdict in verdicts)
    score = 100 * noticed / max(len(verdicts), 1)
    hung = sum(verdict.verdict == "hung" for verdict in verdicts)
    sys.stdout.write("\nnot noticed:\n")
    sys.stdout.writelines(f"{_line(one)}\n" for one in verdicts if not one.noticed)
    explained = sum(bool(reason_of(one.mutant)) for one in verdicts if not one.noticed)
    figures = f"{noticed} of {len(verdicts)} noticed ({score:.1f} %), {hung} of them by hanging"
    sys.stdout.write(f"seed {asked.seed}: {figures}; {explained} of the others without effect\n")
    return int(score < asked.target)


def _line(verdict: MutantResult) -> str:
    tests = f"{verdict.ran} of {verdict.covering} tests"
    reason = reason_of(verdict.mutant)
    explained = f" (without effect: {reason})" if reason else ""
    return f"  {verdict.verdict} ({tests}, {verdict.seconds} s): {verdict.mutant}{explained}"


if __name__ == "__main__":
    sys.exit(main())
