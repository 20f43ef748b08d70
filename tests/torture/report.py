"""What a run came to, in a line."""

from __future__ import annotations

from collections import Counter

from tests.torture.harness import Seen
from tests.torture.judge import by_job, judge, paid


def figures_of(seen: Seen) -> str:
    """Say how often was killed, what became of the Jobs, and how often a promise was broken."""
    verdict = judge(seen)
    states = Counter(row["state"] for row in seen.rows)
    ends = ", ".join(f"{count} {state}" for state, count in states.most_common())
    tasks = by_job(seen.kling["tasks"])
    dearest = max((len(paid(made)) for made in tasks.values()), default=0)
    return (
        f"kill -9: {seen.kills} kills ({seen.stillborn} before it had connected), "
        f"{seen.broken} requests broken besides, "
        f"{len(seen.rows)} jobs ({ends}); at most {dearest} paid task a job; "
        f"{len(verdict.lost)} lost, {len(verdict.paid_twice)} paid twice, "
        f"{len(verdict.posted_twice)} posted twice, {len(verdict.books_wrong)} booked wrong, "
        f"integrity {seen.integrity[0]}"
    )
