"""Forms that edit a request: at most five fields (Discord), filled in with the old values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cogs.ui import sentence
from cogs.ui.buttons import EDIT, USE, FormValues, JobModal
from services.catalog import ModelTable
from services.models import Job, Options
from services.requests import PROMPT_LIMIT

NONE = "-"
"""Value of "none": a choice cannot be empty (Discord)."""

FLAGS = ("spoiler", "private")
"""Options shown as check boxes."""


class EditForms:
    """Builds the forms and reads their values."""

    def __init__(self, *, models: ModelTable, most_images: int) -> None:
        """`most_images`: the maximum number of images in one request."""
        self._models = models
        self._most_images = most_images

    def edit(self, job: Job, locale: str, *, styles: Mapping[str, str]) -> JobModal:
        """Build the form that edits a request; `styles` are names by key."""
        form = JobModal(EDIT, job.id, title=sentence("form_edit_title", locale))
        kind = job.request.kind
        self._add_prompt(form, job, locale, required=kind == "repaint")
        if kind == "repaint":
            self._add_model(form, job, locale)
        if kind != "expand":
            _add_style(form, job, locale, styles)
        if kind == "repaint":
            self._add_ratio(form, job, locale)
        else:
            self._add_count(form, job, locale)
        self._add_flags(form, job, locale)
        return form

    def use(
        self, job: Job, positions: Sequence[int], locale: str, *, styles: Mapping[str, str]
    ) -> JobModal:
        """Build the form that starts from a result. It requests a repaint, whatever the job was."""
        form = JobModal(USE, job.id, title=sentence("form_use_title", locale))
        if len(positions) > 1:
            names = {str(n): sentence("form_picture", locale, number=n + 1) for n in positions}
            label = sentence("form_result", locale)
            form.add_choice("result", label=label, choices=names, chosen=str(positions[0]))
        self._add_prompt(form, job, locale, required=True)
        self._add_model(form, job, locale)
        _add_style(form, job, locale, styles)
        self._add_count(form, job, locale)
        return form

    def edited(self, job: Job, filled: FormValues) -> Options:
        """Return the chosen options; options that the form did not show stay as they were."""
        old = job.request.options
        return replace(
            old,
            model=filled.text("model") or old.model,
            count=filled.number("count") or old.count,
            style=_selected(filled.text("style")) if filled.has("style") else old.style or "",
            ratio=_selected(filled.text("ratio")) or None if filled.has("ratio") else old.ratio,
            **_flags(filled),
        )

    def used(self, job: Job, filled: FormValues) -> Options:
        """Return the chosen options for repainting a result."""
        options = self.edited(job, filled)
        if job.request.kind == "repaint":
            return options
        return replace(options, sides=None, ratio=None)

    def _add_prompt(self, form: JobModal, job: Job, locale: str, *, required: bool) -> None:
        form.add_text(
            "prompt",
            label=sentence("form_prompt", locale),
            value=job.request.prompt,
            limit=PROMPT_LIMIT,
            required=required,
        )

    def _add_model(self, form: JobModal, job: Job, locale: str) -> None:
        models = {row.name: row.title for row in self._models.menu()}
        model = job.request.options.model
        form.add_choice(
            "model",
            label=sentence("form_model", locale),
            choices=models,
            chosen=model if model in models else self._models.default,
        )

    def _add_count(self, form: JobModal, job: Job, locale: str) -> None:
        counts = range(1, self._most_images + 1)
        form.add_choice(
            "count",
            label=sentence("form_count", locale),
            choices={str(n): sentence("form_pictures", locale, count=n) for n in counts},
            chosen=str(min(job.request.options.count, self._most_images)),
        )

    def _add_flags(self, form: JobModal, job: Job, locale: str) -> None:
        """Add check boxes for spoiler and private.

        The repaint form has no space for the count, so the description states it.
        """
        options = job.request.options
        kept = sentence("form_count_stays", locale, count=options.count)
        form.add_checkboxes(
            "flags",
            label=sentence("form_flags", locale),
            choices={name: sentence(f"form_{name}", locale) for name in FLAGS},
            checked=[name for name in FLAGS if getattr(options, name)],
            description=kept if job.request.kind == "repaint" else None,
        )

    def _add_ratio(self, form: JobModal, job: Job, locale: str) -> None:
        ratio, source = job.request.options.ratio, job.request.source
        # The bot has not seen the image of a link, so its ratio is unknown.
        own = {} if source.origin == "link" else {NONE: sentence("form_own_ratio", locale)}
        ratios = {ratio: ratio for ratio in self._models.ratios()}
        form.add_choice(
            "ratio",
            label=sentence("form_ratio", locale),
            choices=own | ratios,
            chosen=ratio if ratio in ratios else NONE if own else "auto",
        )


def _flags(filled: FormValues) -> dict[str, bool]:
    """Return the checked boxes; empty if the form had none (older versions)."""
    if not filled.has("flags"):
        return {}
    picked = filled.picked("flags")
    return {name: name in picked for name in FLAGS}


def _selected(value: str) -> str:
    return "" if value == NONE else value


def _add_style(form: JobModal, job: Job, locale: str, styles: Mapping[str, str]) -> None:
    style = job.request.options.style
    form.add_choice(
        "style",
        label=sentence("form_style", locale),
        choices={NONE: sentence("form_no_style", locale), **styles},
        chosen=style if style in styles else NONE,
    )
