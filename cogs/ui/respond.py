"""Answers to failed interactions, and private answers in general."""

from __future__ import annotations

import contextlib
import logging
import secrets

import discord
from discord import app_commands

from cogs.ui import text as wording
from cogs.ui.discord_errors import ODD_ANSWER
from services.common.logging import job_context
from services.common.net import NO_ANSWER
from services.errors import BotError

log = logging.getLogger(__name__)

TAKEN = 40060
LATE_OR_TAKEN = frozenset({10062, 50027, TAKEN})
"""Codes of a response that came too late, or after another process's response (Discord, error
codes)."""

GONE = frozenset({10003, 10004, 10015})
"""Codes that mean: the channel, server or interaction was deleted while a command was at work."""

UNKNOWN_MESSAGE = 10008
"""The message to edit was deleted while a command or a click was at work."""


async def answer_error(interaction: discord.Interaction, error: BaseException) -> None:
    """Explain an error to the user privately, unless the interaction can no longer be answered."""
    note_duplicate_answer(interaction, error)
    if isinstance(error, discord.HTTPException) and error.code in LATE_OR_TAKEN | GONE:
        log.warning("interaction %s: could not be answered (%s)", interaction.id, error.code)
        return
    if interaction.client.is_closed():
        log.warning("interaction %s: not answered because the bot stops", interaction.id)
        return
    with job_context(None, interaction.guild_id):
        words = words_for(error, str(interaction.locale))
        if interaction.type is not discord.InteractionType.autocomplete:
            await answer_privately(interaction, words)


def note_duplicate_answer(interaction: discord.Interaction, error: BaseException | None) -> bool:
    """Notify the client (`on_duplicate_answer`) if another process seems to have answered.

    It may have been this process: discord.py sends a response again if the HTTP reply was lost.
    """
    taken = isinstance(error, discord.HTTPException) and error.code == TAKEN
    if taken:
        interaction.client.dispatch("duplicate_answer")
    return taken


_SENTENCES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    ((app_commands.MissingPermissions, app_commands.NoPrivateMessage), "moderators_only"),
    (app_commands.CheckFailure, "operators_only"),
    (app_commands.TransformerError, "option_not_understood"),
    ((app_commands.CommandSignatureMismatch, app_commands.CommandNotFound), "command_changed"),
)
"""Errors of discord.py, and the sentences that explain them; the first type that matches counts."""


def words_for(error: BaseException, locale: str) -> str:
    """Return a text for any error.

    An unexpected error is logged, and its text contains the reference under which it is logged.
    """
    if isinstance(error, BotError):
        with contextlib.suppress(KeyError):  # errors that no command should raise have no text
            return wording.format_error(error, locale)
    key = next((key for kinds, key in _SENTENCES if isinstance(error, kinds)), None)
    if isinstance(error, discord.HTTPException) and error.code == UNKNOWN_MESSAGE:
        key = "message_gone"
    if key is not None:
        return wording.sentence(key, locale)
    reference = secrets.token_hex(4)
    log.error("unforeseen error %s", reference, exc_info=error)
    return wording.sentence("unforeseen", locale, reference=reference)


async def answer_privately(interaction: discord.Interaction, text: str) -> None:
    """Answer so that only the user sees it, whatever has been sent before."""
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
        log.warning(
            "interaction %s: Discord's response cannot be parsed", interaction.id, exc_info=error
        )


async def _answer_instead(interaction: discord.Interaction, text: str) -> None:
    """Send a private answer and delete the public "thinking" message.

    Discord treats the first follow-up as an edit of a message that is still "thinking", and clients
    differ on a message that was deleted in that state. So the message is filled in before it is
    deleted.
    """
    await interaction.edit_original_response(content="…")
    await interaction.followup.send(text, ephemeral=True)
    await interaction.delete_original_response()
