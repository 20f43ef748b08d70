"""Errors that the user can correct. No units were reserved or spent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from services.errors.base import BotError


class RequestError(BotError):
    """The user's request cannot be accepted as it is; no units were reserved or spent."""


class EmptyFile(RequestError):
    """The attachment has no bytes."""


class UnsupportedImage(RequestError):
    """The file is not an image that the bot can read."""

    def __init__(self, found: str) -> None:
        """Store what the file is instead: a content type, a format, or `damaged`."""
        super().__init__(found)
        self.found = found


class ImageTooLarge(RequestError):
    """The image exceeds a limit in bytes or pixels."""

    def __init__(self, *, found: int, allowed: int, unit: Literal["bytes", "pixels"]) -> None:
        """Both figures are in `unit`."""
        super().__init__(f"{found} {unit} > {allowed}")
        self.found, self.allowed, self.unit = found, allowed, unit


class ImageTooHeavy(RequestError):
    """Decoding needs more memory or time than available, or crashed the process that tried."""

    def __init__(self, *, found: int = 0, allowed: int = 0) -> None:
        """Store both figures in bytes of memory; both are 0 if unknown."""
        super().__init__(f"{found} > {allowed}" if found else "")
        self.found, self.allowed = found, allowed


class ImageTooSmall(RequestError):
    """A side is so short that enlarging the image makes no sense."""

    def __init__(self, *, width: int, height: int, minimum: int) -> None:
        """All figures are pixels."""
        super().__init__(f"{width}x{height} < {minimum}")
        self.width, self.height, self.minimum = width, height, minimum


class ImageTooNarrow(RequestError):
    """The ratio of width to height is outside 1:2.5 .. 2.5:1 (Kling, image-generation page)."""

    def __init__(self, *, width: int, height: int) -> None:
        """Both figures are pixels."""
        super().__init__(f"{width}x{height}")
        self.width, self.height = width, height


class SourceGone(RequestError):
    """Discord no longer serves the attachment."""


class SourceNotKept(RequestError):
    """A source of the new request is no longer stored."""


class PicturesNotKept(RequestError):
    """The job is known, but its results are no longer stored."""


class PromptMissing(RequestError):
    """The prompt is empty."""


class PromptTooLong(RequestError):
    """The prompt, style included, has more characters than the provider accepts."""

    def __init__(self, *, found: int, allowed: int) -> None:
        """Both figures are characters."""
        super().__init__(f"{found} > {allowed}")
        self.found, self.allowed = found, allowed


class OptionNotCarried(RequestError):
    """The chosen model does not support an option; it is refused, never silently dropped."""

    def __init__(self, *, option: str, model: str, allowed: tuple[str, ...] = ()) -> None:
        """Store option, model, and the values of the option that the model supports."""
        super().__init__(f"{option} on {model}")
        self.option, self.model, self.allowed = option, model, allowed


class CountTooHigh(RequestError):
    """The request asks for more images than allowed."""

    def __init__(self, *, found: int, allowed: int) -> None:
        """Both figures are images."""
        super().__init__(f"{found} > {allowed}")
        self.found, self.allowed = found, allowed


class UnknownModel(RequestError):
    """The model table has no row with this name."""

    def __init__(self, name: str) -> None:
        """`name`: the name as typed."""
        super().__init__(name)
        self.name = name


class UnknownStyle(RequestError):
    """The style table has no row with this name."""

    def __init__(self, name: str) -> None:
        """`name`: the name as typed."""
        super().__init__(name)
        self.name = name


class MissingPermissions(RequestError):
    """The bot may not post images in this channel."""

    def __init__(self, permissions: tuple[str, ...], *, fixers: tuple[str, ...] = ()) -> None:
        """`permissions`: Discord's names; `fixers`: mentions of those who can grant them."""
        super().__init__(", ".join(permissions))
        self.permissions = permissions
        self.fixers = fixers


class ExpansionMissing(RequestError):
    """Neither a side nor a ratio says by how much to extend the image."""


class ExpansionAmbiguous(RequestError):
    """Both a ratio and sides were given."""


class ExpansionUnneeded(RequestError):
    """The image already has the ratio."""

    def __init__(self, *, ratio: str) -> None:
        """`ratio`: the ratio as requested."""
        super().__init__(ratio)
        self.ratio = ratio


class ExpansionTooLarge(RequestError):
    """The new area is larger than the provider accepts."""

    def __init__(self, *, found: float, allowed: float) -> None:
        """Both figures are the new area as a multiple of the old one."""
        super().__init__(f"{found:.2f} > {allowed:g}")
        self.found, self.allowed = f"{found:.1f}", f"{allowed:g}"


class TooManyPictures(RequestError):
    """A blend has more images than the provider accepts."""

    def __init__(self, *, found: int, allowed: int) -> None:
        """Both figures are images."""
        super().__init__(f"{found} > {allowed}")
        self.found, self.allowed = found, allowed


class TooFewPictures(RequestError):
    """A blend has fewer images than it needs."""

    def __init__(self, *, found: int, least: int) -> None:
        """Both figures are images."""
        super().__init__(f"{found} < {least}")
        self.found, self.least = found, least


class AvatarMissing(RequestError):
    """The user has no avatar of their own."""


class FormForgotten(RequestError):
    """The state of a form has been deleted: the form was open for too long."""


class PictureMissing(RequestError):
    """The selected message contains no files."""


class NoImageAmong(RequestError):
    """The selected message contains files, but no images."""

    def __init__(self, others: Sequence[str]) -> None:
        """`others`: the names of its files and stickers."""
        super().__init__()
        self.others = tuple(others)


class LinkNotAllowed(RequestError):
    """The typed URL is not a public https URL."""


class JobForgotten(RequestError):
    """The job does not exist, or this user may not see it."""


class AuthorForgotten(RequestError):
    """The requester deleted their data (`/forget-me`), so the job's contents no longer exist."""


class NotYours(RequestError):
    """The job is visible, but only its requester and moderators may change it."""


class BadValue(RequestError):
    """A value that somebody typed for a command is invalid."""

    def __init__(self, field: str, expected: str, **facts: int) -> None:
        """Store the field, the text key of the expected value, and the figures of that text."""
        super().__init__(f"{field}: {expected}")
        self.field, self.expected, self.facts = field, expected, facts


class OptedOut(RequestError):
    """The image belongs to a user who does not allow others to repaint their images."""
