"""The Discord client: intents, caches, cogs, and alerts to the operators."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

import discord
from discord.ext import commands

from cogs.client.event_reader import EventReader
from cogs.client.tree import Tree
from cogs.compat import name_webhook_calls
from cogs.ui import MESSAGE_LIMIT, FileTranslator, answer_error, cut
from cogs.ui import text as wording
from services.common.key_value import KeyValueStore
from services.common.net import NO_ANSWER
from services.common.supervisor import Supervisor
from services.engine import InteractivePriority

log = logging.getLogger(__name__)

RATELIMIT_TIMEOUT_S = 60.0
"""Longest wait for a rate limit, in seconds. If Discord asks for more, discord.py raises an error,
and the engine retries the job later."""


class BeforeIdentify(Protocol):
    """Waits until the client may send an identify, or raises."""

    async def __call__(self, *, first: bool) -> None:
        """Wait for one identify. `first` is true if nothing was connected before."""
        ...


class RepaintBot(commands.Bot):
    """Discord client with slash commands only: no privileged intent, no message cache."""

    def __init__(self, *, memory: KeyValueStore, operator_ids: Sequence[int]) -> None:
        """`memory` stores the hash of the registered commands; `operator_ids` receive alerts."""
        discord.VoiceClient.warn_nacl = False
        discord.VoiceClient.warn_dave = False
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=Tree,
            intents=discord.Intents(guilds=True),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=RATELIMIT_TIMEOUT_S,
        )
        self.precedence = InteractivePriority()
        """Knows whether a user waits for a response; heavy work is delayed meanwhile."""
        self.supervisor = Supervisor()
        """Logs and counts the errors of event listeners."""
        self._memory = memory
        self._operator_ids = operator_ids
        self._cogs_to_add: list[commands.Cog] = []
        self._must_register = False
        self._duplicate_noted = self._duplicate_reported = False
        self.before_identify: BeforeIdentify | None = None

    def plan(self, *cogs: commands.Cog) -> None:
        """Store cogs that `fill` adds to the client at its start."""
        self._cogs_to_add += cogs

    @property
    def is_connected(self) -> bool:
        """True while the gateway connection is open. A session can outlive its connection."""
        return bool(self.ws) and self.ws.open

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """Drop events after close(): discord.py may dispatch "ready" up to 2 s later and raise."""
        if event_name == "interaction":
            self._events.complete(args[0])
        if not self.is_closed():
            super().dispatch(event_name, *args, **kwargs)

    def _get_state(self, **options: Any) -> Any:  # noqa: ANN401  of one shard or of several
        """Create discord.py's state with an EventReader around its event parsers."""
        state = super()._get_state(**options)
        self._events = EventReader(state, answer_error=self._answer_error)
        return state

    async def _answer_error(self, interaction: discord.Interaction, error: BaseException) -> None:
        await self.supervisor.attempt("interaction", partial(answer_error, interaction, error))

    async def setup_hook(self) -> None:
        """Fill the command tree. discord.py calls this on each login attempt."""
        name_webhook_calls(self)
        await self.fill()

    async def fill(self) -> None:
        """Add every cog and its commands to the tree, once, and set the translator."""
        await self.tree.set_translator(FileTranslator())
        while self._cogs_to_add:
            await self.add_cog(self._cogs_to_add.pop(0))

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Delegate to `before_identify` if it is set.

        discord.py's own limit ignores the daily quota.
        """
        if self.before_identify is None:
            await super().before_identify_hook(shard_id, initial=initial)
        else:
            await self.before_identify(first=initial)

    async def register(self) -> None:
        """Register the commands with Discord if they changed."""
        assert isinstance(self.tree, Tree)
        if await self.tree.register(self._memory, force=self._must_register):
            log.info("commands registered")

    def force_register(self) -> None:
        """Register the commands at the next start even if they did not change."""
        self._must_register = True

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Delay heavy work until this interaction is answered."""
        self.precedence.arrived(interaction.response.is_done)

    async def on_ready(self) -> None:
        """Log the connection. Nothing depends on this event, because it may come twice."""
        log.info("connected as %s, %s servers", self.user, len(self.guilds))

    async def on_duplicate_answer(self) -> None:
        """Log once that another process answers this bot's interactions."""
        if not self._duplicate_noted:
            log.warning(
                "another process answered an interaction:"
                " does a second bot run with this token, perhaps on another computer?"
            )
        self._duplicate_noted = True

    async def on_duplicate_instance(self) -> None:
        """Alert the operators once that another process also accepts this bot's requests."""
        if not self._duplicate_reported:
            self._duplicate_reported = True
            await self.alert("rival")

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """Count the error of a listener. discord.py calls this in its own `except` block."""
        del args, kwargs
        error = sys.exc_info()[1]
        if error is not None:
            self.supervisor.report(event_method, error)

    async def alert(self, key: str, **facts: str) -> None:
        """Send a direct message to each operator; best effort."""
        text = cut(wording.sentence(f"alert_{key}", **facts), MESSAGE_LIMIT)
        for operator_id in self._operator_ids:
            try:
                channel = await self.create_dm(discord.Object(operator_id))
                await channel.send(text)
            except (discord.DiscordException, *NO_ANSWER, RuntimeError):
                log.warning("operator %s could not be notified: %s", operator_id, key)
