"""Base errors, and errors that concern no single request: settings, database, charts, delivery."""

from __future__ import annotations


class BotError(Exception):
    """Base of all errors that the bot raises itself."""


class ConfigError(BotError):
    """Settings are wrong or missing."""

    def __init__(self, problems: list[str]) -> None:
        """Store the problems: one line each, with setting and expectation, without secrets."""
        super().__init__("; ".join(problems))
        self.problems = problems


class ChartFailed(BotError):
    """The chart of the statistics could not be drawn; the numbers are still valid."""


class StoreUnavailable(BotError):
    """Database or storage cannot be used: disk full, read-only, locked for too long."""


class VaultUnreachable(StoreUnavailable):
    """The bucket for images does not answer or refuses the request; a retry may succeed."""

    def __init__(self, reason: str) -> None:
        """Store the reason: the bucket's own code or our text; never a URL or a key."""
        super().__init__(f"PICTURES_URL: {reason}")
        self.reason = reason


# Images on their way: from the provider to our disk, and from there to the channel.


class DownloadFailed(BotError):
    """A result could not be downloaded, or is no usable image."""

    def __init__(
        self,
        reason: str,
        *,
        lapsed: bool = False,
        at_home: bool = False,
        unusable: bool = False,
        received: int = 0,
    ) -> None:
        """Store the reason and what it means for a retry.

        Args:
            reason: Text for the log.
            lapsed: The link has expired; a new link may help.
            at_home: The result exists, but our own disk could not store it.
            unusable: The result is not an image, is too large, or has a URL that is refused.
            received: Bytes that failed attempts have received.
        """
        super().__init__(reason)
        self.lapsed, self.at_home, self.unusable = lapsed, at_home, unusable
        self.received = received


class DeliveryFailed(BotError):
    """A job's outcome could not be posted in Discord."""


class ChannelGone(DeliveryFailed):
    """The channel, thread or server no longer exists."""


class MayNotPost(DeliveryFailed):
    """Discord does not let the bot post in this channel."""


class FileTooBig(DeliveryFailed):
    """A result is larger than this channel accepts."""


class TokenExpired(DeliveryFailed):
    """The outcome could be posted only with the interaction's token, which has expired."""


class MessageRefused(DeliveryFailed):
    """Discord refuses the message's content in any channel: a retry of it cannot succeed."""


class DiscordUnreachable(DeliveryFailed):
    """Discord gave no answer, a 5xx or a long rate limit: a retry may succeed."""

    def __init__(self, reason: str, *, retry_after_s: float | None = None) -> None:
        """Store the seconds to wait that Discord asked for, if any."""
        super().__init__(reason)
        self.retry_after_s = retry_after_s
