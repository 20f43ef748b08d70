"""The page of threats names tests that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)))
ROWS = [line for line in PAGE.splitlines() if re.match(r"\| (?!threat|---)", line)]


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_named_test_exists(file: str, name: str) -> None:
    tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def test_every_threat_has_a_guard_and_a_test() -> None:
    assert len(ROWS) > 20
    for row in ROWS:
        threat, guard, test = (cell.strip() for cell in row.strip("|").split(" | "))
        assert threat, row
        assert guard, row
        assert re.search(r"\.py::test_\w+", test), row


def test_there_is_a_way_to_report() -> None:
    policy = (ROOT / "SECURITY.md").read_text("utf-8")
    assert "privately" in policy
    assert "docs/security.md" in policy
