"""Any JSON at all: the reader returns a task, or raises one of the client's own errors."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.kling.dialects import RESHAPED
from services.common.json_reading import MAX_ID, MAX_STATUS_WORD, MAX_WORDS
from services.errors import KlingError
from services.kling.error_codes import rule_for
from services.kling.error_mapping import read_answer, refusal
from services.kling.parsing import make_failure, parse_page, read_task, usable
from services.kling.payloads import Endpoint
from services.kling.task import Task

_NAMES = (
    "code message msg data task_id taskId id task_status status "
    "state task_result images image_url image_urls url output outputs results "
    "result response error type reason created_at updated_at final_unit_deduction request_id "
    "task_info external_task_id resultJson choices content task index watermark_url success "
    "b64_json info works resource list "
)
NAMES = st.sampled_from(_NAMES.split())
WORDS = st.sampled_from(
    ["succeed", "failed", "processing", "T1", "https://a.example/1.png", "success", "0", "1e999"]
)
ODD = st.sampled_from([math.nan, math.inf, 10**400, -(10**30), 1e300, "\ud800", "x" * 3000, 1203])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | WORDS | ODD,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(NAMES | st.text(max_size=6), inner, max_size=6)
        | inner.map(json.dumps)
    ),
    max_leaves=25,
)
BODIES = st.dictionaries(NAMES, VALUES, max_size=8) | VALUES
STATUSES = st.sampled_from([200, 201, 302, 400, 401, 403, 404, 413, 429, 500, 502, 503])


def read(raw: bytes, status: int) -> None:
    """Read an answer as the client does for each of its requests."""
    answer = read_answer(status, {}, raw, now=0.0)
    if not answer.is_good:
        for submitted in (True, False):
            error = refusal(answer, submitted=submitted)
            assert isinstance(error, KlingError)
            rule_for(error)
        return
    task = read_task(answer.body, endpoint=Endpoint.GENERATIONS, fallback_id="T")
    assert task is not None
    bounded(task)
    page = parse_page(answer.body, endpoint=Endpoint.GENERATIONS)
    for each in page.tasks if page is not None else ():
        bounded(each)


def bounded(task: Task) -> None:
    """Check the promises about every task, and that each of its texts can be stored."""
    failure = make_failure(task)
    if failure is not None:
        rule_for(failure)
    else:
        try:
            usable(task)
        except KlingError as error:
            rule_for(error)
    assert len(task.task_id) <= MAX_ID
    assert len(task.word) <= MAX_STATUS_WORD
    assert len(task.reason or "") <= MAX_WORDS
    assert task.unit_deduction is None or task.unit_deduction.is_finite()
    texts = [task.task_id, task.word, task.reason, task.request_id, task.external_task_id]
    texts += [image.url for image in task.images]
    assert "".join(filter(None, texts)).encode()


@settings(max_examples=600, deadline=None)
@given(body=BODIES, status=STATUSES)
def test_read_of_any_json_returns_a_task_or_our_error(body: Any, status: int) -> None:
    read(json.dumps(body).encode(), status)


@settings(max_examples=300, deadline=None)
@given(raw=st.binary(max_size=300), status=STATUSES)
def test_read_of_any_bytes_returns_a_task_or_our_error(raw: bytes, status: int) -> None:
    read(raw, status)


OFFICIAL = {
    "code": 0,
    "message": "SUCCEED",
    "request_id": "r",
    "data": {
        "task_id": "T",
        "task_status": "succeed",
        "task_status_msg": "",
        "task_info": {"external_task_id": "j"},
        "created_at": 1722769557708,
        "updated_at": 1722769565000,
        "task_result": {"images": [{"index": 0, "url": "https://a.example/1.png"}]},
        "final_unit_deduction": "8",
    },
}


@pytest.mark.parametrize("form", RESHAPED)
@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 200), value=VALUES, cut=st.integers(0, 2000))
def test_read_of_a_mutated_answer_returns_a_task_or_our_error(
    form: str, at: int, value: Any, cut: int
) -> None:
    """One value of a gateway's good answer is replaced, or the answer is cut."""
    answer = json.loads(json.dumps(RESHAPED[form](OFFICIAL)).replace("m" * 100, ""))
    places = list(_places(answer))
    holder, key = places[at % len(places)]
    holder[key] = value
    raw = json.dumps(answer).encode()
    read(raw, 200)
    read(raw[: cut % (len(raw) + 1)], 200)


def _places(value: Any) -> Any:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inside in pairs:
        yield value, key
        if isinstance(inside, dict | list):
            yield from _places(inside)
