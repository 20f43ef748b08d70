"""Finds existing images: in a message, in one that it forwards, and as a user's avatar."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import discord

from cogs.requests.command_context import source_from_attachment
from cogs.ui.buttons import JOB
from services.common.hosts import is_loopback
from services.models import Origins, Source

DISCORDS = ("discordapp.com", "discordapp.net", "discord.com")
"""Discord's own hosts: its CDN, and the proxy through which it serves external images."""

HIDDEN = "SPOILER_"
"""Prefix of the name of a file that Discord puts behind a spoiler."""

AVATAR_SIDE = 1024
"""Requested side of an avatar, in pixels; Discord returns a smaller avatar in its own size."""

STICKER_TYPES = {
    discord.StickerFormatType.png: "png",
    discord.StickerFormatType.apng: "png",
    discord.StickerFormatType.gif: "gif",
}
"""Formats of stickers that are images, with their content types. Lottie stickers are animation
programs, not images (Discord)."""

Trusted = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class TrustedHosts:
    """Decides which URLs in a message are served by Discord itself.

    An embed can name any URL; the bot only fetches the copy that Discord's proxy serves.
    """

    loopback: bool = False
    """True if Discord is on this computer (the sandbox)."""

    def __call__(self, url: str) -> bool:
        """Return whether the bot may fetch the URL."""
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        if self.loopback and is_loopback(host):
            return True
        ours = any(host == known or host.endswith(f".{known}") for known in DISCORDS)
        return parts.scheme == "https" and ours


@dataclass(frozen=True, slots=True)
class Found:
    """Images of a message that can be a source, and names of files that cannot."""

    images: tuple[Source, ...]
    others: tuple[str, ...] = ()
    """Names of files and stickers that are not images, such as a video or a Lottie animation."""


Carrier = discord.Message | discord.MessageSnapshot


def find_images(message: discord.Message, trusted: Trusted) -> Found:
    """Return the images of a message, then those of the messages that it forwards; each once.

    The order within each is: attachments, galleries and thumbnails, embeds, stickers.
    """
    carriers: tuple[Carrier, ...] = (message, *message.message_snapshots)
    images: dict[str, Source] = {}
    for source in (image for carrier in carriers for image in _read_images(carrier, trusted)):
        images.setdefault(urlsplit(source.url).path, source)
    others = dict.fromkeys(name for carrier in carriers for name in _read_other_names(carrier))
    return Found(tuple(images.values()), tuple(others))


def read_origins(message: discord.Message) -> Origins:
    """Return whose images a message shows, as far as Discord's data tells.

    This is the message's author, who may have forwarded them: a forwarded snapshot names no author.
    In a message of the bot, the buttons contain the job id.
    """
    is_person = not message.author.bot and message.webhook_id is None
    owner_ids = (message.author.id,) if is_person else ()
    matches = (re.fullmatch(f"rp:\\w+:{JOB}", one) for one in _custom_ids(message.components))
    job_ids = dict.fromkeys(match["job"] for match in matches if match)
    return Origins(owner_ids=owner_ids, job_ids=tuple(job_ids))


def _custom_ids(components: Iterable[object]) -> Iterator[str]:
    for part in components:
        yield from _custom_ids(getattr(part, "children", ()))
        if isinstance(part, discord.Button):
            yield part.custom_id or ""


def _read_images(carrier: Carrier, trusted: Trusted) -> Iterator[Source]:
    for one in carrier.attachments:
        if _may_be_image(one.content_type):
            yield _hidden(source_from_attachment(one), hidden=one.is_spoiler())
    shown = (*_read_components(carrier.components), *_read_embeds(carrier.embeds))
    yield from (one for one in shown if trusted(one.url))
    yield from (
        _source_from_sticker(one) for one in carrier.stickers if one.format in STICKER_TYPES
    )


def _read_other_names(carrier: Carrier) -> Iterator[str]:
    yield from (one.filename for one in carrier.attachments if not _may_be_image(one.content_type))
    yield from (one.name for one in carrier.stickers if one.format not in STICKER_TYPES)


def _source_from_sticker(sticker: discord.StickerItem) -> Source:
    kind = STICKER_TYPES[sticker.format]
    return Source(url=sticker.url, name=f"{sticker.name}.{kind}", content_type=f"image/{kind}")


def source_from_avatar(user: discord.User | discord.Member) -> Source | None:
    """Return a user's avatar in this server, or else their general one; None if they have neither.

    An animated avatar is returned as a still PNG.
    """
    own = user.avatar
    if isinstance(user, discord.Member):
        own = user.guild_avatar or own
    if own is None:
        return None
    asset = own.with_format("png").with_size(AVATAR_SIDE)
    return Source(url=asset.url, name="avatar.png", content_type="image/png")


def _may_be_image(content_type: str | None) -> bool:
    return content_type is None or content_type.startswith("image/")


def _read_components(components: Iterable[object]) -> Iterator[Source]:
    """Yield the images of galleries and thumbnails, at any depth."""
    for part in components:
        match part:
            case discord.MediaGalleryComponent():
                yield from (
                    _hidden(_source_from_media(one.media), hidden=one.spoiler) for one in part.items
                )
            case discord.SectionComponent():
                yield from _read_components([part.accessory])
            case discord.ThumbnailComponent():
                yield _hidden(_source_from_media(part.media), hidden=part.spoiler)
            case discord.Container():
                yield from _read_components(part.children)
            case _:
                pass


def _source_from_media(media: discord.UnfurledMediaItem) -> Source:
    return Source(
        url=media.url if _is_file(media.url) else media.proxy_url or media.url,
        name=_name_in(media.url),
        content_type=media.content_type,
        width=media.width or None,
        height=media.height or None,
    )


def _hidden(source: Source, *, hidden: bool) -> Source:
    """Mark an image behind a spoiler as Discord marks files: by the prefix of its name."""
    if not hidden or source.name.startswith(HIDDEN):
        return source
    return replace(source, name=f"{HIDDEN}{source.name}")


def _is_file(url: str) -> bool:
    """Return whether the URL is an upload to Discord; it is preferred to the proxy's URL."""
    return "/attachments/" in urlsplit(url).path


def _read_embeds(embeds: Iterable[discord.Embed]) -> Iterator[Source]:
    for embed in embeds:
        for picture in (embed.image, embed.thumbnail):
            if picture.url:
                yield Source(
                    url=picture.proxy_url or picture.url,
                    name=_name_in(picture.url),
                    width=picture.width or None,
                    height=picture.height or None,
                )


def _name_in(url: str) -> str:
    """Return the file name in a URL."""
    return PurePosixPath(urlsplit(url).path).name or "picture"
