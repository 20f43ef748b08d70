"""Reads a client's request body: JSON, or multipart with `payload_json` and `files[n]`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import cast

from aiohttp import BodyPartReader, web

from sandbox.discord.core.api_errors import Refusal
from sandbox.discord.core.json_types import Json
from sandbox.discord.core.recorder import keep

REQUEST_BYTES = 25 * 1024 * 1024
ENVELOPE_BYTES = 1024 * 1024
FILE_FIELD = re.compile(r"files\[(\d{1,2})\]")


@dataclass(frozen=True, slots=True)
class Sent:
    """A body: the JSON object and the uploaded files by number."""

    value: Json
    files: dict[int, tuple[str, bytes]] = field(default_factory=dict[int, tuple[str, bytes]])


async def read_body(request: web.Request) -> Sent:
    """Return the body.

    Raises Refusal 50109 for bad JSON, and 40005 above Discord's limit of 25 MiB per request.
    """
    sent = await _read(request)
    keep(request, sent.value, files=sent.files)
    return sent


async def _read(request: web.Request) -> Sent:
    if request.content_type.startswith("multipart/"):
        return await _read_multipart(request)
    raw = await request.read()
    return Sent(_object(raw) if raw else {})


async def _read_multipart(request: web.Request) -> Sent:
    value: Json = {}
    files: dict[int, tuple[str, bytes]] = {}
    size = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise Refusal(50109)
        # Past the limit the rest is read and dropped: a client that is still sending reads no
        # response.
        if size > REQUEST_BYTES:
            await part.release()
            continue
        body = await part.read()
        size += len(body)
        number = FILE_FIELD.fullmatch(part.name or "")
        if part.name == "payload_json":
            value = _object(bytes(body))
        elif number is not None:
            files[int(number[1])] = (part.filename or "unknown", body)
    if size > REQUEST_BYTES:
        raise Refusal(40005)
    return Sent(value, files)


def _object(raw: bytes) -> Json:
    try:
        value: object = json.loads(raw)
    except ValueError as problem:
        raise Refusal(50109) from problem
    if not isinstance(value, dict):
        raise Refusal(50109)
    return cast("Json", value)
