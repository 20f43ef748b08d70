"""Time-outs of tests of whole processes, long enough for a busy computer."""

from __future__ import annotations

TIMEOUT_S = 90.0
"""Seconds after which something counts as lost; a smaller figure makes no test faster."""

SLOW_ACKNOWLEDGEMENT = ("--acknowledge-seconds", str(TIMEOUT_S))
"""Options of a sandbox for tests that are not about Discord's three seconds: on a busy computer
the bot's process may need longer.
"""
