"""Answers moderators: the change, the new state, and a line in the log channel."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, cast

import discord
from discord import app_commands
from discord.ext import commands

from cogs.admin.checks import is_moderator
from cogs.admin.settings_text import State, log_state
from cogs.posting import LogChannel
from cogs.ui import MESSAGE_LIMIT, cut, format_audit_entry, sentence, whole_lines
from cogs.ui.buttons import StatelessButton
from services.errors import BadValue, FormForgotten
from services.guilds import GuildService
from services.models import AuditEntry, OpenDecision
from services.policy import Allowance
from services.requests import OpenDecisions

CHOICES = 25
"""Maximum number of choices in an autocomplete (Discord)."""

CHOICE_LENGTH = 100
"""Maximum length of a choice's name and of its value (Discord)."""

LARGEST_ID = 2**63 - 1
"""Discord's ids have 64 bits; the highest bit is not used before the year 2084."""

DECIDE = "rpa:decide:"
"""Prefix of the custom id of the button that confirms a decision; the decision's key follows."""

Change = Callable[..., Awaitable[AuditEntry]]
"""A method that changes a server's rules: takes the server's id, values, and `by`, the user's
id."""


class AdminResponder:
    """Answers moderators privately."""

    def __init__(
        self,
        *,
        community: GuildService,
        allowance: Allowance,
        log_channel: LogChannel,
        decisions: OpenDecisions,
        has_operators: bool,
    ) -> None:
        """`decisions` stores decisions until a moderator confirms them."""
        self.community = community
        self.has_operators = has_operators
        self._decisions = decisions
        self._allowance = allowance
        self._log_channel = log_channel

    async def change(
        self, interaction: discord.Interaction, fields: Mapping[str, Any], show: State
    ) -> None:
        """Set rules by field name and answer with the state after that.

        Without fields, only answer with the current state.
        """
        guild_id, entry = get_guild_id(interaction), None
        if fields:
            by = interaction.user.id
            entry = await self.community.change(guild_id, by=by, **fields)
        await self.show(interaction, entry, show)

    async def decide(
        self,
        interaction: discord.Interaction,
        change: Change,
        *values: object,
        show: State,
        **more: object,
    ) -> None:
        """Call a Change for the user's server and answer with the state after that."""
        entry = await change(get_guild_id(interaction), *values, by=interaction.user.id, **more)
        await self.show(interaction, entry, show)

    async def show(
        self, interaction: discord.Interaction, entry: AuditEntry | None, show: State
    ) -> None:
        """Answer with a line about the change and the part of the rules that `show` formats."""
        rules = await self.community.rules(get_guild_id(interaction))
        await self.answer(interaction, entry, show(rules, self._allowance, get_locale(interaction)))

    async def answer(
        self, interaction: discord.Interaction, entry: AuditEntry | None, state: str
    ) -> None:
        """Answer with a line about the change, if any, and the text of the current state.

        A change is then also posted to the log channel.
        """
        done = "" if entry is None else f"{format_audit_entry(entry, get_locale(interaction))}\n"
        text = fitted(f"{done}{state}", get_locale(interaction))
        if interaction.type is discord.InteractionType.component:
            await interaction.response.edit_message(content=text, view=None)
        else:
            await interaction.response.send_message(text, ephemeral=True)
        if entry is not None:
            await self.post_to_log(entry)

    async def ask(
        self, interaction: discord.Interaction, decision: OpenDecision, warning: str
    ) -> None:
        """Show a warning about a decision that is probably a mistake, and a button to confirm."""
        key, locale = await self._decisions.save(decision), get_locale(interaction)
        view = discord.ui.View(timeout=None)
        label, danger = sentence("button_decide", locale), discord.ButtonStyle.danger
        view.add_item(StatelessButton(label=label, style=danger, custom_id=f"{DECIDE}{key}"))
        await interaction.response.send_message(warning, view=view, ephemeral=True)

    async def decided(self, interaction: discord.Interaction, key: str) -> OpenDecision:
        """Return the decision that a click confirms; raises FormForgotten, CheckFailure."""
        decision = await self._decisions.get(key, interaction.user.id)
        await is_moderator(interaction, command_id=decision.command_id)
        if decision.guild_id != interaction.guild_id:
            raise FormForgotten
        return decision

    async def log_state(self, interaction: discord.Interaction) -> State:
        """Return a State for where changes and reports go, and whether posting works now."""
        is_writable = await self._log_channel.is_writable(interaction.guild_id)
        return partial(log_state, has_operators=self.has_operators, is_writable=is_writable)

    async def post_to_log(self, entry: AuditEntry) -> None:
        """Write a change to the log channel."""
        await self._log_channel.post(entry)


class AdminCommands(commands.Cog):
    """Base of the groups of commands; all are for moderators of the server only."""

    def __init__(self, responder: AdminResponder) -> None:
        self.responder = responder

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Raise CheckFailure unless the user is a moderator."""
        return await is_moderator(interaction)


def fitted(text: str, locale: str) -> str:
    """Drop the last lines of a text that is too long for a message; the text then says how many."""
    if cut(text, MESSAGE_LIMIT) == text:
        return text
    lines = text.split("\n")
    room = MESSAGE_LIMIT - len(sentence("state_more", locale, count=len(lines))) - 1
    kept = whole_lines(lines, room)
    rest = len(lines) - len(kept.split("\n"))
    return f"{kept}\n{sentence('state_more', locale, count=rest)}"


def get_guild_id(interaction: discord.Interaction) -> int:
    """Return the server id; the check guarantees that there is one."""
    assert interaction.guild_id is not None
    return interaction.guild_id


def get_command_id(interaction: discord.Interaction) -> int | None:
    """Return the id of the called command."""
    found = cast("dict[str, Any]", interaction.data or {}).get("id")
    return None if found is None else int(found)


def get_locale(interaction: discord.Interaction) -> str:
    """Return the user's locale."""
    return str(interaction.locale)


def named(**options: object) -> dict[str, Any]:
    """Return the options that the user gave (not None)."""
    return {name: value for name, value in options.items() if value is not None}


def offered(named_values: Mapping[str, str], typed: str) -> list[app_commands.Choice[str]]:
    """Return choices (value: label) whose label or value contains the typed text."""
    wanted = typed.casefold()
    return [
        app_commands.Choice(name=cut(name, CHOICE_LENGTH), value=value)
        for value, name in named_values.items()
        if len(value) <= CHOICE_LENGTH and wanted in f"{name}\n{value}".casefold()
    ][:CHOICES]


def id_in(text: str, *, field: str) -> int:
    """Return the id in an autocomplete value, a typed id or a mention; raises BadValue."""
    digits = re.sub(r"[<>@#!&\s]", "", text)
    if not re.fullmatch(r"[0-9]{1,19}", digits) or int(digits) > LARGEST_ID:
        raise BadValue(field, field)
    return int(digits)
