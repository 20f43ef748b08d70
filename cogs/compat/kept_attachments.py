"""Files that stay on an edited message, named as Discord wants them: by id and name.

Discord does not list the attachments that components show, so discord.py 2.7.1 has no `Attachment`
to hand to an edit; an edit that shows them again has to list them (Discord, Edit Message).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import discord

from cogs.compat.spoilers import parse_attachment_url

if TYPE_CHECKING:
    from discord.types.message import Attachment as AttachmentPayload


class KeptFile(discord.Attachment):
    """An attachment of which only id and name are known."""

    def __init__(self, attachment_id: int, filename: str) -> None:
        self.id = attachment_id
        self.filename = filename

    def to_dict(self) -> AttachmentPayload:
        """Return the payload with which an edit keeps the file on the message."""
        return {"id": self.id, "filename": self.filename}  # pyright: ignore[reportReturnType]


def kept_files(components: Iterable[object]) -> list[discord.Attachment]:
    """Return the files that galleries among the components show, each file once."""
    return list({one.id: one for one in _files(components)}.values())


def _files(components: Iterable[object]) -> Iterator[KeptFile]:
    for part in components:
        if isinstance(part, discord.Container):
            yield from _files(part.children)
        elif isinstance(part, discord.MediaGalleryComponent):
            yield from (
                KeptFile(*found)
                for item in part.items
                if (found := parse_attachment_url(item.media.url))
            )
