"""The bot's version, and the facts about it that are shown to members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

VERSION = "0.1.0"
"""The bot's version, the same as in pyproject.toml; a test compares them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Facts about the bot that /about shows to members."""

    provider: str
    """The host to which the bot sends images and prompts."""
    models: Sequence[str]
    """Titles of the models that members can choose from."""
    keep_pictures_days: float
    """Days that image files are stored; 0: forever."""
    source_url: str | None = None
    version: str = VERSION


def user_agent(source_url: str | None = None) -> str:
    """Return the User-Agent of the bot's HTTP requests.

    Some firewalls block the default name of an HTTP library.
    """
    return f"Repaint/{VERSION}" + (f" (+{source_url})" if source_url else "")
