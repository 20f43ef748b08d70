"""Base of all buttons under a job: the custom id, and an answer to every click.

A sent button keeps no state in the process. Its handler is found by the custom id alone, so it
works after a restart and after a month.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from re import Match
from typing import Any, Self

import discord

from cogs.ui.respond import answer_error
from services.common.supervisor import raised_by
from services.history import Viewer

Press = Callable[[discord.Interaction, str], Awaitable[None]]
"""Handles a click; receives the job's id."""

Matched = Callable[[discord.Interaction, Match[str]], Awaitable[None]]
"""Handles a click of any component; receives the match of its custom id."""

JOB = r"(?P<job>[0-9a-z]{22})"
"""Pattern of a job's id within a custom id."""


SPOT = r"(?P<spot>[0-9a-z]{1,13}-[0-9a-z]{1,13}-[0-9a-z]{1,13})"
"""Pattern of a message's code within a custom id.

The code is server, channel and message in base 36; 0 if unknown.
"""


class StatelessButton(discord.ui.Button[discord.ui.LayoutView]):
    """A button whose handler is found by its custom id."""

    def is_dispatchable(self) -> bool:
        """Return False, so that discord.py does not store every message that has buttons."""
        return False


class JobButton(StatelessButton):
    """A button that acts on a job."""

    def __init__(
        self,
        verb: str,
        job_id: str,
        *,
        label: str,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        spot: str = "",
    ) -> None:
        """`verb` selects the handler (`on_button`).

        `spot` is the code of a message that the button also concerns (`SPOT`).
        """
        super().__init__(label=label, style=style, custom_id=make_custom_id(verb, job_id, spot))


def make_custom_id(verb: str, job_id: str, spot: str = "") -> str:
    """Return the custom id of a button or form."""
    return f"rp:{verb}:{job_id}:{spot}" if spot else f"rp:{verb}:{job_id}"


def on_button(verb: str, press: Press) -> type[discord.ui.DynamicItem[Any]]:
    """Make the dynamic item with which discord.py handles clicks of this verb's buttons."""

    async def pressed(interaction: discord.Interaction, match: Match[str]) -> None:
        """Call the handler with the job id in the custom id."""
        await press(interaction, match["job"])

    return matching(f"rp:{verb}:{JOB}", pressed)


def matching(template: str, press: Matched) -> type[discord.ui.DynamicItem[Any]]:
    """Make the dynamic item with which discord.py handles components whose id matches a pattern."""

    class Pressed(discord.ui.DynamicItem[discord.ui.Item[Any]], template=template):
        """Any component whose custom id matches the pattern, on any message."""

        def __init__(self, item: discord.ui.Item[Any], match: Match[str]) -> None:
            super().__init__(item)
            self._match = match

        @classmethod
        async def from_custom_id(
            cls, _interaction: discord.Interaction, item: discord.ui.Item[Any], match: Match[str], /
        ) -> Self:
            """Create the item from the match alone; a button has no other stored state."""
            return cls(item, match)

        async def callback(self, interaction: discord.Interaction) -> None:
            """Run the handler and answer its errors."""
            await answered(interaction, press(interaction, self._match))

    return Pressed


async def answered(interaction: discord.Interaction, doing: Awaitable[None]) -> None:
    """Await the handler of a click or a form, and answer any error that it raises."""
    error = await raised_by(doing)
    if error is not None:
        await answer_error(interaction, error)


# The user of an interaction, with the permissions that JobAccess checks.


def moderates(interaction: discord.Interaction) -> bool:
    """Return whether the user may moderate other members' images here."""
    allowed = interaction.permissions
    return interaction.guild_id is not None and (allowed.manage_guild or allowed.manage_messages)


def make_viewer(interaction: discord.Interaction, operator_ids: Collection[int] = ()) -> Viewer:
    """Return the user of an interaction as a Viewer."""
    return Viewer(
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        may_manage=moderates(interaction),
        is_operator=interaction.user.id in operator_ids,
    )
