"""The command tree: one place where every failed command is answered, and registration by hash."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import secrets
from typing import Protocol

import discord
from discord import app_commands

from cogs import wording
from cogs.compat import with_file_types
from cogs.discord_errors import ODD_ANSWER, UNREADABLE
from cogs.translator import FileTranslator
from services.errors import BotError
from services.logs import job_context
from services.network import NO_ANSWER

log = logging.getLogger(__name__)

TAKEN = 40060
LATE_OR_TAKEN = frozenset({10062, 50027, TAKEN})
"""Too late, or another process answered: nobody is left to tell (Discord, error codes)."""

GONE = frozenset({10003, 10004, 10015})
"""The channel, the server or the whole interaction is gone while a command was at work."""


class Memory(Protocol):
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

    async def register(self, memory: Memory, *, anew: bool = False) -> bool:
        """Send the commands to Discord if they differ from what was last sent; True if sent.

        Discord counts creations (200 a day for each server), so the payload's hash is kept.
        """
        name = f"commands:{self.client.application_id}"
        digest = self._digest()
        if not anew and await memory.get(name) == digest:
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


async def answer_error(interaction: discord.Interaction, error: BaseException) -> None:
    """Tell whoever met an error in words, privately, unless nobody is left to tell."""
    note_rival(interaction, error)
    if isinstance(error, discord.HTTPException) and error.code in LATE_OR_TAKEN | GONE:
        log.warning("interaction %s: could not be answered (%s)", interaction.id, error.code)
        return
    if interaction.client.is_closed():
        log.warning("interaction %s: the bot stops, it was not answered", interaction.id)
        return
    with job_context(None, interaction.guild_id):
        words = words_for(error, str(interaction.locale))
        if interaction.type is not discord.InteractionType.autocomplete:
            await answer_privately(interaction, words)


def note_rival(interaction: discord.Interaction, error: BaseException | None) -> bool:
    """Let the client know where it seems that somebody else has answered (`on_rival`).

    It may have been this process: discord.py sends an answer again whose receipt got lost.
    """
    taken = isinstance(error, discord.HTTPException) and error.code == TAKEN
    if taken:
        interaction.client.dispatch("rival")
    return taken


def words_for(error: BaseException, locale: str) -> str:
    """Word any error for a member; an unforeseen one is logged under the reference it shows."""
    if isinstance(error, BotError):
        with contextlib.suppress(KeyError):  # an error that no command should meet has no words
            return wording.of_error(error, locale)
    if isinstance(error, app_commands.MissingPermissions | app_commands.NoPrivateMessage):
        return wording.sentence("moderators_only", locale)
    if isinstance(error, app_commands.CheckFailure):
        return wording.sentence("operators_only", locale)
    if isinstance(error, app_commands.TransformerError):
        return wording.sentence("option_not_understood", locale)
    if isinstance(error, app_commands.CommandSignatureMismatch | app_commands.CommandNotFound):
        return wording.sentence("command_changed", locale)
    reference = secrets.token_hex(4)
    log.error("unforeseen error %s", reference, exc_info=error)
    return wording.sentence("unforeseen", locale, reference=reference)


async def answer_privately(interaction: discord.Interaction, text: str) -> None:
    """Answer so that only the member sees it, whatever has been answered before."""
    try:
        if not interaction.response.is_done():
            await interaction.response.send_message(text, ephemeral=True)
            return
        if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
            await _answer_instead(interaction, text)
        else:
            await interaction.followup.send(text, ephemeral=True)
    except discord.HTTPException as error:
        log.warning("interaction %s: the answer was refused (%s)", interaction.id, error.code)
    except NO_ANSWER as error:
        log.warning("interaction %s: no answer (%s)", interaction.id, type(error).__name__)
    except ODD_ANSWER as error:
        log.warning("interaction %s: Discord's answer is odd", interaction.id, exc_info=error)


async def _answer_instead(interaction: discord.Interaction, text: str) -> None:
    """Answer privately where a public "thinking" message stands, and take that one away.

    Discord takes the first follow-up for an edit of a message that still thinks, and its readers
    differ on one that was deleted while it did; so it is completed first.
    """
    await interaction.edit_original_response(content="…")
    await interaction.followup.send(text, ephemeral=True)
    await interaction.delete_original_response()
