"""Queue order: round-robin over users, oldest job first per user, limited by units.

A user's round-robin position is the time when one of their jobs was last claimed. It is stored, so
a restart changes no position. A job that does not fit into the free units is waited for, not
skipped: small jobs must not starve a large one.
"""

from __future__ import annotations

from services.db.connection import Backend, DbConnection, Row, fetch_all
from services.db.generation_times import recent_generations
from services.db.slots import HOLDS_SLOT
from services.db.sqlite_thread import reading
from services.models import QueuedJob, QueueSnapshot, RunningJob

_HEADS = """
SELECT head.user_id, head.id, COALESCE(turn.served_at, 0) AS served_at
FROM (
    SELECT job.user_id, MIN(job.id) AS id FROM job WHERE job.state = 'queued' GROUP BY job.user_id
) AS head LEFT JOIN turn ON turn.user_id = head.user_id
ORDER BY served_at, head.id
"""

_CLAIM = """
UPDATE job SET state = 'submitting', claimed_at = :now, next_at = :now, leased_until = :lease,
    leased_by = :me, holds_slot = 1
WHERE job.id = :id AND job.state = 'queued' RETURNING *
"""

_SERVE = """
INSERT INTO turn (user_id, served_at) VALUES (?, ?)
ON CONFLICT (user_id) DO UPDATE SET served_at = excluded.served_at
"""

_LINE = """
WITH lapped AS (
    SELECT job.id, job.user_id,
           ROW_NUMBER() OVER (PARTITION BY job.user_id ORDER BY job.id) AS lap
    FROM job WHERE job.state = 'queued'
), line AS (
    SELECT lapped.id, lapped.user_id, lapped.lap, COALESCE(turn.served_at, 0) AS served_at
    FROM lapped LEFT JOIN turn ON turn.user_id = lapped.user_id
)
"""

_PLACE_OF = """
SELECT job.user_id,
       (SELECT COUNT(*) FROM job AS mine WHERE mine.user_id = job.user_id
        AND mine.state = 'queued' AND mine.id <= job.id) AS lap,
       COALESCE((SELECT turn.served_at FROM turn WHERE turn.user_id = job.user_id), 0) AS served_at
FROM job WHERE job.id = ? AND job.state = 'queued'
"""

_AHEAD = """
WITH held AS (
    SELECT job.user_id, COUNT(*) AS jobs, MIN(job.id) AS head
    FROM job WHERE job.state = 'queued' GROUP BY job.user_id
)
SELECT COALESCE(SUM(CASE
    WHEN held.jobs < :lap THEN held.jobs
    WHEN (COALESCE(turn.served_at, 0), CASE WHEN :lap = 1 THEN held.head ELSE
        (SELECT job.id FROM job WHERE job.user_id = held.user_id AND job.state = 'queued'
         ORDER BY job.id LIMIT 1 OFFSET :lap - 1) END) < (:served_at, :id) THEN :lap
    ELSE :lap - 1 END), 0)
FROM held LEFT JOIN turn ON turn.user_id = held.user_id
"""
"""A user's n-th queued job is in lap n, and laps are claimed one after the other. Before a job come
all users' jobs of earlier laps, and those of its lap whose user has an earlier position. This
counts by user: ranking every job for one position would take ten times as long."""

_PLACES = f"""{_LINE}
SELECT placed.id, placed.ahead FROM (
    SELECT line.id, line.user_id,
           ROW_NUMBER() OVER (ORDER BY line.lap, line.served_at, line.id) - 1 AS ahead
    FROM line
) AS placed WHERE placed.user_id = ?
"""

_HEAD_OF_LINE = f"""{_LINE}
SELECT job.*, ROW_NUMBER() OVER (ORDER BY line.lap, line.served_at, line.id) - 1 AS ahead
FROM line JOIN job ON job.id = line.id
ORDER BY ahead LIMIT ?
"""


def claim(
    db: DbConnection, *, now: float, lease: float, units: int, per_user: int, limit: int
) -> list[Row]:
    """Move queued jobs to `submitting` while units are free at the provider; return their rows.

    Args:
        now: Unix seconds.
        lease: Until when (Unix seconds) no other process may take these jobs.
        units: The provider's limit of units in flight.
        per_user: Jobs that one user may have running; 0: no limit.
        limit: Maximum number of jobs to claim.
    """
    db.lock("claim")
    claimed: list[Row] = []
    while len(claimed) < limit and (head := _head(db, per_user, now)):
        in_flight = units_in_flight(db)
        # If nothing is in flight, even a job above the limit is claimed: it could never fit
        # otherwise.
        if in_flight and in_flight + _read_units(db, head["id"]) > units:
            break
        claimed += fetch_all(
            db, _CLAIM, {"id": head["id"], "now": now, "lease": lease, "me": db.process_id}
        )
        # The fraction gives users who are served in one call different positions.
        db.execute(_SERVE, [head["user_id"], now + len(claimed) * 1e-6])
    return claimed


def units_in_flight(db: DbConnection) -> int:
    """Return the number of units that jobs hold at the provider."""
    query = f"SELECT COALESCE(SUM(job.units), 0) FROM job WHERE {HOLDS_SLOT}"
    return db.execute(query).fetchone()[0]


def free_units(db: DbConnection, provider: str, now: float, units: int) -> int:
    """Return the limit of units in flight that holds now: 0 on hold or pause, 1 for a probe."""
    query = "SELECT hold_until, paused_at, probe_at FROM provider WHERE name = ?"
    for hold_until, paused_at, probe_at in db.execute(query, [provider]):
        if now < hold_until or (paused_at is not None and now < probe_at):
            return 0
        if paused_at is not None:
            return 0 if units_in_flight(db) else 1
    return units


def held_until(db: DbConnection, provider: str, now: float) -> float | None:
    """Return until when claiming is on hold or paused (Unix seconds); None if it is not."""
    query = "SELECT hold_until, probe_at FROM provider WHERE name = ?"
    until = max((max(row) for row in db.execute(query, [provider])), default=now)
    return until if until > now else None


def jobs_in_flight(db: DbConnection, *, limit: int) -> int:
    """Return the number of jobs that hold a slot at the provider, counted up to `limit`."""
    query = f"SELECT COUNT(*) FROM (SELECT 1 FROM job WHERE {HOLDS_SLOT} LIMIT ?) AS held"
    return db.execute(query, [limit]).fetchone()[0]


def to_the_front(db: DbConnection, user_id: int) -> None:
    """Put a user first in the round-robin order, since one of their jobs was requeued."""
    db.execute(_SERVE, [user_id, 0.0])


def hold(db: DbConnection, provider: str, *, until: float) -> None:
    """Claim no jobs for a provider until an instant; a later one that is stored remains.

    Also count this limit error (`busy_tries`).
    """
    db.execute(
        "INSERT INTO provider (name, hold_until, busy_tries) VALUES (:name, :until, 1)"
        " ON CONFLICT (name) DO UPDATE SET"
        " hold_until = CASE WHEN provider.hold_until > excluded.hold_until"
        " THEN provider.hold_until ELSE excluded.hold_until END,"
        " busy_tries = provider.busy_tries + 1",
        {"name": provider, "until": until},
    )


def jobs_ahead(db: DbConnection, job_id: str) -> int:
    """Return how many queued jobs will be claimed before this one; 0 if it is not queued."""
    for _, lap, served_at in db.execute(_PLACE_OF, [job_id]).fetchall():
        values = {"id": job_id, "lap": lap, "served_at": served_at}
        return db.execute(_AHEAD, values).fetchone()[0]
    return 0


def places(db: DbConnection, user_id: int) -> dict[str, int]:
    """Return, by job id, how many jobs will be claimed before each queued job of a user."""
    return dict(db.execute(_PLACES, [user_id]).fetchall())


def line(db: DbConnection, *, limit: int) -> list[Row]:
    """Return the rows of the first `limit` queued jobs; `ahead` is the number of jobs before."""
    return list(fetch_all(db, _HEAD_OF_LINE, [limit]))


def _head(db: DbConnection, per_user: int, now: float) -> Row | None:
    """Return the next job to claim: its user may have one more running, and it is not held."""
    for head in fetch_all(db, _HEADS):
        if _is_answered(db, head["id"], now) and _may_run(db, head["user_id"], per_user):
            return head
    return None


def _is_answered(db: DbConnection, job_id: str, now: float) -> bool:
    """Return whether a queued job is no longer held for the confirmation of its first response."""
    query = "SELECT job.leased_until FROM job WHERE job.id = ?"
    return db.execute(query, [job_id]).fetchone()[0] <= now


def _may_run(db: DbConnection, user_id: int, per_user: int) -> bool:
    query = f"SELECT COUNT(*) FROM job WHERE job.user_id = ? AND {HOLDS_SLOT}"
    return not per_user or db.execute(query, [user_id]).fetchone()[0] < per_user


def _read_units(db: DbConnection, job_id: str) -> int:
    return db.execute("SELECT job.units FROM job WHERE job.id = ?", [job_id]).fetchone()[0]


# The state of the queue: running jobs, waiting jobs, and how long such jobs took.

_AT_WORK = f"""
SELECT job.user_id, job.model, job.units, COALESCE(job.submitted_at, job.claimed_at) AS since
FROM job WHERE {HOLDS_SLOT}
"""

_HELD = """
SELECT 1 FROM provider
WHERE provider.name = ? AND (provider.paused_at IS NOT NULL OR provider.hold_until > ?)
"""


class Outlooks:
    """Reads what is needed to estimate when queued jobs will start."""

    def __init__(self, thread: Backend, *, provider: str) -> None:
        """Take the database, and the provider whose pauses and holds stop the queue."""
        self._thread = thread
        self._provider = provider

    @reading
    def read(self, db: DbConnection, *, now: float, limit: int) -> QueueSnapshot:
        """Return running jobs, at most `limit` waiting ones, and how long such jobs took."""
        at_work = tuple(RunningJob(**row) for row in fetch_all(db, _AT_WORK))
        waiting = tuple(
            QueuedJob(id=row["id"], user_id=row["user_id"], model=row["model"], units=row["units"])
            for row in line(db, limit=limit)
        )
        kinds = {(one.model, one.units) for one in (*at_work, *waiting)}
        return QueueSnapshot(
            at_work=at_work,
            waiting=waiting,
            times={kind: _times(db, *kind) for kind in kinds},
            held=db.execute(_HELD, [self._provider, now]).fetchone() is not None,
        )


def _times(db: DbConnection, model: str, units: int) -> tuple[float, ...]:
    return tuple(recent_generations(db, model=model, units=units))
