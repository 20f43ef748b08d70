"""The command tree: one place where every failed command is answered, and registration by hash."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Protocol

import discord
from discord import app_commands

from cogs.compat import with_file_types
from cogs.ui.discord_errors import UNREADABLE
from cogs.ui.respond import answer_error
from cogs.ui.translator import FileTranslator

log = logging.getLogger(__name__)


class CommandNotes(Protocol):
    """Small texts that outlive the process."""

    async def get(self, name: str) -> str | None:
        """Read a text."""
        ...

    async def put(self, name: str, text: str) -> None:
        """Write a text."""
        ...


class Tree(app_commands.CommandTree[discord.Client]):
    """Answers every error; registers commands only when they changed."""

    async def on_error(
        self, interaction: discord.Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        """Tell the member in words, privately; log what nobody foresaw under a reference."""
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        await answer_error(interaction, cause)

    async def _call(self, interaction: discord.Interaction) -> None:
        """Answer what discord.py raises before a command's own code: options, a menu's target."""
        try:
            await super()._call(interaction)
        except UNREADABLE as error:
            if isinstance(error, app_commands.AppCommandError):
                raise
            await answer_error(interaction, error)

    async def register(self, memory: CommandNotes, *, force: bool = False) -> bool:
        """Send the commands to Discord if they differ from what was last sent; True if sent.

        Discord counts creations (200 a day for each server), so the payload's hash is kept.
        """
        name = f"commands:{self.client.application_id}"
        digest = self._digest()
        if not force and await memory.get(name) == digest:
            return False
        await self.sync()
        await memory.put(name, digest)
        return True

    async def sync(
        self, *, guild: discord.abc.Snowflake | None = None
    ) -> list[app_commands.AppCommand]:
        """Register every command, with the fields that discord.py cannot write."""
        commands = self._get_all_commands(guild=guild)
        translator = self.translator
        payload = [
            with_file_types(
                await one.get_translated_payload(self, translator)
                if translator
                else one.to_dict(self)
            )
            for one in commands
        ]
        http, application_id = self.client.http, self.client.application_id
        assert application_id is not None
        if guild is None:
            told = await http.bulk_upsert_global_commands(application_id, payload=payload)
        else:
            told = await http.bulk_upsert_guild_commands(application_id, guild.id, payload=payload)
        return [app_commands.AppCommand(data=one, state=self._state) for one in told]

    def _digest(self) -> str:
        """Sum up what is registered: the commands in English, and where other words come from.

        To put them all into every language would take as long as the rest of the start.
        """
        payloads = [with_file_types(command.to_dict(self)) for command in self.get_commands()]
        digest = hashlib.sha256(json.dumps(payloads, sort_keys=True).encode())
        if isinstance(self.translator, FileTranslator):
            for text in self.translator.words():
                digest.update(text.encode())
        return digest.hexdigest()
