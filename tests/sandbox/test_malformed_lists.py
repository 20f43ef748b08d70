"""Task lists with ordered faults: by rules, and over HTTP."""

from __future__ import annotations

import json

import aiohttp
import pytest

from sandbox.bent_lists import bent
from sandbox.faults import Rule
from sandbox.kling.options import Options
from sandbox.kling.server import serve

ROWS = [
    {
        "task_id": str(at),
        "task_status": word,
        "task_info": {"external_task_id": f"job{at}"},
        "created_at": (1_000_000 - 100 * at) * 1000,
    }
    for at, word in enumerate(("submitted", "succeed", "failed", "processing"))
]


@pytest.mark.parametrize(
    ("order", "page", "shown"),
    [
        ({}, 1, ["0", "1", "2", "3"]),
        ({"show": "finished"}, 1, ["1", "2"]),
        ({"show": "unfinished"}, 1, ["0", "3"]),
        ({"latest": 2}, 1, ["0", "1"]),
        ({"latest": 2}, 2, []),
        ({"lag": 150}, 1, ["2", "3"]),
        ({"show": "unfinished", "lag": 50}, 1, ["3"]),
    ],
)
def test_bent_leaves_rows_out(order: dict[str, object], page: int, shown: list[str]) -> None:
    body = json.dumps({"code": 0, "data": ROWS}).encode()

    answer = json.loads(bent(body, order, page=page, now=1_000_000.0))

    assert [row["task_id"] for row in answer["data"]] == shown
    assert answer["code"] == 0


def test_bent_rewrites_external_ids_and_writes_rows_as_text() -> None:
    body = json.dumps({"code": 0, "data": ROWS[:1]}).encode()

    [rewritten] = json.loads(bent(body, {"ids": "rewritten"}, page=1, now=1e9))["data"]
    [missing] = json.loads(bent(body, {"ids": "left out"}, page=1, now=1e9))["data"]
    [text] = json.loads(bent(body, {"text": True}, page=1, now=1e9))["data"]

    assert rewritten["task_info"]["external_task_id"].startswith("gw-")
    assert missing["task_info"] == {"external_task_id": None}
    assert json.loads(text) == ROWS[0]


@pytest.mark.parametrize("body", [b"<html>", b'{"code": 1203}', b'{"data": {"task_id": "1"}}'])
def test_bent_leaves_an_answer_without_rows(body: bytes) -> None:
    assert bent(body, {"latest": 0}, page=1, now=0.0) == body


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"color": 1}, "none of show"),
        ({"latest": -1}, "no value of 'latest'"),
        ({"lag": "long"}, "no value of 'lag'"),
        ({"text": "yes"}, "no value of 'text'"),
        ({"ids": ["a"]}, "no value of 'ids'"),
    ],
)
def test_rows_that_make_no_sense_are_refused_in_words(rows: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Rule.from_json({"action": "rows", "rows": rows})


async def test_rows_are_bent_by_http_control() -> None:
    order = {"path": "/generations$", "method": "GET", "action": "rows", "rows": {"latest": 0}}
    headers = {"Authorization": "Bearer sk-sandbox"}
    async with serve(Options()) as kling, aiohttp.ClientSession(headers=headers) as web:
        url = f"{kling.url}/kling/v1/images/generations"
        body = {"model_name": "kling-v3", "prompt": "a cat"}
        async with web.post(url, json=body) as answer:
            assert answer.status == 200
        async with web.post(f"{kling.url}/sandbox/faults", json=order) as answer:
            assert answer.status == 200
        async with web.get(url) as answer:
            assert (await answer.json())["data"] == []
        async with web.get(url) as answer:
            assert len((await answer.json())["data"]) == 1
