"""User names by id, fetched from Discord once and cached."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress

import discord

from cogs.ui.discord_errors import translated
from services.errors import DeliveryFailed

log = logging.getLogger(__name__)

MAX_CACHED = 2000
"""Maximum number of cached names."""

ASK_S = 1.5
"""Time limit for fetching names. Discord waits 3 s for the choices of an autocomplete."""

MEMBER_S = 0.8
"""Time limit for fetching a member. With ASK_S it stays below Discord's 3 s for a response."""


class Names:
    """Cache of user names. A name that Discord does not return in time is left out."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._known: OrderedDict[int, tuple[str, ...]] = OrderedDict()

    def learn(self, user: discord.abc.User) -> None:
        """Cache the names of a user: the display name first, then the others."""
        names = (user.display_name, user.global_name, user.name)
        self._known[user.id] = tuple(dict.fromkeys(name for name in names if name))
        self._known.move_to_end(user.id)
        while len(self._known) > MAX_CACHED:
            self._known.popitem(last=False)

    async def fetch(self, user_ids: Iterable[int]) -> dict[int, str]:
        """Return names by id, in the given order; the id itself if no name is known in time."""
        return {one: names[0] for one, names in (await self.fetch_all(user_ids)).items()}

    async def fetch_all(self, user_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
        """Return all names by id, the display name first; at least the id itself."""
        wanted = list(user_ids)
        unknown = [one for one in wanted if one not in self._known]
        if unknown:
            tasks = [asyncio.ensure_future(self._ask(one)) for one in unknown]
            done, pending = await asyncio.wait(tasks, timeout=ASK_S)
            for task in pending:
                task.cancel()
            for error in filter(None, (task.exception() for task in done)):
                log.error("a member's name could not be fetched", exc_info=error)
        return {one: self._known.get(one, (str(one),)) for one in wanted}

    async def member(self, guild: discord.Guild | None, user_id: int) -> discord.Member | None:
        """Fetch a server's member with their roles.

        None if they left or Discord does not answer.
        """
        with suppress(DeliveryFailed, TimeoutError):
            async with asyncio.timeout(MEMBER_S):
                with translated():
                    return None if guild is None else await guild.fetch_member(user_id)
        return None

    async def _ask(self, user_id: int) -> None:
        with suppress(DeliveryFailed), translated():
            self.learn(await self._client.fetch_user(user_id))
