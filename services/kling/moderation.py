"""Words for refused content: every gateway has its own for the same decision."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.kling.error_codes import RULES, Code

REFUSED_CONTENT = "content_policy_violation"
"""OpenAI's code; it stands for those that the table does not have."""

_REFUSED = re.compile(
    r"moderat(ed|ion)|content.?(policy|filter|safety|security|violation)|safety.?violation"
    r"|unsafe|nsfw|sensitive|data.?inspection|inappropriate|risk.?control|prohibited.?content"
)
_TROUBLE = re.compile(r"unavailable|time.?out|internal|service")
"""The moderation itself is out of order."""


def named(told: Sequence[Code]) -> Code | None:
    """Return which of the codes of one refusal counts: one that the table has, else the first.

    A word for refused content counts as the table's own.
    """
    for found in told:
        if found in RULES:
            return found
        if isinstance(found, str) and _REFUSED.search(found) and not _TROUBLE.search(found):
            return REFUSED_CONTENT
    return told[0] if told else None
