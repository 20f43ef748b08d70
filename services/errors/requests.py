"""What the member can mend: nothing was held or spent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from services.errors.base import BotError


class RequestError(BotError):
    """The member's request can not be accepted as it is; nothing was held or spent."""


class EmptyFile(RequestError):
    """The attachment has no bytes."""


class UnsupportedImage(RequestError):
    """Not a picture we can read."""

    def __init__(self, found: str) -> None:
        """Take what was found instead: a content type, a format, or `damaged`."""
        super().__init__(found)
        self.found = found


class ImageTooLarge(RequestError):
    """Over a limit in bytes or pixels."""

    def __init__(self, *, found: int, allowed: int, unit: Literal["bytes", "pixels"]) -> None:
        """Take both figures in the given unit."""
        super().__init__(f"{found} {unit} > {allowed}")
        self.found, self.allowed, self.unit = found, allowed, unit


class ImageTooHeavy(RequestError):
    """Opening it takes more memory or time than there is, or ended the process that tried."""

    def __init__(self, *, found: int = 0, allowed: int = 0) -> None:
        """Take bytes of memory, both 0 where nobody could tell them."""
        super().__init__(f"{found} > {allowed}" if found else "")
        self.found, self.allowed = found, allowed


class ImageTooSmall(RequestError):
    """A side is so short that enlarging it makes no sense."""

    def __init__(self, *, width: int, height: int, minimum: int) -> None:
        """Take pixels."""
        super().__init__(f"{width}x{height} < {minimum}")
        self.width, self.height, self.minimum = width, height, minimum


class ImageTooNarrow(RequestError):
    """Width to height outside 1:2.5 .. 2.5:1 (Kling, image-generation page)."""

    def __init__(self, *, width: int, height: int) -> None:
        """Take pixels."""
        super().__init__(f"{width}x{height}")
        self.width, self.height = width, height


class SourceGone(RequestError):
    """Discord no longer hands the attachment out."""


class SourceNotKept(RequestError):
    """A picture that should be painted anew has left our disk."""


class PicturesNotKept(RequestError):
    """The Job is known, and what came out of it has left our disk."""


class PromptMissing(RequestError):
    """The prompt is empty."""


class PromptTooLong(RequestError):
    """More characters than the provider takes, style included."""

    def __init__(self, *, found: int, allowed: int) -> None:
        """Take characters."""
        super().__init__(f"{found} > {allowed}")
        self.found, self.allowed = found, allowed


class OptionNotCarried(RequestError):
    """The chosen model can not carry an option; it is refused, never silently dropped."""

    def __init__(self, *, option: str, model: str, allowed: tuple[str, ...] = ()) -> None:
        """Take the option's name, the model's, and the values that it would carry."""
        super().__init__(f"{option} on {model}")
        self.option, self.model, self.allowed = option, model, allowed


class CountTooHigh(RequestError):
    """More images in one request than allowed."""

    def __init__(self, *, found: int, allowed: int) -> None:
        """Take images."""
        super().__init__(f"{found} > {allowed}")
        self.found, self.allowed = found, allowed


class UnknownModel(RequestError):
    """No row of the model table has this name."""

    def __init__(self, name: str) -> None:
        """Take the name as typed."""
        super().__init__(name)
        self.name = name


class UnknownStyle(RequestError):
    """No row of the style table has this name."""

    def __init__(self, name: str) -> None:
        """Take the name as typed."""
        super().__init__(name)
        self.name = name


class MissingPermissions(RequestError):
    """The bot may not post pictures in this channel."""

    def __init__(self, permissions: tuple[str, ...], *, fixers: tuple[str, ...] = ()) -> None:
        """Take Discord's permission names, and mentions of those who can give them."""
        super().__init__(", ".join(permissions))
        self.permissions = permissions
        self.fixers = fixers


class ExpansionMissing(RequestError):
    """Neither a side nor a ratio says by how much a picture is to grow."""


class ExpansionAmbiguous(RequestError):
    """Both a ratio and sides were named."""


class ExpansionUnneeded(RequestError):
    """The picture has the ratio already."""

    def __init__(self, *, ratio: str) -> None:
        """Take the ratio as it was asked for."""
        super().__init__(ratio)
        self.ratio = ratio


class ExpansionTooLarge(RequestError):
    """More new canvas than the provider paints."""

    def __init__(self, *, found: float, allowed: float) -> None:
        """Take the new area as a multiple of the old one."""
        super().__init__(f"{found:.2f} > {allowed:g}")
        self.found, self.allowed = f"{found:.1f}", f"{allowed:g}"


class TooManyPictures(RequestError):
    """More pictures in one blend than the provider takes."""

    def __init__(self, *, found: int, allowed: int) -> None:
        """Take pictures."""
        super().__init__(f"{found} > {allowed}")
        self.found, self.allowed = found, allowed


class TooFewPictures(RequestError):
    """Fewer pictures than a blend is made of."""

    def __init__(self, *, found: int, least: int) -> None:
        """Take pictures."""
        super().__init__(f"{found} < {least}")
        self.found, self.least = found, least


class AvatarMissing(RequestError):
    """The member has no picture of their own."""


class FormForgotten(RequestError):
    """A form whose beginning is not known any more: it was open for too long."""


class PictureMissing(RequestError):
    """There is nothing in the message that was pointed at."""


class NoImageAmong(RequestError):
    """What is in the message that was pointed at is no image."""

    def __init__(self, others: Sequence[str]) -> None:
        """Take the names of the files and stickers that it holds."""
        super().__init__()
        self.others = tuple(others)


class LinkNotAllowed(RequestError):
    """A typed address that is not a public https address."""


class JobForgotten(RequestError):
    """No such Job, or none that this person may see."""


class AuthorForgotten(RequestError):
    """Its author deleted their data (`/forget-me`): nothing is known of the Job any more."""


class NotYours(RequestError):
    """Visible, but only for the one who asked and for moderators to change."""


class ChannelNotAllowed(RequestError):
    """The server takes requests in certain channels only."""

    def __init__(self, channel_ids: tuple[int, ...]) -> None:
        """Take the channels and categories where they are taken."""
        super().__init__(", ".join(map(str, channel_ids)))
        self.channel_ids = channel_ids


class AgeRestrictedOnly(RequestError):
    """The server takes requests in age-restricted channels only."""


class RoleRequired(RequestError):
    """The server takes requests of members with certain roles only."""

    def __init__(self, role_ids: tuple[int, ...]) -> None:
        """Take the roles of which one suffices."""
        super().__init__(", ".join(map(str, role_ids)))
        self.role_ids = role_ids


class MemberTooNew(RequestError):
    """The member has not been in the server for long enough."""

    def __init__(self, *, until: float) -> None:
        """Take the instant from which they may ask, in Unix seconds."""
        super().__init__(f"until {until:.0f}")
        self.until = until


class WordBlocked(RequestError):
    """The prompt contains what the moderators blocked."""


class BadValue(RequestError):
    """A value that a rule of a server can not have."""

    def __init__(self, field: str, expected: str, **facts: int) -> None:
        """Take the field's name, a key of the wording for what is expected, and its figures."""
        super().__init__(f"{field}: {expected}")
        self.field, self.expected, self.facts = field, expected, facts


class OptedOut(RequestError):
    """Somebody whose image it is excluded theirs from being repainted by others."""
