"""Aggregators and forks: rows like those of `dialects.py`, from their pages and public clients.

What each does to a whole request is run by `tests/services/engine/test_gateways.py`, with the forms
of `sandbox/kling/aggregators.py`.
"""

from __future__ import annotations

import json
from typing import Any

from tests.services.kling.dialects import URL, URL_2, Dialect

SOURCE = "https://in.example/source.png"
AT = 1722769557.0


def kie(state: str, **more: Any) -> dict[str, Any]:
    record = {"taskId": "t1", "model": "m", "state": state, "resultJson": "", "failMsg": "", **more}
    return {"code": 200, "msg": "success", "data": {**record, "createTime": 1722769557000}}


def cloud(word: str, **more: Any) -> dict[str, Any]:
    return {"request_id": "r", "output": {"task_id": "t1", "task_status": word, **more}}


def prediction(word: str, **more: Any) -> dict[str, Any]:
    row = {"id": "t1", "status": word, "outputs": [], "urls": {"get": SOURCE}, "error": "", **more}
    return {"code": 200, "message": "success", "data": row}


def flat(word: str, **more: Any) -> dict[str, Any]:
    urls = {"get": "https://a.example/1", "cancel": "https://a.example/1/cancel"}
    row = {"id": "t1", "status": word, "output": None, "error": None, "urls": urls}
    return {**row, "input": {"image": SOURCE}, **more}


def unified(word: str, message: str = "", **output: Any) -> dict[str, Any]:
    error = {"code": 0, "raw_message": "", "message": message, "detail": None}
    asked = {"image_url": SOURCE, "prompt": "x"}
    row = {"task_id": "t1", "status": word, "input": asked, "output": output, "error": error}
    return {"code": 200, "data": {**row, "config": {"webhook_config": {}}}, "message": "success"}


def crazy(word: str, url: str = "", error: Any = None) -> dict[str, Any]:
    row = {"error": error, "format": "png", "metadata": None, "status": word, "task_id": "t1"}
    return {"code": "success", "message": "", "data": {**row, "url": url}}


def chat(text: Any) -> dict[str, Any]:
    return {"id": "t1", "output": {"message": {}, "content": [{"type": "output_text"}], **text}}


AGGREGATORS = (
    Dialect(
        name="a record with the result as text of JSON",
        submitted={"code": 200, "msg": "success", "data": {"taskId": "t1"}},
        task_id="t1",
        running=kie("generating", param=json.dumps({"image_urls": [SOURCE]})),
        done=kie("success", resultJson=json.dumps({"resultUrls": [URL, URL_2]})),
        urls=(URL, URL_2),
        failed=kie("fail", failCode="500", failMsg="internal trouble"),
        reason="internal trouble",
        created_at=AT,
    ),
    Dialect(
        name="a record with its result in info",
        submitted={"code": 200, "msg": "success", "data": {"taskId": "t1"}},
        task_id="t1",
        done={"code": 200, "data": {"taskId": "t1", "info": {"result_urls": [URL]}}},
    ),
    Dialect(
        name="a record with its result in response",
        submitted={"code": 200, "data": {"taskId": "t1", "status": "PENDING"}},
        task_id="t1",
        done={
            "code": 200,
            "data": {"taskId": "t1", "status": "SUCCESS", "response": {"resultUrls": [URL]}},
        },
    ),
    Dialect(
        name="an array of one task, addresses in arrays",
        submitted={"code": 200, "data": [{"status": "submitted", "task_id": "t1"}]},
        task_id="t1",
        running={"code": 200, "data": {"id": "t1", "status": "in_progress", "progress": 40}},
        done={
            "code": 200,
            "data": {
                "id": "t1",
                "status": "completed",
                "created": 1722769557,
                "result": {"images": [{"url": [URL], "expires_at": 9}, {"url": [URL_2]}]},
            },
        },
        urls=(URL, URL_2),
        failed={
            "code": 200,
            "data": {"id": "t1", "status": "failed", "error": {"message": "no", "type": "x"}},
        },
        reason="no",
        created_at=AT,
    ),
    Dialect(
        name="the task and its images side by side",
        submitted={"task_id": "t1"},
        task_id="t1",
        running={"task": {"task_id": "t1", "status": "TASK_STATUS_PROCESSING"}, "images": []},
        done={
            "task": {"task_id": "t1", "status": "TASK_STATUS_SUCCEED", "reason": ""},
            "images": [{"image_url": URL, "image_url_ttl": "3600", "image_type": "png"}],
        },
        failed={"task": {"task_id": "t1", "status": "TASK_STATUS_FAILED", "reason": "no"}},
        reason="no",
    ),
    Dialect(
        name="a cloud: output.results",
        submitted=cloud("PENDING"),
        task_id="t1",
        running=cloud("RUNNING", task_metrics={"TOTAL": 1}),
        done=cloud("SUCCEEDED", results=[{"url": URL}, {"url": URL_2}]),
        urls=(URL, URL_2),
        failed=cloud("FAILED", code="InternalError", message="no"),
        reason="no",
    ),
    Dialect(
        name="a cloud: output.choices",
        submitted=cloud("PENDING"),
        task_id="t1",
        done=cloud(
            "SUCCEEDED",
            choices=[{"message": {"content": [{"text": "done"}, {"image": URL, "type": "image"}]}}],
        ),
        failed=cloud("CANCELED", message="stopped"),
        reason="stopped",
    ),
    Dialect(
        name="predictions: outputs of texts, urls of the API",
        submitted=prediction("created"),
        task_id="t1",
        running=prediction("processing"),
        done=prediction("completed", outputs=[URL, URL_2]),
        urls=(URL, URL_2),
        failed=prediction("failed", error="no"),
        reason="no",
    ),
    Dialect(
        name="flat predictions",
        submitted=flat("starting"),
        task_id="t1",
        running=flat("processing"),
        done=flat("succeeded", output=[URL, URL_2]),
        urls=(URL, URL_2),
        failed=flat("failed", error="no"),
        reason="no",
    ),
    Dialect(
        name="flat predictions, a lone address",
        submitted=flat("starting"),
        task_id="t1",
        done=flat("succeeded", output=URL),
        failed=flat("canceled"),
    ),
    Dialect(
        name="unified: output.image_urls",
        submitted=unified("Pending", image_url="", image_urls=None),
        task_id="t1",
        running=unified("Staged", image_url="", image_urls=None),
        done=unified("Completed", image_url="", image_urls=[URL, URL_2]),
        urls=(URL, URL_2),
        failed=unified("Failed", "no", image_urls=[]),
        reason="no",
    ),
    Dialect(
        name="unified: output.image_url",
        submitted=unified("pending"),
        task_id="t1",
        done=unified("completed", image_url=URL),
    ),
    Dialect(
        name="generated",
        submitted={"data": {"task_id": "t1", "status": "CREATED", "generated": []}},
        task_id="t1",
        running={"data": {"task_id": "t1", "status": "IN_PROGRESS", "generated": []}},
        done={"data": {"task_id": "t1", "status": "COMPLETED", "generated": [URL]}},
        failed={"data": {"task_id": "t1", "status": "FAILED", "generated": []}},
    ),
    Dialect(
        name="an object of its own kind: results",
        submitted={"id": "t1", "object": "image.generation.task", "status": "pending"},
        task_id="t1",
        done={
            "id": "t1",
            "object": "image.generation.task",
            "created": 1722769557,
            "status": "completed",
            "results": [URL],
            "task_info": {"can_cancel": False},
        },
        created_at=AT,
    ),
    Dialect(
        name="image_urls at the top",
        submitted={"task_id": "t1", "status": "pending"},
        task_id="t1",
        done={
            "task_id": "t1",
            "status": "completed",
            "image_urls": [URL, URL_2],
            "origin_image_url": "https://cdn.example/grid.png",
        },
        urls=(URL, URL_2),
    ),
    Dialect(
        name="imageUrl at the top",
        submitted={"taskId": "t1", "status": "SUBMITTED"},
        task_id="t1",
        done={
            "id": "t1",
            "status": "SUCCESS",
            "imageUrl": URL,
            "submitTime": 1722769557000,
            "failReason": None,
        },
        failed={"id": "t1", "status": "FAILURE", "imageUrl": "", "failReason": "no"},
        reason="no",
        created_at=AT,
    ),
    Dialect(
        name="works with resources, the status a number",
        submitted={"task": {"id": "t1", "status": 5}, "status_name": "submitted"},
        task_id="t1",
        done={
            "task": {"id": "t1", "status": 99},
            "status_name": "succeed",
            "works": [{"resource": {"resource": URL, "height": 9}, "cover": {"resource": SOURCE}}],
        },
    ),
    Dialect(
        name="file_urls of a job",
        submitted={"job_id": "t1", "status": "queued"},
        task_id="t1",
        done={"job_id": "t1", "status": "success", "file_urls": [URL]},
    ),
    Dialect(
        name="crazyrouter's page on images: a submission of another form",
        submitted={
            "created_at": 1774536039,
            "id": "t1",
            "object": "video",
            "progress": 0,
            "status": "",
            "task_id": "t1",
        },
        task_id="t1",
        running=crazy("queued"),
        done=crazy("succeeded", URL),
        failed=crazy("failed", error={"message": "content moderation failed", "code": "x"}),
        reason="content moderation failed",
    ),
    Dialect(
        name="Kling's new standard, whole",
        submitted={"code": 0, "data": {"id": "t1", "status": "submitted", "external_id": "j"}},
        task_id="t1",
        done={
            "code": 0,
            "data": {
                "id": "t1",
                "status": "succeeded",
                "create_time": 1722769557000,
                "outputs": [{"type": "image", "id": "1", "url": URL}],
                "billing": [{"type": "units", "amount": "8"}],
            },
        },
        created_at=AT,
    ),
    Dialect(
        name="everything as text of JSON",
        submitted={"code": 0, "data": json.dumps({"task_id": "t1", "task_status": "submitted"})},
        task_id="t1",
        done={
            "code": 0,
            "data": json.dumps(
                {
                    "task_id": "t1",
                    "task_status": "succeed",
                    "task_result": json.dumps({"images": json.dumps([json.dumps({"url": URL})])}),
                }
            ),
        },
    ),
    Dialect(
        name="words in Chinese",
        submitted={"code": 0, "data": {"task_id": "t1", "status": "排队中"}},
        task_id="t1",
        running={"code": 0, "data": {"task_id": "t1", "status": "生成中"}},
        done={"code": 0, "data": {"task_id": "t1", "status": "已完成", "image_url": URL}},
        failed={"code": 0, "data": {"task_id": "t1", "status": "失败", "error": "图片违规"}},
        reason="图片违规",
    ),
)
