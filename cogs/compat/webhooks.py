"""User-Agent of calls by interaction token: discord.py sets it on all other calls only."""

from __future__ import annotations

from typing import Any

import discord


def name_webhook_calls(client: discord.Client) -> None:
    """Send the User-Agent that Discord requires on calls by interaction token too.

    It is "DiscordBot (url, version)". Without it these calls carry aiohttp's User-Agent, which
    firewalls may block as a script. Call this after login: login opens the session that both kinds
    of calls share.
    """
    session: Any = vars(client.http).get("_HTTPClient__session")
    headers: Any = getattr(session, "headers", None)  # None if a test replaces the HTTP client
    if headers is not None:
        headers["User-Agent"] = client.http.user_agent
