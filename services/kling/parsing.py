"""Tolerant parser: converts a gateway's response to a Task.

It consists of pure functions over parsed JSON. Every gateway implements its image API itself, so
each value is searched in all the places where it has been seen; nothing but the id is required.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from services.common.json_reading import (
    GOOD_WORDS,
    MAX_STATUS_WORD,
    code,
    decimal,
    first,
    identifier,
    instant,
    rows,
    text,
    whole_identifier,
)
from services.errors import KlingProtocolError, KlingTaskFailed
from services.kling.envelopes import MAX_ROWS, Envelopes, envelopes, folded, opened
from services.kling.moderation import named
from services.kling.payloads import Endpoint
from services.kling.result_images import find_images
from services.kling.task import Task, TaskPage, TaskStatus

log = logging.getLogger(__name__)

NO_PICTURE = "no_picture"
"""Our own error code for a task that is done and has no image."""

_WORDS: dict[TaskStatus, str] = {
    TaskStatus.DONE: "succeed succeeded success successful completed complete done finished finish"
    " ready 成功 已完成 完成",
    TaskStatus.FAILED: "failed fail failure error canceled cancelled expired rejected aborted"
    " timeout timed_out blocked request_moderated content_moderated moderated revoked 失败 已取消",
    TaskStatus.WAITING: "submitted queued queueing queuing pending created not_start not_started"
    " waiting in_queue starting scheduled staged accepted init 排队中 等待中 已提交",
    TaskStatus.RUNNING: "processing in_progress inprogress running generating started"
    " 处理中 生成中 进行中",
}
_STATUS = {word: status for status, words in _WORDS.items() for word in words.split()}

_TASK_ID_NAMES = ("taskid", "jobid")
_STATUS_NAMES = ("taskstatus", "status", "state", "taskstate", "jobstatus", "statusname")
_CREATED_NAMES = ("createdat", "created", "createtime", "createdtime", "submittime")
_UPDATED_NAMES = (
    "updatedat",
    "updatetime",
    "updatedtime",
    "completedat",
    "completetime",
    "finishedat",
    "finishtime",
    "endtime",
)
_REASON_NAMES = (
    "taskstatusmsg",
    "failreason",
    "failmsg",
    "failurereason",
    "reason",
    "errormessage",
)
_LISTS = ("data", "list", "items", "records", "tasks", "rows", "results")
"""Names of the array in a list call's response, at its top and below `data`."""


class StrangeWords:
    """Logs status words and keys that the parser does not know: each once, up to a limit."""

    def __init__(self, *, limit: int = 100) -> None:
        self._seen: set[str] = set()
        self._most = limit

    def log_status(self, word: str, *, has_images: bool) -> None:
        """Log an unknown status word, and as which status it counts."""
        if self._is_new(word):
            taken = "done, because it contains images" if has_images else "running"
            log.warning("unknown status word %.40r counts as %s", word, taken)

    def log_names(self, names: list[str]) -> None:
        """Log the keys, not the values, of the response for a finished task without an image."""
        said = " ".join(names)
        if self._is_new(f"{said} (names)"):
            log.warning("a finished task has no image; its response has the keys %.1000s", said)

    def _is_new(self, what: str) -> bool:
        is_new = what not in self._seen and len(self._seen) < self._most
        if is_new:
            self._seen.add(what)
        return is_new


def read_task(
    body: object,
    *,
    endpoint: Endpoint,
    fallback_id: str | None = None,
    strange: StrangeWords | None = None,
) -> Task | None:
    """Return the task in a response; None if there is neither an id nor a finished image.

    `fallback_id` replaces an id that the response leaves out.
    """
    found = envelopes(body, wanted=fallback_id)
    task_id, images = _task_id(found) or fallback_id, find_images(found)
    if task_id is None and not images:
        return None
    word = _word(found)
    status = _status(word, strange=strange, has_images=bool(images))
    is_done, is_failed = status is TaskStatus.DONE, status is TaskStatus.FAILED
    if is_done and not images and strange is not None:
        strange.log_names(found.names())
    return Task(
        task_id=task_id or "",
        endpoint=endpoint,
        status=status,
        images=images if is_done else (),
        reason=_reason(found) if is_failed else None,
        code=_code(found) if is_failed else None,
        external_task_id=_external_id(found),
        created_at=first(instant, _values(found, _CREATED_NAMES)),
        updated_at=first(instant, _values(found, _UPDATED_NAMES)),
        unit_deduction=_deduction(found),
        request_id=identifier(found.top.get("requestid")),
        word=word,
    )


def parse_task_id(body: object) -> str | None:
    """Return the provider's own id of the task in a response."""
    return _task_id(envelopes(body))


def names_a_task(body: object) -> bool:
    """Return whether a response has a `task_id` or `job_id`; a bare `id` may be any object's."""
    found = envelopes(body)
    layers = (found.inner, found.top, *found.results, *found.below)
    return any(whole_identifier(each.get(name)) for each in layers for name in _TASK_ID_NAMES)


def has_failed(body: object) -> bool:
    """Return whether a response shows a failed task, and not a refusal of the call."""
    found = envelopes(body)
    return _known(_word(found)) is TaskStatus.FAILED and _task_id(found) is not None


def parse_page(body: object, *, endpoint: Endpoint) -> TaskPage | None:
    """Return the tasks in a list call's response; None if it contains no array.

    Rows without a task's own id are counted as unread.
    """
    listed = _list_in(body)
    if listed is None:
        return None
    kept = [opened(each) for each in listed[:MAX_ROWS]]
    read = [read_task({"data": each}, endpoint=endpoint) for each in kept if isinstance(each, dict)]
    tasks = [task for task in read if task is not None and task.task_id]
    return TaskPage(tasks=tasks, unread=len(listed) - len(tasks))


def _list_in(body: object) -> list[object] | None:
    """Return the array of a list call: `data`, or below it or at the top under a usual name.

    It may be a string that contains JSON.
    """
    layer = folded(opened(body))
    for _ in range(3):
        places = [opened(layer.get(name)) for name in _LISTS]
        if found := [place for place in places if isinstance(place, list)]:
            return rows(found[0])
        layer = folded(layer.get("data"))
    return None


def usable(task: Task) -> Task:
    """Return the task unchanged; raise KlingProtocolError if it is done without an image."""
    if task.status is TaskStatus.DONE and not task.images:
        raise KlingProtocolError(
            "done without an image", code=NO_PICTURE, request_id=task.request_id or task.task_id
        )
    return task


def accepted(task: Task) -> Task:
    """Return a just submitted task; one that is done without an image counts as waiting.

    Some gateways report the success of the call in the field for the task's status.
    """
    if task.status is TaskStatus.DONE and not task.images:
        return replace(task, status=TaskStatus.WAITING)
    return task


def make_failure(task: Task) -> KlingTaskFailed | None:
    """Return the error of a failed task, with its reason; None if the task has not failed."""
    if task.status is not TaskStatus.FAILED:
        return None
    request_id = task.request_id or task.task_id
    return KlingTaskFailed(task.reason or "", code=task.code, request_id=request_id)


def _values(found: Envelopes, names: tuple[str, ...]) -> Iterator[object]:
    """Yield the values under these names, those of the layer that should be the task first."""
    for layer in (found.inner, *found.results, found.top, *found.below):
        yield from (layer[name] for name in names if name in layer)


def _task_id(found: Envelopes) -> str | None:
    layers = (found.inner, found.top, *found.results, *found.below)
    tasks = [layer.get(name) for name in _TASK_ID_NAMES for layer in layers]
    ids = [layer.get("id") for layer in (found.inner, found.top, *found.results)]
    return first(whole_identifier, (*tasks, *ids))


def _word(found: Envelopes) -> str:
    """Return the status word, preferably the task's own and not that of the enclosing call."""
    layers = (found.inner, *found.results, *found.below, found.top)
    places = (layer.get(name) for layer in layers for name in _STATUS_NAMES)
    return first(_status_word, places) or ""


def _status_word(value: object) -> str:
    return text(value, MAX_STATUS_WORD)


def _known(word: str) -> TaskStatus | None:
    plain = re.sub(r"[\s-]+", "_", word.lower()).removeprefix("task_status_")
    return _STATUS.get(plain)


def _status(word: str, *, strange: StrangeWords | None, has_images: bool) -> TaskStatus:
    status = _known(word)
    if status is not None:
        return status
    if word and strange is not None:
        strange.log_status(word, has_images=has_images)
    if has_images:
        return TaskStatus.DONE
    return TaskStatus.RUNNING if word else TaskStatus.WAITING


def _reason(found: Envelopes) -> str | None:
    own = _values(found, _REASON_NAMES)
    errors = [opened(error) for error in _values(found, ("error",))]
    told = [folded(error).get("message") for error in errors]
    said = first(_meaningful, (*own, *told, *errors, *_values(found, ("statusmessage", "message"))))
    return said or None


def _meaningful(value: object) -> str | None:
    """Return a text as a failure's reason; None if it only reports the success of the call."""
    said = text(value)
    return None if said.lower() in GOOD_WORDS else said


def _code(found: Envelopes) -> int | str | None:
    errors = [folded(opened(error)) for error in _values(found, ("error",))]
    told = [error.get(name) for name in ("code", "type", "status") for error in errors]
    results = [layer.get("code") for layer in found.results]
    places = (*told, *_values(found, ("failcode", "errorcode")), *results)
    return named(list(filter(None, map(code, places))))


def _deduction(found: Envelopes) -> Decimal | None:
    read = map(decimal, _values(found, ("finalunitdeduction",)))
    return next((figure for figure in read if figure is not None), None)


def _external_id(found: Envelopes) -> str | None:
    told = [folded(info) for info in _values(found, ("taskinfo",))]
    places = [info.get("externaltaskid") for info in told]
    return first(identifier, (*places, *_values(found, ("externaltaskid", "externalid"))))
