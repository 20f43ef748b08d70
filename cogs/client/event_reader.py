"""Guards discord.py's event parsers: no event ends the connection or leaves a user unanswered.

discord.py parses an event where it reads the socket, so an error of its parser ends the connection.
It also prefers the cached channel to the one in an interaction. Since Discord hides channels, the
cached one may be blank, while the one in the interaction is complete.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, cast

import discord
from discord.channel import (
    _threaded_guild_channel_factory,  # pyright: ignore[reportPrivateUsage]
)
from discord.state import ConnectionState

from cogs.compat import (
    AGE_RESTRICTED,
    HIDDEN_NAME,
    ROLE_IDS,
    Json,
    bare_guild,
    bare_interaction,
    complete_channel,
    complete_guild,
    complete_interaction,
)
from cogs.ui import UNREADABLE

log = logging.getLogger(__name__)

INTERACTION = "INTERACTION_CREATE"
ESSENTIAL = frozenset({"READY", "RESUMED"})
"""Events without which there is no session, so an error in their parsers still ends the
connection."""

_COMPLETE: dict[str, Callable[[Json], Json]] = {
    "GUILD_CREATE": complete_guild,
    "GUILD_UPDATE": complete_guild,
    "CHANNEL_CREATE": complete_channel,
    "CHANNEL_UPDATE": complete_channel,
    "CHANNEL_DELETE": complete_channel,
    "THREAD_CREATE": complete_channel,
    "THREAD_UPDATE": complete_channel,
    INTERACTION: complete_interaction,
}

Parse = Callable[[Any], None]
AnswerError = Callable[[discord.Interaction, BaseException], Awaitable[None]]


class EventReader:
    """Runs between the gateway and discord.py's parsers of one client."""

    def __init__(self, state: ConnectionState[Any], *, answer_error: AnswerError) -> None:
        """Wrap every parser of `state`. `answer_error` answers a user whose interaction failed."""
        self._state, self._answer_error = state, answer_error
        self._channel: Json = {}
        self._role_ids: tuple[int, ...] = ()
        self._answering: set[asyncio.Task[None]] = set()
        for event, parse in state.parsers.items():
            if event not in ESSENTIAL:
                state.parsers[event] = self._guarded(event, parse)

    def complete(self, interaction: discord.Interaction) -> None:
        """Replace an interaction's cached channel by the payload's if the cached one is hidden.

        Call it while the interaction is dispatched, before any command has begun. The parent of a
        thread may be hidden too; so the payload's age restriction is stored in `extras`.
        """
        payload, self._channel = self._channel, {}
        interaction.extras[ROLE_IDS], self._role_ids = self._role_ids, ()
        if interaction.guild_id is None or str(interaction.channel_id) != str(payload.get("id")):
            return
        if isinstance(payload.get("nsfw"), bool):
            interaction.extras[AGE_RESTRICTED] = payload["nsfw"]
        if getattr(interaction.channel, "name", "") == HIDDEN_NAME != payload.get("name"):
            interaction.channel = self._channel_from(payload, interaction.guild_id)

    def _channel_from(self, payload: Json, guild_id: int) -> Any:  # noqa: ANN401  one of nine types
        factory, _ = _threaded_guild_channel_factory(payload["type"])
        guild = self._state._get_or_create_unavailable_guild(guild_id)  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001
        return factory(guild=guild, state=self._state, data=cast(Any, payload)) if factory else None

    def _guarded(self, event: str, parse: Parse) -> Parse:
        complete = _COMPLETE.get(event)

        def read(payload: Any) -> None:  # noqa: ANN401  what JSON holds
            """Parse an event; if its fields are wrong, use what can be parsed."""
            try:
                whole = complete(payload) if complete else payload
                if event == INTERACTION:
                    self._channel = whole.get("channel") or {}
                    roles = (whole.get("member") or {}).get("roles") or ()
                    self._role_ids = tuple(map(int, roles))
                parse(whole)
            except UNREADABLE as error:
                self._recover(event, parse, payload, error)

        return read

    def _recover(self, event: str, parse: Parse, payload: Any, error: BaseException) -> None:  # noqa: ANN401
        """Log the type of an event that cannot be parsed, and use what can be parsed.

        Of a server, these are roles and members. Of an interaction, it is what an error answer
        needs.
        """
        log.error("a gateway event was dropped: %s, %s", event, type(error).__name__)
        try:
            if event == "GUILD_CREATE":
                parse(bare_guild(payload))
            elif event == INTERACTION:
                self._answer(
                    discord.Interaction(
                        data=cast(Any, bare_interaction(payload)), state=self._state
                    ),
                    error,
                )
        except UNREADABLE as second:
            log.error("no part of the dropped event could be used: %s", type(second).__name__)  # noqa: TRY400

    def _answer(self, interaction: discord.Interaction, error: BaseException) -> None:
        task = asyncio.ensure_future(self._answer_error(interaction, error))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)
