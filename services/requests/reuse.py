"""Provides sources and options for a new request from an earlier job."""

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
    """Provides the sources of a new request that is based on an earlier job."""

    def __init__(self, *, archive: JobAccess, clock: Clock) -> None:
        self._archive = archive
        self._clock = clock

    async def sources(self, opened: JobWithResults) -> tuple[Source, ...]:
        """Return a job's own sources for a new request; raises SourceNotKept.

        A source in storage is used from there. A typed link stays a link. A source that was never
        stored is fetched from Discord again, if its link is still valid.
        """
        job = opened.job
        kept = await self._archive.sources(job)
        return tuple(
            self._once_more(source, job.id, on_disk=path is not None)
            for source, path in zip(job.request.sources, kept, strict=True)
        )

    def result(self, opened: JobWithResults, position: int, *, posted: str = "") -> Source:
        """Return a result of a job as a source; raises SourceNotKept if it is not stored.

        `posted` is its URL in a message, from which it is fetched if it is no longer stored.
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
        """Return whether Discord still serves a URL, by the expiry in it; True if it has none."""
        expiry = parse_qs(urlsplit(url).query).get("ex", [""])[0]
        try:
            return bool(url) and (not expiry or int(expiry, 16) > self._clock.now())
        except ValueError:
            return False


def fitted(options: Options, models: ModelTable) -> tuple[Options, Sequence[str]]:
    """Return the options without those that the model lacks and no form shows, and their names.

    Other options that the model does not support stay, so that acceptance refuses them with a text.
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
