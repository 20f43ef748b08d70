"""Discord features that discord.py 2.7.1 lacks.

Remove a module when the library supports its feature.
"""

from cogs.compat.app_permissions import app_permissions_in
from cogs.compat.extras import AGE_RESTRICTED, ROLE_IDS
from cogs.compat.file_types import FILE_TYPES, ImageUpload, with_file_types
from cogs.compat.kept_attachments import kept_files
from cogs.compat.payloads import (
    HIDDEN_NAME,
    Json,
    bare_guild,
    bare_interaction,
    complete_channel,
    complete_guild,
    complete_interaction,
)
from cogs.compat.spoilers import hide_images, parse_attachment_url
from cogs.compat.webhooks import name_webhook_calls

__all__ = [
    "AGE_RESTRICTED",
    "FILE_TYPES",
    "HIDDEN_NAME",
    "ROLE_IDS",
    "ImageUpload",
    "Json",
    "app_permissions_in",
    "bare_guild",
    "bare_interaction",
    "complete_channel",
    "complete_guild",
    "complete_interaction",
    "hide_images",
    "kept_files",
    "name_webhook_calls",
    "parse_attachment_url",
    "with_file_types",
]
