"""The progress line while a task is generated: the phase and its duration so far."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from services.cli.terminal import Terminal, plain
from services.common.clock import Clock
from services.kling import Task

TICK_S = 0.2
_CELLS, _WORDS = 24, 36
"""Maximum columns of the bar, and of the rest of its line."""

_HALF_S = 15.0
"""Seconds after which the bar is half full. It never gets full: no provider reports progress."""


class TryProgress:
    """Shows a phase and its seconds during an `async with` block; only on a terminal."""

    def __init__(self, terminal: Terminal, *, clock: Clock) -> None:
        self._terminal, self._clock = terminal, clock
        self._phase, self._word, self._began = "", "", clock.now()
        self._ticking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start the updates."""
        if self._terminal.is_terminal:
            self._ticking = asyncio.create_task(self._tick())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the line."""
        if self._ticking is not None:
            self._ticking.cancel()
        self._terminal.still()

    def phase(self, name: str) -> None:
        """Start a phase; its seconds count from zero."""
        self._phase, self._word, self._began = name, "", self._clock.now()

    def seen(self, task: Task) -> None:
        """Show the status of a task that was just polled."""
        self._word = plain(task.word)[:14]

    @property
    def seconds(self) -> float:
        """Seconds since the phase began."""
        return max(self._clock.now() - self._began, 0.0)

    def text(self) -> str:
        """Return the current line."""
        name = self._terminal.coloured(self._phase, "bold")
        parts = [f"{self.seconds:.0f} s", *([self._word] if self._word else [])]
        tail = (" · " if self._terminal.has_glyphs else ", ").join(parts)
        return f"{name} {self._bar()} {tail}"

    def _bar(self) -> str:
        full, empty = ("━", "─") if self._terminal.has_glyphs else ("#", "-")
        room = min(_CELLS, self._terminal.width - _WORDS)  # a wrapped line cannot be replaced
        cells = round(room * self.seconds / (self.seconds + _HALF_S))
        rest = self._terminal.coloured(empty * (room - cells), "grey")
        return self._terminal.coloured(full * cells, "green") + rest

    async def _tick(self) -> None:
        while True:
            if self._phase:
                self._terminal.moving(self.text())
            await self._clock.sleep(TICK_S)
