"""The bot with one of its guards taken away: python -m tests.torture.careless FAULT."""

from __future__ import annotations

import sys

import bot
from tests.simulation.faults import planted

if __name__ == "__main__":
    with planted(sys.argv.pop(1)):
        sys.exit(bot.main())
