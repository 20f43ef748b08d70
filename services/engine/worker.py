"""The engine: asks the database for due jobs and runs each one's next step as a short task.

The row is authoritative and the asyncio task only a convenience: after a crash, the same query
finds the job again. There is no other mechanism for resuming.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial

from services.common.logging import job_context
from services.common.supervisor import raised_by
from services.engine.batch_poll import Listed, listable, listed
from services.engine.context import EngineContext
from services.engine.deliver import deliver
from services.engine.message_throttle import ThrottledDelivery
from services.engine.poll import poll
from services.engine.queue_positions import QueuePositions
from services.engine.submit import submit
from services.errors import StoreUnavailable
from services.models import Job, State

log = logging.getLogger(__name__)

LEASE_S = 600.0
"""Lease of a job during a step, in seconds; if a step takes longer, its process has died or
hangs."""

STEPS_AT_ONCE = 256
"""Maximum number of polls and deliveries that run at a time; most of them only set the next
poll."""

SUBMITS_AT_ONCE = 64
"""Maximum number of jobs being submitted at a time. Other jobs stay queued, where users can cancel
them. Submissions never take the place of a poll or a delivery."""

REST_AT_MOST_S = 60.0
STUMBLE_S = 5.0
"""Delay in seconds after an unexpected error of a step (doubled with each), or while the database
is unavailable."""

SEND_REST_S = 5.0
"""How long the shutdown waits for Discord to accept the remaining operator notices, in seconds."""

LISTING = "list"
"""Name of the step that polls many tasks by a list call; other steps are named by their job's
id."""


class Engine:
    """Moves every job to its end, by one step after the other."""

    def __init__(self, parts: EngineContext) -> None:
        self._pace = ThrottledDelivery(
            parts.delivery, store=parts.store, clock=parts.clock, supervisor=parts.supervisor
        )
        self._parts = replace(parts, delivery=self._pace)
        self._places = QueuePositions(self._parts)
        self._steps: dict[str, asyncio.Task[None]] = {}
        self._submitting: set[str] = set()
        self._next: set[str] = set()
        self._woken = asyncio.Event()
        self._unreleased: set[str] = set()
        self._unreadable: set[str] = set()
        self._unknown_leases = False
        """Whether the database may have leased jobs to this process without it knowing, because the
        response to `fetch_due` was lost."""
        self._unavailable = False
        self._resting = False
        self._draining = False

    @property
    def steps_under_way(self) -> int:
        """Number of steps that run now in this process."""
        return len(self._steps)

    @property
    def is_resting(self) -> bool:
        """True if no step runs and nothing is due: only time or a new job changes that."""
        return self._resting and not self._steps and not self._woken.is_set()

    def wake(self) -> None:
        """Check for due jobs at once: a job was accepted, or a task is reported finished."""
        self._woken.set()

    async def refresh(self) -> None:
        """Reload the provider's state, which other processes may have changed."""
        await self._parts.provider.load()

    async def run(self) -> None:
        """Take over the jobs of an earlier process, then run due steps until `drain` is called."""
        await self._parts.supervisor.run("engine", self._begin)
        await self._parts.supervisor.run("engine", self._rounds)

    async def _rounds(self) -> None:
        while not self._draining:
            self._woken.clear()
            await self._rest_until(await self._round())

    async def drain(self, seconds: float) -> None:
        """Start no new step; wait up to `seconds` for running ones, then cancel them.

        The rows of cancelled steps show the next process what to do.
        """
        self._draining = True
        self.wake()
        running = set(self._steps.values())
        if running:
            _, running = await asyncio.wait(running, timeout=seconds)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._parts.supervisor.attempt("alerts", self._send_rest)
        await self._parts.waited.close()
        await self._places.close()
        await self._pace.close()

    async def _begin(self) -> None:
        """Release an earlier process's leases and load the provider's state; retry until done."""
        while not self._draining:
            try:
                await self._parts.store.jobs.release_expired()
                await self._parts.provider.load()
            except StoreUnavailable as error:
                self._say_unavailable(error)
                await self._parts.clock.sleep(STUMBLE_S)
            else:
                return

    async def _round(self) -> float:
        """Start the steps that are due; return when to ask again (Unix seconds)."""
        clock, rules = self._parts.clock, self._parts.rules
        self._send_gathered()
        later = clock.now() + REST_AT_MOST_S
        room = STEPS_AT_ONCE - len(self._steps.keys() - self._submitting)
        if room <= 0:
            return later
        try:
            await self._release_unreleased()
            was_in_doubt, self._unknown_leases = self._unknown_leases, True
            taken = await self._parts.store.jobs.fetch_due(
                now=clock.now(),
                lease_s=LEASE_S,
                units=rules.concurrency,
                per_user=rules.user_running,
                limit=room,
                claims=SUBMITS_AT_ONCE - len(self._submitting),
            )
        except StoreUnavailable as error:
            self._say_unavailable(error)
            return clock.now() + STUMBLE_S
        self._unavailable = False
        self._say_unreadable(taken.unreadable)
        gathering, knowledge = self._parts.gathering, self._parts.provider.knowledge
        lists = knowledge.list_call is True and gathering.list_trusted(clock.now())
        gathering.update(taken.in_flight, lists=lists)
        self._start_all(taken.jobs)
        self._unknown_leases = was_in_doubt
        if any(job.state is State.SUBMITTING for job in taken.jobs):
            self._places.moved()
        return later if taken.next_at is None else min(later, taken.next_at)

    def _send_gathered(self) -> None:
        """Send collected operator notices in the background, since Discord may be slow."""
        alerts = self._parts.provider.alerts
        if alerts.has_gathered:
            self._parts.supervisor.start("alerts", alerts.send_gathered, most=1)

    async def _send_rest(self) -> None:
        async with asyncio.timeout(SEND_REST_S):
            await self._parts.provider.alerts.send_gathered(early=True)

    def _start_all(self, jobs: Sequence[Job]) -> None:
        """Start a step per job; a list step comes first for polls that list calls can replace."""
        together = [] if LISTING in self._steps else listable(self._parts, jobs)
        if together:
            self._take(LISTING, self._poll_in_batch(together))
        ids = {job.id for job in together}
        for job in jobs:
            if job.id not in ids:
                self._start(job)

    async def _poll_in_batch(self, jobs: Sequence[Job]) -> None:
        """Poll these jobs by list calls, then start each one's step with the state found."""
        asked_at = self._parts.clock.now()
        asking = partial(listed, self._parts, jobs)
        tasks = await self._parts.supervisor.attempt("list", asking) or {}
        for job in jobs:
            task = tasks.get(job.task_id or "")
            if not self._draining:
                self._start(job, None if task is None else Listed(task, asked_at))

    def _start(self, job: Job, listed: Listed | None = None) -> None:
        """Start a job's step; if its last step still runs, the job is released after that one."""
        if job.state is State.SUBMITTING:
            self._submitting.add(job.id)
        if job.id in self._steps:  # its last step has stored its result but still runs
            self._next.add(job.id)
        else:
            self._take(job.id, self._step(job, listed))

    def _take(self, job_id: str, step: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(step, name=f"step {job_id}")
        self._steps[job_id] = task
        task.add_done_callback(lambda _task: self._over(job_id))

    def _over(self, job_id: str) -> None:
        del self._steps[job_id]
        self._submitting.discard(job_id)
        if job_id in self._next and not self._draining:
            self._next.discard(job_id)
            self._take(job_id, self._follow(job_id))
        self.wake()

    async def _follow(self, job_id: str) -> None:
        """Release a job that became due during its last step, so that it is due again at once."""
        freeing = partial(self._parts.store.jobs.release, job_id)
        await self._note_unreleased(job_id, freeing)

    async def _note_unreleased(self, job_id: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work`, a write to the job's row; if it fails, remember to release the job later."""

        async def is_written() -> bool:
            """Return whether the row was written; the main loop logs an unavailable database."""
            with contextlib.suppress(StoreUnavailable):
                await work()
                return True
            return False

        if not await self._parts.supervisor.attempt("step", is_written):
            self._unreleased.add(job_id)

    async def _step(self, job: Job, listed: Listed | None) -> None:
        """Run a job's step; log an error and set when the step is retried."""
        with job_context(job.id, job.place.guild_id):
            error = await raised_by(self._step_from(job, listed))
            if isinstance(error, StoreUnavailable):
                log.warning("a step of a job in state %s is postponed: %s", job.state, error)
            elif error is not None:
                log.error("a step of a job in state %s failed", job.state, exc_info=error)
                self._parts.meter.background_failed("step")
            if error is not None:
                await self._back_off(job)

    async def _step_from(self, job: Job, listed: Listed | None) -> None:
        match job.state:
            case State.SUBMITTING:
                await self._parts.precedence.wait_for_idle("submit")
                await submit(self._parts, job)
            case State.RUNNING:
                await poll(self._parts, job, listed)
            case _:
                await self._parts.precedence.wait_for_idle("deliver")
                await deliver(self._parts, job)

    async def _back_off(self, job: Job) -> None:
        """Set when a failed step is retried; without a database, once that is available again."""
        next_at, tries = self._parts.clock.now() + STUMBLE_S * 2 ** min(job.tries, 6), job.tries + 1
        postpone = self._parts.store.jobs.reschedule
        await self._note_unreleased(job.id, partial(postpone, job.id, next_at=next_at, tries=tries))

    async def _release_unreleased(self) -> None:
        """Release leases whose release failed before; they would block their jobs for minutes."""
        if self._unknown_leases and LISTING not in self._steps:
            await self._parts.store.jobs.release_unknown(set(self._steps))
            self._unknown_leases = False
        for job_id in list(self._unreleased - self._steps.keys()):
            await self._parts.store.jobs.release(job_id)
            self._unreleased.discard(job_id)

    def _say_unavailable(self, error: StoreUnavailable) -> None:
        """Log that the database is unavailable, once per outage."""
        if not self._unavailable:
            log.error("the database cannot be read or written: %s", error)
        self._unavailable = True

    def _say_unreadable(self, job_ids: Sequence[str]) -> None:
        """Log the jobs whose rows cannot be read, each once."""
        for job_id in set(job_ids) - self._unreadable:
            log.error(
                "the row of job %s cannot be read: it is retried every hour, others continue",
                job_id,
            )
            self._parts.meter.background_failed("row")
        self._unreadable.update(job_ids)

    async def _rest_until(self, instant: float) -> None:
        """Sleep on the engine's clock until an instant, or until `wake` is called."""
        rest = max(instant - self._parts.clock.now(), 0.0)
        self._resting = rest > 0
        sleeper = asyncio.ensure_future(self._parts.clock.sleep(rest))
        waker = asyncio.ensure_future(self._woken.wait())
        await asyncio.wait({sleeper, waker}, return_when=asyncio.FIRST_COMPLETED)
        self._resting = False
        for task in (sleeper, waker):
            task.cancel()
