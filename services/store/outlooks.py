"""What is known of the queue: who is at work, who waits, and how long such work took."""

from __future__ import annotations

from services.models import AtWork, Outlook, Waiting
from services.store import queue
from services.store.db import Db, Transactions, found
from services.store.generations import recent_generations
from services.store.slots import HOLDS_SLOT
from services.store.thread import reading

_AT_WORK = f"""
SELECT job.user_id, job.model, job.units, COALESCE(job.submitted_at, job.claimed_at) AS since
FROM job WHERE {HOLDS_SLOT}
"""

_HELD = """
SELECT 1 FROM provider
WHERE provider.name = ? AND (provider.paused_at IS NOT NULL OR provider.hold_until > ?)
"""


class Outlooks:
    """Reads all that at one instant."""

    def __init__(self, thread: Transactions, *, provider: str) -> None:
        """Take the database and the provider whose pause and hold stop the queue."""
        self._thread = thread
        self._provider = provider

    @reading
    def read(self, db: Db, *, now: float, most: int) -> Outlook:
        """Read the whole, at most so many that wait."""
        at_work = tuple(AtWork(**row) for row in found(db, _AT_WORK))
        waiting = tuple(
            Waiting(id=row["id"], user_id=row["user_id"], model=row["model"], units=row["units"])
            for row in queue.line(db, most=most)
        )
        kinds = {(one.model, one.units) for one in (*at_work, *waiting)}
        return Outlook(
            at_work=at_work,
            waiting=waiting,
            times={kind: _times(db, *kind) for kind in kinds},
            held=db.execute(_HELD, [self._provider, now]).fetchone() is not None,
        )


def _times(db: Db, model: str, units: int) -> tuple[float, ...]:
    return tuple(recent_generations(db, model=model, units=units))
