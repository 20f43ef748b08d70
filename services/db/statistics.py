"""Statistics over the jobs of many days, queried day by day.

One query about many months would occupy the database thread for seconds; queries per day let other
calls in between. Waiting times are fetched as counts per tenth of a second, so memory grows with
the number of different times, not with the number of jobs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.db.connection import Backend, DbConnection
from services.db.sqlite_thread import reading
from services.models import DayFigures, Statistics, Window

MOST_MEMBERS = 10
"""Maximum number of members in the list of those with the highest usage."""

FORGOTTEN = 0
"""The user id of jobs whose user deleted their data: they are counted, but not listed."""

AT_PROVIDER = ("submitting", "running")
"""States in which a job's units are in flight, unless it holds no slot."""

_TENTHS = "ROUND(CAST((job.ready_at - job.created_at) * 10 AS NUMERIC))"

_WAITS = f"""
SELECT {_TENTHS} AS tenths, COUNT(*) AS jobs FROM job
WHERE %s AND job.ready_at IS NOT NULL
GROUP BY {_TENTHS}
"""

_FIGURES = """
SELECT job.state, job.user_id, COUNT(*) AS jobs, SUM(job.units - job.refunded_units) AS units,
    SUM(CASE WHEN job.given_back = 0 THEN job.units - job.refunded_units ELSE 0 END) AS used,
    SUM(job.charged_micro) AS cost_micro
FROM job WHERE %s
GROUP BY job.state, job.user_id
"""


_WORKLOAD = """
SELECT job.state, COUNT(*), SUM(job.units * job.holds_slot), MIN(job.created_at),
    COUNT(job.generated_at)
FROM job WHERE job.state IN ('queued', 'submitting', 'running') GROUP BY job.state
UNION ALL
SELECT job.state, COUNT(*), SUM(job.units), MIN(job.created_at), 0
FROM job
WHERE job.next_at IS NOT NULL AND job.state <> 'queued' AND job.state = 'ready' GROUP BY job.state
"""
"""Counts unfinished jobs by state. It has two parts, since each part has an index of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Numbers about unfinished jobs at this moment."""

    jobs: Mapping[str, int]
    """Number of jobs by state, including those whose images wait to be posted."""
    units_in_flight: int
    since: float | None
    """When the oldest waiting or generating job was accepted (Unix seconds); None: there is
    none."""
    to_fetch: int = 0
    """Number of running jobs whose images are generated but not fetched yet."""


@dataclass(slots=True)
class _Totals:
    """Sums over the jobs of one day or several."""

    units: Counter[str] = field(default_factory=Counter[str])
    jobs: Counter[str] = field(default_factory=Counter[str])
    used: Counter[int] = field(default_factory=Counter[int])
    waits: Counter[int] = field(default_factory=Counter[int])
    cost_micro: int = 0

    def add(self, other: _Totals) -> None:
        """Add the sums of another day."""
        self.units.update(other.units)
        self.jobs.update(other.jobs)
        self.used.update(other.used)
        self.waits.update(other.waits)
        self.cost_micro += other.cost_micro


class Figures:
    """Computes statistics of one server or of the whole bot."""

    def __init__(self, thread: Backend) -> None:
        self._thread = thread

    async def gather(self, *, guild_id: int | None, windows: Sequence[Window]) -> Statistics:
        """Return the statistics of these windows, in order; `guild_id` None: the whole bot."""
        total = _Totals()
        days: list[DayFigures] = []
        for window in windows:
            tally = await self._read_day(window.day, guild_id)
            total.add(tally)
            days.append(DayFigures(day=window.day, units_by_outcome=dict(tally.units)))
        return Statistics(
            since=windows[0].starts_at,
            until=windows[-1].resets_at,
            days=tuple(days),
            members=tuple(_first(total.used)),
            active_members=len(total.used),
            wait_median_s=_within(total.waits, percent=50),
            wait_p95_s=_within(total.waits, percent=95),
            jobs=total.jobs.total(),
            units=total.units.total(),
            cost_micro=total.cost_micro,
            outcomes=dict(total.jobs),
        )

    @reading
    def workload(self, db: DbConnection) -> Workload:
        """Return numbers about the jobs that are unfinished now."""
        rows = {state: rest for state, *rest in db.execute(_WORKLOAD)}
        return Workload(
            jobs={state: jobs for state, (jobs, *_) in rows.items()},
            units_in_flight=sum(rows[state][1] for state in AT_PROVIDER if state in rows),
            since=min((rest[2] for state, rest in rows.items() if state != "ready"), default=None),
            to_fetch=sum(row[3] for state, row in rows.items() if state == "running"),
        )

    @reading
    def _read_day(self, db: DbConnection, day: str, guild_id: int | None) -> _Totals:
        where = "job.day = ?" if guild_id is None else "job.day = ? AND job.guild_id = ?"
        values = [day] if guild_id is None else [day, guild_id]
        tally = _Totals()
        for state, user_id, jobs, units, used, cost in db.execute(_FIGURES % where, values):
            tally.jobs[state] += jobs
            tally.units[state] += units
            tally.cost_micro += cost
            if user_id != FORGOTTEN:
                tally.used[user_id] += used
        for tenths, jobs in db.execute(_WAITS % where, values):
            tally.waits[max(int(tenths), 0)] += jobs
        return tally


def _first(used: Mapping[int, int]) -> list[tuple[int, int]]:
    """Return the users with the highest usage, and it; of equal ones the older account first."""
    ranked = sorted(used.items(), key=lambda one: (-one[1], one[0]))
    return [(user, units) for user, units in ranked[:MOST_MEMBERS] if units]


def _within(waits: Mapping[int, int], *, percent: int) -> float | None:
    """Return the seconds within which `percent` of the jobs were ready (nearest rank), or None."""
    left = -(-sum(waits.values()) * percent // 100)
    for tenths, jobs in sorted(waits.items()):
        left -= jobs
        if left <= 0:
            return tenths / 10
    return None
