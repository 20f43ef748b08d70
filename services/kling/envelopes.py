"""The envelopes of an answer: every object in which a gateway may put the Task or its result.

Names are compared without case, underscores and hyphens: task_id, taskId and TaskID are one. JSON
that stands as text where an object belongs is read as that object. Depth and number are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from services.common.json_reading import Layer, mapping, parse, rows, whole_text

MAX_TEXT = 2 * 1024 * 1024
"""Characters of JSON in a text: the list call's array may be one."""

MAX_ROWS = 1_000
"""Rows read of an array: twice what the list call may return."""

_MOST_TASKS = 100
"""Rows looked through for the one Task that was asked for."""

_DEEPEST = 4
_MOST = 16
_KEYS = 60
_MOST_NAMES = 200
"""Members read of an object: a Task has some thirty. Folding 100,000 names takes a second."""

_NAME = 60
"""Characters of a name that are compared."""

_RESULTS = ("taskresult", "output", "result", "response", "resultjson", "info", "task")
"""Where results stand beside the Task; `response` may also wrap the whole of it."""

_OPENED = frozenset({*_RESULTS, "data", "images", "outputs", "results", "imageurls", "resulturls"})
"""Names under which text that is JSON is read as JSON; elsewhere it is somebody's words."""

_TASK_NAMES = ("taskid", "taskstatus", "jobid")


def folded(value: object) -> Layer:
    """Read an object with its names in one spelling; of several that fold alike the first."""
    found: dict[str, object] = {}
    for name, inside in islice(mapping(value).items(), _MOST_NAMES):
        key = _plain(name[:_NAME])
        found.setdefault(key, opened(inside) if key in _OPENED else inside)
    return found


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return re.sub(r"[_\- ]", "", name).lower()


def opened(value: object) -> object:
    """Read text that holds a JSON object or array as such; anything else as it is."""
    if not isinstance(value, str) or len(value) > MAX_TEXT or value.lstrip()[:1] not in ("{", "["):
        return value
    found = parse(whole_text(value).encode())
    return value if found is None else found


@dataclass(frozen=True, slots=True)
class Envelopes:
    """An answer taken apart, every layer with its names folded."""

    top: Layer
    chain: tuple[Layer, ...]
    """The answer, its data, its data.data and so on; at least two, empty where missing."""
    results: tuple[Layer, ...]
    """Objects under the names of results, innermost first."""

    @property
    def inner(self) -> Layer:
        """The layer that should be the Task: below the answer, or the answer itself."""
        return self.chain[1] or self.top

    @property
    def below(self) -> tuple[Layer, ...]:
        """The layers below the Task's own."""
        return self.chain[2:]

    def names(self) -> list[str]:
        """Name what there is, without any value: for a log."""
        named = [name[:40] for layer in (*self.chain, *self.results) for name in layer]
        return sorted(set(named))[:_KEYS]


def envelopes(body: object, *, wanted: str | None = None) -> Envelopes:
    """Take an answer apart; `wanted` is the id of the Task that was asked for, if it has one."""
    chain = [folded(opened(body))]
    for name in ("data", "response"):
        if len(chain) == 1:
            chain += _chain(chain[0], name, wanted)
    if len(chain) == 1:
        chain += _said(chain[0])
    found = list(_results(chain))
    return Envelopes(chain[0], (*chain, *[{}] * (2 - len(chain))), tuple(found))


def _chain(top: Layer, name: str, wanted: str | None) -> Iterator[Layer]:
    inside = top.get(name)
    for _ in range(_DEEPEST):
        layer = _layer(inside, wanted)
        if not layer:
            return
        yield layer
        inside = layer.get("data")


def _said(top: Layer) -> list[Layer]:
    """Read output[].content[].text that is an object in JSON: OpenAI's responses, at a gateway."""
    parts = [mapping(row).get("content") for row in rows(top.get("output"))[:_MOST_TASKS]]
    texts = [mapping(part).get("text") for row in parts for part in rows(row)[:_MOST_TASKS]]
    return [folded(found) for found in map(opened, texts[:_MOST_TASKS]) if isinstance(found, dict)][
        :1
    ]


def _layer(inside: object, wanted: str | None) -> Layer:
    """Read an object; an array as the Task among its rows, or as the pictures that they are."""
    if not isinstance(inside, list):
        return folded(inside)
    tasks = [row for row in map(folded, map(opened, rows(inside)[:_MOST_TASKS])) if _is_task(row)]
    if not tasks:
        # OpenAI's synchronous shape: {"data": [{"url": ...}]}.
        return {"images": rows(inside)} if inside else {}
    asked = [row for row in tasks if wanted in (row.get("taskid"), row.get("id"))]
    return (asked or tasks)[0] if asked or len(tasks) == 1 else {}


def _is_task(row: Layer) -> bool:
    return any(name in row for name in _TASK_NAMES) or {"id", "status"} <= row.keys()


def _results(chain: Iterable[Layer]) -> Iterator[Layer]:
    """Yield what stands under the names of results, of the innermost layers first."""
    waiting = [(layer, 0) for layer in (*list(chain)[1:], *list(chain)[:1])]
    seen = 0
    while waiting and seen < _MOST:
        layer, depth = waiting.pop(0)
        for name in _RESULTS:
            inside = folded(layer.get(name))
            if inside and depth < _DEEPEST:
                seen += 1
                yield inside
                waiting.append((inside, depth + 1))
