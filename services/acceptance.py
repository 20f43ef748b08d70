"""Acceptance: judge a Request in memory, then make it a Job in one hop to the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from services.allowance import Allowance
from services.clock import Clock
from services.community import Community
from services.errors import (
    CountTooHigh,
    PromptMissing,
    PromptTooLong,
    QuotaExceeded,
    StoreUnavailable,
)
from services.forecast import Forecast
from services.ids import new_job_id
from services.model_table import ModelTable
from services.models import MICRO, Accepted, GuildRules, Options, Request, Usage, Visitor, Window
from services.notices import Notices
from services.pictures import judge_claim
from services.quotas import day_of
from services.store import Store
from services.styles import StyleTable

__all__ = ["PROMPT_LIMIT", "Acceptance", "Allowance"]

PROMPT_LIMIT = 2500
"""Characters, style included (Kling, image-generation page)."""


AT_ONCE_S = 5.0
"""A start that is nearer is not worth a word."""

NOBODY_IN_PARTICULAR = Visitor()


class Acceptance:
    """Says yes or raises; nothing is held or sent for a request that is refused."""

    def __init__(
        self,
        *,
        store: Store,
        models: ModelTable,
        styles: StyleTable,
        allowance: Allowance,
        community: Community,
        notices: Notices,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        """Take the partners; `wake` tells the engine that there is a new Job."""
        self._store = store
        self._community = community
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
        """Make the id that the next Job will have."""
        return new_job_id(self._clock.now())

    def judge(self, request: Request) -> None:
        """Refuse what can be refused from what Discord has told; raises RequestError."""
        self._judge_prompt(request)
        options, most = request.options, self.allowance.most_images
        if options.count > most:
            raise CountTooHigh(found=options.count, allowed=most)
        self._models.check(options)
        source = request.source
        judge_claim(
            content_type=source.content_type,
            filename=source.name,
            size=source.size,
            width=source.width,
            height=source.height,
        )

    async def completed(self, request: Request) -> Request:
        """Fill in what the server decided and the member left open; nothing is left open twice."""
        rules = GuildRules(guild_id=0)
        if request.place.guild_id is not None:
            rules = await self._community.rules(request.place.guild_id)
        options = self._completed(request.options, rules)
        place = replace(request.place, ephemeral=request.place.ephemeral or options.private)
        return replace(request, options=options, place=place)

    async def accept(
        self, request: Request, *, job_id: str, visitor: Visitor = NOBODY_IN_PARTICULAR
    ) -> Accepted:
        """Complete, judge, reserve the units and write the Job.

        Raises RequestError, LimitReached, DuplicateRequest.
        """
        request = await self.completed(request)
        self.judge(request)
        window = self.window()
        try:
            accepted = await self._store.admission.accept(
                request,
                job_id=job_id,
                limits=self.allowance.limits,
                window=window,
                now=self._clock.now(),
                visitor=visitor,
                cost_micro=self._cost_micro(request.options),
            )
        except QuotaExceeded as refusal:
            self._notices.cap_reached(refusal, request.place.guild_id, window.day)
            raise
        starts_at = await self._starts_at(accepted)
        self._wake()
        return replace(accepted, starts_at=starts_at)

    async def _starts_at(self, accepted: Accepted) -> float | None:
        """Say when it should be taken up; nothing that fails here undoes the acceptance."""
        try:
            starts_at = (await self._forecast.starts()).get(accepted.job.id)
        except StoreUnavailable:
            return None
        at_once = starts_at is None or starts_at - self._clock.now() < AT_ONCE_S
        return None if at_once else starts_at

    async def usage(self, *, user_id: int, guild_id: int | None) -> Usage:
        """Count what a member, their server and everybody used in the present Window."""
        day = self.window().day
        return await self._store.admission.usage(user_id=user_id, guild_id=guild_id, day=day)

    def window(self) -> Window:
        """Return the present Window of the daily limits."""
        return day_of(self._clock.now(), self.allowance.zone)

    async def remember_message(self, job_id: str, message_id: int) -> None:
        """Keep which message stands for a Job."""
        await self._store.jobs.place_message(job_id, message_id)

    def _judge_prompt(self, request: Request) -> None:
        if not request.prompt.strip():
            raise PromptMissing
        length = len(self._styles.dress(request.prompt, request.options.style))
        if length > PROMPT_LIMIT:
            raise PromptTooLong(found=length, allowed=PROMPT_LIMIT)

    def _completed(self, options: Options, rules: GuildRules) -> Options:
        return replace(
            options,
            model=options.model or self._known_model(rules.default_model),
            style=self._known_style(rules.default_style)
            if options.style is None
            else options.style,
            spoiler=options.spoiler or rules.spoiler,
            private=options.private or rules.private_only,
        )

    def _known_model(self, name: str | None) -> str:
        """Return a server's model; the table's own once that one has left it."""
        names = {row.name for row in self._models}
        return name if name in names and name else self._models.default

    def _known_style(self, key: str | None) -> str | None:
        return key if key in {known for known, _ in self._styles} else None

    def _cost_micro(self, options: Options) -> int:
        price = self._models.get(options.model).price_usd(with_image=True)
        return round(price * MICRO) * options.count
