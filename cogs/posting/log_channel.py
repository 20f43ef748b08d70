"""Posts moderators' changes and members' reports to the server's log channel."""

from __future__ import annotations

import asyncio
import logging

import discord

from cogs.posting.fallback import Form, send_some_form
from cogs.ui import SOURCE, format_audit_entry, translated
from services.errors import ChannelGone, DeliveryFailed, MayNotPost, StoreUnavailable
from services.guilds import GuildService
from services.models import AuditEntry

log = logging.getLogger(__name__)

HISTORY_S = 1.5
"""Time limit for fetching the channel. A form has to open within three seconds (Discord)."""


class LogChannel:
    """Posts to a server's log channel, if one is set; best effort."""

    def __init__(self, client: discord.Client, *, community: GuildService) -> None:
        self._client = client
        self._community = community

    def get_locale(self, guild_id: int | None) -> str:
        """Return a server's preferred locale."""
        guild = None if guild_id is None else self._client.get_guild(guild_id)
        return SOURCE if guild is None else str(guild.preferred_locale)

    async def post(self, entry: AuditEntry) -> None:
        """Post one line about a change."""
        if entry.guild_id is not None:
            await self.send(
                entry.guild_id, lambda locale: {"content": format_audit_entry(entry, locale)}
            )

    async def send(self, guild_id: int, *forms: Form) -> bool:
        """Send the first variant that Discord accepts, in the server's language.

        Returns False if there is no log channel or Discord accepted no variant.
        """
        try:
            channel = await self._channel(guild_id)
            if channel is None:
                return False
            await send_some_form(channel, *forms, locale=self.get_locale(guild_id))
        except (DeliveryFailed, StoreUnavailable) as error:
            log.warning(
                "server %s: not written to the log channel: %s", guild_id, type(error).__name__
            )
            return False
        return True

    async def is_writable(self, guild_id: int | None) -> bool:
        """Return whether the bot may post to the server's log channel, as far as it knows."""
        channel_id = await self._channel_id(guild_id)
        guild = None if guild_id is None else self._client.get_guild(guild_id)
        if channel_id is None or guild is None:
            return False
        channel, user = guild.get_channel_or_thread(channel_id), self._client.user
        me = None if user is None else guild.get_member(user.id)
        if channel is None or me is None:  # inactive threads are not cached
            return await self._exists(channel_id)
        allowed = channel.permissions_for(me)
        may_send = (
            allowed.send_messages_in_threads
            if isinstance(channel, discord.Thread)
            else allowed.send_messages
        )
        return allowed.view_channel and may_send

    async def _exists(self, channel_id: int) -> bool:
        try:
            with translated():
                async with asyncio.timeout(HISTORY_S):
                    await self._client.fetch_channel(channel_id)
        except (ChannelGone, MayNotPost):
            return False
        except DeliveryFailed:
            return True
        return True

    async def _channel_id(self, guild_id: int | None) -> int | None:
        return None if guild_id is None else (await self._community.rules(guild_id)).log_channel_id

    async def _channel(self, guild_id: int) -> discord.PartialMessageable | None:
        channel_id = await self._channel_id(guild_id)
        if channel_id is None:
            return None
        return self._client.get_partial_messageable(channel_id, guild_id=guild_id)
