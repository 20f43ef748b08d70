"""Errors of requests that the user can correct. No units were reserved or spent."""

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
        """Store the image's size and the allowed one, both in `unit`."""
        super().__init__(f"{found} {unit} > {allowed}")
        self.found, self.allowed, self.unit = found, allowed, unit


class ImageTooHeavy(RequestError):
    """Decoding needs more memory or time than available, or crashed the process that tried."""

    def __init__(self, *, found: int = 0, allowed: int = 0) -> None:
        """Store the memory needed and the memory allowed, in bytes; 0 if unknown."""
        super().__init__(f"{found} > {allowed}" if found else "")
        self.found, self.allowed = found, allowed


class ImageTooSmall(RequestError):
    """A side is so short that enlarging the image makes no sense."""

    def __init__(self, *, width: int, height: int, minimum: int) -> None:
        """Store the image's size and the minimum side, in pixels."""
        super().__init__(f"{width}x{height} < {minimum}")
        self.width, self.height, self.minimum = width, height, minimum


class ImageTooNarrow(RequestError):
    """The ratio of width to height is outside 1:2.5 .. 2.5:1 (Kling, image-generation page)."""

    def __init__(self, *, width: int, height: int) -> None:
        """Store the image's width and height, in pixels."""
        super().__init__(f"{width}x{height}")
        self.width, self.height = width, height


class SourceGone(RequestError):
    """Discord no longer serves the attachment."""


class SourceNotKept(RequestError):
    """A source image that the new request needs is no longer stored."""


class PicturesNotKept(RequestError):
    """The job is known, but its results are no longer stored."""


class PromptMissing(RequestError):
    """The prompt is empty."""


class PromptTooLong(RequestError):
    """The prompt, style included, has more characters than the provider accepts."""

    def __init__(self, *, found: int, allowed: int) -> None:
        """Store the prompt's length and the allowed one, in characters."""
        super().__init__(f"{found} > {allowed}")
        self.found, self.allowed = found, allowed


class OptionNotCarried(RequestError):
    """The chosen model does not support an option; it is refused, never silently dropped."""

    def __init__(self, *, option: str, model: str, allowed: tuple[str, ...] = ()) -> None:
        """Store option and model, and the values of that option that the model supports."""
        super().__init__(f"{option} on {model}")
        self.option, self.model, self.allowed = option, model, allowed


class CountTooHigh(RequestError):
    """The request asks for more images than allowed."""

    def __init__(self, *, found: int, allowed: int) -> None:
        """Store the number of images asked for, and the number allowed."""
        super().__init__(f"{found} > {allowed}")
        self.found, self.allowed = found, allowed


class UnknownModel(RequestError):
    """The model table has no row with this name."""

    def __init__(self, name: str) -> None:
        """Store the model's name as the user typed it."""
        super().__init__(name)
        self.name = name


class UnknownStyle(RequestError):
    """The style table has no row with this name."""

    def __init__(self, name: str) -> None:
        """Store the style's name as the user typed it."""
        super().__init__(name)
        self.name = name


class MissingPermissions(RequestError):
    """The bot may not post images in this channel."""

    def __init__(self, permissions: tuple[str, ...], *, fixers: tuple[str, ...] = ()) -> None:
        """Store Discord's names of the permissions, and mentions of those who can grant them."""
        super().__init__(", ".join(permissions))
        self.permissions = permissions
        self.fixers = fixers


class ExpansionMissing(RequestError):
    """The request gives neither a side nor a ratio by which to expand the image."""


class ExpansionAmbiguous(RequestError):
    """The request gives both a ratio and sides by which to expand the image."""


class ExpansionUnneeded(RequestError):
    """The image already has the ratio to which it should be expanded."""

    def __init__(self, *, ratio: str) -> None:
        """Store the ratio as the user requested it."""
        super().__init__(ratio)
        self.ratio = ratio


class ExpansionTooLarge(RequestError):
    """The new area is larger than the provider accepts."""

    def __init__(self, *, found: float, allowed: float) -> None:
        """Store the new area and the allowed one, as multiples of the old area."""
        super().__init__(f"{found:.2f} > {allowed:g}")
        self.found, self.allowed = f"{found:.1f}", f"{allowed:g}"


class TooManyPictures(RequestError):
    """A blend has more images than the provider accepts."""

    def __init__(self, *, found: int, allowed: int) -> None:
        """Store the number of images in the blend, and the number allowed."""
        super().__init__(f"{found} > {allowed}")
        self.found, self.allowed = found, allowed


class TooFewPictures(RequestError):
    """A blend has fewer images than it needs."""

    def __init__(self, *, found: int, least: int) -> None:
        """Store the number of images in the blend, and the number needed."""
        super().__init__(f"{found} < {least}")
        self.found, self.least = found, least


class AvatarMissing(RequestError):
    """The user whose avatar should be repainted has none of their own."""


class FormForgotten(RequestError):
    """The draft of a form is no longer stored, since the form was open for too long."""


class PictureMissing(RequestError):
    """The selected message contains no files."""


class NoImageAmong(RequestError):
    """The selected message contains files, but no images."""

    def __init__(self, others: Sequence[str]) -> None:
        """Store the names of the message's files and stickers."""
        super().__init__()
        self.others = tuple(others)


class LinkNotAllowed(RequestError):
    """The typed URL is not a public https URL."""


class JobForgotten(RequestError):
    """The job does not exist, or this user may not see it."""


class AuthorForgotten(RequestError):
    """The requester deleted their data (`/forget-me`), so the job's contents no longer exist."""


class NotYours(RequestError):
    """The user may see the job, but only its requester and moderators may change it."""


class BadValue(RequestError):
    """A value that a moderator or operator entered for a rule is invalid."""

    def __init__(self, field: str, expected: str, **facts: int) -> None:
        """Store the field, the text key of the expected value, and the numbers in that text."""
        super().__init__(f"{field}: {expected}")
        self.field, self.expected, self.facts = field, expected, facts


class OptedOut(RequestError):
    """The image belongs to a user who forbids others to repaint their images."""
