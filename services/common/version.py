"""What the bot says about itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

VERSION = "0.1.0"
"""As in pyproject.toml; a test compares them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The facts that members can ask for."""

    provider: str
    """The host that pictures and prompts are sent to."""
    models: Sequence[str]
    """Titles of what members can choose from."""
    keep_pictures_days: float
    """0: for ever."""
    source_url: str | None = None
    version: str = VERSION


def user_agent(source_url: str | None = None) -> str:
    """Return what HTTP requests of the bot call themselves: some walls block a library's name."""
    return f"Repaint/{VERSION}" + (f" (+{source_url})" if source_url else "")
