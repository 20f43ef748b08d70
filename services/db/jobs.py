"""State transitions of jobs. Each is one statement, so that repeating it does nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from services.db import queue
from services.db.connection import Backend, DbConnection, Row, fetch_all, insert
from services.db.generation_times import LEARN_GENERATION, NOT_POLLED
from services.db.notes import restored_until
from services.db.rows import generation_values, jobs_from_rows, outcome_json, result_row
from services.db.slots import AT_WORK, OURS, REQUEUE
from services.db.sqlite_thread import writing
from services.db.unknown_tasks import JobDoubts
from services.models import Generation, Job, Outcome, Result, State

_DUE = """
UPDATE job SET leased_until = :lease, leased_by = :me
WHERE job.id IN (
    SELECT due.id FROM job AS due
    WHERE due.next_at <= :now AND due.state <> 'queued' AND due.leased_until <= :now
    ORDER BY due.next_at LIMIT :most /* that nobody takes now */
) RETURNING *
"""

_NEXT = """
SELECT job.next_at FROM job
WHERE job.next_at IS NOT NULL AND job.state <> 'queued' AND job.leased_until <= ?
ORDER BY job.next_at LIMIT 1
"""
"""The next instant at which a step is due. Jobs in progress are left out: their step writes its
next instant, or their lease expires."""

_LOOK_AT_ALL = """
UPDATE job SET next_at = CASE WHEN job.next_at > :now THEN :now ELSE job.next_at END,
    leased_until = CASE WHEN job.leased_until > :lease THEN :lease ELSE job.leased_until END
WHERE job.next_at IS NOT NULL
"""

_HOLD_NO_LONGER = """
UPDATE provider
SET hold_until = CASE WHEN provider.hold_until > :lease THEN :lease ELSE provider.hold_until END,
    probe_at = CASE WHEN provider.probe_at > :lease THEN :lease ELSE provider.probe_at END
"""

_LET_REST = """
UPDATE job SET next_at = :next, leased_until = 0, holds_slot = 0 WHERE job.id = :id
"""

UNREADABLE_S = 3600.0
"""How long an unreadable row is skipped, in seconds, so that other jobs proceed."""

SET_BACK_S = 60.0
"""If the clock was set back by more than this, in seconds, all waiting jobs become due at once."""

COUNTED = 100
"""Jobs at the provider are counted up to this number, since more makes no difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueJobs:
    """Jobs leased to this process whose next step is due now, and when to ask again."""

    jobs: list[Job]
    next_at: float | None
    """When to ask again, in Unix seconds; None if nothing waits for a time."""
    in_flight: int = 0
    """Number of jobs that hold a slot at the provider now, counted up to 100."""
    unreadable: Sequence[str] = ()
    """Ids of due rows that cannot be read; they are postponed for an hour without a slot."""


class Jobs(JobDoubts):
    """Reads jobs and moves them between states."""

    def __init__(self, thread: Backend, *, provider: str) -> None:
        """Take the database, and the provider whose pauses and holds stop claiming."""
        super().__init__(thread)
        self._provider = provider
        self.taken_at: float | None = None
        """When `fetch_due` last ran in this process; None: not yet."""

    @writing
    def fetch_due(
        self,
        db: DbConnection,
        *,
        now: float,
        lease_s: float,
        units: int,
        per_user: int,
        limit: int = 64,
        claims: int = 64,
    ) -> DueJobs:
        """Claim queued jobs while units are free, and lease jobs whose next step is due.

        It also serves as crash recovery. At most `claims` jobs are claimed and `limit` leased, for
        `lease_s` seconds. A user may have `per_user` jobs running (0: no limit); `units` is the
        provider's concurrency.
        """
        if self.taken_at is not None and now < self.taken_at - SET_BACK_S:
            for statement in (_LOOK_AT_ALL, _HOLD_NO_LONGER):
                db.execute(statement, {"now": now, "lease": now + lease_s})
        lease = now + lease_s
        rows: list[Row] = []
        free = queue.free_units(db, self._provider, now, units)
        if free:
            rows += queue.claim(
                db, now=now, lease=lease, units=free, per_user=per_user, limit=claims
            )
        rows += fetch_all(
            db, _DUE, {"now": now, "lease": lease, "most": limit, "me": db.process_id}
        )
        jobs, unreadable = jobs_from_rows(rows)
        for job_id in unreadable:
            db.execute(_LET_REST, {"id": job_id, "next": now + UNREADABLE_S})
        next_at = next((row[0] for row in db.execute(_NEXT, [now])), None)
        self.taken_at = now
        return DueJobs(
            jobs=jobs,
            next_at=_sooner(next_at, queue.held_until(db, self._provider, now)),
            in_flight=queue.jobs_in_flight(db, limit=COUNTED),
            unreadable=unreadable,
        )

    @writing
    def mark_sent(self, db: DbConnection, job_id: str, *, now: float) -> bool:
        """Record that the provider may have the submission from now on.

        Return False if the submission must not be sent: the job has moved on, or another process
        holds its lease.
        """
        rows = fetch_all(
            db,
            "UPDATE job SET sent_at = :now WHERE job.id = :id AND job.state = 'submitting'"
            f"{OURS} RETURNING id",
            {"now": now, "id": job_id, "me": db.process_id},
        )
        return any(rows)

    @writing
    def mark_running(
        self,
        db: DbConnection,
        job_id: str,
        *,
        task_id: str,
        now: float,
        next_at: float,
        images: Sequence[str] = (),
    ) -> bool:
        """Store the provider's task id; also for an uncertain job whose task was found.

        Units that were refunded stay refunded. `images` are addresses of images that came with the
        response; `task_id` may then be empty. Return False if the job has moved on.
        """
        rows = fetch_all(
            db,
            "UPDATE job SET state = 'running', task_id = :task, submitted_at = :now,"
            " next_at = :next, tries = 0, leased_until = 0, outcome = NULL, ended_at = NULL,"
            f" images = :images, {AT_WORK}, {NOT_POLLED}"
            f" WHERE job.id = :id AND job.state IN ('submitting', 'uncertain'){OURS} RETURNING id",
            {
                "me": db.process_id,
                "task": task_id,
                "now": now,
                "next": next_at,
                "id": job_id,
                "images": json.dumps(images) if images else None,
            },
        )
        return any(rows)

    @writing
    def forget_images(self, db: DbConnection, job_id: str, *, next_at: float) -> None:
        """Delete a job's expired image addresses; at `next_at` its task is polled for new ones."""
        db.execute(
            "UPDATE job SET images = NULL, next_at = :next, tries = 0, leased_until = 0"
            f" WHERE job.id = :id AND job.state = 'running' AND job.task_id <> ''{OURS}",
            {"next": next_at, "id": job_id, "me": db.process_id},
        )

    @writing
    def requeue(
        self,
        db: DbConnection,
        job: Job,
        *,
        now: float,
        hold_s: float = 0.0,
        spent_id: bool = False,
        first: bool = True,
    ) -> None:
        """Put a job back into the queue without counting a failed attempt.

        `hold_s`: hold all submissions for so many seconds. `spent_id`: the job's external id
        belongs to a failed task, so its next one gets another. `first`: put its user first in the
        round-robin order. In a restored backup, the next external id may have been used already:
        then the job goes on as one whose submission was lost.
        """
        restored = restored_until(db)
        times = {"now": now, "restored": restored, "claimed": max(now, restored)}
        values = {"id": job.id, "spent": spent_id, "me": db.process_id}
        rows = fetch_all(db, REQUEUE, values | times)
        if first and any(rows):
            queue.to_the_front(db, job.request.user_id)
        if hold_s:
            queue.hold(db, self._provider, until=now + hold_s)

    @writing
    def reschedule(
        self,
        db: DbConnection,
        job_id: str,
        *,
        next_at: float,
        tries: int,
        polled_at: float | None = None,
        generation: Generation | None = None,
    ) -> None:
        """Set when a job's next step is due, and the number of failed attempts so far.

        Also store when a poll found the task unfinished (`polled_at`), or how long it took.
        """
        db.execute(
            "UPDATE job SET next_at = :next, tries = :tries, leased_until = 0,"
            f" polled_at = COALESCE(:polled, job.polled_at), {LEARN_GENERATION}"
            f" WHERE job.id = :id AND job.next_at IS NOT NULL{OURS}",
            {
                "next": next_at,
                "tries": tries,
                "polled": polled_at,
                "id": job_id,
                "me": db.process_id,
                **generation_values(generation),
            },
        )

    @writing
    def mark_late(self, db: DbConnection, job_id: str) -> bool:
        """Flag a running job as late; return False if it was late before or has moved on."""
        rows = fetch_all(
            db,
            "UPDATE job SET late = 1 WHERE job.id = :id AND job.state = 'running'"
            f" AND job.late = 0{OURS} RETURNING id",
            {"id": job_id, "me": db.process_id},
        )
        return any(rows)

    @writing
    def mark_ready(
        self,
        db: DbConnection,
        job_id: str,
        results: Sequence[Result],
        *,
        now: float,
        generation: Generation | None = None,
    ) -> bool:
        """Store a running job's results; its delivery is due at once. False if it has moved on.

        Units of images that did not arrive are refunded.
        """
        rows = fetch_all(
            db,
            "UPDATE job SET state = 'ready', ready_at = :now, next_at = :now, tries = 0,"
            f" leased_until = 0, images = NULL, {LEARN_GENERATION}, refunded_units ="
            " CASE WHEN job.given_back = 0 AND job.units > :count"
            " THEN job.units - :count ELSE 0 END"
            f" WHERE job.id = :id AND job.state = 'running'{OURS} RETURNING id",
            {
                "now": now,
                "count": len(results),
                "id": job_id,
                "me": db.process_id,
                **generation_values(generation),
            },
        )
        if not any(rows):
            return False
        db.execute("DELETE FROM result WHERE result.job_id = ?", [job_id])
        for result in results:
            insert(db, "result", result_row(job_id, result))
        return True

    @writing
    def finish(
        self,
        db: DbConnection,
        job_id: str,
        state: State,
        *,
        from_states: Sequence[State],
        outcome: Outcome,
        give_back: bool,
        now: float,
    ) -> bool:
        """End a job without images and refund its units or not; the notification is due at once.

        Return False if it had ended before or is in no state of `from_states`, or if another
        process holds its lease.
        """
        states = ", ".join(f"'{one}'" for one in from_states)
        rows = fetch_all(
            db,
            "UPDATE job SET state = :state, outcome = :outcome,"
            " given_back = CASE WHEN :back = 1 THEN 1 ELSE job.given_back END,"
            " ended_at = :now, next_at = :now, tries = 0, leased_until = 0 WHERE job.id = :id"
            f" AND job.state IN ({states}){OURS} RETURNING id",
            {
                "me": db.process_id,
                "state": state,
                "outcome": outcome_json(outcome),
                "back": give_back,
                "now": now,
                "id": job_id,
            },
        )
        return any(rows)

    @writing
    def mark_notified(
        self,
        db: DbConnection,
        job_id: str,
        *,
        posted: bool,
        now: float,
        next_at: float | None = None,
    ) -> None:
        """Record that the user was notified, or cannot be; delete the interaction token.

        A ready job becomes delivered (`posted`) or undelivered. Other ended jobs keep their state;
        they are due again at `next_at` if that is set.
        """
        db.execute(
            "UPDATE job SET state = CASE WHEN job.state <> 'ready' THEN job.state"
            " WHEN :posted = 1 THEN 'delivered' ELSE 'undelivered' END,"
            " ended_at = COALESCE(job.ended_at, :now), told_at = :now, next_at = :next,"
            " tries = 0, leased_until = 0,"
            f" place = json_set(job.place, '$.token', '') WHERE job.id = :id{OURS}",
            {"me": db.process_id, "posted": posted, "now": now, "next": next_at, "id": job_id},
        )


def _sooner(one: float | None, other: float | None) -> float | None:
    instants = [instant for instant in (one, other) if instant is not None]
    return min(instants, default=None)
