"""Sends a job's sources again in another form, if the provider could not use the first one.

services.models.SourceForm describes the forms.
"""

from __future__ import annotations

import logging

from services.engine.context import EngineContext
from services.engine.payload import goes_by_link
from services.errors import KlingError, KlingRefused, KlingTooLarge
from services.kling import could_not_fetch_picture, could_not_read_picture, rule_for
from services.models import Job, SourceForm

log = logging.getLogger(__name__)

_LATER = {
    SourceForm.UNTOUCHED: (SourceForm.PLAIN, SourceForm.SMALL),
    SourceForm.PLAIN: (SourceForm.SMALL,),
    SourceForm.SMALL: (),
}
"""Forms in which sources may be sent after this one. Each form is tried at most once."""


def other_form(parts: EngineContext, job: Job, error: KlingError) -> SourceForm | None:
    """Return the form to try next: plain if the image could not be read, small if it was too large.

    None if the error has another reason, if that form or a later one was tried already, or if all
    sources are links that a user typed.
    """
    if all(source.origin == "link" for source in job.request.sources):
        return None
    wanted = _wanted(parts, job, error)
    return wanted if wanted in _LATER[job.source_form] else None


async def send_in_form(parts: EngineContext, job: Job, form: SourceForm) -> None:
    """Make the job due again at once, with its sources to be sent in this form.

    The form is stored with the job, so it also holds after a restart.
    """
    log.info("job %s: sending the image once more, %s", job.id, form)
    now = parts.clock.now()
    await parts.store.jobs.mark_not_sent(job.id, next_at=now, tries=job.tries + 1, form=form)


def _wanted(parts: EngineContext, job: Job, error: KlingError) -> SourceForm | None:
    """Return the form that may overcome the error; None if no form does."""
    match error:
        case KlingTooLarge():
            return SourceForm.SMALL
        case KlingRefused() if could_not_read_picture(error) or could_not_fetch_picture(error):
            return SourceForm.PLAIN
        case KlingRefused() if goes_by_link(parts, job) and _is_about_picture(error):
            return SourceForm.PLAIN
        case _:
            return None


def _is_about_picture(error: KlingRefused) -> bool:
    return rule_for(error).member == "bad_picture"
