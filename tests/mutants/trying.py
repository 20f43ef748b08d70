"""Applies a mutant to a copy of the tree and runs its tests."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.mutants.covering import PYTEST, Coverage, outside
from tests.mutants.mutant import Mutant
from tests.mutants.scope import ROOT, files

HUNG_S = 30
"""A test's time limit here (seconds); the slowest takes 8 s."""

START_S = 60.0
SLACK = 6.0
"""A mutant may take this many times what its tests took when they were measured."""

BROKEN = "broken"
NOTICED = frozenset({"failed", "hung"})
TESTS_FAILED = 1


@dataclass(frozen=True, slots=True)
class MutantResult:
    """The result of one mutant."""

    id: str
    mutant: str
    verdict: str
    """failed or hung: noticed. survived, or uncovered: no test runs the line."""
    by: str
    """The test that noticed first."""
    ran: int
    covering: int
    seconds: float

    @property
    def noticed(self) -> bool:
        """Whether the tests noticed."""
        return self.verdict in NOTICED

    def as_row(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return asdict(self)


def copy_tree(to: Path) -> Path:
    """Copy the files that git knows, as they are now; the tree itself is never changed."""
    for name in files():
        target = to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target, follow_symlinks=False)
    return to


def within(tests: Sequence[str], cover: Coverage, seconds: float) -> list[str]:
    """Return the first tests that fit into a time, at least one."""
    taken: list[str] = []
    left = seconds
    for test in tests:
        left -= cover.seconds[test]
        if left < 0 and taken:
            break
        taken.append(test)
    return taken


def judged(mutant: Mutant, cover: Coverage, tree: Path, *, seconds: float) -> MutantResult:
    """Run the covering tests with the fault in the copy; the copy is whole again afterwards."""
    covering = cover.tests_of(mutant)
    tests = within(covering, cover, seconds)
    started = time.monotonic()
    verdict, by = ("uncovered", "") if not tests else _with_fault(mutant, cover, tree, tests)
    took = round(time.monotonic() - started, 1)
    return MutantResult(mutant.id, str(mutant), verdict, by, len(tests), len(covering), took)


def _with_fault(mutant: Mutant, cover: Coverage, tree: Path, tests: list[str]) -> tuple[str, str]:
    file = tree / mutant.path
    text = file.read_text("utf-8")
    file.write_text(mutant.applied(text), "utf-8")
    limit_s = START_S + SLACK * sum(cover.seconds[test] for test in tests)
    try:
        verdict, by = _run(tests, tree, limit_s)
        if verdict == BROKEN:  # the fault changes a value that the tests' parameters name
            verdict, by = _run(sorted({_function(test) for test in tests}), tree, limit_s)
        return verdict, by
    finally:
        file.write_text(text, "utf-8")


def _function(test: str) -> str:
    """Return the id of a test without its parameters."""
    return test.partition("[")[0]


def _run(tests: list[str], tree: Path, limit_s: float) -> tuple[str, str]:
    asked = tree / "asked.txt"
    asked.write_text("\n".join(tests), "utf-8")
    options = ["-x", "--no-header", "--tb=no", "-p", "no:cacheprovider", "-o", f"timeout={HUNG_S}"]
    command = [*PYTEST, *options, f"@{asked}"]
    process = subprocess.Popen(
        command,
        cwd=tree,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=outside() | {"PYTHONDONTWRITEBYTECODE": "1"},
        start_new_session=True,
    )
    try:
        out, _ = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return "hung", ""
    if process.returncode == 0:
        return "survived", ""
    failed = [line for line in out.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    if process.returncode != TESTS_FAILED and not failed:
        sys.stderr.write(out[-2000:])
        return BROKEN, ""
    return "failed", (failed or [""])[0].split(" - ")[0]
