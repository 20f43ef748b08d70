"""The bot with its libraries imported: python -m tests.system.kill.preloaded_bot [FAULT].

It starts when it reads a line from stdin; FAULT removes one of its guards.
"""

from __future__ import annotations

import sys

import bot
from tests.system.kill.planted_faults import planted

if __name__ == "__main__":
    fault = sys.argv.pop(1) if len(sys.argv) > 1 else None
    if sys.stdin.readline():
        with planted(fault):
            sys.exit(bot.main())
