"""Gateways in front of Kling and how each changes the contract (section 8).

Each conversion takes the official response and returns the gateway's. A row of `FLAVOURS` selects
the conversions of a gateway. Gateways that document themselves as identical to Kling need none.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.kling import aggregators
from sandbox.kling.contract import EXPAND, GENERATIONS, MULTI, OMNI, Json
from sandbox.kling.request_parsing import Terms
from sandbox.kling.tasks import official_id

Reshape = Callable[[Json], Json]
SERVER_ERROR = 500
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ULID_LENGTH = 26


def _same(answer: Json) -> Json:
    return answer


def _same_refusal(status: int, body: Json) -> tuple[int, Json]:
    return status, body


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """One gateway: `submitted` and `queried` convert responses, `refused` a status and body."""

    submitted: Reshape = _same
    queried: Reshape = _same
    refused: Callable[[int, Json], tuple[int, Json]] = _same_refusal
    make_id: Callable[[], str] = official_id
    terms: Terms = field(default_factory=Terms)
    lists: bool = False
    """Whether the list call exists; no gateway guarantees it."""
    bare_key: bool = False
    """Whether the Authorization header holds the key without "Bearer"."""
    finds_external_id: bool = True
    """Whether a query finds a task by the caller's own id."""
    listed: Reshape = _same
    """Converts the response to the list call."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Headers of every response and every result."""
    signs_bytes: bool = False
    """Whether result URLs redirect, and are valid only byte for byte as they were sent."""
    waits: bool = False
    """Whether a submission is answered only after its task has ended."""
    submit_paths: Mapping[str, str] = field(default_factory=dict[str, str])
    query_paths: Mapping[str, str] = field(default_factory=dict[str, str])
    """Paths by resource, below the prefix, where they differ from Kling's."""

    def submit_path(self, resource: str) -> str:
        """Return the path to which a resource's tasks are submitted, and which lists them."""
        return self.submit_paths.get(resource, f"/v1/images/{resource}")

    def query_path(self, resource: str) -> str:
        """Return the path that precedes a task's id in a query."""
        return self.query_paths.get(resource, f"/v1/images/{resource}")


def _task_id_as_request_id(answer: Json) -> Json:
    return answer | {"request_id": answer["data"]["task_id"]}


def _without_index(answer: Json) -> Json:
    """Convert images to `{"id": "", "url": ...}`: no index, an empty id."""
    result = answer["data"].get("task_result") or {}
    if "images" not in result:
        return answer
    images = [{"id": "", "url": image["url"]} for image in result["images"]]
    return answer | {"data": answer["data"] | {"task_result": {"images": images}}}


def _as_strings(answer: Json) -> Json:
    times = {name: str(answer["data"][name]) for name in ("created_at", "updated_at")}
    return answer | {"code": str(answer["code"]), "data": answer["data"] | times}


def _without_request_id(answer: Json) -> Json:
    return {name: value for name, value in answer.items() if name != "request_id"}


def _says_success(answer: Json) -> Json:
    return answer | {"message": "success"}


VIDEO_WORDS = {
    "submitted": "queued",
    "processing": "processing",
    "succeed": "succeeded",
    "failed": "failed",
}


def _as_video(answer: Json) -> Json:
    """Convert to new-api's video format: `code` "success" even for a failed task, format mp4."""
    official = answer["data"]
    content: Json = {
        "task_id": official["task_id"],
        "status": VIDEO_WORDS[official["task_status"]],
        "format": "mp4",
        "url": _first_url(official),
    }
    if official["task_status"] == "failed":
        content["error"] = {"message": official["task_status_msg"], "code": 0}
    return {"code": "success", "message": "", "data": content}


STOCK_WORDS = {
    "submitted": ("SUBMITTED", "10%"),
    "processing": ("IN_PROGRESS", "50%"),
    "succeed": ("SUCCESS", "100%"),
    "failed": ("FAILURE", "100%"),
}


def _stock_wrapping(answer: Json) -> Json:
    """Convert to new-api's default: its own task object around Kling's whole response.

    Its times are in seconds.
    """
    official = answer["data"]
    status, progress = STOCK_WORDS[official["task_status"]]
    is_over = official["task_status"] in ("succeed", "failed")
    content = {
        "task_id": official["task_id"],
        "action": "generate",
        "status": status,
        "fail_reason": official["task_status_msg"],
        "submit_time": official["created_at"] // 1000,
        "start_time": official["created_at"] // 1000,
        "finish_time": official["updated_at"] // 1000 if is_over else 0,
        "progress": progress,
        "data": answer,
    }
    return {"code": "success", "message": "", "data": content}


def _stock_refusal(status: int, body: Json) -> tuple[int, Json]:
    """Convert a refusal to new-api's: words as codes, no balance as 403, others under `error`."""
    words = body["message"]
    if body["code"] == 1203 and "task" in words:  # noqa: PLR2004 - the code of section 11
        return 400, {"code": "task_not_exist", "message": "task_not_exist", "data": None}
    if body["code"] in (1100, 1101, 1102):
        return 403, {"code": "insufficient_user_quota", "message": words, "data": None}
    error = {"message": words, "type": "upstream_error", "param": "", "code": str(body["code"])}
    return status, {"error": error}


def _documented_form(answer: Json) -> Json:
    """Convert to the format of new-api's public docs: flat, status completed, one `url`."""
    official = answer["data"]
    words = VIDEO_WORDS | {"succeed": "completed", "processing": "in_progress"}
    content: Json = {
        "task_id": official["task_id"],
        "status": words[official["task_status"]],
        "format": "png",
        "url": _first_url(official),
    }
    if official["task_status"] == "failed":
        content["error"] = {"code": 0, "message": official["task_status_msg"]}
    return content


def _task_id_alone(answer: Json) -> Json:
    return {"task_id": answer["data"]["task_id"]}


def _flat_with_data(answer: Json) -> Json:
    """Convert to Qiniu's query: all fields at the top level, OpenAI's image list.

    `created` is in seconds.
    """
    official = answer["data"]
    status = {"succeed": "completed", "failed": "failed"}.get(official["task_status"], "processing")
    content: Json = {
        "task_id": official["task_id"],
        "created": official["created_at"] // 1000,
        "status": status,
    }
    if status == "completed":
        return content | {"data": _openai_images(answer)["data"]}
    return content | {"status_message": official["task_status_msg"] or status}


def _openai_images(answer: Json) -> Json:
    """Convert to the response of OpenAI's images call: no id, no status, only the images."""
    official = answer["data"]
    images = (official.get("task_result") or {}).get("images") or []
    data = [{"url": image["url"]} for image in images]
    return {"created": official["created_at"] // 1000, "data": data}


def _openai_refusal(status: int, body: Json) -> tuple[int, Json]:
    """Convert a refusal to OpenAI's format; the code is Kling's, as a string."""
    kind = "invalid_request_error" if status < SERVER_ERROR else "upstream_error"
    error = {"message": body["message"], "type": kind, "code": str(body["code"])}
    return status, {"error": error}


def _refusal_while_waiting(status: int, body: Json) -> tuple[int, Json]:
    """Convert a refusal to new-api's; the reason of a failed task becomes a server error."""
    if status != SERVER_ERROR:
        return _stock_refusal(status, body)
    words = {"message": body["message"], "type": "upstream_error", "param": ""}
    return status, {"error": words | {"code": "task_failed"}}


def _first_url(official: Json) -> str:
    images = (official.get("task_result") or {}).get("images") or []
    return images[0]["url"] if images else ""


def _prefixed(prefix: str) -> Callable[[], str]:
    return lambda: prefix + official_id()


def _ulid() -> str:
    return "task_" + "".join(secrets.choice(CROCKFORD) for _ in range(ULID_LENGTH))


RESHAPED: Mapping[str, Reshape] = {
    "data-as-text": aggregators.data_as_text,
    "result-as-text": aggregators.result_as_text,
    "image-url": aggregators.with_image_url,
    "image-urls": aggregators.with_image_urls,
    "record": aggregators.as_record,
    "rows": aggregators.as_rows,
    "task-and-images": aggregators.as_task_and_images,
    "output": aggregators.as_output,
    "choices": aggregators.as_choices,
    "prediction": aggregators.as_prediction,
    "flat-prediction": aggregators.as_flat_prediction,
    "lone-output": aggregators.as_lone_output,
    "unified": aggregators.as_unified,
    "generated": aggregators.as_generated,
    "task-object": aggregators.as_task_object,
    "works": aggregators.as_works,
    "new-standard": aggregators.as_new_standard,
    "camel-case": aggregators.in_camel_case,
    "thrice-wrapped": aggregators.thrice_wrapped,
    "in-result": aggregators.in_result,
    "by-key": aggregators.by_key,
    "strange-words": aggregators.in_strange_words,
    "half-characters": aggregators.with_half_characters,
    "long-words": aggregators.with_long_words,
}
"""Response formats of aggregators and forks, named by their distinctive feature."""

FLAVOURS: Mapping[str, Flavour] = {
    "official": Flavour(lists=True),
    "dmxapi": Flavour(
        submitted=_task_id_as_request_id,
        queried=_task_id_as_request_id,
        terms=Terms(serves_retired=True, takes_format=True, text_ratio="1:1"),
        lists=True,
    ),
    "yunwu": Flavour(queried=_without_index),  # also xuedingmao, v98store, qingyuntop
    "gpt-best": Flavour(submitted=_as_strings, queried=_as_strings),
    "crazyrouter": Flavour(make_id=_prefixed("kling_img_")),
    "crazyrouter-video": Flavour(
        submitted=_as_video, queried=_as_video, make_id=_prefixed("kling_img_")
    ),
    "302ai": Flavour(
        submitted=_without_request_id, queried=_without_request_id, make_id=_prefixed("kling_")
    ),
    "openai-next": Flavour(submitted=_says_success, queried=_says_success),
    "kapon": Flavour(submitted=_says_success, queried=_says_success, make_id=_ulid),
    "new-api": Flavour(queried=_stock_wrapping, refused=_stock_refusal),
    "new-api-documented": Flavour(
        submitted=_documented_form, queried=_documented_form, refused=_stock_refusal
    ),
    "duomi": Flavour(bare_key=True),
    "bltcy": Flavour(query_paths={MULTI: "/v1/images/generations"}),
    "qiniu": Flavour(
        submitted=_task_id_alone,
        queried=_flat_with_data,
        refused=_openai_refusal,
        make_id=_prefixed("image-"),
        terms=Terms(takes_external_id=False, model_field="model"),
        submit_paths={MULTI: "/v1/images/edits"},
        query_paths=dict.fromkeys((GENERATIONS, MULTI), "/v1/images/tasks"),
    ),
    "tencent": Flavour(
        terms=Terms(model_field="model", names={"kling-image-v3": "kling-v3"}),
        submit_paths={GENERATIONS: "/v1/wand/kling-image/generation"},
        query_paths={GENERATIONS: "/v1/wand/kling/tasks"},
    ),
    "synchronous": Flavour(  # a new-api fork: OpenAI's call, which polls internally
        submitted=_openai_images,
        queried=_openai_images,
        refused=_refusal_while_waiting,
        terms=Terms(takes_external_id=False),
        query_paths=dict.fromkeys((GENERATIONS, OMNI, MULTI, EXPAND), "/nowhere"),
        waits=True,
    ),
    **{name: Flavour(submitted=form, queried=form) for name, form in RESHAPED.items()},
    "progress": Flavour(submitted=aggregators.as_rows, queried=aggregators.as_progress),
    "moderated": Flavour(queried=aggregators.moderated, refused=aggregators.refused_as_moderated),
    "rows-as-text": Flavour(lists=True, listed=aggregators.rows_as_text, finds_external_id=False),
    "list-as-text": Flavour(lists=True, listed=aggregators.data_as_text, finds_external_id=False),
    "long-headers": Flavour(headers=aggregators.LONG_HEADERS),
    "signed-bytes": Flavour(signs_bytes=True),
    "lists-only": Flavour(lists=True, finds_external_id=False),
    "forgetful": Flavour(terms=Terms(takes_external_id=False)),  # finds a task by its own id only
}
