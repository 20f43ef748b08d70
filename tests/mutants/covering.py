"""Which tests run a line: measured piece by piece, stored in .cache until anything changes."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.mutants.contexts import OUT
from tests.mutants.mutant import Mutant
from tests.mutants.scope import OF_THE_WHOLE, PIECES, ROOT, TestRun, core

PYTEST = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:randomly"]


def outside() -> dict[str, str]:
    """Return the environment without the options that were given to an outer pytest."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


@dataclass
class Coverage:
    """Lines and the tests that run them."""

    lines: dict[str, dict[int, set[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )
    seconds: dict[str, float] = field(default_factory=dict)
    breadth: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Lines of the core that a test runs."""

    def add(self, measured: dict[str, Any]) -> None:
        """Add the measurements of one piece."""
        tests = [test for test, _ in measured["tests"]]
        self.seconds |= dict(measured["tests"])
        for name, lines in measured["lines"].items():
            for line, numbers in lines.items():
                self.lines[name][int(line)] |= {tests[number] for number in numbers}
                for number in numbers:
                    self.breadth[tests[number]] += 1

    def tests_of(self, mutant: Mutant) -> list[str]:
        """Return the tests that run a fault, the nearest and narrowest first."""
        tests = set[str]()
        for name, lines in _lines_of(mutant):
            for line in lines:
                tests |= self.lines[name].get(line, set())
        if not tests:  # a function that only runs at import
            tests = set[str]().union(*self.lines[mutant.path].values())
        if not _is_in_a_body(mutant):
            tests |= {test for test in self.seconds if test.startswith(OF_THE_WHOLE)}
        return sorted(tests, key=lambda test: (_distance(test, mutant.path), self.breadth[test]))


def measured(folder: Path, *, at_once: int) -> Coverage:
    """Measure the pieces that the folder lacks, and read all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [one for one in PIECES if not _kept_in(folder, one).exists()]
    with ThreadPoolExecutor(at_once) as threads:
        list(threads.map(lambda one: _measure(one, _kept_in(folder, one)), missing))
    cover = Coverage()
    for one in PIECES:
        cover.add(json.loads(_kept_in(folder, one).read_text("utf-8")))
    return cover


def _kept_in(folder: Path, one: TestRun) -> Path:
    return folder / f"{one.name}.json"


def _measure(one: TestRun, out: Path) -> None:
    command = [*PYTEST, "-p", "tests.mutants.contexts", "-m", one.marked, *one.paths]
    environment = outside() | {OUT: str(out)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    sys.stdout.write(f"{one.name}: {(done.stdout.splitlines() or [done.stderr])[-1]}\n")
    sys.stdout.flush()
    if not out.exists():
        raise RuntimeError(
            f"{one.name} was not measured: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        )


def _is_in_a_body(mutant: Mutant) -> bool:
    """Return whether a fault is run by calls; otherwise it runs when its module is imported."""
    inner = _innermost(ast.parse((ROOT / mutant.path).read_text("utf-8")), mutant.line)
    return inner is not None and mutant.line >= inner.body[0].lineno


def _distance(test: str, path: str) -> int:
    """Return how far a test's file is from the tests of the mutated one."""
    mirrored = "tests/" + path
    home, stem = mirrored.rpartition("/")[0], path.rpartition("/")[2].removesuffix(".py")
    if f"{home}/test_{stem}" in test or f"{mirrored.removesuffix('.py')}/" in test:
        return 0
    return 1 if test.startswith((f"{home}/", *OF_THE_WHOLE)) else 2


def _lines_of(mutant: Mutant) -> Iterator[tuple[str, Iterable[int]]]:
    """Yield the lines whose tests concern a fault.

    Inside a function it is the fault's own line. A fault that runs at import only (defaults,
    fields, constants) concerns its function and all functions that name it.
    """
    tree = ast.parse((ROOT / mutant.path).read_text("utf-8"))
    inner = _innermost(tree, mutant.line)
    if inner is not None and mutant.line >= inner.body[0].lineno:
        yield mutant.path, _statement(inner, mutant.line)
        return
    if inner is not None:
        yield mutant.path, range(inner.body[0].lineno, (inner.end_lineno or 0) + 1)
        return
    name = mutant.scope.rpartition(".")[2] or _field(tree, mutant.line)
    users = list(_users_of(name, but=mutant)) if name else []
    yield from users or [(mutant.path, range(1, len(ast.unparse(tree)) + 1))]


def _innermost(tree: ast.AST, line: int) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    inner = None
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.lineno <= line <= (node.end_lineno or 0):
            inner = node
    return inner


def _statement(function: ast.AST, line: int) -> range:
    """Return the lines of the smallest statement around a line: coverage records its first ones."""
    around = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.stmt | ast.ExceptHandler)
        and node.lineno <= line <= (node.end_lineno or 0)
    ]
    smallest = min(around, key=lambda node: (node.end_lineno or 0) - node.lineno)
    body = getattr(smallest, "body", None)
    last = body[0].lineno - 1 if body else smallest.end_lineno or 0
    return range(smallest.lineno, max(last, smallest.lineno) + 1)


def _field(tree: ast.AST, line: int) -> str:
    """Return the name of the class's field that a line sets."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign | ast.Assign) and node.lineno <= line <= (
            node.end_lineno or 0
        ):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            return target.id if isinstance(target, ast.Name) else ""
    return ""


def _users_of(name: str, *, but: Mutant) -> Iterator[tuple[str, Iterable[int]]]:
    """Yield the core's functions that use a name; of a constant also other constants that do."""
    for path in core():
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        for node in ast.walk(tree):
            named = getattr(node, "id", None) or getattr(node, "attr", None)
            if named != name or not isinstance(node, ast.Name | ast.Attribute):
                continue
            inner = _innermost(tree, node.lineno)
            if inner is not None:
                yield path, _statement(inner, node.lineno)
            elif (user := _field(tree, node.lineno)) and user not in {name, but.scope}:
                yield from _users_of(user, but=but)
