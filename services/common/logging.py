"""Logging setup: text or JSON lines that name their job and never contain a secret or a prompt.

Redaction works on the finished line of every logger, tracebacks included, because a library's error
may quote a secret just as our own code may.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sys
from collections.abc import Generator, Iterable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import IO, Literal
from urllib.parse import quote

HIDDEN = "***"

CHATTY = ("discord", "aiohttp", "asyncio", "PIL", "websockets", "urllib3", "hpack")
"""Libraries that write payloads at DEBUG (discord.py: whole events with prompts and interaction
tokens). They stay at INFO whatever LOG_LEVEL says."""

_SHORTEST_SECRET = 6
"""Minimum characters of a secret that is redacted: a shorter one would blank half of every line."""

_SECRETS = re.compile(
    r"""
      (?P<bearer>   (?i: \b bearer ) \s+ [\w.~+/=-]{4,} )
    | (?P<header>   (?i: \b authorization ) ['"]? \s* [:=,] \s* ['"]? (?: \w+ \s+ )? [^\s'",}]+ )
    | (?P<key>      \b (?: sk- | api-key-kling- | whsec_ ) [\w+/=-]{4,} )
    | (?P<jwt>      \b ey [\w-]{8,} \. [\w-]{4,} \. [\w-]* )
    | (?P<bot>      (?<! [\w-] ) [\w-]{23,30} \. [\w-]{6,7} \. [\w-]{27,} )
    | (?P<reply>    aW50ZXJhY3Rpb2 [\w+/=-]+ )
    | (?P<path>     (?<= / ) (?: webhooks | interactions ) / \d+ / [^/\s?'"<>]+ )
    | (?P<query>    (?i: (?<= [?&;] ) (?: ex | is | hm | key | secret | policy | (?: [\w-]* [_-] )?
                    (?: key | token | sig | sign | signature | credential ) ) = ) [^\s&'"<>]+ )
    """,
    re.VERBOSE,
)
"""Shapes of secrets: header values, provider keys, signed tokens, Discord's bot and interaction
tokens ("interaction:" in base64), webhook and interaction addresses, signed links."""

CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029"  # controls, halves, separators
    r"\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001345f"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"  # format characters
)
"""Every control and format character of Unicode except tab and line feed. Text from users could
otherwise move the cursor of the terminal that shows the log, break a line, reverse its direction or
hide in it."""

_about: ContextVar[tuple[str | None, int | None]] = ContextVar("about", default=(None, None))
_shard: ContextVar[int | None] = ContextVar("shard", default=None)


@contextlib.contextmanager
def job_context(job_id: str | None, guild_id: int | None = None) -> Generator[None]:
    """Add a job's id, and its guild's id, to every line logged in the block, by any logger."""
    token = _about.set((job_id, guild_id))
    try:
        yield
    finally:
        _about.reset(token)


@contextlib.contextmanager
def shard_context(number: int) -> Generator[None]:
    """Add a shard's number to every line logged in the block or by tasks started in it."""
    token = _shard.set(number)
    try:
        yield
    finally:
        _shard.reset(token)


def _known(*names: str) -> Iterator[tuple[str, str | int]]:
    """Yield shard, job and guild of the current context as far as set, under the given names."""
    about = zip(names, (_shard.get(), *_about.get()), strict=True)
    yield from ((name, known) for name, known in about if known is not None)


def set_up(
    level: str,
    format: Literal["text", "json"],  # noqa: A002 -- the setting's name
    *,
    secrets: Iterable[str] = (),
    stream: IO[str] | None = None,
) -> None:
    """Send the log to `stream` (default: stderr); a second call replaces the first setup.

    Args:
        level: A level name such as "info".
        format: "text" or "json".
        secrets: Texts that are redacted wherever they appear.
        stream: Where to write.
    """
    lowest = logging.getLevelNamesMapping()[level.upper()]
    handler = _RedactedStream(stream or sys.stderr)
    handler.setFormatter(_LINES[format](Redaction(secrets)))
    root = logging.getLogger()
    for former in [each for each in root.handlers if isinstance(each, _RedactedStream)]:
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(lowest)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(lowest, logging.INFO))
    logging.captureWarnings(capture=True)


class Redaction:
    """Redacts secrets in text: known ones exactly, others by their shape."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}
        known |= {quote(secret, safe="") for secret in known}
        # Longest first: one secret may contain another.
        ordered = sorted(known, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __call__(self, text: str) -> str:
        """Return the text without secrets."""
        if self._known:
            text = self._known.sub(HIDDEN, text)
        return _SECRETS.sub(_blank, text)


def _blank(match: re.Match[str]) -> str:
    """Replace a secret; keep the part that tells which secret it was."""
    found = match[0]
    match match.lastgroup:
        case "path":
            return f"{found.rpartition('/')[0]}/{HIDDEN}"
        case "query":
            return f"{found.partition('=')[0]}={HIDDEN}"
        case "bearer" | "header":
            return re.sub(r"(?s)\W.*", f" {HIDDEN}", found)
        case _:
            return HIDDEN


class _RedactedStream(logging.StreamHandler[IO[str]]):
    """Our own handler; the class distinguishes it from handlers that others added to the root."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 -- logging's name
        """Report that a line was lost, without its arguments.

        The report of Python's logging module would quote them unredacted.
        """
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(f"log line lost: {record.name}, line {record.lineno}\n")


class _TextLines(logging.Formatter):
    """Formats lines such as `2026-11-22T12:00:00.000Z INFO services.engine [job 01J..] text`."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__()
        self._redaction = redaction

    def format(self, record: logging.LogRecord) -> str:
        """Return the log line; continuation lines are indented, so no text can fake a line."""
        named = " ".join(f"{kind} {known}" for kind, known in _known("shard", "job", "server"))
        where = f" [{named}]" if named else ""
        words = CONTROLS.sub("?", self._redaction(super().format(record)))
        words = words.replace("\n", "\n    ")
        return f"{_instant(record)} {record.levelname} {record.name}{where} {words}"


class _JsonLines(logging.Formatter):
    """Formats one object per line, with the context and error where known.

    Keys: at, level, logger, message; shard, job_id, guild_id, error.
    """

    def __init__(self, redaction: Redaction) -> None:
        super().__init__()
        self._redaction = redaction

    def format(self, record: logging.LogRecord) -> str:
        """Return the log line as JSON."""
        line: dict[str, str | int] = {
            "at": _instant(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._plain(record.getMessage()),
        }
        line |= dict(_known("shard", "job_id", "guild_id"))
        if error := self._error(record):
            line["error"] = self._plain(error)
        return json.dumps(line, ensure_ascii=False)

    def _plain(self, text: str) -> str:
        return CONTROLS.sub("?", self._redaction(text))

    def _error(self, record: logging.LogRecord) -> str:
        parts = [record.exc_text or ""]
        if record.exc_info and not record.exc_text:
            parts = [self.formatException(record.exc_info)]
        if record.stack_info:
            parts.append(self.formatStack(record.stack_info))
        return "\n".join(part for part in parts if part)


def _instant(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, tz=UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


_LINES = {"text": _TextLines, "json": _JsonLines}
