"""The Report button under results, and the actions of moderators on a report."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from re import Match
from weakref import WeakValueDictionary

import discord
from discord.ext import commands

from cogs.posting import LogChannel
from cogs.results.removal import Removal, deletion_key, deletion_words
from cogs.results.report_message import Report, Reports, amended, text_in
from cogs.ui import answer_privately, format_audit_entry, sentence, stamp, translated
from cogs.ui.buttons import (
    JOB,
    REPORT,
    REPORT_BLOCK,
    REPORT_DELETE,
    REPORT_DISMISS,
    REPORT_HIDE,
    SPOT,
    FormValues,
    JobModal,
    decode_posting,
    encode_posting,
    linked_in,
    make_viewer,
    matching,
    nowhere,
    on_button,
    on_forms,
    on_modal,
    pressed,
)
from services.common.clock import Clock
from services.common.durations import DAY_S
from services.errors import AuthorForgotten, BadValue, DeliveryFailed, JobForgotten, NotYours
from services.guilds import GuildService
from services.history import JobAccess, Viewer
from services.models import AuditEntry, Job, Posting

REASON_LIMIT = 300
FOR_EVER = "0"
BLOCKS_D = ("1", "7", "30", FOR_EVER)
"""Selectable durations of a block, in days."""


class ReportCog(commands.Cog):
    """Accepts reports."""

    def __init__(
        self,
        bot: commands.Bot,
        *,
        archive: JobAccess,
        reports: Reports,
        operator_ids: Collection[int],
    ) -> None:
        """`operator_ids`: these users may open every job."""
        self._bot = bot
        self._archive = archive
        self._reports = reports
        self._operator_ids = operator_ids

    async def cog_load(self) -> None:
        """Register the button and its form, also for messages sent before a restart."""
        self._bot.add_dynamic_items(on_button(REPORT, self._ask_why))
        self._bot.add_listener(on_modal(REPORT, self._report), "on_interaction")

    async def _ask_why(self, interaction: discord.Interaction, job_id: str) -> None:
        viewer, locale = make_viewer(interaction, self._operator_ids), str(interaction.locale)
        job = await self._archive.job(job_id, viewer, forgotten=True)
        posting = await self._reported(interaction, job)
        refused = await self._reports.refused(job_id, posting, reporter_id=viewer.user_id)
        if refused is not None:
            text = _report_answer(refused.outcome, refused.free_at, locale)
            await answer_privately(interaction, text)
            return
        form = JobModal(REPORT, job_id, title=sentence("report_title", locale))
        form.add_text(
            "reason",
            label=sentence("report_question", locale),
            limit=REASON_LIMIT,
            required=False,
        )
        await interaction.response.send_modal(form)

    async def _report(
        self, interaction: discord.Interaction, job_id: str, filled: FormValues
    ) -> None:
        viewer = make_viewer(interaction, self._operator_ids)
        opened = await self._archive.open(job_id, viewer, forgotten=True)
        report = Report(
            job=opened.job,
            results=opened.results,
            reporter_id=viewer.user_id,
            reason=filled.text("reason"),
            posting=await self._reported(interaction, opened.job),
        )
        await interaction.response.defer(ephemeral=True, thinking=True)
        filed = await self._reports.file(report)
        text = _report_answer(filed.outcome, filed.free_at, str(interaction.locale))
        await interaction.edit_original_response(content=text)

    async def _reported(self, interaction: discord.Interaction, job: Job) -> Posting:
        """Return the reported message: the clicked one, or the job's message in this server."""
        posting = pressed(interaction)
        if posting is not None:
            return posting
        postings = await self._archive.postings(job)
        here = [one for one in postings if one.guild_id == interaction.guild_id]
        if not here:
            raise JobForgotten
        return here[0]


def _report_answer(outcome: str, free_at: float, locale: str) -> str:
    return sentence(f"report_told_{outcome}", locale, free=stamp(free_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A report on which a user acts: the job, the user, and the reported message."""

    job: Job
    viewer: Viewer
    posting: Posting
    """The reported message."""

    @property
    def code(self) -> str:
        """Return the reported message's code for custom ids."""
        return encode_posting(self.posting)


Deed = Callable[[discord.Interaction, Case], Awaitable[None]]
Decide = Callable[[discord.Interaction, Case, FormValues], Awaitable[None]]


class ReportActionsCog(commands.Cog):
    """Handles clicks under reports by moderators of the report's server and by operators."""

    def __init__(
        self,
        bot: commands.Bot,
        *,
        archive: JobAccess,
        removal: Removal,
        community: GuildService,
        log_channel: LogChannel,
        clock: Clock,
        operator_ids: Collection[int],
    ) -> None:
        self._bot = bot
        self._archive = archive
        self._removal = removal
        self._community = community
        self._log_channel = log_channel
        self._clock = clock
        self._operator_ids = operator_ids
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def cog_load(self) -> None:
        """Register the buttons and forms. Custom ids of earlier versions contain no message."""
        deeds = {
            REPORT_HIDE: self._hide,
            REPORT_DELETE: self._ask_deletion,
            REPORT_BLOCK: self._ask_block,
            REPORT_DISMISS: self._dismiss,
        }
        for verb, deed in deeds.items():
            for tail in ("", f":{SPOT}"):
                self._bot.add_dynamic_items(matching(f"rp:{verb}:{JOB}{tail}", self._judged(deed)))
        forms = {REPORT_DELETE: self._delete, REPORT_BLOCK: self._block}
        for verb, decide in forms.items():
            listener = on_forms(f"rp:{verb}:{JOB}:{SPOT}", self._submitted(decide))
            self._bot.add_listener(listener, "on_interaction")

    def _judged(self, deed: Deed) -> Callable[[discord.Interaction, Match[str]], Awaitable[None]]:
        async def press(interaction: discord.Interaction, match: Match[str]) -> None:
            """Run the action if the user is allowed to."""
            await deed(interaction, await self._case(interaction, match))

        return press

    def _submitted(
        self, decide: Decide
    ) -> Callable[[discord.Interaction, Match[str], FormValues], Awaitable[None]]:
        async def submit(
            interaction: discord.Interaction, match: Match[str], filled: FormValues
        ) -> None:
            """Run the action if the user is allowed to."""
            await decide(interaction, await self._case(interaction, match), filled)

        return submit

    async def _case(self, interaction: discord.Interaction, match: Match[str]) -> Case:
        """Return the Case of a clicked report; raises JobForgotten, NotYours.

        A report in a server's log channel belongs to that server. One in an operator's direct
        message belongs to the server in its custom id.
        """
        viewer = make_viewer(interaction, self._operator_ids)
        code = match.groupdict().get("spot")
        named = decode_posting(code) if code else _linked(interaction)
        if viewer.guild_id is None:
            viewer = await self._in_server(viewer, match["job"], named)
        elif named is not None and named.guild_id != viewer.guild_id:
            raise JobForgotten
        job = await self._archive.job(match["job"], viewer, forgotten=True)
        if not (viewer.may_manage or viewer.is_operator):
            raise NotYours
        return Case(job=job, viewer=viewer, posting=named or nowhere(job))

    async def _in_server(self, viewer: Viewer, job_id: str, named: Posting | None) -> Viewer:
        """Return the operator as a viewer in the report's server; other users unchanged."""
        if not viewer.is_operator:
            return viewer
        job = await self._archive.job(job_id, viewer, forgotten=True)
        return replace(viewer, guild_id=(named or nowhere(job)).guild_id)

    async def _ask_deletion(self, interaction: discord.Interaction, case: Case) -> None:
        locale = str(interaction.locale)
        title = sentence("form_delete_title", locale)
        form = JobModal(REPORT_DELETE, case.job.id, title=title, spot=case.code)
        form.add_words(deletion_words(case.job, case.viewer, locale))
        await interaction.response.send_modal(form)

    async def _delete(self, interaction: discord.Interaction, case: Case, _: FormValues) -> None:
        await interaction.response.defer()
        removed = await self._removal.take_off_disk(case.job.id, case.viewer)
        postings = await self._removal.reachable(removed.postings, case.posting)
        reached = await self._removal.empty_messages(removed.job, postings)
        line = self._line(interaction, deletion_key(removed, reached=reached))
        await self._settle(interaction, case, line, emptied=True)
        await self._log(interaction, removed.entry)

    async def _hide(self, interaction: discord.Interaction, case: Case) -> None:
        await interaction.response.defer()
        in_reach = await self._archive.hide(case.job, case.viewer)
        postings = await self._removal.reachable(in_reach, case.posting)
        hidden = await self._removal.hide_messages(case.job, postings)
        line = self._line(interaction, "report_hidden" if hidden else "report_not_hidden")
        await self._settle(interaction, case, line)
        if hidden and case.viewer.guild_id is not None:
            entry = await self._community.note_hiding(
                case.viewer.guild_id, get_author(case.job), by=case.viewer.user_id
            )
            await self._log(interaction, entry)

    async def _dismiss(self, interaction: discord.Interaction, case: Case) -> None:
        await interaction.response.defer()
        await self._settle(interaction, case, self._line(interaction, "report_dismissed"))

    async def _ask_block(self, interaction: discord.Interaction, case: Case) -> None:
        guild_id, locale = _blocking_in(case), str(interaction.locale)
        title = sentence("report_block_title", locale)
        form = JobModal(REPORT_BLOCK, case.job.id, title=title, spot=case.code)
        if case.job.request.user_id == case.viewer.user_id:
            form.add_words(sentence("decide_block_self", locale))
        choices = {days: _lasting(days, locale) for days in BLOCKS_D}
        label = sentence("report_block_duration", locale)
        form.add_choice("duration", label=label, choices=choices, selected=None)
        form.add_text(
            "reason",
            label=sentence("report_block_why", locale),
            value=sentence("report_block_reason", self._log_channel.get_locale(guild_id)),
            limit=REASON_LIMIT,
            required=False,
        )
        await interaction.response.send_modal(form)

    async def _block(
        self, interaction: discord.Interaction, case: Case, filled: FormValues
    ) -> None:
        guild_id, days = _blocking_in(case), filled.text("duration")
        if days not in BLOCKS_D:
            raise BadValue("duration", "duration")
        until = None if days == FOR_EVER else self._clock.now() + int(days) * DAY_S
        await interaction.response.defer()
        entry = await self._community.block(
            guild_id,
            case.job.request.user_id,
            reason=filled.text("reason"),
            until=until,
            by=case.viewer.user_id,
        )
        language = self._log_channel.get_locale(interaction.guild_id)
        await self._settle(interaction, case, format_audit_entry(entry, language))
        locale = str(interaction.locale)
        text = f"{format_audit_entry(entry, locale)}\n{sentence('report_blocked_hint', locale)}"
        await answer_privately(interaction, text)
        await self._log_channel.post(entry)

    def _line(self, interaction: discord.Interaction, key: str) -> str:
        """Return a sentence that names user and action, in the language of the report's readers."""
        locale = self._log_channel.get_locale(interaction.guild_id)
        return sentence(key, locale, by=interaction.user.mention)

    async def _settle(
        self, interaction: discord.Interaction, case: Case, line: str, *, emptied: bool = False
    ) -> None:
        """Add a line about the action to the report and keep its buttons; one edit at a time."""
        assert interaction.message is not None
        locale = self._log_channel.get_locale(interaction.guild_id)
        try:
            async with self._locks.setdefault(interaction.message.id, asyncio.Lock()):
                with translated():
                    message = await interaction.original_response()
                    edit = amended(
                        message, line, case.job.id, case.code, locale=locale, emptied=emptied
                    )
                    await interaction.edit_original_response(**edit)
        except DeliveryFailed:
            await answer_privately(interaction, line)

    async def _log(self, interaction: discord.Interaction, entry: AuditEntry | None) -> None:
        """Post an action to the server's log channel if the report is not in that channel."""
        if entry is not None and interaction.guild_id is None:
            await self._log_channel.post(entry)


def get_author(job: Job) -> int | None:
    """Return the user who requested a job; None once they deleted their data."""
    return None if job.forgotten else job.request.user_id


def _blocking_in(case: Case) -> int:
    """Return the server in which a report's author can be blocked."""
    if case.job.forgotten:
        raise AuthorForgotten
    if case.viewer.guild_id is None:
        raise NotYours
    return case.viewer.guild_id


def _lasting(days: str, locale: str) -> str:
    if days == FOR_EVER:
        return sentence("report_block_for_ever", locale)
    return sentence("duration_days", locale, count=int(days))


def _linked(interaction: discord.Interaction) -> Posting | None:
    """Return the message linked in a report of an earlier version, whose custom ids lack it."""
    message = interaction.message
    return None if message is None else linked_in(text_in(message.components))
