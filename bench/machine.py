"""The computer on which figures were measured: every table names it.

Only ratios are comparable between computers.
"""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from importlib.metadata import version


def machine() -> dict[str, str]:
    """Describe the computer and the versions of the bot's dependencies."""
    return {
        "cores": str(os.cpu_count()),
        "processor": _processor(),
        "system": platform.system(),
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in ("discord.py", "aiohttp", "sqlite-utils", "Pillow")},
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123  Linux alone has it
            names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def memory_bytes() -> int:
    """Return the resident memory of this process; 0 if the system does not report it."""
    try:
        with open("/proc/self/statm", encoding="utf-8") as pages:  # noqa: PTH123
            return int(pages.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
