"""Findings as shown to a person, in a file, and to a program."""

from __future__ import annotations

import json

import pytest

from services.cli.check.findings import Area, as_json, is_sound
from services.cli.check.output import show_area, show_end
from services.cli.terminal import Terminal
from tests.services.cli.conftest import FakeTerminal


def area() -> Area:
    made = Area("Provider")
    made.ok("reachable", "kling.example answers")
    made.warn("clock", "60 s behind", "set this computer's clock (NTP)")
    made.bad("key accepted", "no", "the right key " * 12)
    made.open("slots", "nobody tells")
    return made


def test_a_file_gets_words_in_columns() -> None:
    screen = FakeTerminal()
    show_area(Terminal(screen), area().findings)
    show_end(Terminal(screen), area().findings)

    lines = screen.getvalue().splitlines()
    assert lines[:5] == [
        "",
        "Provider",
        "  ok    reachable       kling.example answers",
        "  warn  clock           60 s behind",
        "                        -> set this computer's clock (NTP)",
    ]
    assert lines[-1] == "1 problem to fix, 1 warning."
    assert max(map(len, lines)) <= 100
    assert not set(screen.getvalue()) & set("\x1b✓→")


def test_a_person_gets_colours_and_glyphs_in_the_same_columns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "60")
    screen = FakeTerminal(is_terminal=True)
    show_area(Terminal(screen), area().findings)

    text = screen.getvalue()
    assert "\x1b[32m✓\x1b[0m  reachable       kling.example answers" in text
    assert "\x1b[31m✗\x1b[0m  key accepted    no" in text
    assert "→ set this computer's clock (NTP)" in text


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["ok"], "No problems."),
        (["ok", "open"], "No problems."),
        (["warn", "warn"], "No problems, 2 warnings."),
        (["bad", "bad"], "2 problems to fix, 0 warnings."),
    ],
)
def test_the_end_says_what_it_comes_to(names: list[str], words: str) -> None:
    made, screen = Area("x"), FakeTerminal()
    for name in names:
        getattr(made, name)(name, "found", *(["fix"] if name == "bad" else []))
    show_end(Terminal(screen), made.findings)

    assert screen.getvalue().strip() == words
    assert is_sound(made.findings) == ("bad" not in names)


def test_a_program_gets_json() -> None:
    told = json.loads(json.dumps(as_json(area().findings)))

    assert told["ok"] is False
    assert told["findings"][1] == {
        "area": "Provider",
        "name": "clock",
        "verdict": "warn",
        "found": "60 s behind",
        "fix": "set this computer's clock (NTP)",
    }
