"""Checks the promises against the records of the outside world.

A job is accepted when its row exists, or when a public message confirmed it. It ends with one
paid task at Kling and one message in Discord that shows its images; or with nothing paid, its
units refunded and one message that says why.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field

from sandbox.demo import list_image_urls, read_text
from sandbox.discord.core.json_types import Json
from services.common.ids import LENGTH
from tests.system.kill.evidence import Evidence

SPENT = ("delivered",)
GIVEN_BACK = ("failed", "refused", "uncertain")
"""Uncertain only if nothing was paid: this Kling answers look-ups of every task that it has."""


@dataclass(kw_only=True)
class Verdict:
    """Every broken promise, with the ids for which it was broken; `figures` has the counts."""

    lost: list[str] = field(default_factory=list)
    paid_twice: list[str] = field(default_factory=list)
    paid_for_nothing: list[str] = field(default_factory=list)
    posted_twice: list[str] = field(default_factory=list)
    told_wrong: list[str] = field(default_factory=list)
    books_wrong: list[str] = field(default_factory=list)
    over_limit: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    database: list[str] = field(default_factory=list)
    process: list[str] = field(default_factory=list)

    @property
    def faults(self) -> dict[str, list[str]]:
        """Return the promises that were broken."""
        return {name: found for name, found in asdict(self).items() if found}


def judge(seen: Evidence) -> Verdict:
    """Compare the rows with the records of Kling and Discord."""
    verdict = Verdict()
    tasks = by_job(seen.kling["tasks"])
    bots = [one for one in seen.discord["messages"] if one["author"].get("bot")]
    messages = [(read_text(one), one) for one in bots]
    for row in seen.rows:
        _judge_payment(verdict, row, tasks.pop(row["id"], []))
        _judge_messages(verdict, row, messages)
    verdict.paid_for_nothing += [key for key, made in tasks.items() if paid(made)]
    verdict.lost += unknown_to_the_database(seen)
    _judge_books(verdict, seen)
    _judge_limits(verdict, seen)
    verdict.stuck += [row["id"] for row in seen.rows if _is_stuck(row)]
    verdict.database += [line for line in seen.integrity if line != "ok"]
    verdict.process += seen.traces
    verdict.process += [f"exit status {status}" for status in seen.statuses if status]
    return verdict


def _is_stuck(row: Json) -> bool:
    """Return whether a step is left to do; an uncertain job's task is looked up for long."""
    return bool(row["leased_until"] or (row["next_at"] and row["state"] != "uncertain"))


def by_job(tasks: list[Json]) -> dict[str, list[Json]]:
    """Return Kling's tasks by job, whichever attempt they belong to."""
    found: dict[str, list[Json]] = defaultdict(list)
    for task in tasks:
        found[task["external_id"][:LENGTH]].append(task)
    return found


def paid(tasks: list[Json]) -> list[Json]:
    """Return the tasks that cost something."""
    return [task for task in tasks if task["billed_units"]]


def _judge_payment(verdict: Verdict, row: Json, tasks: list[Json]) -> None:
    times = len(paid(tasks))
    if times > 1:
        verdict.paid_twice.append(row["id"])
    elif times < (row["state"] in SPENT):
        verdict.lost.append(row["id"])
    elif times > (row["state"] in SPENT):
        verdict.paid_for_nothing.append(f"{row['id']} {row['state']}")
    if row["state"] not in SPENT + GIVEN_BACK:
        verdict.lost.append(f"{row['id']} {row['state']}")


def _judge_messages(verdict: Verdict, row: Json, messages: list[tuple[str, Json]]) -> None:
    """Check the messages with the job's word; `messages` have their texts, read once for all."""
    wish = row["prompt"].split()[0]
    mine = [(text, one) for text, one in messages if wish in text]
    shown = [url for _, one in mine for url in list_image_urls(one)]
    if len(mine) > 1:
        verdict.posted_twice.append(row["id"])
    if row["state"] in SPENT:
        if not (len(shown) == row["units"] and all(row["id"] in url for url in shown)):
            verdict.lost.append(row["id"])
    elif shown or len(mine) != 1 or "counted against your limit" not in mine[0][0]:
        verdict.told_wrong.append(f"{row['id']} {row['state']}: {[text for text, _ in mine]}")


def _judge_books(verdict: Verdict, seen: Evidence) -> None:
    """Check that each member is charged for exactly the images generated for them."""
    for row in seen.rows:
        if row["given_back"] != (row["state"] in GIVEN_BACK):
            verdict.books_wrong.append(f"{row['id']} {row['state']}")
    painted: Counter[int] = Counter()
    members = {row["id"]: row["user_id"] for row in seen.rows}
    for job_id, tasks in by_job(seen.kling["tasks"]).items():
        painted[members.get(job_id, 0)] += sum(task["n"] for task in paid(tasks))
    charged = used_by_member(seen)
    for member in sorted({*charged, *painted}):
        if charged[member] != painted[member]:
            words = f"{charged[member]} units charged, {painted[member]} painted"
            verdict.books_wrong.append(f"member {member}: {words}")


def _judge_limits(verdict: Verdict, seen: Evidence) -> None:
    peak, used = seen.kling["peak_units"], used_by_member(seen)
    if peak > seen.units:
        verdict.over_limit.append(f"{peak} units at once, {seen.units} allowed")
    for member, units in seen.limits.items():
        if used[member] > units:
            verdict.over_limit.append(f"member {member}: {used[member]} units, {units} allowed")


def used_by_member(seen: Evidence) -> Counter[int]:
    """Return the units of each member's jobs that were not refunded."""
    used: Counter[int] = Counter()
    for row in seen.rows:
        used[row["user_id"]] += 0 if row["given_back"] else row["units"]
    return used


def unknown_to_the_database(seen: Evidence) -> list[str]:
    """Return the requests whose acceptance Discord showed in public, but that have no row.

    A deferred message whose process died "thinks" for ever: it does not count.
    """
    known = {str(row["interaction_id"]) for row in seen.rows}
    public = (one for one in seen.discord["messages"] if one["ephemeral_to"] is None)
    shown = {one["id"] for one in public if "wish" in read_text(one)}
    return [
        f"interaction {one['id']}"
        for one in seen.discord["interactions"]
        if one["response_id"] in shown and one["id"] not in known
    ]
