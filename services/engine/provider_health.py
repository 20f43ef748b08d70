"""The provider's health as the engine sees it: holds, the pause, what it is known to answer.

The row in the store is the truth; a copy in memory spares a question per Job.
"""

from __future__ import annotations

import logging
from collections import defaultdict

from services.common.clock import Clock
from services.db import PathKnowledge, ProviderState, Store
from services.errors import KlingError
from services.fleet.claims import claims_of
from services.kling import Endpoint, ProviderCapabilities, rule_for, wait_before_retry
from services.models import Job
from services.monitoring.alerts import Alerts, Operators

log = logging.getLogger(__name__)

LESSONS = 3
"""How often a day a process tries to find out what a path of the provider can be asked."""

PROOF_LIFE_S = 7 * 86_400.0
"""What a path was seen to answer is believed for so long: gateways change."""

RENEW_S = 86_400.0
"""After so long it is looked at again."""


FIRST_AGAIN = 5
"""How often in a row the same Job goes back to the front: it may ask for more than there is."""


class ProviderHealth:
    """Remembers what the provider's answers say about the provider itself."""

    def __init__(
        self, *, store: Store, operators: Operators, clock: Clock, documented: ProviderCapabilities
    ) -> None:
        """Take the store, whom to tell, and what is known of the provider from its documents."""
        self._store = store
        self._documented = documented
        self._lessons: defaultdict[Endpoint, list[float]] = defaultdict(list)
        self.alerts = Alerts(operators, clock, claims=claims_of(store))
        self._clock = clock
        self._state = ProviderState()
        self._without_room = ("", 0)

    async def load(self) -> None:
        """Read the row; once, at the start."""
        self._state = await self._store.providers.state()

    @property
    def knowledge(self) -> ProviderCapabilities:
        """Which questions the provider is known to answer, on the path that most Tasks go by."""
        return self.knowledge_of(Endpoint.GENERATIONS)

    def knowledge_of(self, endpoint: Endpoint) -> ProviderCapabilities:
        """Return the same for any path, completed by what is documented."""
        return self.learned_of(endpoint).completed_by(self._documented)

    def learned_of(self, endpoint: Endpoint) -> ProviderCapabilities:
        """Return what a path was seen to answer within the last days."""
        return self._learned_since(endpoint, self._clock.now() - PROOF_LIFE_S)

    def wants_a_lesson(self, endpoint: Endpoint) -> bool:
        """Tell whether a task that surely exists should be used to learn; a few times a day."""
        now = self._clock.now()
        learned = self._learned_since(endpoint, now - RENEW_S)
        if None not in (learned.external_id, learned.list_call):
            return False
        recent = [at for at in self._lessons[endpoint] if now - RENEW_S < at <= now]
        wants = len(recent) < LESSONS
        self._lessons[endpoint] = [*recent, now] if wants else recent
        return wants

    async def learn(self, knowledge: ProviderCapabilities, endpoint: Endpoint) -> None:
        """Keep newly seen facts about a path; contrary ones replace what was known."""
        now = self._clock.now()
        recent = self._learned_since(endpoint, now - RENEW_S)
        if knowledge.completed_by(recent) == recent:
            return
        await self._store.providers.learn(
            endpoint,
            external_id=knowledge.external_id,
            list_call=knowledge.list_call,
            now=now,
        )
        await self.load()

    def _learned_since(self, endpoint: Endpoint, instant: float) -> ProviderCapabilities:
        path = self._state.paths.get(endpoint, PathKnowledge())
        by_id, by_list = path.external_id_at, path.list_at
        return ProviderCapabilities(
            external_id=None if by_id is None or by_id <= instant else path.external_id,
            list_call=None if by_list is None or by_list <= instant else path.list_call,
        )

    async def busy(
        self, job: Job, error: KlingError, *, jitter: float, spent_id: bool = False
    ) -> None:
        """Put the Job back to the front and hold submissions for as long as asked, or doubling.

        One that meets the limit again and again lets the others go first: they may be smaller.
        `spent_id`: a Task was made and failed for want of a slot, so the next one needs its own id.
        """
        hold_s = wait_before_retry(error, tries=self._state.busy_tries, jitter=jitter)
        now = self._clock.now()
        await self._store.jobs.requeue(
            job, now=now, hold_s=hold_s, spent_id=spent_id, first=self._goes_first(job)
        )
        await self.load()
        reason = f"{job.id}, n={job.units}, {error}"
        await self.alerts.alert_if_persistent(
            rule_for(error).operator or "rate_lasts", reason=reason
        )

    def _goes_first(self, job: Job) -> bool:
        job_id, times = self._without_room
        self._without_room = (job.id, times + 1 if job_id == job.id else 1)
        return self._without_room[1] <= FIRST_AGAIN

    async def refuses_the_account(self, key: str, *, reason: str, asked_at: float = 0.0) -> None:
        """Open the pause; operators are told once, when it opens.

        A probe that was `asked_at` a time within it lengthens it; everything else leaves it be.
        """
        now = self._clock.now()
        if await self._store.providers.pause(key=key, now=now, asked_at=asked_at):
            log.critical("the provider refuses the account (%s): submissions are paused", key)
            await self.alerts.alert(key, reason=reason)
        await self.load()

    async def refuses_the_model(self, model: str, *, reason: str, asked_at: float) -> None:
        """Close one model until a probe; operators are told once, when it closes."""
        providers, now = self._store.providers, self._clock.now()
        if await providers.close_model(model, now=now, asked_at=asked_at):
            log.error("the provider does not open %s: it is not offered for a while", model)
            await self.alerts.alert("model", reason=f"{model}, {reason}")
        await self.load()

    def is_closed(self, model: str) -> bool:
        """Tell whether a model must not be submitted before its next probe."""
        return self._clock.now() < self._state.closed_models.get(model, 0.0)

    async def accepted_a_task(self, job: Job) -> None:
        """Open what was closed, by a submission made after the closing; forget limits met."""
        state, model = self._state, job.request.options.model
        # One that was under way when the account was refused proves nothing.
        proves = state.paused_at is None or (job.claimed_at or 0.0) > state.paused_at
        if model in state.closed_models and not self.is_closed(model):
            log.warning("the provider takes %s again", model)
            await self._store.providers.open_model(model)
            await self.load()
        if proves and (state.paused_at is not None or state.busy_tries):
            await self._end_pause()

    async def _end_pause(self) -> None:
        if await self._store.providers.went_well():
            log.warning("the provider accepts submissions again")
            await self.alerts.alert("pause_over")
        await self.load()
