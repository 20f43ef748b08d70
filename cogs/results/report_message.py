"""Report messages: reporter, member, link, images behind a spoiler, and buttons for actions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import discord

from cogs.compat import kept_files, parse_attachment_url
from cogs.posting import SEND_S, TOGETHER, Fit, Form, LogChannel, send_some_form
from cogs.ui import ALT_LIMIT, SOURCE, TEXT_LIMIT, as_code, cut, format_reason, sentence, translated
from cogs.ui.buttons import (
    REPORT_BLOCK,
    REPORT_DELETE,
    REPORT_DISMISS,
    REPORT_HIDE,
    JobButton,
    Row,
    encode_posting,
    make_message_link,
)
from services.common.clock import Clock
from services.errors import DeliveryFailed
from services.history import JobAccess
from services.models import Job, Posting, Result

PROMPT_LIMIT = 2500
"""Characters of a prompt in a report. Kling accepts no more, so a prompt is shown whole
(image-generation page)."""

COLOUR = discord.Colour(0xC0392B)

DANGEROUS = frozenset({REPORT_DELETE, REPORT_BLOCK})

Without = Literal["", "pictures", "words"]
WITHOUT: Sequence[Without] = ("", "pictures", "words")
"""Variants of a report: complete; without images; without images, prompt and reason."""

Container = discord.ui.Container[discord.ui.LayoutView]
Gallery = discord.ui.MediaGallery[discord.ui.LayoutView]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report."""

    job: Job = field(repr=False)
    results: Sequence[Result]
    """The results that are still stored."""
    reporter_id: int
    reason: str = field(default="", repr=False)
    posting: Posting
    """The message with the images, in the server that receives the report."""
    without: Without = ""
    """Part that this variant leaves out, because Discord refused the message with it."""

    def message(self, locale: str) -> dict[str, Any]:
        """Build the arguments of `send`.

        Build them again for each attempt: a sent file cannot be sent again.
        """
        view = discord.ui.LayoutView(timeout=None)
        container: Container = discord.ui.Container(accent_colour=COLOUR)
        container.add_item(discord.ui.TextDisplay(self._head(locale)))
        if self._shown:
            container.add_item(self._gallery(locale))
        if not self.job.forgotten and self.without != "words":
            words = as_code(self.job.request.prompt, PROMPT_LIMIT)
            container.add_item(discord.ui.TextDisplay(words))
        view.add_item(container)
        can_block = self.posting.guild_id is not None and not self.job.forgotten
        view.add_item(
            _actions(self.job.id, encode_posting(self.posting), locale, can_block=can_block)
        )
        return {"view": view, "files": [self._file(one, locale) for one in self._shown]}

    @property
    def _shown(self) -> Sequence[Result]:
        """The images that this variant attaches."""
        return () if self.without else self.results

    def again(self, locale: str) -> dict[str, Any]:
        """Build the one-line message about another report of the same images."""
        return {"content": self._sentence("report_again", locale)}

    def _head(self, locale: str) -> str:
        if self.job.forgotten:
            return self._sentence("report_head_forgotten", locale)
        head = self._sentence("report_head", locale)
        if self.without:
            return f"{head}\n{sentence(f'report_without_{self.without}', locale)}"
        return head if self.results else f"{head}\n{sentence('report_pictures_gone', locale)}"

    def _sentence(self, key: str, locale: str) -> str:
        return sentence(
            key,
            locale,
            reporter=f"<@{self.reporter_id}>",
            member=f"<@{self.job.request.user_id}>",
            channel=f"<#{self.posting.channel_id}>",
            link=make_message_link(self.posting),
            job=self.job.id,
            reason=format_reason("" if self.without == "words" else self.reason, locale),
        )

    def _gallery(self, locale: str) -> Gallery:
        gallery: Gallery = discord.ui.MediaGallery()
        for result in self._shown:
            name = f"attachment://SPOILER_{_name(result)}"
            gallery.add_item(media=name, description=self._alt(result, locale), spoiler=True)
        return gallery

    def _file(self, result: Result, locale: str) -> discord.File:
        alt = self._alt(result, locale)
        return discord.File(result.path, _name(result), spoiler=True, description=alt)

    def _alt(self, result: Result, locale: str) -> str:
        number, total = result.position + 1, len(self.results)
        return cut(sentence("report_alt", locale, number=number, total=total), ALT_LIMIT)


def amended(
    message: discord.Message, line: str, job_id: str, spot: str, *, locale: str, emptied: bool
) -> dict[str, Any]:
    """Build the arguments of an edit that adds a line about an action to a report.

    The lines stand below the report and above its buttons. If it is `emptied`, it shows no images.
    """
    view = discord.ui.LayoutView(timeout=None)
    containers = [one for one in message.components if isinstance(one, discord.Container)]
    for container in containers:
        view.add_item(_rebuilt(container, emptied=emptied))
    room = TEXT_LIMIT - len(text_in(containers))
    done = text_in(one for one in message.components if isinstance(one, discord.TextDisplay))
    view.add_item(discord.ui.TextDisplay(_latest([*done.splitlines(), line], room)))
    can_block = any(one.startswith(f"rp:{REPORT_BLOCK}:") for one in _ids(message))
    view.add_item(_actions(job_id, spot, locale, can_block=can_block))
    return {"view": view, "attachments": [] if emptied else kept_files(message.components)}


def text_in(components: Iterable[object]) -> str:
    """Return all text in the components of a message."""
    return "\n".join(_texts(components))


def _actions(job_id: str, spot: str, locale: str, *, can_block: bool) -> Row:
    row: Row = discord.ui.ActionRow()
    verbs = (REPORT_HIDE, REPORT_DELETE, *((REPORT_BLOCK,) if can_block else ()), REPORT_DISMISS)
    styles = discord.ButtonStyle
    for verb in verbs:
        style = styles.danger if verb in DANGEROUS else styles.secondary
        label = sentence(f"button_{verb}", locale)
        row.add_item(JobButton(verb, job_id, label=label, style=style, spot=spot))
    return row


def _rebuilt(container: discord.Container, *, emptied: bool) -> Container:
    rebuilt: Container = discord.ui.Container(accent_colour=COLOUR)
    for part in container.children:
        if isinstance(part, discord.TextDisplay):
            rebuilt.add_item(discord.ui.TextDisplay(part.content))
        elif isinstance(part, discord.MediaGalleryComponent) and not emptied:
            rebuilt.add_item(_shown_again(part))
    return rebuilt


def _shown_again(gallery: discord.MediaGalleryComponent) -> Gallery:
    """Show the message's attachments again, by file name, since their URLs expire."""
    rebuilt: Gallery = discord.ui.MediaGallery()
    for item in gallery.items:
        file = parse_attachment_url(item.media.url)
        media = item.media.url if file is None else f"attachment://{file[1]}"
        rebuilt.add_item(media=media, description=item.description, spoiler=True)
    return rebuilt


def _latest(lines: Sequence[str], room: int) -> str:
    """Return as many of the last lines as fit into a number of characters."""
    kept = cut(lines[-1], room)
    for line in reversed(lines[:-1]):
        longer = f"{line}\n{kept}"
        if len(longer) > room:
            break
        kept = longer
    return kept


def _texts(components: Iterable[object]) -> Iterator[str]:
    for component in components:
        if isinstance(component, discord.TextDisplay):
            yield component.content
        elif isinstance(component, discord.Container):
            yield from _texts(component.children)


def _ids(message: discord.Message) -> Iterator[str]:
    rows = (one for one in message.components if isinstance(one, discord.ActionRow))
    for button in (button for row in rows for button in row.children):
        if isinstance(button, discord.Button):
            yield button.custom_id or ""


def _name(result: Result) -> str:
    return f"{result.position + 1}{result.path.suffix}"


# Sending of reports: to the server's log channel, or else to the operators.

log = logging.getLogger(__name__)

FILE_LIMIT = 10 * 1024 * 1024
"""Maximum bytes of a file, which every channel accepts (Discord)."""

FilingOutcome = Literal[
    "moderators", "operators", "nobody", "no_receiver", "before", "enough", "too_many"
]
"""The recipients of a report, or why it has none."""


@dataclass(frozen=True, slots=True)
class Filed:
    """Result of filing a report."""

    outcome: FilingOutcome
    free_at: float = 0.0
    """If the user has sent too many reports: when the next one is accepted, in Unix seconds."""


class Reports:
    """Sends reports to moderators or operators."""

    def __init__(
        self,
        client: discord.Client,
        *,
        archive: JobAccess,
        log_channel: LogChannel,
        fit: Fit,
        clock: Clock,
        operator_ids: Collection[int],
    ) -> None:
        self._client = client
        self._archive = archive
        self._log_channel = log_channel
        self._fit = fit
        self._clock = clock
        self._operator_ids = operator_ids

    async def refused(self, job_id: str, posting: Posting, *, reporter_id: int) -> Filed | None:
        """Return, before a form opens, why a report would not be sent; None if it would be."""
        judged = await self._archive.judge_report(
            job_id, guild_id=posting.guild_id, user_id=reporter_id, now=self._clock.now()
        )
        if judged.verdict in ("before", "too_many"):
            return Filed(judged.verdict, judged.free_at)
        if self._operator_ids or await self._log_channel.is_writable(posting.guild_id):
            return None
        return Filed("no_receiver")

    async def file(self, report: Report) -> Filed:
        """File a report. The first one of a job has its images; later ones are a single line."""
        job_id, guild_id = report.job.id, report.posting.guild_id
        taken = await self._archive.take_report(
            job_id, guild_id=guild_id, user_id=report.reporter_id, now=self._clock.now()
        )
        if taken.verdict in ("before", "enough", "too_many"):
            return Filed(taken.verdict, taken.free_at)
        outcome: FilingOutcome = "nobody"
        try:
            outcome = await self._sent(report, whole=taken.verdict == "first")
        finally:
            if outcome == "nobody":
                await self._archive.drop_report(
                    job_id, guild_id=guild_id, user_id=report.reporter_id
                )
        return Filed(outcome)

    async def _sent(self, report: Report, *, whole: bool) -> FilingOutcome:
        if not whole:
            return await self._send(report, report.again)
        results = await self._fit(report.results, each=FILE_LIMIT, together=TOGETHER)
        forms = [replace(report, results=results, without=one) for one in WITHOUT]
        return await self._send(report, *(one.message for one in forms))

    async def _send(self, report: Report, *forms: Form) -> FilingOutcome:
        guild_id = report.posting.guild_id
        if guild_id is not None and await self._log_channel.send(guild_id, *forms):
            return "moderators"
        reached = [await self._send_privately(one, forms) for one in self._operator_ids]
        return "operators" if any(reached) else "nobody"

    async def _send_privately(self, operator_id: int, forms: Sequence[Form]) -> bool:
        try:
            with translated():
                async with asyncio.timeout(SEND_S):
                    channel = await self._client.create_dm(discord.Object(operator_id))
            await send_some_form(channel, *forms, locale=SOURCE)
        except DeliveryFailed as error:
            log.warning(
                "operator %s did not receive a report: %s", operator_id, type(error).__name__
            )
            return False
        return True
