"""Messages of /jobs: a page of the list with thumbnails, and one job with all its images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import discord

from cogs.jobs.cancel import CANCEL
from cogs.jobs.pagination import JobSelect, PageButton, PageRef
from cogs.jobs.text import format_details, format_entry, format_label
from cogs.ui import TEXT_LIMIT, JobMessage, format_lineage, sentence
from cogs.ui.buttons import AGAIN, DETAILS, EDIT, JobButton, Row, make_row, rows_under
from services.models import OPEN, Ancestor, Entry, Job, Page, Result, State

UNFINISHED = (*OPEN, State.READY)
"""States before the images are posted."""

POST, DIRECT = "post", "direct"
"""Verbs of the buttons that repost a job's images: in this channel, or in a direct message."""

Container = discord.ui.Container[discord.ui.LayoutView]


@dataclass(frozen=True, slots=True)
class JobListPage:
    """Builds a page of the list; `thumbnails` holds thumbnails by the job's id."""

    page: Page
    spot: PageRef
    thumbnails: Mapping[str, Path]
    locale: str
    in_server: bool
    """True if there is a server to which the list can be narrowed."""

    def view(self) -> discord.ui.LayoutView:
        """Build the components."""
        view = discord.ui.LayoutView(timeout=None)
        container: Container = discord.ui.Container()
        container.add_item(discord.ui.TextDisplay(self._title()))
        for number, entry in enumerate(self.page.entries, start=1):
            container.add_item(self._item(number, entry))
        view.add_item(container)
        if self.page.entries:
            view.add_item(self._menu())
        row = self._buttons()
        if row.children:
            view.add_item(row)
        return view

    def files(self) -> list[discord.File]:
        """Open the thumbnails."""
        return [discord.File(path, self._name(job_id)) for job_id, path in self.thumbnails.items()]

    def _title(self) -> str:
        title = sentence(f"jobs_title_{self.spot.scope}", self.locale)
        if not self.page.entries:
            return f"### {title}\n{sentence('jobs_none', self.locale)}"
        of = sentence("jobs_page", self.locale, number=self.page.number + 1, pages=self.page.pages)
        return f"### {title}\n-# {of}"

    def _item(self, number: int, entry: Entry) -> discord.ui.Item[discord.ui.LayoutView]:
        text: discord.ui.TextDisplay[discord.ui.LayoutView]
        text = discord.ui.TextDisplay(format_entry(number, entry, self.locale))
        if entry.job.id not in self.thumbnails:
            return text
        alt = sentence("jobs_thumbnail", self.locale, number=number)
        media = f"attachment://{self._name(entry.job.id)}"
        spoiler = entry.job.request.options.spoiler
        return discord.ui.Section(
            text, accessory=discord.ui.Thumbnail(media, description=alt, spoiler=spoiler)
        )

    def _menu(self) -> Row:
        options = [
            discord.SelectOption(label=format_label(number, entry.job), value=entry.job.id)
            for number, entry in enumerate(self.page.entries, start=1)
        ]
        placeholder = sentence("jobs_open", self.locale)
        row: Row = discord.ui.ActionRow()
        row.add_item(JobSelect(self._here, options, placeholder=placeholder))
        return row

    def _buttons(self) -> Row:
        row: Row = discord.ui.ActionRow()
        number, last = self.page.number, self.page.pages - 1
        if number > 0:
            self._add(row, self._here.at(number - 1), "jobs_newer")
        if number < last:
            self._add(row, self._here.at(number + 1), "jobs_older")
        if self.spot.scope == "here":
            self._add(row, PageRef("all"), "jobs_everywhere")
        elif self.in_server:
            self._add(row, PageRef("here"), "jobs_here")
        return row

    def _add(self, row: Row, spot: PageRef, key: str) -> None:
        row.add_item(PageButton(spot, label=sentence(key, self.locale)))

    @property
    def _here(self) -> PageRef:
        return self.spot.at(self.page.number)

    def _name(self, job_id: str) -> str:
        return f"{job_id}_small.jpg"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDetailPage:
    """Builds the page of one job, with those of its images that are still stored."""

    job: Job
    results: Sequence[Result]
    ancestors: Sequence[Ancestor]
    spot: PageRef
    locale: str

    def view(self) -> discord.ui.LayoutView:
        """Build the components."""
        view = discord.ui.LayoutView(timeout=None)
        container: Container = discord.ui.Container()
        if self.results:
            container.add_item(self._message.gallery())
        text = self._text()
        container.add_item(discord.ui.TextDisplay(text))
        history = format_lineage(self.ancestors, self.locale, room=TEXT_LIMIT - len(text))
        if history:
            container.add_item(discord.ui.Separator())
            container.add_item(discord.ui.TextDisplay(history))
        view.add_item(container)
        for row in self._rows():
            view.add_item(row)
        view.add_item(self._buttons())
        return view

    def files(self) -> list[discord.File]:
        """Open the images."""
        return self._message.files()

    @property
    def _message(self) -> JobMessage:
        return JobMessage(self.job, results=self.results, locale=self.locale)

    def _text(self) -> str:
        text = format_details(self.job, self.locale)
        if self.results or self.job.ready_at is None:
            return text
        return f"{text}\n{sentence('pictures_not_kept', self.locale)}"

    def _rows(self) -> Iterator[Row]:
        """Yield the rows of buttons that are also under the job's own message."""
        job = self.job
        if job.state in UNFINISHED:
            return
        if job.outcome is None and not self.results:  # no longer stored
            yield make_row((AGAIN, EDIT, DETAILS), job.id, self.locale)
        else:
            yield from rows_under(job, self.locale, has_results=bool(self.results))

    def _buttons(self) -> Row:
        row: Row = discord.ui.ActionRow()
        row.add_item(PageButton(self.spot, label=sentence("jobs_back", self.locale)))
        verbs = (POST, DIRECT) if self.results else ()
        verbs = (CANCEL,) if self.job.state in OPEN and not self.job.generated_at else verbs
        for verb in verbs:
            label = sentence(f"button_{verb}", self.locale)
            row.add_item(JobButton(verb, self.job.id, label=label))
        return row
