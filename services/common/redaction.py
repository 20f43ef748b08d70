"""Redaction of log text: removes keys, tokens, signed addresses and prompts."""

from __future__ import annotations

import re

HEAD_CHARACTERS = 300
"""Maximum characters of another service's response body in a log line."""

_HIDDEN = re.compile(
    r"""(?xi)
      (?P<key> \b (?: sk-|api-key-kling- ) [\w-]{6,} )
    | (?P<bearer> \b bearer \s+ \S+ )
    | (?P<token> \b ey[\w-]{8,} \. [\w-]+ \. [\w-]* )
    | (?P<query> (?<= \w ) \? [^\s"'<>]+ )
    | (?P<prompt> (?<= prompt": ) \s* " (?: [^"\\] | \\. )* "? )
    | (?P<picture> [A-Za-z0-9+/]{80,} =* )
    """
)


def redact_head(raw: bytes) -> str:
    """Return the beginning of a response body, redacted for a log line."""
    return redacted(raw[: 4 * HEAD_CHARACTERS].decode("utf-8", "replace"))[:HEAD_CHARACTERS]


def redacted(text: str) -> str:
    """Replace parts that look like a secret, a signed query, a prompt or an image by [...]."""
    return _HIDDEN.sub("[...]", text)
