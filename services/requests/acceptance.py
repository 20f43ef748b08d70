"""Acceptance: validates a request in memory, then creates the job in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import NewType

from services.catalog import ModelTable, StyleTable, with_style
from services.common.clock import Clock
from services.common.ids import new_job_id
from services.common.metrics import NO_METRICS, Metrics
from services.db import Store
from services.engine import Forecast
from services.errors import (
    CountTooHigh,
    LimitReached,
    MissingPermissions,
    PromptMissing,
    PromptTooLong,
    QuotaExceeded,
    StoreUnavailable,
    TooManyPictures,
    UnknownModel,
)
from services.guilds import GuildService
from services.images import validate_claim
from services.models import (
    MICRO,
    Accepted,
    GuildRules,
    Job,
    MemberContext,
    Options,
    Origins,
    Outcome,
    Preferences,
    Request,
    Source,
    Usage,
    Window,
)
from services.monitoring import OperatorNotices, WriteCheck
from services.policy import (
    Allowance,
    find_day,
    judge_expansion,
    judge_roles,
    normalize,
    validated_link,
)
from services.requests.defaults import DefaultOptions
from services.requests.preferences import MemberPreferences

__all__ = ["PROMPT_LIMIT", "Acceptance", "Allowance", "CompleteRequest"]

PROMPT_LIMIT = 2500
"""Maximum characters of a prompt, with the style's text (Kling, image-generation page)."""


AT_ONCE_S = 5.0
"""If a job is expected to start within so many seconds, no start time is shown."""

ANSWER_HOLD_S = 20.0
"""How long a new job is held, in seconds, until Discord has confirmed our first response.

So a duplicate bot does not generate the same image: if it has responded first, it alone generates.
The time covers a slow database, and then a deferred response.
"""

ANSWERS_WITHIN_S = 5.0
"""Seconds reserved for a response; no response is begun that could end after the hold."""

NOBODY_IN_PARTICULAR = MemberContext()
"""A member of whom Discord has said nothing."""

CompleteRequest = NewType("CompleteRequest", Request)
"""A request whose options are all filled in and validated; only `Acceptance.complete` makes one."""


class Acceptance:
    """Accepts requests as jobs, or raises; a refused request reserves and sends nothing."""

    def __init__(
        self,
        *,
        store: Store,
        models: ModelTable,
        styles: StyleTable,
        allowance: Allowance,
        community: GuildService,
        preferences: MemberPreferences,
        notices: OperatorNotices,
        writing: WriteCheck,
        clock: Clock,
        wake: Callable[[], None],
        loopback: bool = False,
        meter: Metrics = NO_METRICS,
        operator_ids: Collection[int] = (),
    ) -> None:
        """Take the services that acceptance needs.

        `wake` tells the engine that there is a new job; `loopback`: the provider is on this
        computer, and typed URLs may lead to this computer too.
        """
        self._operator_ids = operator_ids
        self._writing = writing
        self._loopback = loopback
        self._meter = meter
        self._store = store
        self._community = community
        self._preferences = preferences
        self._notices = notices
        self._models = models
        self._styles = styles
        self._clock = clock
        self._wake = wake
        self.allowance = allowance
        self._forecast = Forecast(
            store,
            units=allowance.concurrency,
            per_user=allowance.limits.user_running,
            clock=clock,
        )

    def new_id(self) -> str:
        """Return a new job id, which begins with the present time."""
        return new_job_id(self._clock.now())

    async def admit(self, user_id: int, guild_id: int | None, visitor: MemberContext) -> None:
        """Raise RoleRequired, before a form opens, if the user has none of the required roles."""
        if guild_id is not None:
            judge_roles(await self._community.rules(guild_id), self._seen(user_id, visitor))

    async def check(
        self,
        *,
        user_id: int,
        guild_id: int | None,
        origins: Origins,
        sources: Collection[Source] = (),
    ) -> None:
        """Raise an error, before a form opens, if the user, the server or an image is excluded.

        Raises UserBlocked, GuildBlocked, GuildNotAllowed, OptedOut. `accept` checks again.
        """
        await self._store.access.check(
            user_id=user_id, guild_id=guild_id, origins=origins, sources=sources
        )

    async def complete(
        self,
        request: Request,
        *,
        left_open: Collection[str] = frozenset(),
        unpostable: MissingPermissions | None = None,
    ) -> CompleteRequest:
        """Fill in a request's missing options, and check all that can be checked in memory.

        Missing options are filled in from the user's own defaults, then the server's, then the
        operator's. The prompt and a typed URL are normalized.

        Args:
            request: The request as the user entered it.
            left_open: The options that the user's own defaults may fill in.
            unpostable: Why the bot cannot post in the channel; raised unless the answer is private.

        Raises:
            RequestError: The request is refused.
            StoreUnavailable: The server's rules or the user's defaults cannot be read.
        """
        rules, mine = GuildRules(guild_id=0), Preferences()
        if request.place.guild_id is not None:
            rules = await self._community.rules(request.place.guild_id)
        if left_open:
            mine = await self._preferences.usable(request.user_id)
        defaults = DefaultOptions(
            rules,
            models=self._models,
            styles=self._styles,
            most_images=self.allowance.most_images,
        )
        request = replace(request, prompt=normalize(request.prompt))
        options = defaults.completed(request, mine, left_open)
        place = replace(request.place, ephemeral=request.place.ephemeral or options.private)
        source, *more = map(self._judged, request.sources)
        request = replace(request, options=options, place=place, source=source, more=tuple(more))
        if unpostable is not None and not place.ephemeral:
            raise unpostable
        self._judge(request)
        return CompleteRequest(request)

    async def accept(
        self,
        request: CompleteRequest,
        *,
        job_id: str,
        visitor: MemberContext = NOBODY_IN_PARTICULAR,
    ) -> Accepted:
        """Check limits and the server's rules, reserve a request's units and insert the job.

        The engine starts the job after `mark_acknowledged`, or when ANSWER_HOLD_S has passed.

        Raises RequestError, LimitReached, DuplicateRequest, StoreUnavailable.
        """
        self._writing.raise_if_failing()
        window = self.window()
        try:
            accepted = await self._store.admission.accept(
                request,
                job_id=job_id,
                limits=self.allowance.limits,
                window=window,
                now=self._clock.now(),
                visitor=self._seen(request.user_id, visitor),
                cost_micro=self._cost_micro(request.options),
                hold_s=ANSWER_HOLD_S,
            )
        except LimitReached as refusal:
            self._meter.refused(refusal)
            if isinstance(refusal, QuotaExceeded):
                self._notices.cap_reached(refusal, request.place.guild_id, window.day)
            raise
        except StoreUnavailable:
            self._writing.doubt()
            raise
        self._meter.accepted(accepted.job)
        starts_at = await self._starts_at(accepted)
        return replace(accepted, starts_at=starts_at)

    def _seen(self, user_id: int, visitor: MemberContext) -> MemberContext:
        """Return the member's context; operators are exempt from the rules like moderators."""
        return replace(visitor, is_exempt=visitor.is_exempt or user_id in self._operator_ids)

    async def _starts_at(self, accepted: Accepted) -> float | None:
        """Return when the job will probably start, in Unix seconds; None if at once or unknown.

        A failure here does not undo the acceptance.
        """
        if self._has_room(accepted):
            return None
        try:
            starts_at = (await self._forecast.starts()).get(accepted.job.id)
        except StoreUnavailable:
            return None
        at_once = starts_at is None or starts_at - self._clock.now() < AT_ONCE_S
        return None if at_once else starts_at

    def _has_room(self, accepted: Accepted) -> bool:
        """Return whether this job and all before it can start now, so that no forecast is needed.

        A forecast reads all active jobs while the user waits for a response.
        """
        ahead = accepted.ahead * self.allowance.most_images
        units = accepted.in_flight + ahead + accepted.job.units
        is_alone = not accepted.others or not self.allowance.limits.user_running
        return is_alone and units <= self.allowance.concurrency

    async def usage(self, *, user_id: int, guild_id: int | None) -> Usage:
        """Return the units used in the present quota window by a user, their server and the bot."""
        day = self.window().day
        return await self._store.admission.usage(user_id=user_id, guild_id=guild_id, day=day)

    def window(self) -> Window:
        """Return the present quota window."""
        return find_day(self._clock.now(), self.allowance.zone)

    def may_answer(self, job: Job) -> bool:
        """Return whether a job is surely held long enough for one more response.

        After the hold, the engine may edit the message.
        """
        return self._clock.now() < job.created_at + ANSWER_HOLD_S - ANSWERS_WITHIN_S

    async def mark_acknowledged(self, job_id: str, message_id: int | None) -> None:
        """Release a held job to the engine, and store the id of its message."""
        await self._store.jobs.mark_acknowledged(job_id, message_id)
        self._wake()

    async def withdraw(self, job_id: str) -> bool:
        """Cancel a job because another process responded; False: the job had started already."""
        outcome = Outcome(key="cancelled")
        return await self._store.jobs.withdraw(job_id, outcome=outcome, now=self._clock.now())

    def _judge(self, request: Request) -> None:
        self._judge_prompt(request)
        options, most = request.options, self.allowance.most_images
        if options.count > most:
            raise CountTooHigh(found=options.count, allowed=most)
        self._judge_model(request)
        for source in request.sources:
            self._judge_source(source)
        if request.kind == "expand":
            judge_expansion(options, request.source.width, request.source.height)

    def _judge_model(self, request: Request) -> None:
        row = self._models.get(request.options.model)
        if row.kind != request.kind:
            raise UnknownModel(row.name)
        row.check(request.options)
        subjects = [source for source in request.sources if source.role == "subject"]
        if len(subjects) > row.most_images:
            raise TooManyPictures(found=len(subjects), allowed=row.most_images)

    def _judged(self, source: Source) -> Source:
        """Return the source; if it is a typed URL, validated and in the form to be sent."""
        if source.origin != "link":
            return source
        return replace(source, url=validated_link(source.url, loopback=self._loopback))

    def _judge_source(self, source: Source) -> None:
        """Validate Discord's data about an image; there are none for a typed URL."""
        if source.origin == "link":
            return
        validate_claim(
            content_type=source.content_type,
            filename=source.name,
            size=source.size,
            width=source.width,
            height=source.height,
        )

    def _judge_prompt(self, request: Request) -> None:
        """Check that there is a prompt if one is needed, and its length.

        Expansions and blends need no prompt (Kling, both pages).
        """
        if request.kind == "repaint" and not request.prompt.strip():
            raise PromptMissing
        length = len(with_style(request.prompt, request.options.style_words or ""))
        if length > PROMPT_LIMIT:
            raise PromptTooLong(found=length, allowed=PROMPT_LIMIT)

    def _cost_micro(self, options: Options) -> int:
        price = self._models.get(options.model).price_usd(with_image=True)
        return round(price * MICRO) * options.count
