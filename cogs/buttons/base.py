"""What every button under a Job has in common: its id, and that a press is always answered.

A button that is sent keeps no state here: its press is found by the id alone, so it works after a
restart and after a month.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from re import Match
from typing import Any, Self

import discord

from cogs.tree import answer_error

Press = Callable[[discord.Interaction, str], Awaitable[None]]
"""What happens when a button is pressed; takes the Job's id."""

JOB = r"(?P<job>[0-9a-z]{22})"
"""A Job's id within a custom id."""


class JobButton(discord.ui.Button[discord.ui.LayoutView]):
    """A button as it is sent."""

    def __init__(
        self,
        verb: str,
        job_id: str,
        *,
        label: str,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    ) -> None:
        """Take the verb that `answering` listens to, and the words on the button."""
        super().__init__(label=label, style=style, custom_id=f"rp:{verb}:{job_id}")

    def is_dispatchable(self) -> bool:
        """Keep discord.py from holding on to every message that has buttons."""
        return False


def answering(verb: str, press: Press) -> type[discord.ui.DynamicItem[Any]]:
    """Make what discord.py looks for when a button of this verb is pressed."""

    class Pressed(
        discord.ui.DynamicItem[discord.ui.Button[discord.ui.LayoutView]],
        template=f"rp:{verb}:{JOB}",
    ):
        def __init__(self, item: discord.ui.Button[discord.ui.LayoutView], job_id: str) -> None:
            super().__init__(item)
            self._job_id = job_id

        @classmethod
        async def from_custom_id(
            cls, _interaction: discord.Interaction, item: discord.ui.Item[Any], match: Match[str], /
        ) -> Self:
            assert isinstance(item, discord.ui.Button)
            return cls(item, match["job"])

        async def callback(self, interaction: discord.Interaction) -> None:
            await answered(interaction, press(interaction, self._job_id))

    return Pressed


async def answered(interaction: discord.Interaction, doing: Awaitable[None]) -> None:
    """Wait for what a press or a form started, and answer whatever goes wrong with it."""
    try:
        await doing
    except Exception as error:  # noqa: BLE001  the press's outermost frame: it is answered
        await answer_error(interaction, error)
