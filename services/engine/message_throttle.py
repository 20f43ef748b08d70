"""A Job's message while it is under way: edited on change, and never twice within five seconds.

Discord tolerates about five edits in five seconds a channel (observed, unpublished), and a reader
no flicker. The newest word wins: what is overtaken while it waits is never shown. Where another
process took the Job to its end while an edit was under way, that end is told once more.
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

LOOKS_S = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0)
"""How often, and after how long, is looked whether another process has told the end by now."""

MESSAGES_KEPT = 4096
"""Messages that are remembered; of one that is forgotten the same word may be said once more."""

POSTS_AT_ONCE = 32
"""Results on their way to Discord; wide, since one busy channel must not hold up the others."""

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


@dataclass(slots=True)
class _Message:
    """What a Job's message should say, and when it was last edited."""

    wanted: Progress
    edited_at: float = float("-inf")
    turn: asyncio.Task[None] | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is on its way to Discord, nor waits for its turn."""
        return self.turn is None and not self.lock.locked()


class ThrottledDelivery:
    """A Delivery in front of another; only what is said of Jobs under way is held back."""

    def __init__(
        self,
        delivery: Delivery,
        *,
        store: Store,
        clock: Clock,
        supervisor: Supervisor | None = None,
    ) -> None:
        """Take who edits, and the rows that say whether there is still anything to say."""
        self._supervisor = supervisor or Supervisor(clock=clock)
        self._delivery = delivery
        self._store = store
        self._clock = clock
        self._messages: OrderedDict[str, _Message] = OrderedDict()
        self._gate = asyncio.Semaphore(POSTS_AT_ONCE)
        self._mending: set[asyncio.Task[None]] = set()

    async def update_progress(self, job: Job, progress: Progress) -> None:
        """Show it now, or when the message's turn has come."""
        message = self._messages.get(job.id)
        if message is None:
            message = self._message(job.id, progress)
        else:
            self._messages.move_to_end(job.id)
            if message.wanted == progress:
                return
        message.wanted = progress
        if message.turn is not None:
            return
        wait_s = message.edited_at + EVERY_S - self._clock.now()
        if wait_s <= 0:
            await self._edit(job.id, message)
        else:
            turn = partial(self._edit_later, job.id, message, wait_s)
            message.turn = self._supervisor.start("message", turn)

    async def deliver(self, job: Job, results: Sequence[Result]) -> None:
        """Post the pictures; nothing is said about their making any more."""
        await self._forget(job.id)
        async with self._gate:
            await self._delivery.deliver(job, results)

    async def notify_outcome(self, job: Job) -> None:
        """Say how it ended; nothing is said about its making any more."""
        await self._forget(job.id)
        await self._delivery.notify_outcome(job)

    async def mention(self, job: Job) -> None:
        """Pass it on."""
        await self._delivery.mention(job)

    async def close(self) -> None:
        """Say no more."""
        for job_id in list(self._messages):
            await self._forget(job_id)
        for mending in list(self._mending):
            mending.cancel()
        await asyncio.gather(*self._mending, return_exceptions=True)

    def _message(self, job_id: str, progress: Progress) -> _Message:
        """Begin a Job's message, and forget the one that was longest not spoken of.

        Of several processes another one may end the Job: this one never hears of that.
        """
        while len(self._messages) >= MESSAGES_KEPT and (idle := self._longest_idle()):
            del self._messages[idle]
        message = self._messages[job_id] = _Message(progress)
        return message

    def _longest_idle(self) -> str | None:
        kept = itertools.islice(self._messages.items(), MESSAGES_KEPT // 2)
        return next((job_id for job_id, message in kept if message.is_idle), None)

    async def _edit_later(self, job_id: str, message: _Message, wait_s: float) -> None:
        await self._clock.sleep(wait_s)
        message.turn = None
        await self._edit(job_id, message)

    async def _edit(self, job_id: str, message: _Message) -> None:
        """Edit if it is still true: the row knows what became of the Job meanwhile."""
        message.edited_at = self._clock.now()
        async with message.lock:
            job = await self._still_there(job_id, message)
            if job is not None:
                await self._delivery.update_progress(job, message.wanted)
                self._watch(job)

    def _watch(self, job: Job) -> None:
        """Look after an edit that another process's last words may have come before."""
        if self._store.is_shared:
            mending = self._supervisor.start("message", partial(self._mend, job))
            self._mending.add(mending)
            mending.add_done_callback(self._mending.discard)

    async def _mend(self, job: Job) -> None:
        """Have the end told again where the Job ended before the edit was through.

        What ends later is told later than that, by whichever process.
        """
        for wait_s in LOOKS_S:
            await self._clock.sleep(wait_s)
            try:
                row = await self._store.jobs.get(job.id)
                if row is None or row.state in OPEN:
                    return
                if row.told_at is not None:
                    log.warning("job %s: its end was overwritten, it is told again", job.id)
                    await self._store.jobs.notify_again(job, now=self._clock.now())
                    return
            except StoreUnavailable as error:
                log.warning("job %s: whether its end stands is not known: %s", job.id, error)

    async def _still_there(self, job_id: str, message: _Message) -> Job | None:
        """Return the Job while what is wanted is true of it."""
        try:
            job = await self._store.jobs.get(job_id)
        except StoreUnavailable:
            log.warning("job %s: its message was not updated, the row can not be read", job_id)
            return None
        if job is None or job.withheld or not _is_true_of(job, message.wanted):
            return None
        return job if self._messages.get(job_id) is message else None

    async def _forget(self, job_id: str) -> None:
        """End what is said of a Job; whatever is on its way to Discord is waited for."""
        message = self._messages.pop(job_id, None)
        if message is None:
            return
        if message.turn is not None:
            message.turn.cancel()
            await asyncio.gather(message.turn, return_exceptions=True)
        async with message.lock:
            pass


def _is_true_of(job: Job, progress: Progress) -> bool:
    """Tell whether a Job is where it is said to be: nothing is painted once the Task is over."""
    if job.state not in _STATES.get(progress.phase, ()):
        return False
    return progress.phase == "generated" or job.generated_at is None
