"""When a task began and ended, by the provider: in seconds or milliseconds, under any name."""

from __future__ import annotations

from typing import Any

import pytest

from services.kling import Endpoint
from services.kling.parsing import read_task

BEGAN = 1_722_769_557


def wrapped(submit_time: object, finish_time: object, **inner: object) -> dict[str, Any]:
    """Return new-api's own task object, with the upstream answer inside."""
    images = {"images": [{"index": 0, "url": "https://cdn.example/a.png"}]}
    official = {"task_id": "up_1", "task_status": "succeed", "task_result": images, **inner}
    task = {"task_id": "up_1", "status": "SUCCESS", "data": {"code": 0, "data": official}}
    times = {"submit_time": submit_time, "finish_time": finish_time}
    return {"code": "success", "data": {**task, **times}}


TIMES = {
    "seconds": (BEGAN, BEGAN + 9),
    "milliseconds": (BEGAN * 1000, BEGAN * 1000 + 9000),
    "seconds and milliseconds": (BEGAN, BEGAN * 1000 + 9000),
    "seconds as text": (str(BEGAN), str(BEGAN + 9)),
    "milliseconds as text": (f"{BEGAN}000", f"{BEGAN + 9}000"),
    "seconds with a fraction": (f"{BEGAN}.0", BEGAN + 9.0),
}


@pytest.mark.parametrize(("began", "ended"), TIMES.values(), ids=TIMES)
def test_times_of_a_wrapped_task_are_converted_to_seconds(began: object, ended: object) -> None:
    task = read_task(wrapped(began, ended), endpoint=Endpoint.GENERATIONS)

    assert task is not None
    assert (task.created_at, task.updated_at) == (BEGAN, BEGAN + 9)


@pytest.mark.parametrize("ended", [0, "0", None, "", -1, "soon", BEGAN * 10**6, True])
def test_times_that_are_invalid_are_ignored(ended: object) -> None:
    task = read_task(wrapped(BEGAN, ended), endpoint=Endpoint.GENERATIONS)

    assert task is not None
    assert task.updated_at is None


def test_times_of_the_upstream_are_used_if_no_other() -> None:
    body = wrapped(BEGAN, 0, updated_at=BEGAN * 1000 + 9000)

    task = read_task(body, endpoint=Endpoint.GENERATIONS)

    assert task is not None
    assert task.updated_at == BEGAN + 9
