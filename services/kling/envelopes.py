"""Splits a response into its layers: all objects in which a gateway may put task or result.

Names are compared without case, underscores and hyphens: task_id, taskId and TaskID are equal. If a
string contains JSON where an object belongs, it is parsed as that object. Depth and number are
bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from services.common.json_reading import Layer, mapping, parse, rows, whole_text

MAX_TEXT = 2 * 1024 * 1024
"""Maximum characters of JSON inside a string that is parsed: it may be the list call's whole
array."""

MAX_ROWS = 1_000
"""Maximum rows read of an array: twice what the list call may return."""

_MOST_TASKS = 100
"""Maximum rows of an array among which the requested task is searched."""

_DEEPEST = 4
_MOST = 16
_KEYS = 60
_MOST_NAMES = 200
"""Maximum members read of an object: a task has about thirty. Normalizing 100,000 names takes a
second."""

_NAME = 60
"""Characters of a member's name that are compared."""

_RESULTS = ("taskresult", "output", "result", "response", "resultjson", "info", "task")
"""Names (normalized) of objects with results next to the task; `response` may also wrap the whole
response."""

_OPENED = frozenset({*_RESULTS, "data", "images", "outputs", "results", "imageurls", "resulturls"})
"""Names under which a string that contains JSON is parsed; under other names a string is text."""

_TASK_NAMES = ("taskid", "taskstatus", "jobid")


def folded(value: object) -> Layer:
    """Return an object with normalized names; of names that become equal, the first counts."""
    found: dict[str, object] = {}
    for name, inside in islice(mapping(value).items(), _MOST_NAMES):
        key = _plain(name[:_NAME])
        found.setdefault(key, opened(inside) if key in _OPENED else inside)
    return found


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return re.sub(r"[_\- ]", "", name).lower()


def opened(value: object) -> object:
    """Return the parsed JSON of a string that holds an object or array, else the value itself."""
    if not isinstance(value, str) or len(value) > MAX_TEXT or value.lstrip()[:1] not in ("{", "["):
        return value
    found = parse(whole_text(value).encode())
    return value if found is None else found


@dataclass(frozen=True, slots=True)
class Envelopes:
    """A response split into its nested objects (layers), with normalized names."""

    top: Layer
    chain: tuple[Layer, ...]
    """The response, its `data`, the `data` in that and so on; at least two, empty where missing."""
    results: tuple[Layer, ...]
    """Objects under one of the names in _RESULTS, those of the innermost layers first."""

    @property
    def inner(self) -> Layer:
        """The layer that should be the task: the one below the response, or the response itself."""
        return self.chain[1] or self.top

    @property
    def below(self) -> tuple[Layer, ...]:
        """The layers below `inner`."""
        return self.chain[2:]

    def names(self) -> list[str]:
        """Return the names in all layers, without values, for the log."""
        named = [name[:40] for layer in (*self.chain, *self.results) for name in layer]
        return sorted(set(named))[:_KEYS]


def envelopes(body: object, *, wanted: str | None = None) -> Envelopes:
    """Split a response into layers; `wanted` is the id of the requested task, if there is one."""
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
    """Return the JSON object in output[].content[].text: OpenAI's responses format."""
    parts = [mapping(row).get("content") for row in rows(top.get("output"))[:_MOST_TASKS]]
    texts = [mapping(part).get("text") for row in parts for part in rows(row)[:_MOST_TASKS]]
    return [folded(found) for found in map(opened, texts[:_MOST_TASKS]) if isinstance(found, dict)][
        :1
    ]


def _layer(inside: object, wanted: str | None) -> Layer:
    """Return an object as a layer; of an array, the requested task, or its rows as images."""
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
    """Yield the objects under one of the names in _RESULTS, those of the innermost layers first."""
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
