"""The terminal: colours and moving lines for a person, plain words for a file."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.terminal import Terminal, plain
from services.cli.try_once.progress import TryProgress
from services.common import logging as logs
from services.kling import Endpoint, Task, TaskStatus
from services.settings.loading import wants_plain_text
from tests.services.cli.conftest import FakeTerminal, InstantClock


@pytest.fixture(autouse=True)
def _no_wishes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_a_file_gets_neither_colours_nor_glyphs_nor_moving_lines() -> None:
    screen = FakeTerminal()
    terminal = Terminal(screen)
    terminal.moving("Painting")
    terminal.line(terminal.coloured("done", "green"))
    terminal.paragraph("words " * 40, colour="red")

    assert not terminal.has_glyphs
    assert screen.getvalue() == "done\n" + "words " * 40 + "\n"


def test_a_line_takes_the_place_of_the_moving_one() -> None:
    screen = FakeTerminal(is_terminal=True)
    terminal = Terminal(screen)
    terminal.moving("one")
    terminal.moving("two")
    terminal.line("done")
    terminal.line("more")
    terminal.still()

    assert screen.getvalue() == "\r\x1b[Kone\r\x1b[Ktwo\r\x1b[Kdone\nmore\n"


def test_long_words_are_broken_between_words_and_coloured_line_by_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    screen = FakeTerminal(is_terminal=True)
    Terminal(screen).paragraph("word " * 20 + "https://a.example/" + "x" * 60, colour="red")

    lines = screen.getvalue().splitlines()
    assert len(lines) > 2
    assert all(line.startswith("\x1b[31m") and line.endswith("\x1b[0m") for line in lines)
    assert lines[-1] == "\x1b[31mhttps://a.example/" + "x" * 60 + "\x1b[0m"  # can be copied


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_whoever_wants_no_colours_gets_none(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wants_plain_text({name: value})
    monkeypatch.setenv(name, value)

    assert Terminal(FakeTerminal(is_terminal=True)).coloured("done", "green") == "done"


def test_a_terminal_of_an_older_encoding_gets_what_it_can_show() -> None:
    screen = FakeTerminal(is_terminal=True, encoding="ascii")
    terminal = Terminal(screen)
    terminal.line("a café ✓")

    assert not terminal.has_glyphs
    assert screen.getvalue() == "a caf? ?\n"


def test_a_log_line_stands_on_a_line_of_its_own() -> None:
    screen = FakeTerminal(is_terminal=True)
    terminal = Terminal(screen)
    logs.set_up("warning", "text", stream=terminal)  # pyright: ignore[reportArgumentType]
    terminal.moving("Painting")
    logging.getLogger("services.kling").warning("an unknown word")

    assert screen.getvalue().startswith("\r\x1b[KPainting\r\x1b[K20")
    assert screen.getvalue().endswith("an unknown word\n")


@given(st.text())
def test_a_strangers_words_stay_on_one_line(text: str) -> None:
    shown = plain(text)

    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in shown)
    assert "\u202e" not in shown


def looked_at(word: str) -> Task:
    return Task(task_id="T", endpoint=Endpoint.GENERATIONS, status=TaskStatus.RUNNING, word=word)


async def test_the_bar_grows_and_never_claims_to_be_full() -> None:
    clock = InstantClock()
    progress = TryProgress(Terminal(FakeTerminal()), clock=clock)
    progress.phase("Painting")
    lengths: list[int] = []
    for seconds in (0, 5, 10, 60, 600):
        clock.ahead_s = seconds
        lengths.append(progress.text().count("#"))
    progress.seen(looked_at("processing\x1b[2J and more"))

    assert lengths == sorted(set(lengths))
    assert progress.text().startswith("Painting #")
    assert "-" in progress.text()
    assert progress.text().endswith(" 600 s, processing [2J")


async def test_it_moves_only_where_somebody_looks() -> None:
    for is_terminal in (False, True):
        screen = FakeTerminal(is_terminal=is_terminal)
        clock = InstantClock()
        async with TryProgress(Terminal(screen), clock=clock) as progress:
            progress.phase("Painting")
            for _ in range(5):
                await clock.sleep(1)
        assert bool(screen.getvalue()) == is_terminal
