"""Rows of buttons under a job's message: first buttons that start new jobs, then others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import discord

from cogs.ui.buttons.base import JobButton
from cogs.ui.text import sentence
from services.models import Job, Outcome

# Verbs of the buttons: the part between `rp:` and the job's id.

AGAIN, EDIT, USE = "again", "edit", "use"
"""Verbs of buttons that request new images."""

COMPARE, DETAILS, LINKS, DELETE = "compare", "details", "links", "delete"
REPORT = "report"
"""Verbs of the other buttons under a result."""

REPORT_HIDE, REPORT_DELETE = "report_hide", "report_delete"
REPORT_BLOCK, REPORT_DISMISS = "report_block", "report_dismiss"
"""Verbs of the buttons under a report of a result."""

Row = discord.ui.ActionRow[discord.ui.LayoutView]

ONLY_OTHERWISE = frozenset({
    "refused_content", "refused_policy", "bad_prompt", "model_unavailable", "generic",
})  # fmt: skip
"""Outcomes that the same request would have again, but another prompt or model might not."""

WITHOUT_A_WAY = frozenset({
    "bad_picture", "unsupported_image", "image_too_large", "image_too_heavy", "image_too_small",
    "image_too_narrow", "source_gone", "source_not_kept", "uncertain", "checking", "paused",
})  # fmt: skip
"""Outcomes that need another image, or time: no button would help."""


def make_row(
    verbs: Sequence[str],
    job_id: str,
    locale: str,
    *,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
) -> Row:
    """Build a row of buttons from their verbs."""
    row: Row = discord.ui.ActionRow()
    for verb in verbs:
        label = sentence(f"button_{verb}", locale)
        row.add_item(JobButton(verb, job_id, label=label, style=style))
    return row


def rows_under(job: Job, locale: str, *, has_results: bool) -> Iterator[Row]:
    """Yield the rows under a message that shows a job's outcome."""
    if has_results:
        yield make_row((AGAIN, EDIT, USE, COMPARE), job.id, locale)
        yield make_row(
            (DETAILS, DELETE, *(() if job.place.ephemeral else (REPORT,))), job.id, locale
        )
    elif job.outcome is not None:
        yield make_row((*fallbacks_after(job.outcome), DETAILS), job.id, locale)


def fallbacks_after(outcome: Outcome) -> tuple[str, ...]:
    """Return the verbs of buttons that may help after an outcome without images."""
    if outcome.key in WITHOUT_A_WAY:
        return ()
    return (EDIT,) if outcome.key in ONLY_OTHERWISE else (AGAIN, EDIT)
