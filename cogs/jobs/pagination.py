"""Buttons and menus of /jobs. The page is in the custom id, so they work after a restart."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from re import Match
from typing import Any, Literal, cast

import discord

from cogs.ui.buttons import Row, StatelessButton, matching

Scope = Literal["all", "here"]

_SPOT = r"(?P<scope>all|here):(?P<number>\d{1,5})"
_PAGE, _OPEN = f"rpj:page:{_SPOT}", f"rpj:open:{_SPOT}"


@dataclass(frozen=True, slots=True)
class PageRef:
    """A page of the list: its number, and whether the list is of all servers or of this one."""

    scope: Scope = "all"
    number: int = 0

    def at(self, number: int) -> PageRef:
        """Return another page of the same list."""
        return PageRef(self.scope, number)

    def custom_id(self, verb: str) -> str:
        """Return a custom id that contains this page."""
        return f"rpj:{verb}:{self.scope}:{self.number}"


TurnPage = Callable[[discord.Interaction, PageRef], Awaitable[None]]
Pick = Callable[[discord.Interaction, PageRef, str], Awaitable[None]]


class PageButton(StatelessButton):
    """A button that opens a page."""

    def __init__(self, spot: PageRef, *, label: str) -> None:
        super().__init__(label=label, custom_id=spot.custom_id("page"))


class JobSelect(discord.ui.Select[discord.ui.LayoutView]):
    """A menu from which the user selects a job of a page."""

    def __init__(
        self, spot: PageRef, options: list[discord.SelectOption], *, placeholder: str
    ) -> None:
        """`spot` is the page of the menu; the options' values are job ids."""
        super().__init__(custom_id=spot.custom_id("open"), options=options, placeholder=placeholder)

    def is_dispatchable(self) -> bool:
        """Return False, so that discord.py does not store every message that has menus."""
        return False


def turning(callback: TurnPage) -> type[discord.ui.DynamicItem[Any]]:
    """Make the dynamic item that handles clicks of page buttons."""

    async def turned(interaction: discord.Interaction, match: Match[str]) -> None:
        """Call the handler with the page in the custom id."""
        await callback(interaction, _page_ref(match))

    return matching(_PAGE, turned)


def picking(callback: Pick) -> type[discord.ui.DynamicItem[Any]]:
    """Make the dynamic item that handles the menu of a page."""

    async def picked(interaction: discord.Interaction, match: Match[str]) -> None:
        """Call the handler with the page and the selected job."""
        data = cast("dict[str, Any]", interaction.data or {})
        await callback(interaction, _page_ref(match), str(data["values"][0]))

    return matching(_OPEN, picked)


def way_back(message: discord.Message | None) -> Row | None:
    """Return a row with a copy of the message's button that leads to the list, if it has one."""
    for button in _buttons(message):
        match = re.fullmatch(_PAGE, button.custom_id or "")
        if match is not None:
            row: Row = discord.ui.ActionRow()
            row.add_item(PageButton(_page_ref(match), label=button.label or ""))
            return row
    return None


def _buttons(message: discord.Message | None) -> Iterator[discord.Button]:
    rows = () if message is None else message.components
    for row in rows:
        if isinstance(row, discord.ActionRow):
            yield from (one for one in row.children if isinstance(one, discord.Button))


def _page_ref(match: Match[str]) -> PageRef:
    return PageRef(cast("Scope", match["scope"]), int(match["number"]))
