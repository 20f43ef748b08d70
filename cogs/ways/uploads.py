"""Files that were put into a form: read from the interaction, as the form itself keeps nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import discord

from cogs.ways.tools import source_in
from services.models import Source

Json = Mapping[str, Any]


def uploaded(interaction: discord.Interaction, name: str) -> list[Source]:
    """Return the files of one field, in the order they were picked."""
    told = cast("Json", interaction.data or {})
    files = told.get("resolved", {}).get("attachments", {})
    ids = (one for field in _fields(told.get("components"), name) for one in field["values"])
    return [source_in(files[one]) for one in ids if one in files]


def _fields(components: Sequence[Json] | None, name: str) -> Iterator[Json]:
    """Find a field at any depth."""
    for part in components or ():
        yield from _fields(part.get("components"), name)
        yield from _fields([part["component"]] if "component" in part else None, name)
        if part.get("custom_id") == name and part.get("values"):
            yield part
