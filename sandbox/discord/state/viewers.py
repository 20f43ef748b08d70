"""Open pages: their viewers and locales, and what each may see."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from sandbox.discord.core.json_types import Json, encode
from sandbox.discord.core.model import Channel, User
from sandbox.discord.core.permissions import VIEW_CHANNEL
from sandbox.discord.state.seed_data import World


@dataclass(slots=True, eq=False)
class Seat:
    """One page connection: a viewer, a locale, and frames to send (None ends it)."""

    viewer: User
    locale: str
    outbox: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue[str | None])

    def send(self, frame: Json) -> None:
        """Queue a frame for this page."""
        self.outbox.put_nowait(encode(frame))


class Audience:
    """All open pages; sends each frame to those that may see it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seats: set[Seat] = set()

    def send_all(self, frame: Json) -> None:
        """Send a frame to every page."""
        if self.seats:
            text = encode(frame)
            for seat in self.seats:
                seat.outbox.put_nowait(text)

    def send(self, frame: Json, *, channel: Channel, owner_id: str | None) -> None:
        """Send a frame to the pages that may see `channel`, or only to those of `owner_id`."""
        text = ""
        for seat in self.seats:
            if self.sees(seat.viewer, channel=channel, owner_id=owner_id):
                text = text or encode(frame)
                seat.outbox.put_nowait(text)

    def sees(self, viewer: User, *, channel: Channel, owner_id: str | None) -> bool:
        """Return whether `viewer` sees content of `channel`; only `owner_id` does, if given."""
        if owner_id is not None and owner_id != viewer.id:
            return False
        return bool(self.world.bits(viewer, channel=channel) & VIEW_CHANNEL)
