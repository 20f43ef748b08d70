"""Throttles progress updates of a job's message: at most one edit in five seconds.

Discord tolerates about five edits in five seconds per channel (observed, unpublished), and flicker
is unpleasant for readers. Only the latest pending progress is shown; older pending updates are
dropped. If another process ends the job while an edit is in progress, its end is posted once more.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from services.common.clock import Clock
from services.common.supervisor import Supervisor
from services.db import Store
from services.engine.context import Delivery, Progress
from services.errors import StoreUnavailable
from services.models import OPEN, Job, Result, State

log = logging.getLogger(__name__)

EVERY_S = 5.0
"""Minimum interval between two edits of a job's message, in seconds."""

LOOKS_S = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before each check whether another process has posted the job's end; six checks in half a
minute."""

MESSAGES_KEPT = 4096
"""Number of messages whose last progress is remembered; on others the same text may be sent once
more."""

POSTS_AT_ONCE = 32
"""Maximum number of results being posted at a time. It is large, since one busy channel must not
delay the others."""

_STATES = {
    "queued": (State.QUEUED,),
    "checking": (State.SUBMITTING,),
    "blocked": (State.SUBMITTING,),
    "painting": (State.RUNNING,),
    "longer": (State.RUNNING,),
    "late": (State.RUNNING,),
    "unknown": (State.RUNNING,),
    "generated": (State.RUNNING,),
}
"""The states in which a job's message may show a phase of progress; `withheld` is never shown
here."""


@dataclass(slots=True)
class _Message:
    """The progress that a job's message is to show next, and when the message was last edited."""

    wanted: Progress
    edited_at: float = float("-inf")
    edit: asyncio.Task[None] | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_idle(self) -> bool:
        """True if no edit is in progress or scheduled."""
        return self.edit is None and not self.lock.locked()


class ThrottledDelivery:
    """A Delivery that throttles progress updates and passes all calls on to another Delivery."""

    def __init__(
        self,
        delivery: Delivery,
        *,
        store: Store,
        clock: Clock,
        supervisor: Supervisor | None = None,
    ) -> None:
        """`delivery` edits the messages; `store` shows whether an update is still true."""
        self._supervisor = supervisor or Supervisor(clock=clock)
        self._delivery = delivery
        self._store = store
        self._clock = clock
        self._messages: OrderedDict[str, _Message] = OrderedDict()
        self._gate = asyncio.Semaphore(POSTS_AT_ONCE)
        self._mending: set[asyncio.Task[None]] = set()

    async def update_progress(self, job: Job, progress: Progress) -> None:
        """Show the progress now, or when five seconds have passed since the last edit."""
        message = self._messages.get(job.id)
        if message is None:
            message = self._message(job.id, progress)
        else:
            self._messages.move_to_end(job.id)
            if message.wanted == progress:
                return
        message.wanted = progress
        if message.edit is not None:
            return
        wait_s = message.edited_at + EVERY_S - self._clock.now()
        if wait_s <= 0:
            await self._edit(job.id, message)
        else:
            edit = partial(self._edit_later, job.id, message, wait_s)
            message.edit = self._supervisor.start("message", edit)

    async def deliver(self, job: Job, results: Sequence[Result]) -> None:
        """End the progress updates, then post the images."""
        await self._forget(job.id)
        async with self._gate:
            await self._delivery.deliver(job, results)

    async def notify_outcome(self, job: Job) -> None:
        """End the progress updates, then post how the job ended."""
        await self._forget(job.id)
        await self._delivery.notify_outcome(job)

    async def mention(self, job: Job) -> None:
        """Pass the mention on to the other Delivery."""
        await self._delivery.mention(job)

    async def close(self) -> None:
        """Stop all progress updates of all jobs."""
        for job_id in list(self._messages):
            await self._forget(job_id)
        for mending in list(self._mending):
            mending.cancel()
        await asyncio.gather(*self._mending, return_exceptions=True)

    def _message(self, job_id: str, progress: Progress) -> _Message:
        """Create the record of a job's message; if there are too many, drop the oldest idle one.

        Another process may end the job, and then this process would never drop the record
        otherwise.
        """
        while len(self._messages) >= MESSAGES_KEPT and (idle := self._longest_idle()):
            del self._messages[idle]
        message = self._messages[job_id] = _Message(progress)
        return message

    def _longest_idle(self) -> str | None:
        """Return the job whose message was updated the longest ago and is not being edited.

        None if no message of the older half is idle.
        """
        kept = itertools.islice(self._messages.items(), MESSAGES_KEPT // 2)
        return next((job_id for job_id, message in kept if message.is_idle), None)

    async def _edit_later(self, job_id: str, message: _Message, wait_s: float) -> None:
        await self._clock.sleep(wait_s)
        message.edit = None
        await self._edit(job_id, message)

    async def _edit(self, job_id: str, message: _Message) -> None:
        """Edit the message if the progress still matches the job's row."""
        message.edited_at = self._clock.now()
        async with message.lock:
            job = await self._still_there(job_id, message)
            if job is not None:
                await self._delivery.update_progress(job, message.wanted)
                self._watch(job)

    def _watch(self, job: Job) -> None:
        """Start to check whether the edit overwrote a final message of another process.

        Nothing is to be checked with a SQLite file, since only this process uses it.
        """
        if self._store.is_shared:
            mending = self._supervisor.start("message", partial(self._mend, job))
            self._mending.add(mending)
            mending.add_done_callback(self._mending.discard)

    async def _mend(self, job: Job) -> None:
        """Have the job's end posted again if another process posted it before this edit was done.

        An end that is posted later replaces the edit anyway.
        """
        for wait_s in LOOKS_S:
            await self._clock.sleep(wait_s)
            try:
                row = await self._store.jobs.get(job.id)
                if row is None or row.state in OPEN:
                    return
                if row.told_at is not None:
                    log.warning(
                        "job %s: progress overwrote its outcome, which is posted again", job.id
                    )
                    await self._store.jobs.notify_again(job, now=self._clock.now())
                    return
            except StoreUnavailable as error:
                log.warning(
                    "job %s: unknown whether its message shows the outcome: %s", job.id, error
                )

    async def _still_there(self, job_id: str, message: _Message) -> Job | None:
        """Return the job if the message's progress is still true of its row, else None."""
        try:
            job = await self._store.jobs.get(job_id)
        except StoreUnavailable:
            log.warning(
                "job %s: its message was not updated because the row cannot be read", job_id
            )
            return None
        if job is None or job.withheld or not _matches_row(job, message.wanted):
            return None
        return job if self._messages.get(job_id) is message else None

    async def _forget(self, job_id: str) -> None:
        """End the progress updates of a job; wait for an edit in progress."""
        message = self._messages.pop(job_id, None)
        if message is None:
            return
        if message.edit is not None:
            message.edit.cancel()
            await asyncio.gather(message.edit, return_exceptions=True)
        async with message.lock:
            pass


def _matches_row(job: Job, progress: Progress) -> bool:
    """Return whether a progress is still true of a job, by the state in its row.

    Once the task is finished, only "generated" is.
    """
    if job.state not in _STATES.get(progress.phase, ()):
        return False
    return progress.phase == "generated" or job.generated_at is None
