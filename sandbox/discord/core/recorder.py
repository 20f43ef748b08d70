"""Records what the bot sent, one JSON object per line, for checks after the run."""

from __future__ import annotations

import json
import os
from pathlib import Path

from aiohttp import web

from sandbox.discord.core.json_types import encode

Files = dict[int, tuple[str, bytes]]

SENT = web.RequestKey("sent", str)
FILES = web.RequestKey("files", Files)


def keep(request: web.Request, value: object, *, files: Files | None = None) -> None:
    """Store a request's parsed body with it, before other code changes the body."""
    request[SENT] = encode(value)
    request[FILES] = files or {}


class Recorder:
    """Writes into a folder, one file per process; without a folder nothing is written."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def note(self, request: web.Request, *, route: str, status: int) -> None:
        """Record a request whose body was read: route, response status, file names and sizes."""
        if self._folder is None or SENT not in request:
            return
        files = {number: (name, len(body)) for number, (name, body) in request[FILES].items()}
        body: object = json.loads(request[SENT])
        entry = {"route": route, "status": status, "body": body, "files": files}
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
            file.write(encode(entry) + "\n")
