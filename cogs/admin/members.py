"""/repaint-admin commands about one member: block, unblock, grant, revoke, reset."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress

import discord
from discord import app_commands

from cogs.admin.checks import is_moderator
from cogs.admin.responder import (
    AdminCommands,
    AdminResponder,
    get_command_id,
    get_guild_id,
    get_locale,
    id_in,
    offered,
)
from cogs.ui import Names, format_quota_status, member_context, sentence
from services.common.clock import Clock
from services.common.durations import Span, briefly, completed, parse_seconds, parse_spans
from services.errors import BadValue
from services.models import AuditEntry, OpenDecision

Choices = list[app_commands.Choice[str]]
Reason = app_commands.Range[str, 1, 300]

SUGGESTED = ("1h", "12h", "1d", "7d", "30d")
"""Durations that are offered before the moderator types anything."""

MOST_ASKED = 100
"""Maximum number of members whose names one autocomplete searches."""


class MemberPart(AdminCommands):
    """Base of the commands about one member; their answers show that member's quota status."""

    def __init__(self, responder: AdminResponder, *, names: Names, clock: Clock) -> None:
        super().__init__(responder)
        self._names = names
        self._clock = clock

    async def people(self, user_ids: Sequence[int], typed: str) -> Choices:
        """Offer members whose name or id contains the typed text."""
        wanted = _folded(typed)
        by_id = [one for one in user_ids if wanted in str(one)]
        asked = list(dict.fromkeys((*by_id, *user_ids)))[:MOST_ASKED]
        names = await self._names.fetch_all(asked)
        found = [one for one in user_ids if one in names and _fits(wanted, one, names[one])]
        return offered({str(one): names[one][0] for one in found}, "")

    async def named(
        self, interaction: discord.Interaction, user_ids: Sequence[int], typed: str
    ) -> discord.abc.Snowflake:
        """Return the one of these members that a mention, a name or an id means; raises BadValue.

        For a current member of the server, the result includes their roles.
        """
        user_id = await self._find_id(user_ids, typed)
        member = await self._names.member(interaction.guild, user_id)
        return member or discord.Object(user_id)

    async def _find_id(self, user_ids: Sequence[int], typed: str) -> int:
        with suppress(BadValue):
            if (user_id := id_in(typed, field="member")) in user_ids:
                return user_id
        wanted, names = _folded(typed), await self._names.fetch_all(user_ids[:MOST_ASKED])
        for fits in (_is_called, _fits):
            found = [one for one in names if wanted and fits(wanted, one, names[one])]
            if found:
                break
        if len(found) != 1:
            raise BadValue("member", "one_member" if found else "member")
        return found[0]

    async def answer(
        self, interaction: discord.Interaction, entry: AuditEntry, member: discord.abc.Snowflake
    ) -> None:
        """Answer with the change and the member's quota status."""
        if isinstance(member, discord.User | discord.Member):
            self._names.learn(member)
        visitor = member_context(interaction, member)
        standing = await self.responder.community.standing(
            member.id, get_guild_id(interaction), visitor
        )
        state = format_quota_status(standing, get_locale(interaction), of_other=True)
        await self.responder.answer(interaction, entry, state)

    def end(self, duration: str | None) -> float | None:
        """Return when a duration that starts now ends; None: never."""
        return None if duration is None else self._clock.now() + parse_seconds(duration)


def durations_offered(typed: str, locale: str) -> Choices:
    """Offer the typed duration in words, and suggestions if nothing is typed.

    Offers nothing for other text.
    """
    read = [parts for text in SUGGESTED if (parts := parse_spans(text))]
    if typed.strip():
        read = list(completed(typed))
    return offered({briefly(parts): _in_words(parts, locale) for parts in read}, "")


def _in_words(parts: Sequence[Span], locale: str) -> str:
    return " ".join(sentence(f"duration_{unit}", locale, count=count) for count, unit in parts)


def _folded(name: str) -> str:
    """Normalize a name for comparison; also removes "@" and the brackets of a mention."""
    folded = unicodedata.normalize("NFKC", name).strip().casefold()
    return re.sub(r"^<@!?(\d+)>$", r"\1", folded).removeprefix("@")


def _is_called(wanted: str, _user_id: int, names: Sequence[str]) -> bool:
    return wanted in map(_folded, names)


def _fits(wanted: str, user_id: int, names: Sequence[str]) -> bool:
    return any(wanted in one for one in (str(user_id), *map(_folded, names)))


# /repaint-admin block, unblock: members whose requests are refused.


class BlocksPart(MemberPart):
    """Commands that block members."""

    @app_commands.command()
    @app_commands.describe(
        member="Whose requests are no longer taken",
        duration="How long, such as 12h, 7d or 2w; empty = for ever",
        reason="Told to the member",
    )
    async def block(
        self,
        interaction: discord.Interaction,
        member: discord.User,
        duration: str | None = None,
        reason: Reason | None = None,
    ) -> None:
        """Take no more requests of a member."""
        self.end(duration)
        decision = OpenDecision(
            user_id=interaction.user.id,
            guild_id=get_guild_id(interaction),
            command_id=get_command_id(interaction),
            action="block",
            target=member.id,
            details={"duration": duration, "reason": reason or ""},
        )
        if member.id != interaction.user.id:
            await self.carry_out(interaction, decision, member)
            return
        warning = sentence("decide_block_self", get_locale(interaction))
        await self.responder.ask(interaction, decision, warning)

    async def carry_out(
        self,
        interaction: discord.Interaction,
        decision: OpenDecision,
        member: discord.abc.Snowflake,
    ) -> None:
        """Block the member of a confirmed decision; a duration starts now."""
        duration, reason = decision.details["duration"], decision.details["reason"]
        entry = await self.responder.community.block(
            decision.guild_id,
            member.id,
            reason=str(reason),
            until=self.end(None if duration is None else str(duration)),
            by=interaction.user.id,
        )
        await self.answer(interaction, entry, member)

    @app_commands.command()
    @app_commands.describe(member="One of those who are blocked: a name, a mention or an id")
    async def unblock(self, interaction: discord.Interaction, member: str) -> None:
        """Take a member's requests again."""
        guild_id = get_guild_id(interaction)
        blocked = [block.user_id for block in await self.responder.community.blocks(guild_id)]
        who = await self.named(interaction, blocked, member)
        entry = await self.responder.community.unblock(guild_id, who.id, by=interaction.user.id)
        await self.answer(interaction, entry, who)

    @block.autocomplete("duration")
    async def _durations(self, interaction: discord.Interaction, typed: str) -> Choices:
        return durations_offered(typed, get_locale(interaction))

    @unblock.autocomplete("member")
    @app_commands.check(is_moderator)
    async def _blocked(self, interaction: discord.Interaction, typed: str) -> Choices:
        found = await self.responder.community.blocks(get_guild_id(interaction))
        return await self.people([block.user_id for block in found], typed)


# /repaint-admin grant, revoke, reset: a member's own limit, and resetting today's usage.

Units = app_commands.Range[int, 1, 10_000]


class GrantsPart(MemberPart):
    """Commands for limits of single members."""

    @app_commands.command()
    @app_commands.describe(
        member="Who gets a limit of their own",
        images="Pictures they may make a day in this server, instead of any other limit",
        duration="How long, such as 12h, 7d or 2w; empty = for ever",
        reason="Kept with it",
    )
    async def grant(
        self,
        interaction: discord.Interaction,
        member: discord.User,
        images: Units,
        duration: str | None = None,
        reason: Reason | None = None,
    ) -> None:
        """Give one member a limit of their own."""
        entry = await self.responder.community.grant(
            get_guild_id(interaction),
            member.id,
            units=images,
            until=self.end(duration),
            reason=reason or "",
            by=interaction.user.id,
        )
        await self.answer(interaction, entry, member)

    @app_commands.command()
    @app_commands.describe(member="Whose limit of their own goes: a name, a mention or an id")
    async def revoke(self, interaction: discord.Interaction, member: str) -> None:
        """Take a member's own limit away."""
        guild_id = get_guild_id(interaction)
        granted = [grant.user_id for grant in await self.responder.community.grants(guild_id)]
        who = await self.named(interaction, granted, member)
        entry = await self.responder.community.revoke_grant(
            guild_id, who.id, by=interaction.user.id
        )
        await self.answer(interaction, entry, who)

    @app_commands.command(description="Reset a member's usage of today")
    @app_commands.describe(member="Whose pictures of today no longer count against their limit")
    async def reset(self, interaction: discord.Interaction, member: discord.User) -> None:
        """Stop counting the images that a member has requested today."""
        entry = await self.responder.community.reset(
            get_guild_id(interaction), member.id, by=interaction.user.id
        )
        await self.answer(interaction, entry, member)

    @grant.autocomplete("duration")
    async def _durations(self, interaction: discord.Interaction, typed: str) -> Choices:
        return durations_offered(typed, get_locale(interaction))

    @revoke.autocomplete("member")
    @app_commands.check(is_moderator)
    async def _granted(self, interaction: discord.Interaction, typed: str) -> Choices:
        found = await self.responder.community.grants(get_guild_id(interaction))
        return await self.people([grant.user_id for grant in found], typed)
