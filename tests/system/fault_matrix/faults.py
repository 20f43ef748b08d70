"""The faults, as rules of the sandbox, and the points of a job's life where they occur."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.faults import Rule

Order = Mapping[str, Any]

VIA = {"Via": "1.1 fault"}
"""discord.py treats a 429 without this header as a ban by Cloudflare."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """The request that is broken: its method and path, and how many such requests pass first."""

    method: str
    path: str
    after: int = 0


PROVIDER: Mapping[str, Point] = {
    "submit": Point(method="POST", path=r"/v1/images/generations$"),
    "poll": Point(method="GET", path=r"/v1/images/generations/."),
    "download": Point(method="GET", path=r"^/results/"),
}

MESSAGES = r"/webhooks/|/channels/"
CHAT: Mapping[str, Point] = {
    "source": Point(method="GET", path=r"attachments/"),
    "first answer": Point(method="POST", path=r"/callback$"),
    "progress": Point(method="PATCH", path=MESSAGES),  # a lasting fault hits the delivery too
    "delivery": Point(method="PATCH", path=MESSAGES, after=1),
}
SIDES: Mapping[str, Mapping[str, Point]] = {"provider": PROVIDER, "Discord": CHAT}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One row of the table: the fault, the points where it can occur, and its worlds."""

    name: str
    order: Order
    worlds: tuple[str, ...] = ("provider", "Discord")
    points: tuple[str, ...] = field(default=())
    """The only points where it makes sense; empty: all points of its worlds."""

    def rule(self, point: Point, *, times: int | None) -> Rule:
        """Return the rule that breaks that many requests at a point."""
        where = {"method": point.method, "path": point.path, "after": point.after}
        return Rule.from_json({**self.order, **where, "times": times})


def status(code: int, body: object = None, **more: object) -> Order:
    return {"action": "status", "status": code, "body": body or {"message": str(code)}, **more}


def kling(http: int, code: int, words: str) -> Order:
    return status(http, {"code": code, "message": words, "request_id": "r"})


def answered(content: object) -> Order:
    """Return an answer that looks like a success in every outward sign."""
    return status(200, {"code": 0, "message": "SUCCEED", "request_id": "r", "data": content})


TOO_FAST = {"code": 1302, "message": "too fast", "retry_after": 2.0, "global": False}
GLOBAL = {"message": "You are being rate limited.", "retry_after": 3.0, "global": True}

FAULTS = (
    Fault(name="reset before an answer", order={"action": "reset"}),
    Fault(name="connection refused", order={"action": "refuse", "seconds": 20.0}),
    Fault(name="closed, nothing done", order={"action": "drop_before"}),
    Fault(name="closed, all done", order={"action": "drop_after"}),
    Fault(name="reset mid-body", order={"action": "torn"}),
    Fault(name="silence", order={"action": "silence"}),
    Fault(name="30 s late", order={"action": "delay", "seconds": 30.0}),
    Fault(name="slow drip, 25 s", order={"action": "slow", "seconds": 25.0}),
    Fault(
        name="429, Retry-After",
        order=status(429, TOO_FAST, headers={**VIA, "Retry-After": "2"}),
    ),
    Fault(
        name="429, global",
        order=status(
            429, GLOBAL, headers={**VIA, "Retry-After": "3", "X-RateLimit-Global": "true"}
        ),
        worlds=("Discord",),
    ),
    Fault(name="429 of a wall", order={"action": "garbage", "status": 429}),
    Fault(name="500", order=status(500)),
    Fault(name="502, all done", order=status(502, "bad gateway", processed=True)),
    Fault(name="503", order=status(503)),
    Fault(name="504, all done", order=status(504, "timed out", processed=True)),
    Fault(name="HTML, 200", order={"action": "garbage"}),
    Fault(name="HTML, 403", order={"action": "garbage", "status": 403}),
    Fault(
        name="login page, 200",
        order={"action": "page", "page": "login page, 200"},
        worlds=("provider",),
    ),
    Fault(
        name="403, error code: 1010",
        order={"action": "page", "page": "cloudflare 1010"},
        worlds=("provider",),
    ),
    Fault(
        name="401 of an API gateway",
        order={"action": "page", "page": "kong"},
        worlds=("provider",),
    ),
    Fault(
        name="413 of a proxy",
        order={"action": "page", "page": "nginx 413"},
        worlds=("provider",),
        points=("submit",),
    ),
    Fault(
        name="522 of a wall",
        order={"action": "page", "page": "cloudflare 522"},
        worlds=("provider",),
    ),
    Fault(
        name="403, code 40333",
        order=status(403, {"message": "internal network error", "code": 40333}),
        worlds=("Discord",),
    ),
    Fault(name="cut body", order={"action": "cut"}),
    Fault(name="wrong types", order=status(200, {"code": "x", "data": ["?"], "id": []})),
    Fault(
        name="huge answer",
        order={"action": "garbage", "body": "[" * 17_000_000},
        worlds=("provider",),
        points=("submit", "poll"),
    ),
    Fault(
        name="huge picture",
        order={"action": "garbage", "body": "[" * 70_000_000},
        points=("download", "source"),
    ),
    Fault(
        name="gzip bomb, 100 MB",
        order={"action": "bomb", "megabytes": 100},
        points=("submit", "poll", "download", "source"),
    ),
    Fault(
        name="endless body",
        order={"action": "endless"},
        worlds=("provider",),
        points=("download",),
    ),
    Fault(name="404", order=status(404, {"message": "Not Found", "code": 0})),
    Fault(
        name="1303, no slot",
        order=kling(429, 1303, "parallel task over resource pack limit"),
        worlds=("provider",),
        points=("submit", "poll"),
    ),
    Fault(
        name="1102, no balance",
        order=kling(429, 1102, "account balance not enough"),
        worlds=("provider",),
        points=("submit", "poll"),
    ),
    Fault(
        name="1301, content",
        order=kling(400, 1301, "trigger strategy"),
        worlds=("provider",),
        points=("submit", "poll"),
    ),
    Fault(
        name="unknown status",
        order=answered({"task_id": "1", "task_status": "dreaming"}),
        worlds=("provider",),
        points=("poll",),
    ),
    Fault(
        name="done, 0 images",
        order=answered({"task_id": "1", "task_status": "succeed", "task_result": {"images": []}}),
        worlds=("provider",),
        points=("poll",),
    ),
    Fault(
        name="failed task of another id",
        order=answered(
            {"task_id": "1", "task_status": "failed", "task_status_msg": "Internal error"}
        ),
        worlds=("provider",),
        points=("poll",),
    ),
)
