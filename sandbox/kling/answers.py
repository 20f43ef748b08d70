"""The official responses (section 7) to a submission, a query and the list call."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sandbox.kling.contract import UNIT_DOLLARS, Json
from sandbox.kling.tasks import FAILED, LAG_SECONDS, SUCCEED, Book, Task


def request_id() -> str:
    """Return a new request id."""
    return str(uuid.uuid4())


def envelope(content: Json | Sequence[Json]) -> Json:
    """Return an envelope with `data`; it says SUCCEED for a failed task too.

    The request itself was successful.
    """
    return {"code": 0, "message": "SUCCEED", "request_id": request_id(), "data": content}


def accepted(task: Task) -> Json:
    """Return `data` of the response to a submission."""
    return {
        "task_id": task.id,
        "task_status": task.status,
        "task_info": {"external_task_id": task.order.external_task_id},
        "created_at": _ms(task.created_at),
        "updated_at": _ms(task.updated_at),
    }


def queried(task: Task) -> Json:
    """Return `data` of a query; callbacks carry the same without the envelope (section 9)."""
    content = accepted(task) | {"task_status_msg": task.status_msg}
    if task.order.watermark:
        content["watermark_info"] = {"enabled": True}
    if task.status == FAILED:
        content |= {"task_result": {}, "final_unit_deduction": "0"}
    elif task.status == SUCCEED:
        price = f"{task.billed * UNIT_DOLLARS:.4f}"
        content["task_result"] = _result(task)
        content["final_unit_deduction"] = str(task.billed)
        content["final_balance_deduction"] = {"quota": price, "list_price": price}
    return content


def _result(task: Task) -> Json:
    images = [
        {"index": index, "url": result.url}
        | ({"watermark_url": result.watermark_url} if result.watermark_url else {})
        for index, result in enumerate(task.results)
    ]
    if task.order.series:
        return {"result_type": "series", "images": [], "series_images": images}
    return {"images": images}


def costs(book: Book, *, now: float) -> Json:
    """Return `data` of /account/costs, which has two envelopes; the remainder lags by 12 hours."""
    pack = {
        "resource_pack_name": "Image Generation - sandbox",
        "resource_pack_id": "sandbox",
        "resource_pack_type": "decreasing_total",
        "total_quantity": float(book.pack_units),
        "remaining_quantity": float(book.pack_units - book.billed_before(now - LAG_SECONDS)),
        "purchase_time": 0,
        "effective_time": 0,
        "invalid_time": _ms(now + 30 * 86_400),
        "status": "online" if book.billed < book.pack_units else "runOut",
    }
    return {"code": 0, "msg": "success", "resource_pack_subscribe_infos": [pack]}


def state(book: Book) -> Json:
    """Return the state for /sandbox/state: instants in Unix seconds, no text of prompts."""
    accepted_tasks = list(book.tasks.values())
    return {
        "tasks": [_times(task) for task in accepted_tasks],
        "submissions": len(accepted_tasks),
        "billed_units": book.billed,
        "refusals": {str(code): count for code, count in sorted(book.refusals.items())},
        "units_in_flight": book.in_flight,
        "peak_units": book.peak,
        "concurrency": book.concurrency,
    }


def _times(task: Task) -> Json:
    order = task.order
    return {
        "id": task.id,
        "external_id": order.external_task_id,
        "resource": order.resource,
        "model": order.model,
        "n": order.n,
        "ratio": order.ratio,
        "format": order.output_format,
        "prompt_length": len(order.prompt),
        "pictures": task.pictures,
        "status": task.status,
        "reason": task.status_msg,
        "results": len(task.results),
        "billed_units": task.billed,
        "queries": task.queries,
        "history": task.history,
    }


def _ms(instant: float) -> int:
    return int(instant * 1000)
