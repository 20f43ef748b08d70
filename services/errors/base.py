"""Base errors, and errors that concern no single request: settings, database, drawing, delivery."""

from __future__ import annotations


class BotError(Exception):
    """Base of all errors that the bot raises itself."""


class ConfigError(BotError):
    """Settings are wrong or missing."""

    def __init__(self, problems: list[str]) -> None:
        """`problems`: one line each, with setting and expectation, never with a secret's value."""
        super().__init__("; ".join(problems))
        self.problems = problems


class ChartFailed(BotError):
    """The statistics could not be drawn; their figures are still valid."""


class StoreUnavailable(BotError):
    """Database or image storage cannot be written: disk full, read-only, locked for too long."""


class VaultUnreachable(StoreUnavailable):
    """The image storage does not answer or refuses; a retry may succeed."""

    def __init__(self, reason: str) -> None:
        """`reason`: the storage's own code or the library's text; never a URL or a key."""
        super().__init__(f"PICTURES_URL: {reason}")
        self.reason = reason


# Images in transit: from the provider to our disk, and into the channel.


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
        """Store the reason and what it means for a retry.

        Args:
            reason: Text for the log.
            lapsed: The link has expired; a new one may help.
            at_home: The result exists, but our own disk could not store it.
            unusable: The result is not an image, is too large, or has a URL that is refused.
            received: Bytes received.
        """
        super().__init__(reason)
        self.lapsed, self.at_home, self.unusable = lapsed, at_home, unusable
        self.received = received


class DeliveryFailed(BotError):
    """An outcome could not be posted."""


class ChannelGone(DeliveryFailed):
    """The channel, thread or server no longer exists."""


class MayNotPost(DeliveryFailed):
    """Discord does not let the bot post in this channel."""


class FileTooBig(DeliveryFailed):
    """A result is larger than this channel accepts."""


class TokenExpired(DeliveryFailed):
    """Only the interaction's token could have posted it, and that has expired."""


class MessageRefused(DeliveryFailed):
    """Discord refuses the message itself, in any channel: a retry of the same cannot succeed."""


class DiscordUnreachable(DeliveryFailed):
    """No answer, a 5xx or a long rate limit: a retry may succeed."""

    def __init__(self, reason: str, *, retry_after_s: float | None = None) -> None:
        """`retry_after_s`: the wait that Discord asked for, if any."""
        super().__init__(reason)
        self.retry_after_s = retry_after_s
