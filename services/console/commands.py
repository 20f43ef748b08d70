"""From what was asked to an exit status."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path
from typing import IO, cast

from services import logs
from services.clock import Clock
from services.console.doctor import examined
from services.console.doctor.findings import Finding, is_sound
from services.console.doctor.findings import as_json as as_json_object
from services.console.doctor.tables import show_area, show_end
from services.console.terminal import Terminal
from services.console.trial import Trial
from services.console.wishes import Wish
from services.kling import KlingClient
from services.provider import models_of, provider_of
from services.settings import Settings


async def check(*, as_json: bool, data: Path, clock: Clock) -> int:
    """Look at everything that the bot needs and say how it is: 0 in order, 1 not."""
    terminal, findings = Terminal(sys.stdout), list[Finding]()
    logs.set_up("error", "text")  # what goes wrong stands in the table
    if not as_json:
        terminal.moving("Looking …" if terminal.has_glyphs else "Looking ...")
    async for area in examined(data=data, clock=clock, env_file=Path(".env")):
        findings += area.findings
        if not as_json:
            show_area(terminal, area.findings)
            terminal.moving("Looking …" if terminal.has_glyphs else "Looking ...")
    if as_json:
        terminal.line(json.dumps(as_json_object(findings), ensure_ascii=False))
    else:
        show_end(terminal, findings)
    return 0 if is_sound(findings) else 1


async def try_once(wish: Wish, settings: Settings, *, data: Path, clock: Clock) -> int:
    """Paint once, or pick a task up; `data` holds models.toml. Raises ConfigError."""
    terminal = Terminal(sys.stderr)
    _end_like_ctrl_c(signal.SIGTERM)
    _log_to(terminal, settings)
    async with KlingClient(provider_of(settings), clock=clock) as kling:
        trial = Trial(
            wish,
            kling=kling,
            models=models_of(settings, data),
            timeout_s=wish.timeout_s or settings.kling_timeout_s,
            terminal=terminal,
            out=sys.stdout,
        )
        return await trial.run()


def _end_like_ctrl_c(number: signal.Signals) -> None:
    """Let a signal (from `timeout`, say) end the command with the same words as Ctrl-C."""
    task = asyncio.current_task()
    assert task is not None
    with contextlib.suppress(NotImplementedError):  # Windows knows no such signal
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)


def _log_to(terminal: Terminal, settings: Settings) -> None:
    """Let warnings stand between the lines, everything only where LOG_LEVEL asks for it."""
    level = "debug" if settings.log_level == "debug" else "warning"
    logs.set_up(level, "text", secrets=settings.secrets(), stream=cast("IO[str]", terminal))
