"""Calls by an interaction's token: discord.py names itself in all others, and not in these."""

from __future__ import annotations

from typing import Any

import discord


def name_webhook_calls(client: discord.Client) -> None:
    """Let them carry the User-Agent that Discord requires ("DiscordBot (url, version)").

    Without it they carry aiohttp's, which walls take for a script. To be called once the client has
    logged in, which opens the session that both kinds of calls share.
    """
    session: Any = vars(client.http).get("_HTTPClient__session")
    headers: Any = getattr(session, "headers", None)  # none where a test stands in for HTTP
    if headers is not None:
        headers["User-Agent"] = client.http.user_agent
