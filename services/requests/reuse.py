"""Asking anew: the same pictures once more, a result as the next source, options that still fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from services.catalog.models import ModelTable
from services.common.clock import Clock
from services.errors import OptionNotCarried, SourceNotKept
from services.history.access import JobAccess, JobWithResults
from services.models import Options, Source

UNSEEN = ("reference", "fidelity", "human_fidelity")
"""Options that a form has no room for, so nobody can take them back there."""


class Repeats:
    """Finds the pictures that a new Request of an old Job starts from."""

    def __init__(self, *, archive: JobAccess, clock: Clock) -> None:
        """Take where pictures lie, and the time: links lapse."""
        self._archive = archive
        self._clock = clock

    async def sources(self, opened: JobWithResults) -> tuple[Source, ...]:
        """Return a Job's own sources for another Request; raises SourceNotKept.

        From our disk; a link that was typed stays what it is; and what never got to our disk is
        asked of Discord once more while its link lives.
        """
        job = opened.job
        kept = await self._archive.sources(job)
        return tuple(
            self._once_more(source, job.id, on_disk=path is not None)
            for source, path in zip(job.request.sources, kept, strict=True)
        )

    def result(self, opened: JobWithResults, position: int, *, posted: str = "") -> Source:
        """Return a result as the next source; raises SourceNotKept.

        `posted` is its address in the message, for when our disk was tidied meanwhile.
        """
        result = next((one for one in opened.painted if one.position == position), None)
        if result is None or (result not in opened.results and not posted):
            raise SourceNotKept
        return Source(
            url=posted,
            origin="job",
            job_id=opened.job.id,
            position=position,
            name=result.path.name,
            size=result.size,
            width=result.width,
            height=result.height,
        )

    def _once_more(self, source: Source, job_id: str, *, on_disk: bool) -> Source:
        if source.origin == "link" and source.url:
            return source
        if on_disk:
            return replace(source, url="", origin="job", job_id=job_id, position=None)
        if source.origin == "job" or (source.origin == "attachment" and self._lives(source.url)):
            return source
        raise SourceNotKept

    def _lives(self, url: str) -> bool:
        """Tell whether Discord still hands an address out; one that does not say may as well."""
        expiry = parse_qs(urlsplit(url).query).get("ex", [""])[0]
        try:
            return bool(url) and (not expiry or int(expiry, 16) > self._clock.now())
        except ValueError:
            return False


def fitted(options: Options, models: ModelTable) -> tuple[Options, Sequence[str]]:
    """Return options without those that the model can not carry and no form shows; and which.

    Any other option that does not fit is left for acceptance to refuse in words.
    """
    left_out: list[str] = []
    while True:
        try:
            models.check(options)
        except OptionNotCarried as error:
            if error.option not in UNSEEN or error.option in left_out:
                return options, left_out
            left_out.append(error.option)
            options = replace(options, **{error.option: None})
        else:
            return options, left_out
