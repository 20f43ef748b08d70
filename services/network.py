"""What it looks like when nobody answers, whichever library asked."""

from __future__ import annotations

import aiohttp

NO_ANSWER = (aiohttp.ClientError, OSError, TimeoutError)
"""Everything that a connection can die of; discord.py lets these through as they come."""
