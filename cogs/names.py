"""What people are called: names by id, asked of Discord once and kept for a while."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress

import discord

from cogs.discord_errors import translated
from services.errors import DeliveryFailed

KEPT = 2000
"""Names in memory."""

ASK_S = 1.5
"""Discord waits 3 s for the choices of an autocomplete."""


class Names:
    """Knows what members are called, as far as Discord tells in time."""

    def __init__(self, client: discord.Client) -> None:
        """Take the client."""
        self._client = client
        self._known: OrderedDict[int, str] = OrderedDict()

    def learn(self, user: discord.abc.User) -> None:
        """Keep the name of somebody who was seen."""
        self._known[user.id] = user.display_name
        self._known.move_to_end(user.id)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)

    async def of(self, user_ids: Iterable[int]) -> dict[int, str]:
        """Return names by id, in the order given; the id itself where none is known in time."""
        wanted = list(user_ids)
        unknown = [one for one in wanted if one not in self._known]
        if unknown:
            tasks = [asyncio.ensure_future(self._ask(one)) for one in unknown]
            _, late = await asyncio.wait(tasks, timeout=ASK_S)
            for task in late:
                task.cancel()
        return {one: self._known.get(one, str(one)) for one in wanted}

    async def _ask(self, user_id: int) -> None:
        with suppress(DeliveryFailed), translated():
            self.learn(await self._client.fetch_user(user_id))
