"""The tolerant reader: from whatever a gateway answers to a Task.

Pure functions over parsed JSON. Every gateway's image route is its operator's own work, so each
item is looked for in all the places where one has been seen; nothing but the id is required.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace

from services.errors import KlingProtocolError, KlingTaskFailed
from services.kling.inline import addressed, as_address
from services.kling.painting import Endpoint
from services.kling.shapes import (
    GOOD_WORDS,
    Layer,
    code,
    decimal,
    first,
    identifier,
    instant,
    layers,
    mapping,
    rows,
    text,
)
from services.kling.task import Task, TaskImage, TaskStatus

log = logging.getLogger(__name__)

NO_PICTURE = "no_picture"
"""Our own code for a Task that is done and shows no picture."""

_WORDS: dict[TaskStatus, str] = {
    TaskStatus.DONE: "succeed succeeded success completed complete done",
    TaskStatus.FAILED: "failed fail failure error canceled cancelled expired rejected",
    TaskStatus.WAITING: "submitted queued queueing pending created not_start",
    TaskStatus.RUNNING: "processing in_progress running generating",
}
_STATUS = {word: status for status, words in _WORDS.items() for word in words.split()}


class StrangeWords:
    """Status words nobody has told us about: each is logged once, and only so many are kept."""

    def __init__(self, *, most: int = 100) -> None:
        """Take how many are logged at most."""
        self._seen: set[str] = set()
        self._most = most

    def note(self, word: str) -> None:
        """Log a word that was not seen before."""
        if word not in self._seen and len(self._seen) < self._most:
            self._seen.add(word)
            log.warning("unknown status word %.40r counts as running", word)


def task_of(
    body: object,
    *,
    endpoint: Endpoint,
    fallback_id: str | None = None,
    strange: StrangeWords | None = None,
) -> Task | None:
    """Read a Task; None when there is neither an id nor a finished picture.

    `fallback_id` stands in for an id that the answer leaves out.
    """
    found = layers(body)
    inner = found[1] or found[0]
    task_id, images = task_id_of(body) or fallback_id, _images(found)
    if task_id is None and not images:
        return None
    word = _word(found)
    status = _status(word, strange=strange, has_images=bool(images))
    return Task(
        task_id=task_id or "",
        endpoint=endpoint,
        status=status,
        images=images if status is TaskStatus.DONE else (),
        reason=_reason(found) if status is TaskStatus.FAILED else None,
        code=_code(found) if status is TaskStatus.FAILED else None,
        external_task_id=_external_id(inner),
        created_at=instant(inner.get("created_at")) or instant(found[0].get("created")),
        updated_at=instant(inner.get("updated_at")),
        unit_deduction=decimal(inner.get("final_unit_deduction")),
        request_id=identifier(found[0].get("request_id")),
        word=word,
    )


def task_id_of(body: object) -> str | None:
    """Return the provider's own id of the Task in an answer."""
    top, inner = layers(body)[:2]
    places = (inner.get("task_id"), top.get("task_id"), inner.get("taskId"))
    return first(identifier, (*places, inner.get("id"), top.get("id")))


def has_failed(body: object) -> bool:
    """Tell whether an answer is about a Task that failed, and not a refusal of the call."""
    status = _STATUS.get(_word(layers(body)).lower())
    return status is TaskStatus.FAILED and task_id_of(body) is not None


def tasks_of(body: object, *, endpoint: Endpoint) -> list[Task] | None:
    """Read the list call's array, skipping what has no id; None when there is no array."""
    listed = mapping(body).get("data")
    if not isinstance(listed, list):
        return None
    read = (task_of({"data": each}, endpoint=endpoint) for each in rows(listed))
    return [task for task in read if task is not None and task.task_id]


def usable(task: Task) -> Task:
    """Return the Task; KlingProtocolError when it is done without a picture: never a success."""
    if task.status is TaskStatus.DONE and not task.images:
        raise KlingProtocolError(
            "done without a picture", code=NO_PICTURE, request_id=task.request_id or task.task_id
        )
    return task


def accepted(task: Task) -> Task:
    """Return a just submitted Task; done without a picture means: look at it again.

    Some gateways report the call's success where a Task's status belongs.
    """
    if task.status is TaskStatus.DONE and not task.images:
        return replace(task, status=TaskStatus.WAITING)
    return task


def failure_of(task: Task) -> KlingTaskFailed | None:
    """Return a failed Task as an error whose message is the reason; None when it has not failed."""
    if task.status is not TaskStatus.FAILED:
        return None
    request_id = task.request_id or task.task_id
    return KlingTaskFailed(task.reason or "", code=task.code, request_id=request_id)


def _word(found: list[Layer]) -> str:
    top, inner, deeper = found[:3]
    places = (inner.get("task_status"), inner.get("status"), top.get("task_status"))
    return first(text, (*places, top.get("status"), deeper.get("task_status"))) or ""


def _status(word: str, *, strange: StrangeWords | None, has_images: bool) -> TaskStatus:
    if not word:
        return TaskStatus.DONE if has_images else TaskStatus.WAITING
    status = _STATUS.get(word.lower())
    if status is None and strange is not None:
        strange.note(word)
    return status or TaskStatus.RUNNING


def _reason(found: list[Layer]) -> str | None:
    top, inner = found[:2]
    said = first(
        text,
        (
            inner.get("task_status_msg"),
            inner.get("fail_reason"),
            top.get("status_message"),
            mapping(inner.get("error")).get("message"),
            mapping(top.get("error")).get("message"),
            top.get("message"),
        ),
    )
    return None if said is None or said.lower() in GOOD_WORDS else said


def _code(found: list[Layer]) -> int | str | None:
    places = (mapping(layer.get("error")).get("code") for layer in (found[1], found[0]))
    return first(code, places)


def _external_id(inner: Layer) -> str | None:
    told = mapping(inner.get("task_info")).get("external_task_id")
    return identifier(told) or identifier(inner.get("external_task_id"))


def _images(found: list[Layer]) -> tuple[TaskImage, ...]:
    """Return the pictures of the first place that has any, in order, without repeats."""
    for place in _places(found):
        images = [image for at, row in enumerate(place) if (image := _image(row, at))]
        if images:
            by_url = {image.url: image for image in reversed(images)}
            return tuple(sorted(by_url.values(), key=lambda image: image.index))
    return ()


def _places(found: list[Layer]) -> Iterator[Iterable[object]]:
    inner = [*found[1:], found[0]]
    for layer in inner:
        result = mapping(layer.get("task_result"))
        yield rows(result.get("images"))
        yield rows(result.get("series_images"))
    for layer in inner:
        yield filter(_is_image, rows(layer.get("outputs")))
        yield rows(layer.get("images"))
    for layer in inner:
        yield [layer.get("url")]


def _is_image(row: object) -> bool:
    kind = text(mapping(row).get("type")).lower()
    return not kind or kind.startswith("image")


def _image(row: object, at: int) -> TaskImage | None:
    picture = mapping(row)
    url = addressed(text(row) or text(picture.get("url")))
    url = url or as_address(text(picture.get("b64_json")))
    if not url:
        return None
    index = decimal(picture.get("index"))
    return TaskImage(
        index=at if index is None else int(index),
        url=url,
        watermark_url=text(picture.get("watermark_url")) or None,
    )
