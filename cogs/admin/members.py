"""What the commands about one member have in common."""

from __future__ import annotations

from collections.abc import Sequence

import discord
from discord import app_commands

from cogs.admin.desk import Desk, Part, guild_of, locale_of, offered
from cogs.names import Names
from cogs.requests import visitor_of
from cogs.standings import of_standing
from cogs.wording import sentence
from services.clock import Clock
from services.durations import Span, briefly, completed, parts_of, seconds_of
from services.models import AuditEntry

Choices = list[app_commands.Choice[str]]
Reason = app_commands.Range[str, 1, 300]

SUGGESTED = ("1h", "12h", "1d", "7d", "30d")
"""Durations that are offered before anything is typed."""

MOST_ASKED = 100
"""People whose names an autocomplete looks through."""


class MemberPart(Part):
    """Commands about one member, answered with where that member stands."""

    def __init__(self, desk: Desk, *, names: Names, clock: Clock) -> None:
        """Take what knows names, and the clock that durations begin at."""
        super().__init__(desk)
        self._names = names
        self._clock = clock

    async def people(self, user_ids: Sequence[int], typed: str) -> Choices:
        """Offer people by name."""
        names = await self._names.of(user_ids[:MOST_ASKED])
        return offered({str(user_id): name for user_id, name in names.items()}, typed)

    async def tell(
        self, interaction: discord.Interaction, entry: AuditEntry, member: discord.abc.Snowflake
    ) -> None:
        """Answer with a change and where the member stands now."""
        if isinstance(member, discord.User | discord.Member):
            self._names.learn(member)
        visitor = visitor_of(interaction, member)
        standing = await self.desk.community.standing(member.id, guild_of(interaction), visitor)
        state = of_standing(standing, locale_of(interaction), of_other=True)
        await self.desk.answer(interaction, entry, state)

    def end(self, duration: str | None) -> float | None:
        """Return when something ends that begins now; None: never."""
        return None if duration is None else self._clock.now() + seconds_of(duration)


def durations_offered(typed: str, locale: str) -> Choices:
    """Offer what was typed as it is read, in words; nothing for what is no duration."""
    read = [parts for text in SUGGESTED if (parts := parts_of(text))]
    if typed.strip():
        read = list(completed(typed))
    return offered({briefly(parts): _in_words(parts, locale) for parts in read}, "")


def _in_words(parts: Sequence[Span], locale: str) -> str:
    return " ".join(sentence(f"duration_{unit}", locale, count=count) for count, unit in parts)
