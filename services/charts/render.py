"""Draws a chart in a process that ends afterwards.

Measured: one second, of which the event loop loses under 10 ms. A thread would hold the interpreter
for up to 50 ms at a time, and an idle process would hold 75 MB.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from pathlib import Path

import msgspec

from services.charts.spec import Order, Words
from services.errors import ChartFailed
from services.models import Statistics

ROOT = Path(__file__).resolve().parents[2]

PATIENCE_S = 60.0
"""Time limit in seconds. Matplotlib's first run on a computer scans all its fonts."""


async def draw(
    statistics: Statistics,
    *,
    title: str,
    dark: bool = False,
    names: Mapping[int, str] | None = None,
    words: Words | None = None,
) -> bytes:
    """Draw statistics as a PNG, 1125 dots wide; raises ChartFailed."""
    order = Order(
        statistics=statistics, title=title, dark=dark, names=names or {}, words=words or Words()
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.charts.figure"),
        cwd=ROOT,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            picture, complaint = await process.communicate(msgspec.json.encode(order))
    except TimeoutError:
        raise ChartFailed("the chart was not drawn in time") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise ChartFailed(complaint.decode(errors="replace").strip().rpartition("\n")[2])
    return picture
