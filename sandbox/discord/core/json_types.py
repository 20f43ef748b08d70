"""JSON types of bodies and payloads that are not validated yet, and JSON helpers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def stamp(instant: float) -> str:
    """Return a Unix instant in seconds in Discord's time format."""
    return datetime.fromtimestamp(instant, UTC).isoformat(timespec="microseconds")
