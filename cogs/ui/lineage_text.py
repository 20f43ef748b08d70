"""Renders the history of an image: the results it was made from with Use as source."""

from __future__ import annotations

from collections.abc import Sequence

from cogs.ui.context import link_to
from cogs.ui.escaping import plain
from cogs.ui.job_message import cut
from cogs.ui.text import sentence, stamp
from services.models import Ancestor

PROMPT_SHOWN = 80
"""Characters shown of an earlier prompt."""

MORE_SHOWN = 60
"""Characters reserved for the line about omitted ancestors."""


def format_lineage(ancestors: Sequence[Ancestor], locale: str, *, room: int) -> str:
    """Format the chain in at most `room` characters, the nearest first; empty without ancestors."""
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
