"""Output for a terminal, and the same text without colours and glyphs for a file or pipe."""

from __future__ import annotations

import re
import shutil
import textwrap
from typing import Literal, Protocol

from services.common.logging import CONTROLS
from services.settings import wants_plain_text

WIDEST = 100
"""Columns; longer lines are hard to read."""

_CONTROLS = re.compile(rf"(?:[\t\n]|{CONTROLS.pattern})+")
"""Control characters, with which untrusted text could move the cursor or turn the writing
direction."""

_CLEAR_LINE = "\r\x1b[K"
_COLOURS = {"green": "32", "yellow": "33", "red": "31", "grey": "90", "bold": "1"}

Colour = Literal["green", "yellow", "red", "grey", "bold"]


class Stream(Protocol):
    """An output stream, such as sys.stderr."""

    @property
    def encoding(self) -> str | None:
        """The text encoding; None if the stream accepts any text."""
        ...

    def write(self, text: str, /) -> int:
        """Write a text."""
        ...

    def flush(self) -> None:
        """Write buffered text."""
        ...

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        ...


class Terminal:
    """Writes permanent lines and, if the stream is a terminal, one progress line below them."""

    def __init__(self, stream: Stream) -> None:
        """Enable colours and glyphs only on a terminal that can show them."""
        self._stream = stream
        self.is_terminal = stream.isatty()
        self.has_glyphs = self.is_terminal and _shows(stream.encoding or "utf-8", "✓━·×…→")
        self._has_colours = self.is_terminal and not wants_plain_text()
        self._has_moving_line = False

    @property
    def width(self) -> int:
        """Maximum columns of a line."""
        columns = shutil.get_terminal_size().columns if self.is_terminal else WIDEST
        return max(min(columns, WIDEST), 40)

    def line(self, text: str = "") -> None:
        """Write a permanent line; it takes the place of the progress line."""
        self._put(f"{self._cleared()}{self._shown(text)}\n")

    def paragraph(self, text: str, *, indent: str = "", colour: Colour | None = None) -> None:
        """Write a text, wrapped on a terminal, in one line otherwise."""
        lines = wrapped(text, width=self.width - len(indent)) if self.is_terminal else [text]
        for line in lines:
            self.line(indent + (self.coloured(line, colour) if colour else line))

    def write(self, text: str) -> int:
        """Write like a stream, so that a log can use it."""
        self._put(self._cleared() + self._shown(text))
        return len(text)

    def flush(self) -> None:
        """Do nothing: every write is flushed."""

    def moving(self, text: str) -> None:
        """Write the progress line, in place of the last one; do nothing if there is no terminal."""
        if self.is_terminal:
            self._put(_CLEAR_LINE + self._shown(text))
            self._has_moving_line = True

    def still(self) -> None:
        """Remove the progress line."""
        self._put(self._cleared())

    def coloured(self, text: str, colour: Colour) -> str:
        """Return the text in a colour, if colours are shown."""
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
    """Return untrusted text on one line, without control characters."""
    return _CONTROLS.sub(" ", text).strip()


def wrapped(text: str, *, width: int) -> list[str]:
    """Wrap a text; commands, URLs and long names stay unbroken."""
    return textwrap.wrap(text, max(width, 20), break_long_words=False, break_on_hyphens=False) or [
        ""
    ]


def _shows(encoding: str, glyphs: str) -> bool:
    try:
        glyphs.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
