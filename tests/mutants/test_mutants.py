"""The mutation runner makes the faults that it promises, and none in text without effect."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.mutants.__main__ import sample
from tests.mutants.covering import Coverage
from tests.mutants.explained import EXPLAINED, name_of, reason_of
from tests.mutants.mutant import Mutant
from tests.mutants.mutations import mutants_of
from tests.mutants.scope import PIECES, ROOT, core, digest
from tests.mutants.trying import copy_tree, judged, within

RULES = "services/policy/guild_rules.py"


def changed(text: str) -> set[str]:
    """Return the text with each of its faults."""
    return {mutant.applied(text) for mutant in mutants_of("some.py", text)}


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("a <= b", "a < b"),
        ("a not in b", "a in b"),
        ("a and b", "((a) or (b))"),
        ("a and b", "((b))"),
        ("not a", "(a)"),
        ("x = 20.0", "x = 40.0"),
        ("x = True", "x = False"),
        ("x = a + 1", "x = a - 1"),
        ("x = max(a, b)", "x = min(a, b)"),
        ("x = a if b else c", "x = a if False else c"),
        ("a.b = c", "pass"),
        ("a += 1", "pass"),
        ("a += 1", "a -= 1"),
        ("await a.wait()", "pass"),
        ("raise E", "pass"),
        ("x = a['key']", "x = a['key-x']"),
        ("x = a.get('key')", "x = a.get('key-x')"),
        ("x = 'SELECT a FROM b WHERE c <= 3'", "x = 'SELECT a FROM b WHERE c < 3'"),
        ("x = 'UPDATE a SET b = 1 WHERE c AND d'", "x = 'UPDATE a SET b = 1 WHERE c OR d'"),
        ("x = f'SELECT {a} ORDER BY b'", "x = f'SELECT {a} ORDER BY b DESC'"),
        ("try:\n        a()\n    except (B, C):\n        d()", "except (C,):"),
        ("for a in b:\n        continue", "break"),
    ],
)
def test_mutants_of_a_line_hold_the_fault(line: str, fault: str) -> None:
    text = f"async def f():\n    {line}\n"
    assert any(fault in one for one in changed(text))


@pytest.mark.parametrize(
    "text",
    [
        '"""A docstring of 3 words."""\n',
        "def f(a: 'int' = b) -> 'str':\n    return a\n",
        "async def f():\n    log.info('%s of 3', a > b)\n",
        "def f():\n    if a > 3:\n        log.info('many')\n",
        "def f():\n    assert a > 3\n",
        "@d(3)\ndef f():\n    return a\n",
        "def __repr__(self):\n    return a < b\n",
        "__all__ = ['a', 'b']\n",
        "Form = A | B\nCall = Callable[[A | B], Literal['c']]\n",
        "from a import b\n",
    ],
)
def test_what_only_says_something_has_no_faults(text: str) -> None:
    assert changed(text) == set()


def test_every_fault_of_the_core_changes_one_line_and_compiles() -> None:
    for path in core()[::20]:
        text = (ROOT / path).read_text("utf-8")
        for mutant in mutants_of(path, text):
            assert mutant.applied(text) != text
            assert text.splitlines()[mutant.line - 1].strip()
            compile(mutant.applied(text), path, "exec", dont_inherit=True)


@pytest.mark.parametrize("name", EXPLAINED)
def test_explained_fault_is_still_one_of_the_core(name: str) -> None:
    path = name.partition(" ")[0]
    faults = [str(one) for one in mutants_of(path, (ROOT / path).read_text("utf-8"))]
    assert name in map(name_of, faults)
    assert {reason_of(one) for one in faults if name_of(one) == name} == {EXPLAINED[name]}


def test_sample_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    drawn = sample(7, 12, only="services/kling/p")
    assert drawn == sample(7, 12, only="services/kling/p")
    assert drawn != sample(8, 12, only="services/kling/p")
    assert len({(one.path, one.line) for one in drawn}) == 12
    assert all(one.path.startswith("services/kling") for one in drawn)


def test_core_and_measured_tests_are_there() -> None:
    for room in ("db/", "engine/", "kling/", "requests/", "policy/quotas.py", "history/privacy.py"):
        assert any(path.startswith(f"services/{room}") for path in core())
    assert "cogs/posting/delivery.py" in core()
    assert all((ROOT / path).exists() for piece in PIECES for path in piece.paths)


def covered(*tests: tuple[str, float, list[int]]) -> Coverage:
    """Return a Cover in which each test runs these lines and takes this long."""
    cover = Coverage()
    lines: dict[int, list[int]] = {}
    for number, (_, _, own) in enumerate(tests):
        for line in own:
            lines.setdefault(line, []).append(number)
    measured = {"tests": [(name, seconds) for name, seconds, _ in tests], "lines": {RULES: lines}}
    cover.add(measured)
    return cover


def fault_in(scope: str, before: str, after: str) -> Mutant:
    text = (ROOT / RULES).read_text("utf-8")
    return next(
        one
        for one in mutants_of(RULES, text)
        if (one.scope, one.before.strip(), one.after.strip()) == (scope, before, after)
    )


def test_nearest_and_narrowest_tests_come_first_within_their_time() -> None:
    fault = fault_in("_judge_membership", "now < until", "False")
    here = [fault.line]
    cover = covered(
        ("tests/cogs/test_a.py::far", 1.0, here),
        ("tests/services/policy/test_guild_rules.py::wide", 1.0, [*here, 1, 2]),
        ("tests/services/policy/test_guild_rules.py::narrow", 1.0, here),
        ("tests/services/policy/test_blocked_words.py::beside", 1.0, here),
        ("tests/services/policy/test_blocked_words.py::elsewhere", 1.0, [1]),
    )
    tests = cover.tests_of(fault)
    assert [test.rpartition("::")[2] for test in tests] == ["narrow", "wide", "beside", "far"]
    assert within(tests, cover, 2.5) == tests[:2]
    assert within(tests, cover, 0.1) == tests[:1]


def test_constant_concerns_the_tests_of_those_who_use_it() -> None:
    fault = fault_in("DAY_S", "24", "48")
    user = fault_in("_judge_membership", "*", "/").line
    cover = covered(("tests/a.py::uses_it", 1.0, [user]), ("tests/a.py::does_not", 1.0, [2]))
    assert cover.tests_of(fault) == ["tests/a.py::uses_it"]


@pytest.mark.proof
def test_fault_is_noticed_in_the_copy_and_the_tree_stays_as_it_is(tmp_path: Path) -> None:
    fault = fault_in("_judge_membership", "now < until", "False")
    test = "tests/cogs/requests/test_guild_rules.py"
    before, tree = digest(), copy_tree(tmp_path / "tree")
    verdict = judged(fault, covered((test, 20.0, [fault.line])), tree, seconds=90.0)
    assert (verdict.verdict, verdict.noticed) == ("failed", True)
    assert test in verdict.by
    assert digest() == before
    assert (tree / RULES).read_bytes() == (ROOT / RULES).read_bytes()


@pytest.mark.proof
def test_fault_that_renames_a_parameter_is_tried_with_the_whole_function(tmp_path: Path) -> None:
    fault = fault_in("_judge_membership", "now < until", "False")
    file = "tests/services/policy/test_guild_rules.py"
    [name, *_] = re.findall(r"def (test_membership\w+)", (ROOT / file).read_text("utf-8"))
    test = f"{file}::{name}[a value that no longer exists]"
    tree = copy_tree(tmp_path / "tree")
    verdict = judged(fault, covered((test, 20.0, [fault.line])), tree, seconds=90.0)
    assert verdict.verdict == "failed"


def test_line_that_no_test_runs_is_told_as_uncovered(tmp_path: Path) -> None:
    fault = fault_in("_judge_membership", "now < until", "False")
    verdict = judged(fault, Coverage(), tmp_path, seconds=90.0)
    assert (verdict.verdict, verdict.noticed, verdict.covering) == ("uncovered", False, 0)
