"""The root, and what concerns nobody's request: settings, database, drawing."""

from __future__ import annotations


class BotError(Exception):
    """The root: `except BotError` catches what we raise ourselves and nothing else."""


class ConfigError(BotError):
    """Settings are wrong or missing."""

    def __init__(self, problems: list[str]) -> None:
        """Take a line for each problem: setting and what was expected; never a secret's value."""
        super().__init__("; ".join(problems))
        self.problems = problems


class ChartFailed(BotError):
    """The statistics could not be drawn; their figures are as good as ever."""


class StoreUnavailable(BotError):
    """Database or pictures can not be written: disk full, read-only, locked for too long."""


class VaultUnreachable(StoreUnavailable):
    """The store of pictures does not answer, or refuses; the same again later."""

    def __init__(self, reason: str) -> None:
        """Take the store's own code or the library's word; never an address or a key."""
        super().__init__(f"PICTURES_URL: {reason}")
        self.reason = reason
