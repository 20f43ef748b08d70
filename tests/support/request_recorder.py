"""Recorder of the bot's requests in simulated worlds, for `make conformance`.

The form is the sandbox's own.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path

import simcord

from sandbox.discord.core.options import Options

API = "/api/v10"
PLACES = (
    (r"/applications/\d+/commands", "/applications/{application}/commands"),
    (r"/interactions/\d+/[^/]+/callback", "/interactions/{interaction}/{token}/callback"),
    (
        r"/webhooks/\d+/[^/]+/messages/[^/]+",
        "/webhooks/{application}/{token}/messages/{message}",
    ),
    (r"/webhooks/\d+/[^/]+", "/webhooks/{application}/{token}"),
    (r"/channels/\d+/messages/\d+", "/channels/{channel}/messages/{message}"),
    (r"/channels/\d+/messages", "/channels/{channel}/messages"),
)


def record(requests: Iterable[simcord.HttpLogEntry]) -> None:
    """Append every body to a file in the folder SANDBOX_RECORD; do nothing without that setting.

    simcord does not say which files came with a body.
    """
    folder = Options().record
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        _append(folder / f"{os.getpid()}.jsonl", requests)


def _append(path: Path, requests: Iterable[simcord.HttpLogEntry]) -> None:
    with path.open("a", encoding="utf-8") as file:
        for one in requests:
            if one.json is not None:
                entry = {"route": route_of(one), "status": 200, "body": one.json, "files": None}
                file.write(f"{json.dumps(entry, default=str)}\n")


def route_of(request: simcord.HttpLogEntry) -> str:
    """Return the route's name as the sandbox writes it."""
    path = request.path
    named = (name for pattern, name in PLACES if re.fullmatch(pattern, path))
    return f"{request.method} {API}{next(named, path)}"
