"""Finds sources and options for a new request from an old job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from services.catalog import ModelTable
from services.common.clock import Clock
from services.errors import OptionNotCarried, SourceNotKept
from services.history import JobAccess, JobWithResults
from services.models import OPTIONS, Options, Source


class Repeats:
    """Finds the sources of a new request that is based on a job."""

    def __init__(self, *, archive: JobAccess, clock: Clock) -> None:
        self._archive = archive
        self._clock = clock

    async def sources(self, opened: JobWithResults) -> tuple[Source, ...]:
        """Return a job's own sources for a new request; raises SourceNotKept.

        A stored source is taken from storage. A typed link stays a link. A source that was never
        stored is fetched from Discord again while its link is valid.
        """
        job = opened.job
        kept = await self._archive.sources(job)
        return tuple(
            self._once_more(source, job.id, on_disk=path is not None)
            for source, path in zip(job.request.sources, kept, strict=True)
        )

    def result(self, opened: JobWithResults, position: int, *, posted: str = "") -> Source:
        """Return a result as a source; raises SourceNotKept.

        `posted` is its URL in the message, in case it is no longer stored.
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
        """Return whether Discord still serves the URL; a URL without an expiry is assumed valid."""
        expiry = parse_qs(urlsplit(url).query).get("ex", [""])[0]
        try:
            return bool(url) and (not expiry or int(expiry, 16) > self._clock.now())
        except ValueError:
            return False


def fitted(options: Options, models: ModelTable) -> tuple[Options, Sequence[str]]:
    """Return the options without unsupported ones that no form shows, and the names of those.

    Other options that the model does not support are left in, so that acceptance refuses them with
    a text.
    """
    left_out: list[str] = []
    while True:
        try:
            models.check(options)
        except OptionNotCarried as error:
            row = OPTIONS.get(error.option)
            if row is None or row.in_form or error.option in left_out:
                return options, left_out
            left_out.append(error.option)
            options = replace(options, **{error.option: None})
        else:
            return options, left_out
