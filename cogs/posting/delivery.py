"""Delivers outcomes: one message per job, edited in place, with fallbacks when that fails.

The order of the routes is: edit with the interaction's token while it is valid; edit by channel and
message id with the bot's own token; a new message with the job id as nonce; a direct message to the
requester. If the bot may not post in the channel itself, or the answer is private, the last route
is a new message with the interaction's token.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import cast
from weakref import WeakValueDictionary

import discord

from cogs.posting.fallback import ping, post_with_fallbacks
from cogs.ui import JobMessage, text_view, translated
from services.common.clock import Clock
from services.engine import Progress
from services.errors import (
    ChannelGone,
    DeliveryFailed,
    DiscordUnreachable,
    MayNotPost,
    MessageRefused,
    TokenExpired,
)
from services.models import Job, ReplyTarget, Result

log = logging.getLogger(__name__)

TOKEN_MARGIN_S = 60.0
"""The token is not used in its last minute: a running edit would fail half-way."""

ANSWER_WAIT_S = 5.0
"""Time limit of the wait for the first response, in seconds; Discord allows 3 s for the response.

When the wait is over, there is a message to edit, or there will be none.
"""

CALL_S = 60.0
SHOW_S = 10.0
NONCE_LIFE_S = 120.0
"""Seconds for which a nonce prevents duplicates; later the channel's history is searched.

Discord compares nonces for "the past few minutes".
"""

HISTORY_CLOSED = frozenset({10003, 50001, 50013})
"""Codes for a channel whose history the bot may not read (JSON error codes)."""

TOGETHER = 24 * 1024 * 1024
"""Bytes of all files in one request; Discord accepts about 25 MiB."""

Route = Callable[[Job, JobMessage], Awaitable[int | None]]
"""Posts or edits a job's message. Returns the message's id if it is in the job's channel, else
None."""

Fit = Callable[..., Awaitable[Sequence[Result]]]
Remember = Callable[[str, int], Awaitable[None]]


class ChannelDelivery:
    """Posts outcomes to channels; implements the engine's Delivery."""

    def __init__(
        self, client: discord.Client, *, fit: Fit, remember: Remember, clock: Clock
    ) -> None:
        """`fit(results, each=bytes, together=bytes)` returns images within both limits.

        `remember(job_id, message_id)` stores the id of a job's message.
        """
        self._client = client
        self._fit = fit
        self._remember = remember
        self._clock = clock
        self._answers: dict[str, asyncio.Event] = {}
        # A lock exists only while it is held or awaited: another process may post the outcome.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def first_answer(self, job_id: str) -> AsyncGenerator[None]:
        """Delay every edit of this job's message until the first response has been sent."""
        self._answers[job_id] = asyncio.Event()
        try:
            yield
        finally:
            self._answers.pop(job_id).set()

    async def update_progress(self, job: Job, progress: Progress) -> None:
        """Update the job's message. A failed update is only logged; the next edit corrects it."""
        try:
            async with asyncio.timeout(SHOW_S), self._turn(job.id):
                content = JobMessage(job, progress=progress)
                await self._first_open(self._edits(job.place), job, content)
        except (DeliveryFailed, TimeoutError) as error:
            log.info("job %s: its message was not updated: %s", job.id, type(error).__name__)

    async def deliver(self, job: Job, results: Sequence[Result]) -> None:
        """Post the images; raises DeliveryFailed."""
        fitting = await self._fit(results, each=self._file_limit(job.place), together=TOGETHER)
        await self._post(job, JobMessage(job, results=fitting))

    async def notify_outcome(self, job: Job) -> None:
        """Post how a job that has no images ended; raises DeliveryFailed."""
        content = JobMessage(job)
        route = await self._post(job, content)
        if content.hides_reason and route != self._send_privately:
            await self._send_reason(job)

    async def mention(self, job: Job) -> None:
        """Mention the requester in a message that links to the job's message; best effort."""
        await ping(self._client, job)

    async def _post(self, job: Job, content: JobMessage) -> Route:
        """Post a job's message; return the route that succeeded, or raise DeliveryFailed."""

        def routes() -> Iterator[Route]:
            """Return all routes again, the preferred one first."""
            return self._routes(job.place)

        async with self._turn(job.id):
            try:
                route = await post_with_fallbacks(
                    content, lambda one: self._first_open(routes(), job, one)
                )
            except DiscordUnreachable:
                raise
            except DeliveryFailed as error:
                is_said = await self._close_status(job, content.plain())
                if isinstance(error, MessageRefused) and not is_said:
                    await self._say_plainly(job, content.plain())
                raise
            if route not in (self._edit_by_token, self._edit_by_id):
                text = content.posted_elsewhere(privately=route == self._send_privately)
                await self._close_status(job, text)
            return route

    async def _close_status(self, job: Job, text: str) -> bool:
        """Replace the status message by a text about how the job ended; best effort.

        Otherwise it would still say that the job waits or is generated, with a Cancel button.
        Returns whether Discord accepted an edit.
        """
        view = text_view(text)
        for edit in self._message_edits(job.place):
            with suppress(DeliveryFailed, TimeoutError), translated():
                async with asyncio.timeout(CALL_S):
                    await edit(view=view, attachments=[])
                    return True
        return False

    def _message_edits(self, place: ReplyTarget) -> Iterator[Callable[..., Awaitable[object]]]:
        """Yield the methods that may be able to edit the status message."""
        if self._has_token(place):
            yield partial(self._webhook(place).edit_message, cast("int", "@original"))
        if place.can_post and not place.ephemeral and place.message_id is not None:
            yield self._channel(place).get_partial_message(place.message_id).edit

    async def _say_plainly(self, job: Job, text: str) -> None:
        """Send the user a plain text when Discord refuses the message in every reduced form.

        Best effort.
        """
        with suppress(DeliveryFailed, TimeoutError), translated():
            async with asyncio.timeout(CALL_S):
                if self._has_token(job.place):
                    webhook = self._webhook(job.place)
                    await webhook.send(text, ephemeral=job.place.ephemeral)
                elif job.place.can_post and not job.place.ephemeral:
                    await self._channel(job.place).send(text, nonce=job.id)

    async def _send_reason(self, job: Job) -> None:
        """Tell only the requester what is wrong with their file; best effort."""
        text = JobMessage(job, locale=job.place.locale).plain()
        with suppress(DeliveryFailed, TimeoutError), translated():
            async with asyncio.timeout(CALL_S):
                if self._has_token(job.place):
                    await self._webhook(job.place).send(text, ephemeral=True)
                else:
                    user = discord.Object(job.request.user_id)
                    await (await self._client.create_dm(user)).send(text)

    async def _first_open(self, routes: Iterable[Route], job: Job, content: JobMessage) -> Route:
        """Try the routes in order; return the first that succeeds.

        Raises DeliveryFailed if none does.
        """
        last: DeliveryFailed = TokenExpired("no route to the reply target")
        for route in routes:
            try:
                with translated():
                    async with asyncio.timeout(CALL_S):
                        message_id = await route(job, content)
            except (ChannelGone, MayNotPost, TokenExpired) as error:
                last = error
                continue
            except MessageRefused as error:
                if not content.bare:  # the caller retries with the bare form first
                    raise
                last = error
                continue
            if message_id is not None and message_id != job.place.message_id:
                await self._remember(job.id, message_id)
            return route
        raise last

    def _edits(self, place: ReplyTarget) -> Iterator[Route]:
        """Yield the routes that edit the existing message."""
        if self._has_token(place):
            yield self._edit_by_token
        if place.can_post and not place.ephemeral and place.message_id is not None:
            yield self._edit_by_id

    def _routes(self, place: ReplyTarget) -> Iterator[Route]:
        """Yield all routes to the user; a private answer is never posted publicly."""
        yield from self._edits(place)
        if place.can_post and not place.ephemeral:
            yield self._send
            yield self._send_privately
        elif self._has_token(place):
            yield self._follow_up

    def _has_token(self, place: ReplyTarget) -> bool:
        return bool(place.token) and self._clock.now() < place.token_ends_at - TOKEN_MARGIN_S

    def _file_limit(self, place: ReplyTarget) -> int:
        """Return the size limit of a file in bytes.

        A user's own larger limit only applies while the interaction's token is valid.
        """
        if self._has_token(place):
            return place.file_limit
        guild = self._client.get_guild(place.guild_id or 0)
        mine = (
            discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES if guild is None else guild.filesize_limit
        )
        return min(place.file_limit, mine)

    async def _edit_by_token(self, job: Job, content: JobMessage) -> int:
        message = await self._webhook(job.place).edit_message(
            cast("int", "@original"),  # Discord's route accepts it, the annotation does not
            view=content.view(),
            attachments=content.files(),
        )
        return message.id

    async def _edit_by_id(self, job: Job, content: JobMessage) -> int:
        assert job.place.message_id is not None
        message = self._channel(job.place).get_partial_message(job.place.message_id)
        await message.edit(view=content.view(), attachments=content.files())
        return message.id

    async def _follow_up(self, job: Job, content: JobMessage) -> int:
        """Send a new message with the token, since the user may have dismissed the first one."""
        message = await self._webhook(job.place).send(
            view=content.view(), files=content.files(), ephemeral=job.place.ephemeral, wait=True
        )
        return message.id

    async def _send(self, job: Job, content: JobMessage) -> int:
        channel = self._channel(job.place)
        posted = await self._posted_earlier(job, channel)
        if posted is not None:
            return posted
        message = await channel.send(view=content.view(), files=content.files(), nonce=job.id)
        return message.id

    async def _send_privately(self, job: Job, content: JobMessage) -> None:
        user = discord.Object(job.request.user_id)
        channel = await self._client.create_dm(user)
        own = replace(content, locale=job.place.locale)
        await channel.send(view=own.view(), files=own.files(), nonce=job.id)

    async def _posted_earlier(self, job: Job, channel: discord.PartialMessageable) -> int | None:
        """Return the id of this job's earlier message in the channel, once a nonce no longer helps.

        The nonce prevents a second message only for the first minutes (NONCE_LIFE_S).
        """
        ready_at = job.ready_at
        if ready_at is None or self._clock.now() < ready_at + NONCE_LIFE_S:
            return None
        try:
            async for message in channel.history(limit=100):
                if self._is_ours(message) and any(job.id in url for url in picture_urls(message)):
                    return message.id
        except discord.HTTPException as error:
            if error.code not in HISTORY_CLOSED:  # temporary: the delivery is retried
                raise
            log.info("job %s: the channel's history cannot be read", job.id)
        return None

    def _is_ours(self, message: discord.Message) -> bool:
        """Return whether the bot posted the message: any user can give a file a job's name."""
        return self._client.user is not None and message.author.id == self._client.user.id

    def _webhook(self, place: ReplyTarget) -> discord.Webhook:
        webhook = discord.Webhook.partial(place.application_id, place.token, client=self._client)
        webhook.type = discord.WebhookType.application  # which partial() cannot know
        return webhook

    def _channel(self, place: ReplyTarget) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(place.channel_id, guild_id=place.guild_id)

    @asynccontextmanager
    async def _turn(self, job_id: str) -> AsyncGenerator[None]:
        """Hold the lock of the job's message; wait for the first response before that."""
        answer = self._answers.get(job_id)
        if answer is not None:
            await _patiently(answer)
        async with self._locks.setdefault(job_id, asyncio.Lock()):
            yield


async def _patiently(answer: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(answer.wait(), ANSWER_WAIT_S)
    except TimeoutError as error:
        raise DiscordUnreachable("the first response is still being sent") from error


def picture_urls(message: discord.Message) -> Iterator[str]:
    """Yield the URLs of a message's images, in attachments and galleries."""
    yield from (attachment.url for attachment in message.attachments)
    for part in message.components:
        if isinstance(part, discord.Container):
            galleries = (
                child for child in part.children if isinstance(child, discord.MediaGalleryComponent)
            )
            yield from (item.media.url for gallery in galleries for item in gallery.items)
