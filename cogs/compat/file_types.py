"""Restricts file options to image files (`file_types`, since 2026-08-05).

This only affects Discord's file dialog, which goes by the file name. Uploads are checked anyway.
"""

from __future__ import annotations

from typing import Any

import discord

from cogs.compat.payloads import Json

FILE_TYPES = ("image", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".hif", ".avif", ".jfif")
"""Discord's group `image` and formats outside it; up to 10 (Discord, application commands)."""

ATTACHMENT = discord.AppCommandOptionType.attachment.value


def with_file_types(command: Json) -> Json:
    """Return a command, or an option, whose attachment options accept only images."""
    whole = dict(command)
    if whole.get("options"):
        whole["options"] = [_with_file_types(one) for one in whole["options"]]
    return whole


def _with_file_types(option: Json) -> Json:
    if option.get("type") == ATTACHMENT:
        return option | {"file_types": list(FILE_TYPES)}
    return with_file_types(option)


class ImageUpload(discord.ui.FileUpload[Any]):
    """A file upload in a form that accepts only images."""

    def to_component_dict(self) -> Any:  # noqa: ANN401  discord.py's type lacks the field
        """Add the field to discord.py's dict."""
        return super().to_component_dict() | {"file_types": list(FILE_TYPES)}
