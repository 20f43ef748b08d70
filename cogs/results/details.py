"""Details of a job: every parameter, the whole prompt, times, cost, and the image's history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import discord

from cogs.ui import (
    TEXT_LIMIT,
    as_code,
    cut,
    format_lineage,
    format_option,
    name_state,
    plain,
    sentence,
    stamp,
)
from cogs.ui.buttons import LINKS, make_row
from services.history import JobWithResults
from services.models import MICRO, OPTIONS, Ancestor, Job, Options, Source
from services.requests import PROMPT_LIMIT

NAME_SHOWN = 60

WORDED_ALONE = ("model", "style", "count", "ratio")
"""Options that Details shows in a sentence of their own instead of name and value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Builds the private answer to the button Details."""

    opened: JobWithResults
    ancestors: Sequence[Ancestor]
    style: str | None
    """The style's name in the reader's language; None without one."""
    estimated_micro: int | None
    """The list price in micro-dollars; None if the model is no longer known."""
    locale: str = field(default="en-US")

    def view(self) -> discord.ui.LayoutView:
        """Build the components."""
        job = self.opened.job
        parameters = "\n".join(self._parameters())
        # Six file names full of escaped characters leave less space than the longest prompt.
        prompt = as_code(job.request.prompt, min(PROMPT_LIMIT, TEXT_LIMIT - len(parameters) - 40))
        container: discord.ui.Container[discord.ui.LayoutView] = discord.ui.Container()
        for text in (sentence("details_title", self.locale), prompt, parameters):
            container.add_item(discord.ui.TextDisplay(text))
        room = TEXT_LIMIT - len(prompt) - len(parameters) - 20
        history = format_lineage(self.ancestors, self.locale, room=room)
        if history:
            container.add_item(discord.ui.Separator())
            container.add_item(discord.ui.TextDisplay(history))
        view = discord.ui.LayoutView(timeout=None)
        view.add_item(container)
        if any(one.url for one in self.opened.painted):
            view.add_item(make_row((LINKS,), job.id, self.locale))
        return view

    def _parameters(self) -> Iterator[str]:
        job, say = self.opened.job, self._say
        user, at = f"<@{job.request.user_id}>", stamp(job.created_at, "f")
        yield say("details_asked", user=user, at=at)
        state = say(f"details_state_{name_state(job)}")
        yield say("details_state", state=state)
        yield " · ".join(self._options(job.request.options))
        yield " · ".join(self._source(one) for one in job.request.sources)
        if self.opened.painted:
            yield " · ".join(self._results())
        yield self._times(job)
        yield self._cost(job)
        yield self._task(job)

    def _options(self, options: Options) -> Iterator[str]:
        say = self._say
        painted = len(self.opened.painted)
        yield say("details_model", model=options.model)
        yield say("details_style", style=self.style or say("form_no_style"))
        yield say("details_count", asked=options.count, painted=painted)
        yield say("details_ratio", ratio=options.ratio or say("form_own_ratio"))
        for name in (each for each in OPTIONS if each not in WORDED_ALONE):
            yield format_option(name, getattr(options, name), self.locale)

    def _source(self, source: Source) -> str:
        name = plain(cut(source.name, NAME_SHOWN))
        if source.width and source.height:
            return self._say(
                "details_source_sized",
                name=name,
                width=str(source.width),
                height=str(source.height),
            )
        return self._say("details_source", name=name)

    def _results(self) -> Iterator[str]:
        for one in self.opened.painted:
            yield self._say(
                "details_result",
                number=one.position + 1,
                width=str(one.width),
                height=str(one.height),
                size=self._say("megabytes", figure=f"{one.size / 1e6:.1f}"),
            )

    def _times(self, job: Job) -> str:
        began, ended = job.submitted_at, job.ready_at
        if began is None:
            last = job.told_at or job.claimed_at or job.created_at
            return self._say("details_waited", waited=self._seconds(last - job.created_at))
        over = ended or job.told_at or began
        return self._say(
            "details_times",
            waited=self._seconds(began - job.created_at),
            painted=self._seconds(over - began),
            total=self._seconds((job.told_at or over) - job.created_at),
        )

    def _cost(self, job: Job) -> str:
        if job.deduction is None:
            return self._say("details_cost_estimated", cost=_dollars(job.cost_micro))
        return self._say(
            "details_cost_real",
            cost=_dollars(job.cost_micro),
            units=f"{job.deduction:g}",
            estimated=_dollars(self.estimated_micro),
        )

    def _task(self, job: Job) -> str:
        known = self._say("details_task", task=plain(job.task_id)) if job.task_id else None
        external = self._say("details_external", external=job.external_task_id)
        return f"{known or self._say('details_no_task')} · {external}"

    def _seconds(self, seconds: float) -> str:
        return self._say("details_seconds", seconds=max(round(seconds), 0))

    def _say(self, key: str, **fields: object) -> str:
        return sentence(key, self.locale, **fields)


def _dollars(micro: int | None) -> str:
    return "?" if micro is None else f"${micro / MICRO:.4g}"
