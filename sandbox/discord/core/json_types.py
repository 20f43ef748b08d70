"""The JSON edge: what bodies and payloads are before a rule has looked at them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def stamp(instant: float) -> str:
    """Return a Unix instant in seconds as Discord writes time."""
    return datetime.fromtimestamp(instant, UTC).isoformat(timespec="microseconds")
