"""What a person at a terminal sees, and what a file or pipe gets instead: the same words, plain."""

from __future__ import annotations

import re
import shutil
import textwrap
from typing import Literal, Protocol

from services.common.logging import CONTROLS
from services.settings.loading import wants_plain_text

WIDEST = 100
"""Columns; longer lines are hard to read."""

_CONTROLS = re.compile(rf"(?:[\t\n]|{CONTROLS.pattern})+")
"""A stranger's words must not move the cursor, nor turn the reading order."""

_CLEAR_LINE = "\r\x1b[K"
_COLOURS = {"green": "32", "yellow": "33", "red": "31", "grey": "90", "bold": "1"}

Colour = Literal["green", "yellow", "red", "grey", "bold"]


class Stream(Protocol):
    """What is written to: sys.stderr, or a test's own."""

    @property
    def encoding(self) -> str | None:
        """The text encoding; None when it takes any text."""
        ...

    def write(self, text: str, /) -> int:
        """Write."""
        ...

    def flush(self) -> None:
        """Let it be seen."""
        ...

    def isatty(self) -> bool:
        """Whether a person is looking."""
        ...


class Terminal:
    """One stream with lines that stay and one line that moves; the latter only for a person."""

    def __init__(self, stream: Stream) -> None:
        """Take the stream; colours and glyphs need a terminal that can show them."""
        self._stream = stream
        self.is_terminal = stream.isatty()
        self.has_glyphs = self.is_terminal and _shows(stream.encoding or "utf-8", "✓━·×…→")
        self._has_colours = self.is_terminal and not wants_plain_text()
        self._has_moving_line = False

    @property
    def width(self) -> int:
        """Columns that a line may have."""
        columns = shutil.get_terminal_size().columns if self.is_terminal else WIDEST
        return max(min(columns, WIDEST), 40)

    def line(self, text: str = "") -> None:
        """Write a line that stays, below which a moving one goes on."""
        self._put(f"{self._cleared()}{self._shown(text)}\n")

    def paragraph(self, text: str, *, indent: str = "", colour: Colour | None = None) -> None:
        """Write words that may need several lines; a file gets them in one."""
        lines = wrapped(text, width=self.width - len(indent)) if self.is_terminal else [text]
        for line in lines:
            self.line(indent + (self.coloured(line, colour) if colour else line))

    def write(self, text: str) -> int:
        """Write as a stream does, so that a log can be sent here."""
        self._put(self._cleared() + self._shown(text))
        return len(text)

    def flush(self) -> None:
        """Do what is done after every write."""

    def moving(self, text: str) -> None:
        """Show a line in place of the last moving one; nothing where nobody is looking."""
        if self.is_terminal:
            self._put(_CLEAR_LINE + self._shown(text))
            self._has_moving_line = True

    def still(self) -> None:
        """Take the moving line away."""
        self._put(self._cleared())

    def coloured(self, text: str, colour: Colour) -> str:
        """Return the text in a colour, where colours are shown."""
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self._has_colours else text

    def _cleared(self) -> str:
        start, self._has_moving_line = self._has_moving_line, False
        return _CLEAR_LINE if start else ""

    def _shown(self, text: str) -> str:
        encoding = self._stream.encoding or "utf-8"
        return text.encode(encoding, "replace").decode(encoding)

    def _put(self, text: str) -> None:
        if text:
            self._stream.write(text)
            self._stream.flush()


def plain(text: str) -> str:
    """Return a stranger's words without what could play tricks on a terminal, on one line."""
    return _CONTROLS.sub(" ", text).strip()


def wrapped(text: str, *, width: int) -> list[str]:
    """Break words into lines; commands, addresses and long names stay whole."""
    return textwrap.wrap(text, max(width, 20), break_long_words=False, break_on_hyphens=False) or [
        ""
    ]


def _shows(encoding: str, glyphs: str) -> bool:
    try:
        glyphs.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
