"""Whether the promises were kept, judged by what the outside world has on record.

A Job is accepted when its row is there, or when its member was told so in public. It ends with one
paid task at Kling and one message in Discord that shows its pictures; or with nothing paid, its
units given back and one message that says why.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field

from sandbox.demo import pictures_of, text_of
from sandbox.discord.shapes import Json
from services.ids import LENGTH
from tests.torture.harness import Seen

SPENT = ("delivered",)
GIVEN_BACK = ("failed", "refused")


@dataclass(kw_only=True)
class Verdict:
    """Every broken promise, with what it was broken for; `figures` says what was counted."""

    lost: list[str] = field(default_factory=list)
    paid_twice: list[str] = field(default_factory=list)
    paid_for_nothing: list[str] = field(default_factory=list)
    posted_twice: list[str] = field(default_factory=list)
    told_wrong: list[str] = field(default_factory=list)
    books_wrong: list[str] = field(default_factory=list)
    database: list[str] = field(default_factory=list)
    process: list[str] = field(default_factory=list)

    @property
    def faults(self) -> dict[str, list[str]]:
        """What is not empty."""
        return {name: found for name, found in asdict(self).items() if found}


def judge(seen: Seen) -> Verdict:
    """Compare the rows with what Kling and Discord have on record."""
    verdict = Verdict()
    tasks = by_job(seen.kling["tasks"])
    bots = [one for one in seen.discord["messages"] if one["author"].get("bot")]
    messages = [(text_of(one), one) for one in bots]
    for row in seen.rows:
        _judge_payment(verdict, row, tasks.pop(row["id"], []))
        _judge_messages(verdict, row, messages)
    verdict.paid_for_nothing += [key for key, made in tasks.items() if paid(made)]
    verdict.lost += unknown_to_the_database(seen)
    _judge_books(verdict, seen)
    verdict.database += [line for line in seen.integrity if line != "ok"]
    verdict.process += seen.traces
    if seen.exit_status != 0:
        verdict.process.append(f"exit status {seen.exit_status}")
    return verdict


def by_job(tasks: list[Json]) -> dict[str, list[Json]]:
    """Kling's tasks by the Job that they were made for, whichever attempt of it."""
    found: dict[str, list[Json]] = defaultdict(list)
    for task in tasks:
        found[task["external_id"][:LENGTH]].append(task)
    return found


def paid(tasks: list[Json]) -> list[Json]:
    """Tasks that cost something."""
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
    """Look for a Job's wish in all messages: their texts with each, read once for all Jobs."""
    wish = row["prompt"].split()[0]
    mine = [(text, one) for text, one in messages if wish in text]
    shown = [url for _, one in mine for url in pictures_of(one)]
    if len(mine) > 1:
        verdict.posted_twice.append(row["id"])
    if row["state"] in SPENT:
        if not (len(shown) == row["units"] and all(row["id"] in url for url in shown)):
            verdict.lost.append(row["id"])
    elif shown or len(mine) != 1 or "counted against your limit" not in mine[0][0]:
        verdict.told_wrong.append(f"{row['id']} {row['state']}: {[text for text, _ in mine]}")


def _judge_books(verdict: Verdict, seen: Seen) -> None:
    for row in seen.rows:
        if row["given_back"] != (row["state"] in GIVEN_BACK):
            verdict.books_wrong.append(f"{row['id']} {row['state']}")
    charged = sum(row["units"] for row in seen.rows if not row["given_back"])
    painted = sum(task["n"] for task in paid(seen.kling["tasks"]))
    if charged != painted:
        verdict.books_wrong.append(f"{charged} units charged, {painted} painted")


def unknown_to_the_database(seen: Seen) -> list[str]:
    """Requests whose acceptance Discord showed in public and that are no Jobs."""
    known = {str(row["interaction_id"]) for row in seen.rows}
    shown = {one["id"] for one in seen.discord["messages"] if one["ephemeral_to"] is None}
    return [
        f"interaction {one['id']}"
        for one in seen.discord["interactions"]
        if one["response_id"] in shown and one["id"] not in known
    ]
