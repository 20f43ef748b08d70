"""A run's result, in a line."""

from __future__ import annotations

from collections import Counter

from tests.system.kill.evidence import Evidence
from tests.system.kill.judge import Verdict, by_job, judge, paid


def figures_of(seen: Evidence) -> str:
    """Return the troubles, how the jobs ended, and how often a promise was broken, in words."""
    verdict = judge(seen)
    states = Counter(row["state"] for row in seen.rows)
    ends = ", ".join(f"{count} {state}" for state, count in states.most_common())
    tasks = by_job(seen.kling["tasks"])
    dearest = max((len(paid(made)) for made in tasks.values()), default=0)
    return (
        f"{_of_troubles(seen)}, {seen.broken} requests broken besides, "
        f"{len(seen.rows)} jobs ({ends}); at most {dearest} paid task a job, "
        f"{seen.kling['peak_units']} of {seen.units} units at once; "
        f"{_of(verdict)}, integrity {seen.integrity[0]}"
    )


def _of_troubles(seen: Evidence) -> str:
    if seen.bots == 1:
        return f"kill -9: {seen.kills} kills ({seen.stillborn} before it had connected)"
    befell = ", ".join(f"{count} {name}" for name, count in sorted(seen.troubles.items()))
    known = {str(row["interaction_id"]) for row in seen.rows}
    asked = Counter(one["state"] for one in seen.discord["interactions"] if one["id"] not in known)
    refused, missed = asked["acknowledged"], asked["failed"]
    words = f"{refused} answered without a job, {missed} not answered"
    return f"{seen.bots} bots on one PostgreSQL: {befell}; {words}"


def _of(verdict: Verdict) -> str:
    return (
        f"{len(verdict.lost)} lost, {len(verdict.paid_twice)} paid twice, "
        f"{len(verdict.posted_twice)} posted twice, {len(verdict.over_limit)} over a limit, "
        f"{len(verdict.books_wrong)} booked wrong, {len(verdict.stuck)} stuck, "
        f"{len(verdict.told_wrong)} told wrong, {len(verdict.process)} unforeseen in a log"
    )
