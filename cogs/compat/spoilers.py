"""Hides a posted message's images behind a spoiler (`is_spoiler`, since 2026-06-24).

Discord accepts `is_spoiler` for an attachment in an edit; discord.py 2.7.1 can only prefix a new
file's name. The message is read and written as JSON, so the rest of it stays unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlsplit

import discord
from discord.http import MultipartParameters

from cogs.compat.payloads import Json

COMPONENTS_V2 = 1 << 15
"""Flag of a message made of components; an edit repeats it (Discord, message flags)."""

IS_SPOILER = 1 << 3
"""Flag of an attachment behind a spoiler (Discord, attachment flags)."""

THUMBNAIL, GALLERY, FILE = 11, 12, 13
"""Types of components that show attachments (Discord)."""

_ATTACHED = re.compile(r".*/(?:ephemeral-)?attachments/\d+/(?P<id>\d+)/(?P<name>[^/]+)")


async def hide_images(client: discord.Client, channel_id: int, message_id: int) -> None:
    """Put every image of one of the bot's messages behind a spoiler; raises discord.py's errors.

    The message stays in place, with its text and buttons.
    """
    http = client.http
    message = cast(Json, await http.get_message(channel_id, message_id))
    params = MultipartParameters(payload=hidden(message), multipart=None, files=None)
    await http.edit_message(channel_id, message_id, params=params)


def hidden(message: Json) -> Json:
    """Return the JSON of an edit that puts a message's images behind a spoiler."""
    attached = {str(one["id"]): str(one["filename"]) for one in message.get("attachments") or ()}
    components = [_hidden(one, attached) for one in message.get("components") or ()]
    edit: Json = {"allowed_mentions": {"parse": []}}
    edit["attachments"] = [
        {"id": number, "filename": name, "is_spoiler": True} for number, name in attached.items()
    ]
    flags = int(message.get("flags") or 0) & COMPONENTS_V2
    return edit | ({"components": components, "flags": flags} if components else {})


def parse_attachment_url(url: str) -> tuple[int, str] | None:
    """Return id and name of the file behind a Discord CDN URL; None for any other URL."""
    found = _ATTACHED.fullmatch(urlsplit(url).path)
    return None if found is None else (int(found["id"]), found["name"])


def _hidden(part: Json, attached: dict[str, str]) -> Json:
    """Return a component in the form that Discord accepts, with its images behind a spoiler.

    Adds the attachments that the component shows to `attached`.
    """
    sent = {key: value for key, value in part.items() if value is not None}
    for key in ("media", "file"):
        if key in sent:
            sent[key] = _sent(sent[key], attached)
    if part.get("type") in (THUMBNAIL, FILE):
        sent["spoiler"] = True
    if part.get("type") == FILE:
        sent = {key: value for key, value in sent.items() if key not in ("name", "size")}
    for key, inner in _inside(sent):
        sent[key] = (
            [_hidden(one, attached) for one in inner]
            if isinstance(inner, list)
            else _hidden(inner, attached)
        )
    if part.get("type") == GALLERY:
        sent["items"] = [one | {"spoiler": True} for one in sent["items"]]
    return sent


def _inside(part: Json) -> Iterator[tuple[str, Any]]:
    return ((key, part[key]) for key in ("components", "items", "accessory") if part.get(key))


def _sent(media: Json, attached: dict[str, str]) -> Json:
    """Return an image in the form that Discord accepts; an attachment by its file name."""
    found = _ATTACHED.fullmatch(urlsplit(str(media.get("url", ""))).path)
    if found is None:
        return {"url": media.get("url", "")}
    number = str(media.get("attachment_id") or found["id"])
    attached.setdefault(number, found["name"])
    return {"url": f"attachment://{attached[number]}"}
