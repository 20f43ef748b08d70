"""Turns an interaction into an accepted job and sends the first response."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Collection
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

import discord

from cogs.posting import ChannelDelivery
from cogs.requests.duplicate_answers import DuplicateAnswerCheck
from cogs.ui import (
    JobMessage,
    WordsBlocked,
    answer_privately,
    make_reply_target,
    member_context,
    missing_permissions,
    note_duplicate_answer,
    translated,
)
from cogs.ui import text as wording
from services.common.clock import Clock
from services.common.logging import job_context
from services.common.supervisor import raised_by
from services.engine import Progress
from services.errors import DeliveryFailed, StoreUnavailable
from services.models import Accepted, Kind, Options, Origins, Request, Source
from services.requests import Acceptance, CompleteRequest

log = logging.getLogger(__name__)

T = TypeVar("T")

DEFER_AFTER_S = 1.5
"""Seconds after which a response is deferred. Discord waits 3 s; acceptance usually takes
milliseconds."""

COMPLETE_S = 1.0
"""Time limit for reading a server's rules, from memory or with one query, in seconds.

Together with DEFER_AFTER_S it stays below Discord's 3 s.
"""


NOT_KNOWN = Origins()


class _AnsweredElsewhere(Exception):
    """Raised when another process with this token answered first."""


class RequestGate(Protocol):
    """Says whether new requests are accepted at all."""

    @property
    def is_open(self) -> bool:
        """False while the bot is stopping."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestInput:
    """Input of a request that a command, a menu, a form or a button has collected."""

    source: Source
    prompt: str = field(default="", repr=False)
    options: Options = field(default_factory=Options)
    kind: Kind = "repaint"
    more: tuple[Source, ...] = ()
    left_open: Collection[str] = frozenset()
    """Names of the options that the user left out; the user's own defaults may fill them in."""
    origins: Origins = field(default_factory=Origins)


class RequestIntake:
    """Turns an interaction into an accepted job.

    It passes on Discord's data about the user and the channel, and sends the first response.
    """

    def __init__(
        self,
        *,
        acceptance: Acceptance,
        delivery: ChannelDelivery,
        doorman: RequestGate,
        clock: Clock,
    ) -> None:
        self._acceptance = acceptance
        self._delivery = delivery
        self._doorman = doorman
        self._duplicate_check = DuplicateAnswerCheck(clock=clock)

    async def submit(self, interaction: discord.Interaction, draft: RequestInput) -> None:
        """Accept a request of the interaction's user and send the first response.

        While the bot is stopping, the user only reads that it is stopping.

        Raises:
            BotError: The request is refused; the error says why.
        """
        if not self._doorman.is_open:
            text = wording.sentence("draining", str(interaction.locale))
            await answer_privately(interaction, text)
            return
        request = Request(
            user_id=interaction.user.id,
            prompt=draft.prompt,
            options=draft.options,
            source=draft.source,
            place=make_reply_target(interaction),
            kind=draft.kind,
            more=draft.more,
            origins=draft.origins,
        )
        complete = await _in_time(
            self._acceptance.complete(
                request, left_open=draft.left_open, unpostable=missing_permissions(interaction)
            )
        )
        job_id = self._acceptance.new_id()
        with job_context(job_id, interaction.guild_id):
            async with self._delivery.first_answer(job_id):
                await self._accept(interaction, complete, job_id)

    async def admit(self, interaction: discord.Interaction) -> None:
        """Raise RoleRequired, before a form opens, if the user lacks a role the server requires."""
        user_id, visitor = interaction.user.id, member_context(interaction)
        await _in_time(self._acceptance.admit(user_id, interaction.guild_id, visitor))

    async def check(
        self,
        interaction: discord.Interaction,
        *,
        origins: Origins = NOT_KNOWN,
        sources: Collection[Source] = (),
    ) -> None:
        """Raise, before a form opens, any error that `submit` would raise whatever is typed."""
        await self._acceptance.check(
            user_id=interaction.user.id,
            guild_id=interaction.guild_id,
            origins=origins,
            sources=sources,
        )

    async def _accept(
        self, interaction: discord.Interaction, request: CompleteRequest, job_id: str
    ) -> None:
        visitor = member_context(interaction)
        work = asyncio.ensure_future(
            self._acceptance.accept(request, job_id=job_id, visitor=visitor)
        )
        try:
            done, _ = await asyncio.wait({work}, timeout=DEFER_AFTER_S)
            if not done:
                await _defer(interaction, request)
        except asyncio.CancelledError:
            work.add_done_callback(_log_failure)
            raise
        accepted = await work
        if not self._acceptance.may_answer(accepted.job):
            log.warning(
                "job %s: accepted too late for a first response; the bot posts only its outcome",
                job_id,
            )
            return
        try:
            message_id = await self._say_accepted(interaction, accepted)
        except _AnsweredElsewhere:
            await self._leave(interaction, job_id)
        else:
            await self._let_begin(job_id, message_id)

    async def _let_begin(self, job_id: str, message_id: int | None) -> None:
        """Confirm the first response and store its message id. The engine may then start the job.

        Without the id, later edits use the interaction's token, and then a new message.
        """
        try:
            await self._acceptance.mark_acknowledged(job_id, message_id)
        except StoreUnavailable as error:
            log.warning("job %s: the id of its message was not stored: %s", job_id, error)

    async def _leave(self, interaction: discord.Interaction, job_id: str) -> None:
        """Withdraw the job because another process has answered: only one of the two generates."""
        interaction.client.dispatch("duplicate_instance")
        withdrawn = await self._acceptance.withdraw(job_id)
        log.warning("job %s: another process answered first; withdrawn: %s", job_id, withdrawn)

    async def _say_accepted(
        self, interaction: discord.Interaction, accepted: Accepted
    ) -> int | None:
        """Send the first response. If that fails, the job continues: the delivery has other routes.

        Raises _AnsweredElsewhere if another process has already answered for a job of its own.
        """
        left = wording.left_today(accepted, accepted.job.place.readers_locale)
        progress = Progress(phase="queued", ahead=accepted.ahead, starts_at=accepted.starts_at)
        content = JobMessage(accepted.job, progress=progress, footer=left)
        for hidden in (False, True):
            try:
                return await self._answer(interaction, replace(content, prompt_hidden=hidden))
            except WordsBlocked:
                continue
            except DeliveryFailed as error:
                log.warning("job %s: its first response was lost: %s", accepted.job.id, error)
                break
        return None

    async def _answer(self, interaction: discord.Interaction, content: JobMessage) -> int | None:
        """Send the message as the first response; raises DeliveryFailed."""
        if interaction.response.is_done():
            return await self._fill_in(interaction, content, patient=False)
        try:
            with translated():
                answer = await interaction.response.send_message(
                    view=content.view(), ephemeral=content.job.place.ephemeral
                )
        except DeliveryFailed as error:
            if not note_duplicate_answer(interaction, error.__cause__):
                raise
            return await self._fill_in(interaction, content, patient=True)
        return answer.message_id

    async def _fill_in(
        self, interaction: discord.Interaction, content: JobMessage, *, patient: bool
    ) -> int:
        """Edit a deferred response into the message, unless another process has answered first."""
        if await self._duplicate_check.was_first(interaction, content.job.id, patient=patient):
            raise _AnsweredElsewhere
        with translated():
            return (await interaction.edit_original_response(view=content.view())).id


async def _in_time(reading: Awaitable[T]) -> T:
    """Await data that the first response needs, in COMPLETE_S.

    Even the response's visibility depends on it.
    """
    try:
        async with asyncio.timeout(COMPLETE_S):
            return await reading
    except TimeoutError as error:
        raise StoreUnavailable("the server's settings were not read in time") from error


def _log_failure(work: asyncio.Future[Accepted]) -> None:
    """Log an error of an acceptance whose command was cancelled, as at shutdown."""
    if not work.cancelled() and (error := work.exception()) is not None:
        log.warning("acceptance failed after its command was cancelled: %s", error)


async def _defer(interaction: discord.Interaction, request: Request) -> None:
    """Send a deferred response ("thinking"). An error is only logged; a message is sent later."""

    async def deferring() -> None:
        """Send the deferring response."""
        with translated():
            await interaction.response.defer(thinking=True, ephemeral=request.place.ephemeral)

    if (error := await raised_by(deferring())) is not None:
        trace = None if isinstance(error, DeliveryFailed) else error
        log.warning("interaction %s: not deferred: %s", interaction.id, error, exc_info=trace)
