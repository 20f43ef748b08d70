"""Distorts task lists as gateways do: rows left out, delayed, rewritten or encoded as text.

Ordered by a rule of `sandbox/faults.py`, also over HTTP; all named distortions apply together:

    {"method": "GET", "path": "/v1/images/generations$", "action": "rows", "rows": {"latest": 3}}

| name | value | the list shows |
| --- | --- | --- |
| show | "finished", "unfinished" | only finished tasks, or only unfinished ones |
| latest | a number | at most that many tasks, on one page |
| lag | seconds | only tasks that are at least that old |
| ids | "rewritten", "left out" | external ids other than the caller's, or none |
| text | true | each row as JSON in a string |
| images | "left out" | finished tasks without their images |
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Row = dict[str, Any]
OVER = ("succeed", "failed")
SHOWN: Mapping[object, Callable[[Row], bool]] = {
    "finished": lambda row: row["task_status"] in OVER,
    "unfinished": lambda row: row["task_status"] not in OVER,
}
IDS: Mapping[object, Callable[[str], str | None]] = {
    "rewritten": lambda own_id: f"gw-{hashlib.sha256(own_id.encode()).hexdigest()[:12]}",
    "left out": lambda _own_id: None,
}


def check(order: Mapping[str, object]) -> None:
    """Raise ValueError for an order with an unknown name or value."""
    for name, value in order.items():
        judge = _JUDGES.get(name)
        if judge is None:
            raise ValueError(f"rows: {name!r} is none of {', '.join(_JUDGES)}")
        if not judge(value):
            raise ValueError(f"rows: {value!r} is no value of {name!r}")


def bent(body: bytes, order: Mapping[str, Any], *, page: int, now: float) -> bytes:
    """Return a list response with its rows changed by the order; any other response unchanged."""
    try:
        answer = json.loads(body)
        rows: Sequence[Row] = answer["data"]
        is_list = isinstance(rows, list)
    except (ValueError, KeyError, TypeError):
        return body
    if not is_list:
        return body
    show = SHOWN.get(order.get("show"), lambda _row: True)
    latest_ms = (now - order.get("lag", 0)) * 1000
    rows = [row for row in rows if show(row) and row["created_at"] <= latest_ms]
    if "latest" in order:
        rows = rows[: order["latest"]] if page == 1 else []
    rows = [_renamed(row, order.get("ids")) for row in rows]
    if "images" in order:
        rows = [{**row, "task_result": {}} for row in rows]
    listed = [json.dumps(row) for row in rows] if order.get("text") else rows
    return json.dumps(answer | {"data": listed}).encode()


def _renamed(row: Row, how: object) -> Row:
    own_id = row["task_info"]["external_task_id"]
    if how is None or own_id is None:
        return row
    return row | {"task_info": row["task_info"] | {"external_task_id": IDS[how](own_id)}}


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


_JUDGES: Mapping[str, Callable[[object], bool]] = {
    "show": lambda value: value in ("finished", "unfinished"),
    "latest": lambda value: _is_amount(value) and isinstance(value, int),
    "lag": _is_amount,
    "ids": lambda value: value in ("rewritten", "left out"),
    "text": lambda value: isinstance(value, bool),
    "images": lambda value: value == "left out",
}
