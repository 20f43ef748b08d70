"""Users' own defaults (`/preferences`) for options that they leave out."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from services.common.clock import Clock
from services.db import Store
from services.models import Preferences

NAMES = tuple(field.name for field in fields(Preferences))


class MemberPreferences:
    """Reads and changes users' own defaults and their opt-out."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store.preferences
        self._access = store.access
        self._clock = clock

    async def get(self, user_id: int) -> Preferences:
        """Return a user's defaults as the user set them."""
        return await self._store.get(user_id)

    async def usable(self, user_id: int) -> Preferences:
        """Return a user's defaults, without a model that the provider refuses at present."""
        return await self._store.usable(user_id, now=self._clock.now())

    async def change(self, user_id: int, values: dict[str, Any]) -> Preferences:
        """Set some of a user's defaults (None deletes one); return all of them."""
        return await self._store.change(user_id, values)

    async def clear(self, user_id: int) -> Preferences:
        """Delete all defaults of a user."""
        await self._store.clear(user_id)
        return Preferences()

    async def has_opted_out(self, user_id: int) -> bool:
        """Return whether a user does not allow others to repaint their images."""
        return await self._access.has_opted_out(user_id)

    async def opt_out(self, user_id: int, *, excluded: bool) -> None:
        """Forbid others to repaint a user's images (`excluded`), or allow it again."""
        if excluded:
            await self._access.opt_out(user_id, now=self._clock.now())
        else:
            await self._access.opt_in(user_id)

    async def recent_styles(self, user_id: int) -> list[str]:
        """Return the keys of the styles that a user used last, the latest first."""
        return await self._store.recent_styles(user_id)
