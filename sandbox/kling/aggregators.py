"""Response formats of aggregators and forks, from their own pages and public clients.

Each function converts the official response into that of the gateway.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from sandbox.kling.contract import Json

Reshape = Callable[[Json], Json]
MEGABYTE = 2**20
LONG_HEADERS = {"X-Content-Policy": "default-src 'self' " + "https://a.example " * 560}
"""Some 10,000 bytes, as long as the content policies of some CDNs."""

WORDS = ("submitted", "processing", "succeed", "failed")


def _word(task: Json, *words: str) -> str:
    """Translate the status; `words` are for submitted, processing, succeed and failed."""
    return words[WORDS.index(task["task_status"])]


def _urls(task: Json) -> list[str]:
    images = (task.get("task_result") or {}).get("images") or []
    return [image["url"] for image in images]


def _error(task: Json) -> str:
    return task.get("task_status_msg") or ""


def data_as_text(answer: Json) -> Json:
    """Convert the response: `data` is JSON in a string."""
    return answer | {"data": json.dumps(answer["data"])}


def rows_as_text(answer: Json) -> Json:
    """Convert the response: each row of `data` is JSON in a string."""
    return answer | {"data": [json.dumps(row) for row in answer["data"]]}


def result_as_text(answer: Json) -> Json:
    """Convert the response: `task_result` is JSON in a string."""
    result = json.dumps(answer["data"].get("task_result"))
    return answer | {"data": answer["data"] | {"task_result": result}}


def with_image_url(answer: Json) -> Json:
    """Convert the response: images as `{"image_url": ...}`."""
    images = [{"image_url": url} for url in _urls(answer["data"])]
    return answer | {"data": answer["data"] | {"task_result": {"images": images}}}


def with_image_urls(answer: Json) -> Json:
    """Convert the response: a status route's own format, `image_urls` next to the status."""
    task = answer["data"]
    return {
        "task_id": task["task_id"],
        "status": _word(task, "pending", "running", "completed", "failed"),
        "image_urls": _urls(task),
        "fail_reason": _error(task),
    }


def as_record(answer: Json) -> Json:
    """Convert the response: `state`, and the result as JSON in a string.

    `code` repeats the HTTP status.
    """
    task = answer["data"]
    result = {"resultUrls": _urls(task)} if _urls(task) else None
    record = {
        "taskId": task["task_id"],
        "param": json.dumps({"input": {"image_urls": ["https://in.example/source.png"]}}),
        "state": _word(task, "waiting", "generating", "success", "fail"),
        "resultJson": "" if result is None else json.dumps(result),
        "failMsg": _error(task),
        "createTime": task["created_at"],
        "updateTime": task["updated_at"],
    }
    return {"code": 200, "msg": "success", "data": record}


def as_rows(answer: Json) -> Json:
    """Convert the response: an array with one task instead of a task."""
    return {"code": 200, "data": [answer["data"]]}


def as_progress(answer: Json) -> Json:
    """Convert the response: `result.images[].url` is an array; times in seconds."""
    task = answer["data"]
    content: Json = {
        "id": task["task_id"],
        "status": _word(task, "submitted", "in_progress", "completed", "failed"),
        "progress": 100 if _urls(task) else 0,
        "created": task["created_at"] // 1000,
    }
    if _urls(task):
        images = [{"url": [url], "expires_at": 1} for url in _urls(task)]
        content["result"] = {"images": images}
    if _error(task):
        content["error"] = {"message": _error(task), "type": "task_failed"}
    return {"code": 200, "data": content}


def as_task_and_images(answer: Json) -> Json:
    """Convert the response: the task in one object, its images next to it, prefixed statuses."""
    task = answer["data"]
    word = _word(task, "QUEUED", "PROCESSING", "SUCCEED", "FAILED")
    return {
        "task": {
            "task_id": task["task_id"],
            "status": f"TASK_STATUS_{word}",
            "reason": _error(task),
        },
        "images": [{"image_url": url, "image_type": "png"} for url in _urls(task)],
    }


def as_output(answer: Json) -> Json:
    """Convert the response: a cloud's envelope, `output.task_status`, `output.results[].url`."""
    task = answer["data"]
    output: Json = {
        "task_id": task["task_id"],
        "task_status": _word(task, "PENDING", "RUNNING", "SUCCEEDED", "FAILED"),
    }
    if _urls(task):
        output["results"] = [{"url": url} for url in _urls(task)]
    if _error(task):
        output |= {"code": "DataInspectionFailed", "message": _error(task)}
    return {"request_id": answer["request_id"], "output": output}


def as_choices(answer: Json) -> Json:
    """Convert the response: the cloud's chat format, `output.choices[].message.content[].image`."""
    reshaped = as_output(answer)
    output = {name: value for name, value in reshaped["output"].items() if name != "results"}
    content = [{"image": url, "type": "image"} for url in _urls(answer["data"])]
    output["choices"] = [{"message": {"role": "assistant", "content": content}}]
    return reshaped | {"output": output}


def as_prediction(answer: Json) -> Json:
    """Convert the response: `data.outputs[]` of strings, and the query's URL in `urls`."""
    task = answer["data"]
    content: Json = {
        "id": task["task_id"],
        "status": _word(task, "created", "processing", "completed", "failed"),
        "outputs": _urls(task),
        "urls": {"get": "https://api.example/predictions/1/result"},
        "has_nsfw_contents": [],
        "error": _error(task),
    }
    return {"code": 200, "message": "success", "data": content}


def as_flat_prediction(answer: Json) -> Json:
    """Convert the response: all fields at the top level, `output` an array, `error` null."""
    task = answer["data"]
    return {
        "id": task["task_id"],
        "status": _word(task, "starting", "processing", "succeeded", "failed"),
        "output": _urls(task) or None,
        "error": _error(task) or None,
        "urls": {"get": "https://api.example/1", "cancel": "https://api.example/1/cancel"},
    }


def as_lone_output(answer: Json) -> Json:
    """Convert the response: like `as_flat_prediction`, with one URL instead of the array."""
    reshaped = as_flat_prediction(answer)
    return reshaped | {"output": (_urls(answer["data"]) or [None])[0]}


def as_unified(answer: Json) -> Json:
    """Convert the response: images in `data.output`; `data.error` exists without an error too."""
    task = answer["data"]
    content: Json = {
        "task_id": task["task_id"],
        "status": _word(task, "pending", "processing", "completed", "failed"),
        "input": {"image_url": "https://in.example/source.png"},
        "output": {"image_url": "", "image_urls": _urls(task) or None},
        "error": {"code": 0, "raw_message": "", "message": _error(task)},
    }
    return {"code": 200, "data": content, "message": "success"}


def as_generated(answer: Json) -> Json:
    """Convert the response: `data.generated[]`, statuses in capitals."""
    task = answer["data"]
    content: Json = {
        "task_id": task["task_id"],
        "status": _word(task, "CREATED", "IN_PROGRESS", "COMPLETED", "FAILED"),
        "generated": _urls(task),
        "failure_reason": _error(task),
    }
    return {"data": content}


def as_task_object(answer: Json) -> Json:
    """Convert the response: an object of the API's own type, `results[]` of strings."""
    task = answer["data"]
    return {
        "id": task["task_id"],
        "object": "image.generation.task",
        "created": task["created_at"] // 1000,
        "status": _word(task, "pending", "processing", "completed", "failed"),
        "results": _urls(task),
        "error": {"message": _error(task)} if _error(task) else None,
    }


def as_works(answer: Json) -> Json:
    """Convert the response: the web app's format, a number as status, its name, and works."""
    task = answer["data"]
    return {
        "task": {"id": task["task_id"], "status": WORDS.index(task["task_status"])},
        "status_name": _word(task, "submitted", "processing", "succeed", "failed"),
        "works": [{"resource": {"resource": url, "height": 9}} for url in _urls(task)],
        "message": _error(task),
    }


def as_new_standard(answer: Json) -> Json:
    """Convert the response: Kling's new standard, `id`, `status`, `outputs[]`, `external_id`."""
    task = answer["data"]
    outputs = [{"type": "image", "id": str(at), "url": url} for at, url in enumerate(_urls(task))]
    content: Json = {
        "id": task["task_id"],
        "status": _word(task, "submitted", "processing", "succeeded", "failed"),
        "message": _error(task),
        "create_time": task["created_at"],
        "update_time": task["updated_at"],
        "external_id": task["task_info"]["external_task_id"],
        "outputs": outputs,
    }
    return answer | {"data": content}


def in_camel_case(answer: Json) -> Json:
    """Convert the response: names in camel case: taskId, taskStatus, taskResult.imageUrls."""
    task = answer["data"]
    content: Json = {
        "taskId": task["task_id"],
        "taskStatus": task["task_status"],
        "taskStatusMsg": _error(task),
        "taskResult": {"imageUrls": _urls(task)},
    }
    return {"code": "0", "message": "OK", "data": content}


def thrice_wrapped(answer: Json) -> Json:
    """Convert the response: two gateways in a row, each with its own envelope."""
    inner = {"code": 0, "message": "success", "data": answer["data"]}
    return {"code": "success", "data": {"code": "success", "data": inner}}


def in_result(answer: Json) -> Json:
    """Convert the response: the task in `result`, without `data`."""
    return {"success": True, "error": None, "result": answer["data"]}


def by_key(answer: Json) -> Json:
    """Convert the response: images as an object, one under each number."""
    images = {str(at): {"url": url} for at, url in enumerate(_urls(answer["data"]))}
    return answer | {"data": answer["data"] | {"task_result": {"images": images}}}


def in_strange_words(answer: Json) -> Json:
    """Convert the response: undocumented status words."""
    word = _word(answer["data"], "dreaming", "sketching", "varnished", "failed")
    return answer | {"data": answer["data"] | {"task_status": word}}


def with_half_characters(answer: Json) -> Json:
    """Convert the response: half a surrogate pair in the message, NaN and infinity as numbers."""
    odd = {"message": "SUCCEED \ud83d", "cost": float("nan"), "balance": float("inf")}
    return answer | odd


def with_long_words(answer: Json) -> Json:
    """Convert the response: a request id and a message of one megabyte each."""
    return answer | {"request_id": "r" * MEGABYTE, "message": "m" * MEGABYTE}


def moderated(answer: Json) -> Json:
    """Convert the response: a failed task with OpenAI's code and an empty message."""
    task = answer["data"]
    if task["task_status"] != "failed":
        return answer
    error = {"code": "moderation_blocked", "type": "image_generation_user_error", "message": "no"}
    return answer | {"data": task | {"task_status_msg": "", "error": error}}


def refused_as_moderated(status: int, body: Json) -> tuple[int, Json]:
    """Return a content refusal in OpenAI's format."""
    if body["code"] != 1301:  # noqa: PLR2004 - the code of section 11
        return status, body
    error = {"message": "no", "type": "image_generation_user_error", "code": "moderation_blocked"}
    return 400, {"error": error}
