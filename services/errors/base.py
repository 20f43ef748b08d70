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


# Pictures on their way: from the provider to our disk, and into the channel.


class DownloadFailed(BotError):
    """A result could not be fetched."""

    def __init__(
        self,
        reason: str,
        *,
        lapsed: bool = False,
        at_home: bool = False,
        unusable: bool = False,
        received: int = 0,
    ) -> None:
        """Take words for the log; `lapsed` when the link ran out and a fresh one may help.

        `at_home`: it is there, and our own disk did not take it. `unusable`: what is there is no
        image, or too large, or at an address that is refused. `received`: bytes that came.
        """
        super().__init__(reason)
        self.lapsed, self.at_home, self.unusable = lapsed, at_home, unusable
        self.received = received


class DeliveryFailed(BotError):
    """An Outcome could not be put into the channel."""


class ChannelGone(DeliveryFailed):
    """The channel, thread or server is gone."""


class MayNotPost(DeliveryFailed):
    """Discord refuses the bot in this channel."""


class FileTooBig(DeliveryFailed):
    """A result is over what this place takes."""


class TokenExpired(DeliveryFailed):
    """Only the interaction's token could have posted it, and that is gone."""


class MessageRefused(DeliveryFailed):
    """Discord does not take the message itself, here or anywhere: the same again is no use."""


class DiscordUnreachable(DeliveryFailed):
    """No answer, a 5xx or a long rate limit: the same again later."""

    def __init__(self, reason: str, *, retry_after_s: float | None = None) -> None:
        """Take the wait that Discord asked for, if it did."""
        super().__init__(reason)
        self.retry_after_s = retry_after_s
