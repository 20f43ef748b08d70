"""The presses of /jobs: where one stands in the list is in the id, so they outlive a restart."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from re import Match
from typing import Any, Literal, Self, cast

import discord

from cogs.buttons import answered

Scope = Literal["all", "here"]


@dataclass(frozen=True, slots=True)
class Spot:
    """A page of the list: of everywhere or of this server."""

    scope: Scope = "all"
    number: int = 0

    def at(self, number: int) -> Spot:
        """Return another page of the same list."""
        return Spot(self.scope, number)

    def custom_id(self, verb: str) -> str:
        """Return the id of a press that knows this spot."""
        return f"rpj:{verb}:{self.scope}:{self.number}"


Turn = Callable[[discord.Interaction, Spot], Awaitable[None]]
Pick = Callable[[discord.Interaction, Spot, str], Awaitable[None]]

_SPOT = r"(?P<scope>all|here):(?P<number>\d{1,5})"


class SpotButton(discord.ui.Button[discord.ui.LayoutView]):
    """A button that leads to a page."""

    def __init__(self, spot: Spot, *, label: str) -> None:
        """Take the page and the words on the button."""
        super().__init__(label=label, custom_id=spot.custom_id("page"))

    def is_dispatchable(self) -> bool:
        """Keep discord.py from holding on to every message that has buttons."""
        return False


class JobSelect(discord.ui.Select[discord.ui.LayoutView]):
    """A menu of the Jobs on a page."""

    def __init__(
        self, spot: Spot, options: list[discord.SelectOption], *, placeholder: str
    ) -> None:
        """Take the page that it stands on; the options' values are Jobs' ids."""
        super().__init__(custom_id=spot.custom_id("open"), options=options, placeholder=placeholder)

    def is_dispatchable(self) -> bool:
        """Keep discord.py from holding on to every message that has menus."""
        return False


def turning(press: Turn) -> type[discord.ui.DynamicItem[Any]]:
    """Make what discord.py looks for when a page is asked for."""

    class Turned(
        discord.ui.DynamicItem[discord.ui.Button[discord.ui.LayoutView]],
        template=rf"rpj:page:{_SPOT}",
    ):
        def __init__(self, item: discord.ui.Button[discord.ui.LayoutView], spot: Spot) -> None:
            super().__init__(item)
            self._spot = spot

        @classmethod
        async def from_custom_id(
            cls, _interaction: discord.Interaction, item: discord.ui.Item[Any], match: Match[str], /
        ) -> Self:
            return cls(cast("discord.ui.Button[discord.ui.LayoutView]", item), _spot_of(match))

        async def callback(self, interaction: discord.Interaction) -> None:
            await answered(interaction, press(interaction, self._spot))

    return Turned


def picking(press: Pick) -> type[discord.ui.DynamicItem[Any]]:
    """Make what discord.py looks for when one of a page is picked."""

    class Picked(
        discord.ui.DynamicItem[discord.ui.Select[discord.ui.LayoutView]],
        template=rf"rpj:open:{_SPOT}",
    ):
        def __init__(self, item: discord.ui.Select[discord.ui.LayoutView], spot: Spot) -> None:
            super().__init__(item)
            self._spot = spot

        @classmethod
        async def from_custom_id(
            cls, _interaction: discord.Interaction, item: discord.ui.Item[Any], match: Match[str], /
        ) -> Self:
            return cls(cast("discord.ui.Select[discord.ui.LayoutView]", item), _spot_of(match))

        async def callback(self, interaction: discord.Interaction) -> None:
            await answered(interaction, press(interaction, self._spot, self.item.values[0]))

    return Picked


def _spot_of(match: Match[str]) -> Spot:
    return Spot(cast("Scope", match["scope"]), int(match["number"]))
