"""The operator's settings, read from the environment."""

from services.settings.loading import (
    Secret,
    Settings,
    example,
    load,
    rows,
    unknown_names,
    wants_plain_text,
)
from services.settings.types import DATABASE

__all__ = [
    "DATABASE",
    "Secret",
    "Settings",
    "example",
    "load",
    "rows",
    "unknown_names",
    "wants_plain_text",
]
