"""How long tests of whole processes wait for what is sure to come, on however busy a computer."""

from __future__ import annotations

PATIENCE_S = 90.0
"""Seconds after which something is taken to be lost; nothing is faster for a smaller figure."""

UNHURRIED = ("--acknowledge-seconds", str(PATIENCE_S))
"""Words of a sandbox for tests of something else than Discord's three seconds: a busy computer may
keep the bot's process waiting for longer."""
