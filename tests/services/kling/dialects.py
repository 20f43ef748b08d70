"""Answers of providers, written from their documentation: one row for each deviation seen.

A row holds the answer to a submission, answers to polls of the task, and what they mean. Its
name begins with the gateways that answer so; `IDENTICAL` declare themselves identical to Kling.
Deviations in paths, keys or headers are in `sandbox/kling/dialects.py` and `test_routes.py`:

| gateway | deviates by | tested in |
| --- | --- | --- |
| Duomi | a key without Bearer, a prefix of its own | flavour duomi, test_credentials |
| Tencent TokenHub | paths, `model`, names of models | flavour tencent, test_routes |
| Qiniu | paths, `model`, answers | flavour qiniu, its row here, test_routes |
| api.bltcy.ai | multi-image tasks polled elsewhere | flavour bltcy, test_routes |
| a new-api fork | a synchronous call | flavour synchronous, its row here |
| DMXAPI | `output_format`, 1:1 for text, retired models | flavour dmxapi |
| new-api | words for codes, balance as 403 | test_refusals |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

IDENTICAL = "powertokens, gptproto, hingnet, aimanyi, kkiai, CometAPI, Duomi, bltcy, Tencent"

URL = "https://cdn.example/a_raw_image_0.png"
URL_2 = "https://cdn.example/a_raw_image_1.png"
BASE64 = "iVBORw0KGgo" + 3000 * "A"
INLINE = f"data:image/png;base64,{BASE64}"


@dataclass(frozen=True)
class Dialect:
    """One provider's form of answers."""

    name: str
    submitted: dict[str, Any]
    task_id: str
    done: dict[str, Any]
    urls: tuple[str, ...] = (URL,)
    running: dict[str, Any] | None = None
    failed: dict[str, Any] | None = None
    reason: str | None = None
    created_at: float | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def _official(word: str, *, message: str = "SUCCEED", **data: Any) -> dict[str, Any]:
    times = {"created_at": 1722769557708, "updated_at": 1722769565000}
    row = {"task_id": "Cl6kH2gHPegAAAAAAABIDA", "task_status": word, **times, **data}
    return {"code": 0, "message": message, "request_id": "CjmkH2gHPeg", "data": row}


OFFICIAL = Dialect(
    name=f"official, {IDENTICAL}",
    submitted=_official("submitted", task_info={"external_task_id": "job1"}),
    task_id="Cl6kH2gHPegAAAAAAABIDA",
    running=_official("processing"),
    done=_official(
        "succeed",
        task_status_msg="",
        task_info={"external_task_id": "job1"},
        task_result={
            "images": [{"index": 1, "url": URL_2}, {"index": 0, "url": URL, "watermark_url": "w"}]
        },
        final_unit_deduction="8",
        final_balance_deduction={"quota": "0", "list_price": "0.028"},
        watermark_info={"enabled": True},
    ),
    urls=(URL, URL_2),
    failed=_official(
        "failed",
        task_status_msg="Failure to pass the risk control system",
        task_result={},
    ),
    reason="Failure to pass the risk control system",
    created_at=1722769557.708,
)

DIALECTS = (
    OFFICIAL,
    Dialect(
        name="official omni: a series",
        submitted=_official("submitted"),
        task_id="Cl6kH2gHPegAAAAAAABIDA",
        done=_official(
            "succeed",
            task_result={
                "result_type": "series",
                "images": [],
                "series_images": [{"index": 0, "url": URL}, {"index": 1, "url": URL_2}],
            },
        ),
        urls=(URL, URL_2),
        created_at=1722769557.708,
    ),
    Dialect(
        name="DMXAPI: the request id is the task id",
        submitted={
            "code": 0,
            "message": "SUCCEED",
            "request_id": "831922345719271433",
            "data": {"task_id": "831922345719271433", "task_status": "submitted"},
        },
        task_id="831922345719271433",
        done={
            "code": 0,
            "message": "SUCCEED",
            "request_id": "831922345719271433",
            "data": {
                "task_id": "831922345719271433",
                "task_status": "succeed",
                "task_result": {"images": [{"index": 0, "url": URL}]},
            },
        },
    ),
    Dialect(
        name="xuedingmao, v98store, qingyuntop, yunwu: no index, an empty id",
        submitted=_official("submitted"),
        task_id="Cl6kH2gHPegAAAAAAABIDA",
        done=_official(
            "succeed", task_result={"images": [{"id": "", "url": URL}, {"id": "", "url": URL_2}]}
        ),
        urls=(URL, URL_2),
        created_at=1722769557.708,
    ),
    Dialect(
        name="gpt-best: code and time stamps are strings",
        submitted={
            "code": "0",
            "message": "SUCCEED",
            "data": {"task_id": 831922, "task_status": "submitted", "created_at": "1722769557708"},
        },
        task_id="831922",
        done={
            "code": "0",
            "data": {
                "task_id": 831922,
                "task_status": "succeed",
                "created_at": "1722769557",
                "task_result": {"images": [{"index": 0, "url": URL}]},
            },
        },
        created_at=1722769557.0,
    ),
    Dialect(
        name="crazyrouter: a word for the code, one url, a failure that says success",
        submitted={"code": "success", "data": {"id": "kling_img_1", "status": "queued"}},
        task_id="kling_img_1",
        running={"code": "success", "data": {"id": "kling_img_1", "status": "processing"}},
        done={
            "code": "success",
            "data": {"id": "kling_img_1", "status": "succeeded", "url": URL, "format": "mp4"},
        },
        failed={
            "code": "success",
            "data": {
                "id": "kling_img_1",
                "status": "failed",
                "error": {"message": "content refused", "code": 1301},
            },
        },
        reason="content refused",
    ),
    Dialect(
        name="crazyrouter, its other page: ids of its own",
        submitted=_official("submitted", task_id="kling_img_1"),
        task_id="kling_img_1",
        done=_official(
            "succeed",
            task_id="kling_img_1",
            task_result={"images": [{"index": 0, "url": URL}]},
        ),
        created_at=1722769557.708,
    ),
    Dialect(
        name="302.ai: no request id",
        submitted={
            "code": 0,
            "message": "SUCCEED",
            "data": {"task_id": "kling_7", "task_status": "submitted"},
        },
        task_id="kling_7",
        done={
            "code": 0,
            "data": {
                "task_id": "kling_7",
                "task_status": "succeed",
                "task_result": {"images": [{"index": 0, "url": URL}]},
            },
        },
    ),
    Dialect(
        name="openai-next, kapon: a small success and ids of their own",
        submitted={
            "code": 0,
            "message": "success",
            "data": {"task_id": "task_01JB", "task_status": "submitted"},
        },
        task_id="task_01JB",
        done={
            "code": 0,
            "message": "success",
            "data": {
                "task_id": "task_01JB",
                "task_status": "succeed",
                "task_result": {"images": [{"index": 0, "url": URL}]},
            },
        },
        failed={
            "code": 0,
            "message": "success",
            "data": {"task_id": "task_01JB", "task_status": "failed", "task_status_msg": ""},
        },
        reason=None,
    ),
    Dialect(
        name="new-api, stock: upstream's answer inside its own",
        submitted={"code": "success", "message": "", "data": {"task_id": "up_1"}},
        task_id="up_1",
        running={
            "code": "success",
            "data": {"task_id": "up_1", "status": "NOT_START", "progress": "0%", "data": None},
        },
        done={
            "code": "success",
            "message": "",
            "data": {
                "task_id": "up_1",
                "action": "generate",
                "status": "SUCCESS",
                "fail_reason": "",
                "submit_time": 1722769557,
                "progress": "100%",
                "data": _official("succeed", task_result={"images": [{"index": 0, "url": URL}]}),
            },
        },
        failed={
            "code": "success",
            "data": {"task_id": "up_1", "status": "FAILURE", "fail_reason": "no luck", "data": {}},
        },
        reason="no luck",
        created_at=1722769557.0,
    ),
    Dialect(
        name="new-api's public documents: everything at the top",
        submitted={"id": "vid_1", "status": "queued"},
        task_id="vid_1",
        running={"id": "vid_1", "status": "in_progress"},
        done={"id": "vid_1", "status": "completed", "url": URL},
        failed={"id": "vid_1", "status": "failed", "error": {"message": "too dark", "code": "x"}},
        reason="too dark",
    ),
    Dialect(
        name="Qiniu: everything at the top, pictures as OpenAI lists them",
        submitted={"task_id": "image-1762159125266058362-1383010"},
        task_id="image-1762159125266058362-1383010",
        running={
            "task_id": "image-1762159125266058362-1383010",
            "created": 1761793032,
            "status": "processing",
            "status_message": "处理中",
        },
        done={
            "task_id": "image-1762159125266058362-1383010",
            "created": 1761793032,
            "status": "completed",
            "data": [{"url": URL}, {"url": URL_2}],
        },
        urls=(URL, URL_2),
        failed={
            "task_id": "image-1762159125266058362-1383010",
            "created": 1761793032,
            "status": "failed",
            "status_message": "too dark",
        },
        reason="too dark",
        created_at=1761793032.0,
    ),
    *(
        Dialect(
            name=f"the picture itself, {name}",
            submitted=_official("submitted"),
            task_id="Cl6kH2gHPegAAAAAAABIDA",
            done=_official("succeed", task_result={"images": [image]}),
            urls=(INLINE,),
            created_at=1722769557.708,
        )
        for name, image in (
            ("as OpenAI has it", {"b64_json": BASE64}),
            ("as a data address", {"index": 0, "url": INLINE}),
            ("bare, where an address belongs", {"index": 0, "url": BASE64}),
        )
    ),
    Dialect(
        name="new standard: outputs",
        submitted={"code": 0, "data": {"id": 12, "status": "submitted"}},
        task_id="12",
        done={
            "code": 0,
            "data": {
                "id": 12,
                "status": "succeeded",
                "outputs": [{"type": "video", "url": "v"}, {"type": "image", "url": URL}],
            },
        },
    ),
    Dialect(
        name="an index that is a string",
        submitted=_official("submitted"),
        task_id="Cl6kH2gHPegAAAAAAABIDA",
        done=_official(
            "succeed",
            task_result={"images": [{"index": "1", "url": URL_2}, {"index": "0", "url": URL}]},
        ),
        urls=(URL, URL_2),
        created_at=1722769557.708,
    ),
    Dialect(
        name="camel case, images beside the status, repeats and empties",
        submitted={"data": {"taskId": "c1", "status": " Pending "}},
        task_id="c1",
        done={
            "data": {
                "taskId": "c1",
                "status": "Done",
                "images": [{"url": URL_2}, {"url": ""}, None, {"url": URL_2}, URL],
            }
        },
        urls=(URL_2, URL),
    ),
)
