"""The processes that run one bot together, and the assignment of shards to them.

Every instant is the database's own time, so that no computer's clock decides which lease has
expired. Calls that depend on several rows are serialized by an advisory lock, so each sees all
changes of another call or none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection

from services.db.connection import Backend, DbConnection, Row, fetch_all
from services.db.shard_assignment import (
    FRESH_PART,
    AssignmentState,
    FleetView,
    Heartbeat,
    ShardLease,
    offer,
    promote,
    renew,
    surplus,
    take,
    view,
)
from services.db.sqlite_thread import writing

Now = Callable[[DbConnection], float]

STEADY = 1 / 3
"""A process that sent no heartbeat for this part of a lease waits as long before it claims expired
leases. After a database outage all leases have expired, and their owners return at the same time as
this process."""


def database_time(db: DbConnection) -> float:
    """Return the database's own time, in Unix seconds."""
    return db.execute("SELECT (julianday('now') - 2440587.5) * 86400.0").fetchone()[0]


class Fleet:
    """Reads and writes the shared state of the processes: shards, named locks, claims."""

    def __init__(self, thread: Backend, *, now: Now = database_time) -> None:
        """`now` returns the database's time for a connection."""
        self._thread = thread
        self._now = now

    @writing
    def join(self, db: DbConnection, count: int, *, lease_s: float) -> int:
        """Propose a number of shards; return the number on which the live processes agree.

        The number changes to `count` only if no other process is live. It is 0 if the table has no
        shards, because each process was configured with its own.
        """
        db.lock("fleet")
        now = self._now(db)
        query = "SELECT COUNT(*) FROM fleet_process WHERE seen_at >= ?"
        there = db.execute("SELECT COUNT(*) FROM fleet_shard").fetchone()[0]
        others = db.execute(query, [now - lease_s]).fetchone()[0]
        if there == count or others:
            return there
        db.execute("DELETE FROM fleet_shard")
        for number in range(count):
            db.execute("INSERT INTO fleet_shard (number) VALUES (?)", [number])
        return count

    @writing
    def report(self, db: DbConnection, report: Heartbeat) -> FleetView:
        """Record a heartbeat, renew the process's leases and assign shards; return its view."""
        db.lock("fleet")
        now = self._now(db)
        shards = fetch_all(db, "SELECT * FROM fleet_shard")
        before = [dict(shard) for shard in shards]
        scene = AssignmentState(report, now, self._seen(db, report, now), shards)
        self._bury(db, scene)
        scene.alive = self._alive(db)
        if not report.divides:
            return view(scene)
        for shard in scene.shards:
            renew(scene, shard)
            promote(scene, shard)
        if report.leaving:
            offer(scene, scene.shard_count(scene.me))
        else:
            take(scene)
            offer(scene, surplus(scene))
        for shard, was in zip(shards, before, strict=True):
            if shard != was:  # otherwise each process would write all rows each second
                _write(db, shard)
        return view(scene)

    @writing
    def hand_over(
        self,
        db: DbConnection,
        process: str,
        post: ShardLease,
        answered: Collection[int],
        *,
        lease_s: float,
    ) -> bool:
        """Make a shard's heir its holder; return False if `process` no longer holds the shard.

        Also False if the heir is not ready, or if its last heartbeat is too old. `answered` are the
        ids of interactions that this process has just answered.
        """
        db.lock("fleet")
        fresh_until = self._now(db) + lease_s * (1 - FRESH_PART)
        rows = fetch_all(
            db,
            "UPDATE fleet_shard SET process = heir, fence = fence + 1, leased_until = heir_until,"
            " heir = NULL, heir_is_ready = 0, offered = 0, answered = :answered"
            " WHERE number = :number AND process = :me AND fence = :fence AND heir_is_ready = 1"
            " AND heir_until >= :fresh RETURNING number",
            {
                "fresh": fresh_until,
                "answered": json.dumps(sorted(answered)),
                "number": post.number,
                "me": process,
                "fence": post.fence,
            },
        )
        return any(rows)

    @writing
    def leave(self, db: DbConnection, process: str) -> None:
        """Release all that a process holds: shards, named locks, leases of unfinished jobs."""
        db.lock("fleet")
        _free(db, process, self._now(db))

    @writing
    def reserve(self, db: DbConnection, name: str, *, every_s: float) -> float:
        """Reserve the next use of something that is allowed once per `every_s` seconds.

        Return the seconds to wait before that use.
        """
        db.lock("fleet")
        now = self._now(db)
        found_at = db.execute("SELECT until FROM fleet_turn WHERE name = ?", [name]).fetchone()
        at = max(now, found_at[0] if found_at else 0.0)
        _put_lock(db, name, "", at + every_s)
        return at - now

    @writing
    def begin(self, db: DbConnection, name: str, process: str, *, lease_s: float) -> bool:
        """Take or renew a named lock with a lease; return False if another process holds it."""
        db.lock("fleet")
        now = self._now(db)
        query = "SELECT process, until FROM fleet_turn WHERE name = ?"
        held = db.execute(query, [name]).fetchone()
        if held and held[0] not in {"", process} and held[1] > now:
            return False
        _put_lock(db, name, process, now + lease_s)
        return True

    @writing
    def finish(self, db: DbConnection, name: str, process: str) -> None:
        """Release a named lock that this process holds."""
        db.execute("DELETE FROM fleet_turn WHERE name = ? AND process = ?", [name, process])

    @writing
    def claim(self, db: DbConnection, name: str, *, for_s: float) -> bool:
        """Claim a task that all processes together do once per `for_s` seconds.

        Return False if a process claimed it within that time.
        """
        now = self._now(db)
        rows = fetch_all(
            db,
            "INSERT INTO fleet_turn (name, process, until) VALUES (:name, '', :until)"
            " ON CONFLICT (name) DO UPDATE SET until = excluded.until"
            " WHERE fleet_turn.until <= :now RETURNING name",
            {"name": name, "until": now + for_s, "now": now},
        )
        return any(rows)

    @writing
    def release(self, db: DbConnection, name: str) -> bool:
        """Delete a claim, so that it can be claimed again; return False if there was none."""
        return any(fetch_all(db, "DELETE FROM fleet_turn WHERE name = ? RETURNING name", [name]))

    def _seen(self, db: DbConnection, report: Heartbeat, now: float) -> bool:
        """Record a heartbeat; return whether there was none missing for long enough (STEADY)."""
        query = "SELECT seen_at, steady_since FROM fleet_process WHERE id = ?"
        known = db.execute(query, [report.process]).fetchone()
        away_s = report.lease_s * STEADY
        since = known[1] if known and known[0] >= now - away_s else now
        db.execute(
            "INSERT INTO fleet_process (id, holder, seen_at, steady_since, leaving)"
            " VALUES (:id, :holder, :now, :since, :leaving) ON CONFLICT (id) DO UPDATE SET"
            " seen_at = excluded.seen_at, steady_since = excluded.steady_since,"
            " leaving = excluded.leaving",
            {
                "id": report.process,
                "holder": db.process_id,
                "now": now,
                "since": since,
                "leaving": int(report.leaving),
            },
        )
        return now - since >= away_s

    def _bury(self, db: DbConnection, scene: AssignmentState) -> None:
        """Release everything held by processes without a heartbeat for a whole lease.

        Such a process was killed or suspended. If it resumes, its steps find that their jobs are no
        longer its own.
        """
        if not scene.steady:
            return
        horizon = scene.now - scene.report.lease_s
        query = "SELECT id FROM fleet_process WHERE seen_at < ?"
        for (process,) in db.execute(query, [horizon]).fetchall():
            _free(db, process, scene.now)
            for shard in scene.shards:
                if shard["process"] == process:
                    shard |= {"process": None, "leased_until": 0.0, "answered": "[]"}
                if shard["heir"] == process:
                    shard |= {"heir": None, "heir_is_ready": 0}

    def _alive(self, db: DbConnection) -> set[str]:
        """Return the ids of the processes that take part and are not shutting down.

        Processes without a recent heartbeat are included until `_bury` removes them: the database
        may have been unavailable.
        """
        query = "SELECT id FROM fleet_process WHERE leaving = 0"
        return {process for (process,) in db.execute(query)}


def _free(db: DbConnection, process: str, now: float) -> None:
    """Release a process's shards, heirships, job leases and named locks, and remove the process."""
    values = {"id": process, "now": now}
    db.execute("UPDATE fleet_shard SET process = NULL WHERE process = :id", values)
    db.execute("UPDATE fleet_shard SET heir = NULL, heir_is_ready = 0 WHERE heir = :id", values)
    db.execute(
        "UPDATE job SET leased_until = 0 WHERE job.leased_until > 0 AND job.state <> 'queued'"
        " AND job.next_at IS NOT NULL AND job.leased_by IN"
        " (SELECT holder FROM fleet_process WHERE fleet_process.id = :id)",
        values,
    )
    db.execute("DELETE FROM fleet_turn WHERE process = :id", values)
    db.execute("DELETE FROM fleet_process WHERE id = :id", values)
    db.notify()


def _put_lock(db: DbConnection, name: str, process: str, until: float) -> None:
    db.execute(
        "INSERT INTO fleet_turn (name, process, until) VALUES (?, ?, ?) ON CONFLICT (name)"
        " DO UPDATE SET process = excluded.process, until = excluded.until",
        [name, process, until],
    )


def _write(db: DbConnection, shard: Row) -> None:
    db.execute(
        "UPDATE fleet_shard SET process = :process, fence = :fence, leased_until = :leased_until,"
        " heir = :heir, heir_until = :heir_until, heir_is_ready = :heir_is_ready,"
        " offered = :offered, answered = :answered WHERE number = :number",
        shard,
    )
