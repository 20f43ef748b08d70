"""The command tree: handles every failed command and registers commands by hash."""

from __future__ import annotations

import hashlib
import json
import logging

import discord
from discord import app_commands

from cogs.compat import with_file_types
from cogs.ui import UNREADABLE, FileTranslator, answer_error
from services.common.key_value import KeyValueStore

log = logging.getLogger(__name__)


class Tree(app_commands.CommandTree[discord.Client]):
    """Answers every error; registers commands only when they changed."""

    async def on_error(
        self, interaction: discord.Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        """Explain the error to the user privately; log an unexpected one with a reference."""
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        await answer_error(interaction, cause)

    async def _call(self, interaction: discord.Interaction) -> None:
        """Handle errors that discord.py raises before a command runs: bad options or targets."""
        try:
            await super()._call(interaction)
        except UNREADABLE as error:
            if isinstance(error, app_commands.AppCommandError):
                raise
            await answer_error(interaction, error)

    async def register(self, memory: KeyValueStore, *, force: bool = False) -> bool:
        """Send the commands to Discord if they differ from the ones last sent; return whether.

        Discord counts command creations (200 a day for each server), so the payload's hash is
        stored.
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
        """Register every command, including the fields that discord.py cannot write."""
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
            registered = await http.bulk_upsert_global_commands(application_id, payload=payload)
        else:
            registered = await http.bulk_upsert_guild_commands(
                application_id, guild.id, payload=payload
            )
        return [app_commands.AppCommand(data=one, state=self._state) for one in registered]

    def _digest(self) -> str:
        """Return a hash of the English commands and of the translation files.

        Translating every command into every language, to hash the result, would take as long as the
        rest of the start.
        """
        payloads = [with_file_types(command.to_dict(self)) for command in self.get_commands()]
        digest = hashlib.sha256(json.dumps(payloads, sort_keys=True).encode())
        if isinstance(self.translator, FileTranslator):
            for text in self.translator.words():
                digest.update(text.encode())
        return digest.hexdigest()
