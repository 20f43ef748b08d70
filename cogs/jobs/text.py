"""Texts about a user's own job: one entry in the list, and all details."""

from __future__ import annotations

from collections.abc import Iterator

from cogs.jobs.cancel import format_finished
from cogs.ui import as_code, cut, link_to, name_state, plain, sentence, stamp
from services.models import OPEN, Entry, Job
from services.requests import PROMPT_LIMIT

LINE_SHOWN, LABEL_SHOWN = 100, 60
"""Characters of a prompt shown in a line of the list, and in its menu."""


def format_entry(number: int, entry: Entry, locale: str) -> str:
    """Format a job as an entry of the list."""
    job = entry.job
    state = sentence(f"job_state_{name_state(job)}", locale)
    head = f"{number}. **{state}** · {stamp(job.created_at)} · {where(job, locale)}"
    return f"{head}\n{plain(cut(one_line(job), LINE_SHOWN))}\n-# {facts(job, locale)}"


def format_label(number: int, job: Job) -> str:
    """Format a job as an entry of the menu, which shows text without markdown."""
    return cut(f"{number}. {one_line(job)}", LABEL_SHOWN)


def format_details(job: Job, locale: str) -> str:
    """Format all details of a job."""
    return "\n".join(_lines(job, locale))


def _lines(job: Job, locale: str) -> Iterator[str]:
    state = sentence(f"job_state_{name_state(job)}", locale)
    yield f"### {state}"
    if job.request.prompt.strip():
        yield as_code(job.request.prompt, PROMPT_LIMIT)
    asked = stamp(job.created_at, "f")
    yield sentence("job_asked", locale, asked=asked, where=where(job, locale))
    yield facts(job, locale)
    if job.ready_at is not None:
        seconds = max(round(job.ready_at - job.created_at), 1)
        yield sentence("job_took", locale, seconds=seconds)
    if job.outcome is not None and job.state not in OPEN:
        yield format_finished(job, locale)
    yield sentence("job_free" if job.given_back else "job_counted", locale, units=job.units_spent)
    link = link_to(job)
    if link is not None:
        yield sentence("job_link", locale, link=link)
    yield f"-# {job.id}"


def where(job: Job, locale: str) -> str:
    """Return a mention of the channel of the request; outside a server, a text that says so."""
    if job.place.guild_id is None:
        return sentence("job_in_messages", locale)
    return f"<#{job.place.channel_id}>"


def facts(job: Job, locale: str) -> str:
    """Return the job's model and units."""
    return sentence("job_facts", locale, model=job.request.options.model, units=job.units)


def one_line(job: Job) -> str:
    """Return the prompt on one line."""
    return " ".join(job.request.prompt.split())
