"""Conversion between database rows and the records of services.models."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from services.db.connection import DbConnection, Row, Values, fetch_all
from services.models import (
    Generation,
    Job,
    Options,
    Outcome,
    ReplyTarget,
    Request,
    Result,
    Source,
    SourceForm,
    State,
)

_UNREADABLE = (ValueError, TypeError, LookupError, ArithmeticError, RecursionError)
"""Errors raised for a row that another version wrote or a disk damaged."""

_BARE = {"source": '{"url": ""}', "options": "{}", "more": "[]", "outcome": None}
"""Replacements for damaged JSON by column, so that its texts can be deleted."""

_IN_COLUMNS = ("channel_id", "guild_id", "message_id", "interaction_id")
"""Fields of ReplyTarget that have columns of their own, because queries use them or they change."""


R = TypeVar("R")


def record_from_row(kind: type[R], row: Row, **other: object) -> R:
    """Return a record from the columns with the names of its fields (`by`: column `set_by`).

    `other` are the values of fields that have no column, or that differ from it. Other columns are
    ignored.
    """
    return msgspec.convert({"by": row.get("set_by")} | row | other, kind, strict=False)


_FLAGS = ("late", "given_back", "withheld", "forgotten", "holds_slot")
_CONVERTED = {
    "request", "state", "generation", "task_id", "images", "source_form", "outcome", *_FLAGS
}  # fmt: skip
_PLAIN = [field.name for field in fields(Job) if field.name not in _CONVERTED]
"""The fields of Job in three groups: _FLAGS are columns of 0 and 1, _CONVERTED need conversion,
_PLAIN are stored as they are."""


def job_row(job: Job, *, next_at: float, cost_micro: int = 0) -> Row:
    """Return the row of a newly accepted job; `next_at`: when its first step is due.

    `cost_micro` is its expected cost in micro-dollars.
    """
    request, place = job.request, msgspec.to_builtins(job.place)
    columns = {name: place[name] for name in _IN_COLUMNS}
    return {
        "id": job.id,
        "user_id": request.user_id,
        **columns,
        "kind": request.kind,
        "prompt": request.prompt,
        "options": _json(request.options),
        "source": _json(request.source),
        "more": _json(request.more),
        "place": place_json(job.place),
        "model": request.options.model,
        "units": job.units,
        "day": job.day,
        "cost_micro": cost_micro,
        "state": job.state,
        "created_at": job.created_at,
        "next_at": next_at,
    }


def job_from_row(row: Row) -> Job:
    """Return the job of a row with all columns."""
    place = msgspec.json.decode(row["place"]) | {name: row[name] for name in _IN_COLUMNS}
    request = Request(
        user_id=row["user_id"],
        prompt=row["prompt"],
        options=msgspec.json.decode(row["options"], type=Options),
        source=msgspec.json.decode(row["source"], type=Source),
        place=msgspec.convert(place, ReplyTarget),
        kind=row["kind"],
        more=msgspec.json.decode(row["more"], type=tuple[Source, ...]),
    )
    outcome = row["outcome"]
    columns: Row = {name: row[name] for name in _PLAIN}
    columns |= {name: bool(row[name]) for name in _FLAGS}
    return Job(
        request=request,
        state=State(row["state"]),
        generation=_generation_from_row(row),
        task_id=row["task_id"] or None,
        images=tuple(msgspec.json.decode(row["images"])) if row["images"] else (),
        source_form=SourceForm(row["source_form"]),
        outcome=msgspec.json.decode(outcome, type=Outcome) if outcome else None,
        **columns,
    )


def jobs_from_rows(rows: Iterable[Row]) -> tuple[list[Job], list[str]]:
    """Return the jobs of these rows, and the ids of the rows that cannot be read."""
    jobs: list[Job] = []
    unreadable: list[str] = []
    for row in rows:
        try:
            jobs.append(job_from_row(row))
        except _UNREADABLE:
            unreadable.append(row["id"])
    return jobs, unreadable


def mend_json(db: DbConnection, where: str, values: Values) -> None:
    """Replace damaged JSON in these jobs by empty values; SQL cannot change parts of it."""
    query = f"SELECT job.id, {', '.join(f'job.{name}' for name in _BARE)} FROM job WHERE {where}"
    for row in fetch_all(db, query, values):
        for name, bare in _BARE.items():
            if row[name] is not None and not _is_whole(row[name], is_list=bare == "[]"):
                db.execute(f"UPDATE job SET {name} = ? WHERE job.id = ?", [bare, row["id"]])


def _is_whole(text: str, *, is_list: bool) -> bool:
    try:
        msgspec.json.decode(text, type=list[dict[str, Any]] if is_list else dict[str, Any])
    except _UNREADABLE:
        return False
    return True


def _generation_from_row(row: Row) -> Generation | None:
    seconds = row["generation_s"]
    if seconds is None:
        return None
    return Generation(seconds=seconds, censored=bool(row["generation_censored"]))


def generation_values(generation: Generation | None) -> Row:
    """Return a generation time as SQL parameters; None leaves the stored value unchanged."""
    seconds = None if generation is None else generation.seconds
    return {"took": seconds, "censored": int(generation is not None and generation.censored)}


def place_json(place: ReplyTarget) -> str:
    """Return the JSON of a reply target, without the fields that have columns of their own."""
    fields = msgspec.to_builtins(place)
    return _json({name: value for name, value in fields.items() if name not in _IN_COLUMNS})


def outcome_json(outcome: Outcome | None) -> str | None:
    """Return the JSON of an outcome."""
    return None if outcome is None else _json(outcome)


def result_row(job_id: str, result: Result) -> Row:
    """Return the row in which a result is stored."""
    return {
        "job_id": job_id,
        "position": result.position,
        "path": result.path.as_posix(),
        "url": result.url,
        "width": result.width,
        "height": result.height,
        "size": result.size,
    }


def result_from_row(row: Row) -> Result:
    """Return the result that a row describes."""
    return record_from_row(Result, row, path=Path(row["path"]))


def _json(record: object) -> str:
    return msgspec.json.encode(record).decode()
