"""The provider's state as the engine sees it: holds, the pause, detected capabilities.

The database row is authoritative; a copy in memory saves a query per job.
"""

from __future__ import annotations

import logging
from collections import defaultdict

from services.common.clock import Clock
from services.db import PathKnowledge, ProviderState, Store
from services.errors import KlingError
from services.fleet import make_claims
from services.kling import Endpoint, ProviderCapabilities, rule_for, wait_before_retry
from services.models import Job
from services.monitoring import Alerts, Operators

log = logging.getLogger(__name__)

LESSONS = 3
"""How many times in 24 hours a process tries to detect the capabilities of an endpoint."""

PROOF_LIFE_S = 7 * 86_400.0
"""How long a detected capability is trusted, in seconds: gateways change."""

RENEW_S = 86_400.0
"""Age in seconds after which a detected capability is detected again."""


FIRST_AGAIN = 5
"""How often in a row the same job goes back to the front of the queue when the provider has no free
slot. It may need more units than the provider accepts at once."""


class ProviderHealth:
    """Stores what responses show about the provider: limits, refusals, capabilities."""

    def __init__(
        self, *, store: Store, operators: Operators, clock: Clock, documented: ProviderCapabilities
    ) -> None:
        """`documented`: the capabilities that the provider's documentation states."""
        self._store = store
        self._documented = documented
        self._lessons: defaultdict[Endpoint, list[float]] = defaultdict(list)
        self.alerts = Alerts(operators, clock, claims=make_claims(store))
        self._clock = clock
        self._state = ProviderState()
        self._without_room = ("", 0)

    async def load(self) -> None:
        """Read the provider's row and its endpoints; called at start and after each change."""
        self._state = await self._store.providers.state()

    @property
    def knowledge(self) -> ProviderCapabilities:
        """The provider's capabilities on the endpoint that most tasks use."""
        return self.get_capabilities(Endpoint.GENERATIONS)

    def get_capabilities(self, endpoint: Endpoint) -> ProviderCapabilities:
        """Return the capabilities of an endpoint: detected ones, completed by documented ones."""
        return self.get_detected(endpoint).completed_by(self._documented)

    def get_detected(self, endpoint: Endpoint) -> ProviderCapabilities:
        """Return the capabilities of an endpoint that were detected within the last seven days."""
        return self._learned_since(endpoint, self._clock.now() - PROOF_LIFE_S)

    def wants_a_lesson(self, endpoint: Endpoint) -> bool:
        """Return whether a task just shown should be used to detect capabilities; count the try.

        True at most LESSONS times in 24 hours, if a capability was not seen in that time.
        """
        now = self._clock.now()
        learned = self._learned_since(endpoint, now - RENEW_S)
        if None not in (learned.external_id, learned.list_call):
            return False
        recent = [at for at in self._lessons[endpoint] if now - RENEW_S < at <= now]
        wants = len(recent) < LESSONS
        self._lessons[endpoint] = [*recent, now] if wants else recent
        return wants

    async def learn(self, knowledge: ProviderCapabilities, endpoint: Endpoint) -> None:
        """Store newly detected capabilities of an endpoint; contrary ones replace the stored ones.

        Nothing is written if the same was detected within 24 hours.
        """
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
        """Return the capabilities of an endpoint that were detected after an instant."""
        path = self._state.paths.get(endpoint, PathKnowledge())
        by_id, by_list = path.external_id_at, path.list_at
        return ProviderCapabilities(
            external_id=None if by_id is None or by_id <= instant else path.external_id,
            list_call=None if by_list is None or by_list <= instant else path.list_call,
        )

    async def busy(
        self, job: Job, error: KlingError, *, jitter: float, spent_id: bool = False
    ) -> None:
        """Requeue a job that met the provider's limit, and hold all submissions for a while.

        The hold is as long as the provider asked; without such a time it doubles. The job goes to
        the front, but after FIRST_AGAIN times in a row to its usual place, so that smaller jobs can
        go first. `spent_id`: a task was created and failed for lack of a slot, so the next one
        needs another external id. `jitter` is a random number in [0, 1).
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
        """Count that a job met the limit; return whether it may go to the front again."""
        job_id, times = self._without_room
        self._without_room = (job.id, times + 1 if job_id == job.id else 1)
        return self._without_room[1] <= FIRST_AGAIN

    async def refuses_the_account(self, key: str, *, reason: str, asked_at: float = 0.0) -> None:
        """Pause submissions; notify operators once, when the pause begins.

        `asked_at` is when the refused submission was claimed (Unix seconds); 0: it was no
        submission. During a pause, only the refusal of a probe, which is claimed after the pause
        began, lengthens it.
        """
        now = self._clock.now()
        if await self._store.providers.pause(key=key, now=now, asked_at=asked_at):
            log.critical("the provider refuses the account (%s): submissions are paused", key)
            await self.alerts.alert(key, reason=reason)
        await self.load()

    async def refuses_the_model(self, model: str, *, reason: str, asked_at: float) -> None:
        """Stop requests for one model until a probe; notify operators when that begins.

        `asked_at` is when the refused submission was claimed (Unix seconds).
        """
        providers, now = self._store.providers, self._clock.now()
        if await providers.close_model(model, now=now, asked_at=asked_at):
            log.error(
                "the provider refuses the model %s: requests for it are refused for a while", model
            )
            await self.alerts.alert("model", reason=f"{model}, {reason}")
        await self.load()

    def is_closed(self, model: str) -> bool:
        """Return whether the provider refuses a model and its next probe is not due yet."""
        return self._clock.now() < self._state.closed_models.get(model, 0.0)

    async def accepted_a_task(self, job: Job) -> None:
        """Record that the provider accepted a job: end the pauses that this disproves.

        It ends a pause that began before the job was claimed, and resets the count of limit errors.
        """
        state, model = self._state, job.request.options.model
        # A submission in progress when the account was refused proves nothing.
        proves = state.paused_at is None or (job.claimed_at or 0.0) > state.paused_at
        if model in state.closed_models and not self.is_closed(model):
            log.warning("the provider accepts the model %s again", model)
            await self._store.providers.open_model(model)
            await self.load()
        if proves and (state.paused_at is not None or state.busy_tries):
            await self._end_pause()

    async def _end_pause(self) -> None:
        """End the pause and reset limit errors; notify operators if submissions were paused."""
        if await self._store.providers.went_well():
            log.warning("the provider accepts submissions again")
            await self.alerts.alert("pause_over")
        await self.load()
