"""Requests as users make them, for tests that do not depend on the details."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

from services.models import Options, ReplyTarget, Request, Source

NOON = 1_795_348_800.0
"""2026-11-22 12:00:00 UTC."""

_interactions = count(1_000)


def a_request(*, user_id: int = 1, count: int = 1, **changes: Any) -> Request:
    """Return a Request with an interaction of its own.

    `changes` go to Request, Options or ReplyTarget by their names.
    """
    options = Options(model="kling-v3", count=count)
    place = ReplyTarget(
        application_id=9,
        interaction_id=next(_interactions),
        token="interaction-token",
        asked_at=NOON,
        channel_id=50,
        guild_id=5,
        can_post=True,
    )
    return Request(
        user_id=user_id,
        prompt=changes.pop("prompt", "as an oil painting"),
        options=_with(options, changes),
        source=changes.pop("source", Source(url="http://127.0.0.1:1/cat.png", name="cat.png")),
        kind=changes.pop("kind", "repaint"),
        more=changes.pop("more", ()),
        place=_with(place, changes),
    )


def _with(record: Any, changes: dict[str, Any]) -> Any:
    mine = {name: changes[name] for name in list(changes) if hasattr(record, name)}
    return replace(record, **mine)
