"""What every button under a Job has in common: its id, and that a press is always answered.

A button that is sent keeps no state here: its press is found by the id alone, so it works after a
restart and after a month.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from re import Match
from typing import Any, Self

import discord

from cogs.ui.respond import answer_error
from services.common.supervisor import raised_by
from services.history.access import Viewer

Press = Callable[[discord.Interaction, str], Awaitable[None]]
"""What happens when a button is pressed; takes the Job's id."""

Matched = Callable[[discord.Interaction, Match[str]], Awaitable[None]]
"""What happens when anything is pressed; takes its id as it was matched."""

JOB = r"(?P<job>[0-9a-z]{22})"
"""A Job's id within a custom id."""


SPOT = r"(?P<spot>[0-9a-z]{1,13}-[0-9a-z]{1,13}-[0-9a-z]{1,13})"
"""A message within a custom id: server, channel and message in base 36; 0 where it is unknown."""


class StatelessButton(discord.ui.Button[discord.ui.LayoutView]):
    """A button as it is sent: what happens at a press is found by its id."""

    def is_dispatchable(self) -> bool:
        """Keep discord.py from holding on to every message that has buttons."""
        return False


class JobButton(StatelessButton):
    """A button that does something with a Job."""

    def __init__(
        self,
        verb: str,
        job_id: str,
        *,
        label: str,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        spot: str = "",
    ) -> None:
        """Take the verb that `answering` listens to, and the words on the button.

        A `spot` is the code of a message that the button is about besides (`SPOT`).
        """
        super().__init__(label=label, style=style, custom_id=id_of(verb, job_id, spot))


def id_of(verb: str, job_id: str, spot: str = "") -> str:
    """Write the id of a button or form."""
    return f"rp:{verb}:{job_id}:{spot}" if spot else f"rp:{verb}:{job_id}"


def on_button(verb: str, press: Press) -> type[discord.ui.DynamicItem[Any]]:
    """Make what discord.py looks for when a button of this verb is pressed."""

    async def pressed(interaction: discord.Interaction, match: Match[str]) -> None:
        """Hand on the Job that the id names."""
        await press(interaction, match["job"])

    return matching(f"rp:{verb}:{JOB}", pressed)


def matching(template: str, press: Matched) -> type[discord.ui.DynamicItem[Any]]:
    """Make what discord.py looks for when something is pressed whose id fits a pattern."""

    class Pressed(discord.ui.DynamicItem[discord.ui.Item[Any]], template=template):
        """Whatever has such an id, on whatever message."""

        def __init__(self, item: discord.ui.Item[Any], match: Match[str]) -> None:
            super().__init__(item)
            self._match = match

        @classmethod
        async def from_custom_id(
            cls, _interaction: discord.Interaction, item: discord.ui.Item[Any], match: Match[str], /
        ) -> Self:
            """Make it from the id alone: nothing else is kept of it."""
            return cls(item, match)

        async def callback(self, interaction: discord.Interaction) -> None:
            """Do what it is for, and answer what goes wrong."""
            await answered(interaction, press(interaction, self._match))

    return Pressed


async def answered(interaction: discord.Interaction, doing: Awaitable[None]) -> None:
    """Wait for what a press or a form started, and answer whatever goes wrong with it."""
    error = await raised_by(doing)
    if error is not None:
        await answer_error(interaction, error)


# Who presses: what Discord says about them, as far as the archive asks.


def moderates(interaction: discord.Interaction) -> bool:
    """Tell whether the member may see to other members' pictures here."""
    allowed = interaction.permissions
    return interaction.guild_id is not None and (allowed.manage_guild or allowed.manage_messages)


def viewer_of(interaction: discord.Interaction, operator_ids: Collection[int] = ()) -> Viewer:
    """Take whoever pressed or called."""
    return Viewer(
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        may_manage=moderates(interaction),
        is_operator=interaction.user.id in operator_ids,
    )
