"""Recognition of codes for refused content: every gateway has its own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.kling.error_codes import RULES, Code

REFUSED_CONTENT = "content_policy_violation"
"""OpenAI's code; it stands for all codes of that meaning that the table lacks."""

_REFUSED = re.compile(
    r"moderat(ed|ion)|content.?(policy|filter|safety|security|violation)|safety.?violation"
    r"|unsafe|nsfw|sensitive|data.?inspection|inappropriate|risk.?control|prohibited.?content"
)
_TROUBLE = re.compile(r"unavailable|time.?out|internal|service")
"""Words of a failure of the moderation service itself."""


def named(codes: Sequence[Code]) -> Code | None:
    """Return the code of a refusal that counts: one in the table, else the first.

    A code that means refused content counts as one in the table.
    """
    for found in codes:
        if found in RULES:
            return found
        if isinstance(found, str) and _REFUSED.search(found) and not _TROUBLE.search(found):
            return REFUSED_CONTENT
    return codes[0] if codes else None
