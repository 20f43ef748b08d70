"""Recognizes service codes that mean refused content: every gateway has its own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.kling.error_codes import RULES, Code

REFUSED_CONTENT = "content_policy_violation"
"""OpenAI's code; it stands for all codes of that meaning that RULES lacks."""

_REFUSED = re.compile(
    r"moderat(ed|ion)|content.?(policy|filter|safety|security|violation)|safety.?violation"
    r"|unsafe|nsfw|sensitive|data.?inspection|inappropriate|risk.?control|prohibited.?content"
)
_TROUBLE = re.compile(r"unavailable|time.?out|internal|service")
"""Words in codes for a failure of the moderation service itself."""


def named(codes: Sequence[Code]) -> Code | None:
    """Return the first code that is in RULES or means refused content; else the first of all.

    A code that means refused content is returned as REFUSED_CONTENT, unless RULES has it.
    """
    for found in codes:
        if found in RULES:
            return found
        if isinstance(found, str) and _REFUSED.search(found) and not _TROUBLE.search(found):
            return REFUSED_CONTENT
    return codes[0] if codes else None
