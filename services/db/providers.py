"""State of the provider: its pause, hold, refused models, and capabilities of its endpoints."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from services.db.connection import Backend, DbConnection, Row, fetch_all
from services.db.rows import record_from_row
from services.db.sqlite_thread import reading, writing

PROBE_FIRST_S = 5 * 60
PROBE_CAP_S = 60 * 60
"""A pause ends with a probe after 5 minutes (PROBE_FIRST_S); if that is refused, with one after
twice as long each time, at most an hour."""

_DOUBLINGS = (PROBE_CAP_S // PROBE_FIRST_S).bit_length()
"""Number of refused probes after which the delay is an hour."""

MOST_USED = "/v1/images/generations"
"""The endpoint whose capabilities older versions, before step e011, read from the provider's own
row."""

_KNOWN_TO_OLDER = """
INSERT INTO provider (name, knows_external_id, knows_list) VALUES (:name, :ext, :list)
ON CONFLICT (name) DO UPDATE SET
    knows_external_id = COALESCE(:ext, provider.knows_external_id),
    knows_list = COALESCE(:list, provider.knows_list)
"""

_KNOWN = "SELECT * FROM endpoint_knowledge WHERE provider = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class PathKnowledge:
    """Detected capabilities of one endpoint, and when they were detected (Unix seconds)."""

    external_id: bool | None = None
    external_id_at: float | None = None
    list_call: bool | None = None
    list_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderState:
    """The stored state of one provider."""

    hold_until: float = 0.0
    """Until when no job is submitted after a rate or concurrency limit, in Unix seconds."""
    busy_tries: int = 0
    """Number of consecutive errors because of such a limit."""
    paused_at: float | None = None
    """When the pause began (Unix seconds); None: not paused. `pause_key` is its text key."""
    pause_key: str | None = None
    probe_at: float = 0.0
    """During a pause: when one job may be submitted as a probe, in Unix seconds."""
    paths: Mapping[str, PathKnowledge] = field(default_factory=dict[str, PathKnowledge])
    """Detected capabilities by endpoint."""
    closed_models: Mapping[str, float] = field(default_factory=dict[str, float])
    """Models that the provider refuses to us, and when each may be submitted again (Unix
    seconds)."""


class Providers:
    """Reads and writes the state of the provider in use."""

    def __init__(self, thread: Backend, *, provider: str) -> None:
        """Take the database and the provider's name."""
        self._thread = thread
        self._provider = provider

    @reading
    def state(self, db: DbConnection) -> ProviderState:
        """Return the provider's state."""
        query = "SELECT model, probe_at FROM closed_model WHERE provider = ?"
        closed = dict(db.execute(query, [self._provider]).fetchall())
        paths = {
            row["endpoint"]: _path_from_row(row) for row in fetch_all(db, _KNOWN, [self._provider])
        }
        rows = fetch_all(db, "SELECT * FROM provider WHERE name = ?", [self._provider])
        state = record_from_row(ProviderState, rows[0]) if rows else ProviderState()
        return replace(state, paths=paths, closed_models=closed)

    @writing
    def pause(self, db: DbConnection, *, key: str, now: float, asked_at: float = math.inf) -> bool:
        """Pause submissions until a probe is accepted; return True if they were not paused yet.

        During a pause, each refused probe doubles the wait for the next one. `asked_at` is when the
        refused submission was made: one from before the pause changes nothing.
        """
        db.lock("provider")
        fresh = self._paused_at(db) is None
        db.execute(
            "INSERT INTO provider (name, paused_at, pause_key, probe_at, probes)"
            " VALUES (:name, :now, :key, :now + :first, 1)"
            " ON CONFLICT (name) DO UPDATE SET"
            " paused_at = COALESCE(provider.paused_at, excluded.paused_at),"
            " pause_key = excluded.pause_key, probes = provider.probes + 1,"
            f" probe_at = :now + {_wait_after('provider.probes')}"
            " WHERE provider.paused_at IS NULL OR provider.paused_at < :asked",
            {
                "name": self._provider,
                "key": key,
                "now": now,
                "asked": asked_at,
                "first": PROBE_FIRST_S,
                "cap": PROBE_CAP_S,
            },
        )
        return fresh

    @writing
    def went_well(self, db: DbConnection) -> bool:
        """Record an accepted submission: end a pause and reset the count of limit errors.

        Return True if submissions were paused.
        """
        db.lock("provider")
        paused = self._paused_at(db) is not None
        db.execute(
            "UPDATE provider SET paused_at = NULL, pause_key = NULL, probe_at = 0, probes = 0,"
            " hold_until = 0, busy_tries = 0"
            " WHERE name = ? AND (paused_at IS NOT NULL OR busy_tries > 0)",
            [self._provider],
        )
        return paused

    @writing
    def learn(
        self,
        db: DbConnection,
        endpoint: str = MOST_USED,
        *,
        external_id: bool | None,
        list_call: bool | None,
        now: float,
    ) -> None:
        """Store the detected capabilities of an endpoint; None leaves the stored value."""
        values = {
            "name": self._provider,
            "endpoint": endpoint,
            "ext": external_id,
            "ext_at": None if external_id is None else now,
            "list": list_call,
            "list_at": None if list_call is None else now,
        }
        db.execute(
            "INSERT INTO endpoint_knowledge"
            " (provider, endpoint, knows_external_id, external_id_at, knows_list, list_at)"
            " VALUES (:name, :endpoint, :ext, :ext_at, :list, :list_at)"
            " ON CONFLICT (provider, endpoint) DO UPDATE SET"
            " knows_external_id = COALESCE(:ext, endpoint_knowledge.knows_external_id),"
            " external_id_at = COALESCE(:ext_at, endpoint_knowledge.external_id_at),"
            " knows_list = COALESCE(:list, endpoint_knowledge.knows_list),"
            " list_at = COALESCE(:list_at, endpoint_knowledge.list_at)",
            values,
        )
        if endpoint == MOST_USED:
            db.execute(_KNOWN_TO_OLDER, values)

    @writing
    def close_model(self, db: DbConnection, model: str, *, now: float, asked_at: float) -> bool:
        """Refuse a model until a probe; return True if this closes it, False if it was closed.

        Each refused probe doubles the wait for the next one. `asked_at` is when the refused
        submission was made.
        """
        rows = fetch_all(
            db,
            "INSERT INTO closed_model (provider, model, closed_at, probe_at)"
            " VALUES (:provider, :model, :now, :now + :first)"
            " ON CONFLICT (provider, model) DO UPDATE SET probes = closed_model.probes + 1,"
            f" probe_at = :now + {_wait_after('closed_model.probes')}"
            " WHERE closed_model.closed_at < :asked RETURNING probes",
            {
                "provider": self._provider,
                "model": model,
                "now": now,
                "asked": asked_at,
                "first": PROBE_FIRST_S,
                "cap": PROBE_CAP_S,
            },
        )
        return [row["probes"] for row in rows] == [1]

    @writing
    def open_model(self, db: DbConnection, model: str) -> bool:
        """Accept a model again, since the provider accepted it; return whether it was closed."""
        rows = fetch_all(
            db,
            "DELETE FROM closed_model WHERE provider = ? AND model = ? RETURNING model",
            [self._provider, model],
        )
        return any(rows)

    def _paused_at(self, db: DbConnection) -> float | None:
        query = "SELECT paused_at FROM provider WHERE name = ?"
        row = db.execute(query, [self._provider]).fetchone()
        return None if row is None else row[0]


def _wait_after(probes: str) -> str:
    """Return SQL for the seconds until the next probe; `probes` is the column that counts them."""
    doubled = f":first * (1 << {probes})"
    return f"CASE WHEN {probes} < {_DOUBLINGS} THEN {doubled} ELSE :cap END"


def _path_from_row(row: Row) -> PathKnowledge:
    answers = {"external_id": row["knows_external_id"], "list_call": row["knows_list"]}
    return record_from_row(PathKnowledge, row, **answers)
