"""The history of a picture: which results it came out of, through Use as source."""

from __future__ import annotations

from collections.abc import Sequence

from cogs.ui.context import link_to
from cogs.ui.escaping import plain
from cogs.ui.job_message import cut
from cogs.ui.text import sentence, stamp
from services.models import Ancestor

PROMPT_SHOWN = 80
"""Characters of an earlier prompt."""

MORE_SHOWN = 60
"""Characters that the line about those that are left out may have."""


def of_history(ancestors: Sequence[Ancestor], locale: str, *, room: int) -> str:
    """Word the chain, the nearest first, within so many characters; empty without one."""
    if not ancestors:
        return ""
    lines = [_line(number, one, locale) for number, one in enumerate(ancestors, 1)]
    head, kept = sentence("details_history", locale), list(lines)
    while kept and len("\n".join([head, *kept])) + MORE_SHOWN > room:
        kept.pop()
    if len(kept) < len(lines):
        kept.append(sentence("details_more_parents", locale, count=len(lines) - len(kept)))
    return "\n".join([head, *kept])


def _line(generation: int, ancestor: Ancestor, locale: str) -> str:
    job = ancestor.job
    if job is None:
        return sentence("details_parent_hidden", locale, generation=generation)
    facts = {
        "generation": generation,
        "number": ancestor.position + 1,
        "at": stamp(job.created_at, "f"),
        "model": job.request.options.model,
        "prompt": plain(cut(" ".join(job.request.prompt.split()), PROMPT_SHOWN)),
    }
    link = link_to(job)
    if link is None:
        return sentence("details_parent_unlinked", locale, **facts)
    return sentence("details_parent", locale, link=link, **facts)
