"""An API gateway in this process that answers in HTTP's bytes, with faulty proxies in front of it.

The real client reads its answers. There is no socket between them, so that thousands of such
worlds run on the virtual clock.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import aiohttp

from services.kling import BearerKey, KlingClient, Provider
from services.kling.download import Downloaded
from tests.system.crash_simulation.virtual_loop import LoopClock

Point = Literal["submit", "by id", "list", "poll", "control"]
Json = dict[str, Any]
PATH = "/v1/images/generations"
BASE = "https://gateway.example"
LATE_S, KEPT_S = 10.0, 120.0  # a submission that arrives late; a cached denial

PIXEL = b"\x89PNG\r\n\x1a\n one picture"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer; a status of `None` means a connection that broke."""

    status: int | None = 200
    raw: bytes = b""
    kind: str = "application/json"

    @classmethod
    def of(cls, body: object, status: int = 200) -> Answer:
        return cls(status=status, raw=json.dumps(body).encode())


BROKEN = Answer(status=None)


@dataclass(kw_only=True)
class GatewayTask:
    """A task, paid for."""

    task_id: str
    own_id: str
    made_at: float
    takes_s: float


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault at one point: how the right answer is changed, and how often."""

    name: str
    bend: Callable[[Gateway, Callable[[], Answer]], Answer]
    """Called with the gateway and the function that performs the call and returns its answer."""
    times: int | None = None


@dataclass(kw_only=True)
class Gateway:
    """Accepts every submission, even of a repeated id; answers look-ups by either id, and lists."""

    takes_s: float = 40.0
    ahead_s: float = 0.0
    odd: Mapping[Point, Fault] = field(default_factory=dict[Point, Fault])
    first: str = ""
    """The job at whose points the odd answers come."""
    tasks: list[GatewayTask] = field(default_factory=list[GatewayTask])
    met: dict[Point, int] = field(default_factory=dict[Point, int])
    denied_until: float = 0.0

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Answer:
        key = path.removeprefix(PATH).strip("/")
        if method == "POST":
            own_id = json.loads(body)["external_task_id"]
            point = "submit" if own_id == self.first else None
            return self._bent(point, lambda: self._accept(own_id))
        if not key:
            return self._bent("list", lambda: self._list(query))
        return self._bent(self._point_of(key), lambda: self._one(key))

    def paid_for(self, job_id: str) -> int:
        return sum(task.own_id == job_id for task in self.tasks)

    def row(self, task: GatewayTask) -> Json:
        now, at = LoopClock().now(), task.made_at + self.ahead_s
        is_done = now >= task.made_at + task.takes_s
        images = [{"index": 0, "url": f"https://cdn.example/{task.task_id}.png"}]
        return {
            "task_id": task.task_id,
            "task_status": "succeed" if is_done else "processing",
            "task_info": {"external_task_id": task.own_id},
            "task_result": {"images": images if is_done else []},
            "created_at": int(at * 1000),
            "updated_at": int((min(now, task.made_at + task.takes_s) + self.ahead_s) * 1000),
        }

    def _point_of(self, key: str) -> Point:
        if key == self.first:
            return "by id"
        is_first = any(task.task_id == key and task.own_id == self.first for task in self.tasks)
        return "poll" if is_first else "control"

    def _bent(self, point: Point | None, act: Callable[[], Answer]) -> Answer:
        odd = None if point is None else self.odd.get(point)
        if odd is None or point is None:
            return act()
        met = self.met[point] = self.met.get(point, 0) + 1
        return act() if odd.times is not None and met > odd.times else odd.bend(self, act)

    def _accept(self, own_id: str) -> Answer:
        made = GatewayTask(
            task_id=str(1000 + len(self.tasks)),
            own_id=own_id,
            made_at=LoopClock().now(),
            takes_s=self.takes_s,
        )
        self.tasks.append(made)
        return enveloped(self.row(made) | {"task_status": "submitted"})

    def _one(self, key: str) -> Answer:
        for task in reversed(self.tasks):
            if key in (task.task_id, task.own_id):
                return enveloped(self.row(task))
        return DENIED

    def _list(self, query: Mapping[str, str]) -> Answer:
        number, size = int(query["pageNum"]), int(query["pageSize"])
        newest = sorted(self.tasks, key=lambda task: task.made_at, reverse=True)
        rows = [self.row(task) for task in newest]
        return enveloped(rows[(number - 1) * size : number * size])


def enveloped(data: object) -> Answer:
    return Answer.of({"code": 0, "message": "SUCCEED", "request_id": "r", "data": data})


DENIED = Answer.of({"code": 1203, "message": "task not found", "request_id": "r"}, 404)


# --- The client's side


class Client(KlingClient):
    """The real client on such a gateway; results are downloaded at once."""

    def __init__(self, gateway: Gateway) -> None:
        provider = Provider(base_url=BASE, credential=BearerKey("k"))
        session: Any = FakeSession(gateway)
        super().__init__(provider, clock=LoopClock(), session=session, rng=lambda: 0.5)

    async def download(self, url: str, path: Path, **_: Any) -> Downloaded:
        path.write_bytes(PIXEL)
        size = len(PIXEL)
        return Downloaded(path=path, size=size, content_type="image/png", width=64, height=64)


@dataclass
class FakeSession:
    gateway: Gateway

    def request(
        self,
        method: str,
        url: Any,
        *,
        params: Mapping[str, str] | None = None,
        data: AsyncIterator[bytes] | None = None,
        **_: Any,
    ) -> FakeExchange:
        return FakeExchange(self.gateway, method, url.path, params or {}, data)


@dataclass
class FakeExchange:
    """One request: its body is read whole, then it is answered."""

    gateway: Gateway
    method: str
    path: str
    params: Mapping[str, str]
    data: AsyncIterator[bytes] | None

    async def __aenter__(self) -> FakeResponse:
        pieces = [piece async for piece in self.data] if self.data is not None else []
        said = self.gateway.answer(self.method, self.path, self.params, b"".join(pieces))
        if said.status is None:
            raise aiohttp.ServerDisconnectedError
        return FakeResponse(said)

    async def __aexit__(self, *_: object) -> None:
        """Do nothing: there is no connection to release."""


class FakeResponse:
    def __init__(self, said: Answer) -> None:
        self.status, self.headers = said.status, {"Content-Type": said.kind}
        self.content_type = said.kind
        self.content = self
        self._raw = said.raw

    async def iter_chunked(self, _size: int) -> AsyncIterator[bytes]:
        yield self._raw

    def close(self) -> None:
        """Do nothing: there is no connection to close."""


# --- Faults

Bend = Callable[[Gateway, Callable[[], Answer]], Answer]


def _says(said: Answer, *, acts: bool = True) -> Bend:
    def bend(_gateway: Gateway, act: Callable[[], Answer]) -> Answer:
        if acts:
            act()
        return said

    return bend


def _page(status: int, words: str, kind: str = "text/html") -> Answer:
    return Answer(status=status, raw=words.encode(), kind=kind)


def _heard_late(_gateway: Gateway, act: Callable[[], Answer]) -> Answer:
    asyncio.get_running_loop().call_later(LATE_S, act)
    return BROKEN


def _kept(gateway: Gateway, act: Callable[[], Answer]) -> Answer:
    """Cache a denial for a while without saying so, as caches of misses do."""
    now = LoopClock().now()
    said = DENIED if now < gateway.denied_until else act()
    gateway.denied_until = gateway.denied_until or (now + KEPT_S if said is DENIED else 0.0)
    return said


def _anothers(gateway: Gateway, act: Callable[[], Answer]) -> Answer:
    others = [task for task in gateway.tasks if task.own_id != gateway.first]
    return enveloped(gateway.row(others[-1])) if others else act()


HTML = "<html><head><title>Oops</title></head><body>nginx</body></html>"
PAGES: Mapping[str, Answer] = {
    "broken": BROKEN,
    "404 page": _page(404, "404 page not found", "text/plain"),
    "404 HTML": _page(404, HTML),
    "404 Spring": Answer.of({"status": 404, "error": "Not Found"}, 404),
    "404 Kubernetes": Answer.of({"kind": "Status", "reason": "NotFound", "code": 404}, 404),
    "200 HTML": _page(200, HTML),
    "200 status": Answer.of({"status": "error", "message": "upstream unavailable"}),
    "200 ok": Answer.of({"status": "ok"}),
    "200 null": Answer.of({"code": 0, "message": "SUCCEED", "data": None}),
    "200 empty": Answer(raw=b""),
    "302": _page(302, "moved"),
    "401 HTML": _page(401, HTML),
    "403 HTML": _page(403, HTML),
    "403 Kong": Answer.of({"message": "no Route matched with those values"}, 403),
    "408 HTML": _page(408, HTML),
    "429 HTML": _page(429, HTML),
    "500 JSON": Answer.of({"message": "500"}, 500),
    "502 HTML": _page(502, HTML),
    "504 JSON": Answer.of({"message": "Endpoint request timed out"}, 504),
    "520 HTML": _page(520, HTML),
    "cut": Answer(raw=b'{"code": 0, "message": "SUCC'),
}

Rows = list[Json]


def _listed(
    show: Callable[[Gateway, Rows], object],
) -> Callable[[Gateway, Callable[[], Answer]], Answer]:
    def bend(gateway: Gateway, act: Callable[[], Answer]) -> Answer:
        rows: Rows = json.loads(act().raw)["data"]
        return enveloped(show(gateway, rows))

    return bend


def _renamed(rows: Rows, whose: Callable[[str], bool], to: Callable[[str], object]) -> Rows:
    for row in rows:
        own_id = row["task_info"]["external_task_id"]
        if whose(own_id):
            row["task_info"]["external_task_id"] = to(own_id)
    return rows


def _older(rows: Rows, seconds: float) -> Rows:
    latest_ms = (LoopClock().now() - seconds) * 1000
    return [row for row in rows if row["created_at"] < latest_ms]


def _moved(rows: Rows, seconds: float) -> Rows:
    return [row | {"created_at": row["created_at"] + int(seconds * 1000)} for row in rows]


def _strange(rows: Rows, gateway: Gateway) -> Rows:
    return _renamed(rows, lambda own_id: own_id == gateway.first, lambda _: "gw-4711")


LISTS: Mapping[str, Callable[[Gateway, Rows], object]] = {
    "nothing": lambda _g, _rows: [],
    "finished alone": lambda _g, rows: [r for r in rows if r["task_status"] == "succeed"],
    "unfinished alone": lambda _g, rows: [r for r in rows if r["task_status"] != "succeed"],
    "the latest two": lambda _g, rows: rows[:2],
    "lags 30 s": lambda _g, rows: _older(rows, 30),
    "rows as text": lambda _g, rows: [json.dumps(row) for row in rows],
    "all as text": lambda _g, rows: json.dumps(rows),
    "ids rewritten": lambda _g, rows: _renamed(rows, bool, lambda each: f"gw-{each[::-1]}"),
    "ids left out": lambda _g, rows: _renamed(rows, bool, lambda _: None),
    "its id rewritten": lambda g, rows: _strange(rows, g),
    "its id rewritten, a minute behind": lambda g, rows: _moved(_strange(rows, g), -60),
    "its id rewritten, two minutes ahead": lambda g, rows: _moved(_strange(rows, g), 119),
    "its row unreadable": lambda g, rows: [
        "?" if row["task_info"]["external_task_id"] == g.first else row for row in rows
    ],
    "the oldest first": lambda _g, rows: rows[::-1],
    "one row a page": lambda _g, rows: rows[:1],
    "without times": lambda _g, rows: [row | {"created_at": None} for row in rows],
    "no list": lambda _g, _rows: {"tasks": "none"},
}


def malformed_answers(point: Point) -> Sequence[Fault]:
    """Return all faults of a point, each lasting; a lie in the provider's own form comes once."""
    found = [Fault(name=name, bend=_says(said)) for name, said in PAGES.items()]
    if point == "submit":
        before = ("broken", "404 HTML", "502 HTML", "504 JSON", "403 HTML")
        found += [Fault(name=f"{n}, unheard", bend=_says(PAGES[n], acts=False)) for n in before]
        found.append(Fault(name="broken, heard late", bend=_heard_late))
    if point == "list":
        found += [Fault(name=name, bend=_listed(show)) for name, show in LISTS.items()]
    if point in ("by id", "poll"):
        found.append(Fault(name="denied once", bend=_says(DENIED), times=1))
        found.append(Fault(name="another's task", bend=_anothers))
        found.append(Fault(name="denial kept", bend=_kept))
    if point == "control":
        found.append(Fault(name="denied", bend=_says(DENIED)))
    return found
