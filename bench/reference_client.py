"""The reference client, rewritten from its description: one thread, one poll per second.

The provider's documentation describes a client that submits, polls at once and then every second
for 120 s, and blocks its thread all the while. Run inline it serves one task after the other; in
threads it serves as many as there are threads.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

EVERY_S = 1.0
FOR_S = 120.0


@dataclass(slots=True)
class Account:
    """Calls and delays of the clients of one run."""

    calls: int = 0
    delays_s: list[float] = field(default_factory=list[float])
    """Seconds from a task's end, by the provider's clock, to the response that reported it."""


def paint(
    base_url: str,
    key: str,
    prompt: str,
    account: Account,
    order: Mapping[str, object] | None = None,
) -> list[str]:
    """Submit one task and wait for it; return its image URLs, or none after 120 s."""
    where = urlsplit(base_url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    path = f"{where.path}/v1/images/generations"
    order = order or {"model_name": "kling-v3", "prompt": prompt, "n": 1, "callback_url": ""}
    task_id = _ask(connection, "POST", path, headers, account, json.dumps(order))["task_id"]
    until = time.monotonic() + FOR_S
    while time.monotonic() < until:
        task = _ask(connection, "GET", f"{path}/{task_id}", headers, account)
        if task["task_status"] == "succeed":
            account.delays_s.append(time.time() - task["updated_at"] / 1000)
            connection.close()
            return [image["url"] for image in task["task_result"]["images"]]
        time.sleep(EVERY_S)
    return []


def _ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: dict[str, str],
    account: Account,
    body: str | None = None,
) -> Any:  # noqa: ANN401  JSON
    connection.request(method, path, body, headers)
    account.calls += 1
    return json.loads(connection.getresponse().read())["data"]
