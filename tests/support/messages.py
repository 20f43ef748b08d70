"""Readers of the bot's messages, and a check that Discord would have accepted them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import discord
import simcord
from simcord.components import walk_components

from sandbox.discord.core.model import COMPONENTS_V2, Attachment, Message, User
from sandbox.discord.core.request_body import Sent
from sandbox.discord.validation.messages import draft_message, references
from tests.support import request_recorder

Json = dict[str, Any]
Shown = simcord.ResponseMessage | discord.Message

FILE_LIMIT = 10 * 1024 * 1024
RESPONSE_WITH_MESSAGE = 4
SENDING = {"POST", "PATCH"}


def parts(message: Shown | None) -> list[Json]:
    """Return every component of a message, nested ones included, as Discord stores them."""
    assert message is not None, "there is no message"
    if isinstance(message, simcord.ResponseMessage):
        return list(walk_components(message.components))
    return list(walk_components([part.to_dict() for part in message.components]))


def text(message: Shown | None) -> str:
    """Return all words of a message, from its content and its components."""
    shown = [part["content"] for part in parts(message) if "content" in part]
    assert message is not None
    return "\n".join([message.content, *shown]).strip()


def said(body: Json) -> str:
    """Return all words of a message body that the bot sent."""
    shown = [
        part["content"]
        for part in walk_components(body.get("components") or [])
        if "content" in part
    ]
    return "\n".join([body.get("content") or "", *shown]).strip()


def gallery(message: Shown | None) -> list[Json]:
    """Return the images that a message shows."""
    return [item for part in parts(message) for item in part.get("items", ())]


def job_messages(channel: simcord.ChannelHandle) -> list[discord.Message]:
    """Return the jobs' own messages in a channel, without the mentions after a long wait."""
    return [message for message in channel.history() if message.components]


def mentions(channel: simcord.ChannelHandle) -> list[str]:
    """Return the texts of the mentions after a long wait."""
    return [message.content for message in channel.history() if not message.components]


def check_sent(requests: Sequence[simcord.HttpLogEntry]) -> None:
    """Check every message that the bot sent against Discord's published limits."""
    request_recorder.record(requests)
    names: set[str] = set()
    for method, body in messages_in(requests):
        numbered = [one for one in body.get("attachments") or () if isinstance(one["id"], int)]
        files = {one["id"]: (one["filename"], b"") for one in numbered}
        old = edited(body, names) if method == "PATCH" else None
        draft_message(Sent(body, files), old=old, file_limit=FILE_LIMIT)
        names |= {name for name, _ in files.values()}


def edited(body: Json, names: set[str]) -> Message | None:
    """Return the message that an edit applies to, as far as the edit still shows its files."""
    kept = {one["id"]: one["filename"] for one in body.get("attachments") or () if is_kept(one)}
    shown = names.intersection(references(body.get("components") or []))
    if "attachments" not in body:
        kept |= {str(number): name for number, name in enumerate(sorted(shown), 1)}
    if not kept:
        return None
    files = [Attachment(number, "1", name, b"", 0.0) for number, name in kept.items()]
    author = User("1", "bot", None, "", "", bot=True)
    return Message("1", "1", author, 0.0, flags=COMPONENTS_V2, attachments=files)


def is_kept(attachment: Json) -> bool:
    return not isinstance(attachment["id"], int)


def messages_in(requests: Sequence[simcord.HttpLogEntry]) -> Iterator[tuple[str, Json]]:
    """Yield the messages and edits among the bot's requests."""
    for entry in requests:
        if entry.method not in SENDING or not isinstance(entry.json, dict):
            continue
        if entry.path.endswith("/callback"):
            if entry.json["type"] == RESPONSE_WITH_MESSAGE:
                yield entry.method, entry.json["data"]
        elif entry.path.startswith("/webhooks/") or "/messages" in entry.path:
            yield entry.method, entry.json
