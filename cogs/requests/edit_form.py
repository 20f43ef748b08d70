"""Forms that edit a request or start from a result; Discord allows five fields in a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cogs.ui import format_option_label, sentence
from cogs.ui.buttons import EDIT, USE, FormValues, JobModal
from services.catalog import ModelTable
from services.models import OPTIONS, Job, Kind, Options
from services.requests import PROMPT_LIMIT

NONE = "-"
"""Value of the choice "none": Discord does not accept an empty value."""

FLAGS = [row.name for row in OPTIONS.values() if row.type is bool and row.in_form]
"""Options shown as check boxes."""

CHOICES_OF: Mapping[Kind, Sequence[str]] = {
    "repaint": ("model", "style", "ratio"),
    "expand": ("count",),
    "blend": ("style", "count"),
}
"""Options that the form shows as choices, for each kind of job, between prompt and check boxes."""


class EditForms:
    """Builds the forms and reads their values."""

    def __init__(self, *, models: ModelTable, most_images: int) -> None:
        """`most_images`: the maximum number of images in one request."""
        self._models = models
        self._most_images = most_images

    def edit(self, job: Job, locale: str, *, styles: Mapping[str, str]) -> JobModal:
        """Build the form that edits a request; `styles` maps keys to the names shown."""
        form = JobModal(EDIT, job.id, title=sentence("form_edit_title", locale))
        kind = job.request.kind
        self._add_prompt(form, job, locale, required=kind == "repaint")
        self._add_choices(form, CHOICES_OF[kind], job, locale, styles)
        self._add_flags(form, job, locale)
        return form

    def use(
        self, job: Job, positions: Sequence[int], locale: str, *, styles: Mapping[str, str]
    ) -> JobModal:
        """Build the form that starts from a result. It requests a repaint, for any kind of job."""
        form = JobModal(USE, job.id, title=sentence("form_use_title", locale))
        if len(positions) > 1:
            names = {str(n): sentence("form_picture", locale, number=n + 1) for n in positions}
            label = sentence("form_result", locale)
            form.add_choice("result", label=label, choices=names, selected=str(positions[0]))
        self._add_prompt(form, job, locale, required=True)
        self._add_choices(form, ("model", "style", "count"), job, locale, styles)
        return form

    def edited(self, job: Job, filled: FormValues) -> Options:
        """Return the options after an edit; options that are not in the form stay the job's."""
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

    def _add_choices(
        self,
        form: JobModal,
        names: Sequence[str],
        job: Job,
        locale: str,
        styles: Mapping[str, str],
    ) -> None:
        for name in names:
            choices, chosen = self._choices(name, job, locale, styles)
            label = sentence(f"form_{name}", locale)
            form.add_choice(name, label=label, choices=choices, selected=chosen)

    def _choices(
        self, name: str, job: Job, locale: str, styles: Mapping[str, str]
    ) -> tuple[Mapping[str, str], str]:
        """Return the choices of an option, and which of them the job has."""
        options, source = job.request.options, job.request.source
        match name:
            case "model":
                models = {row.name: row.title for row in self._models.menu()}
                return models, options.model if options.model in models else self._models.default
            case "style":
                choices = {NONE: sentence("form_no_style", locale), **styles}
                style = options.style or NONE
                return choices, style if style in styles else NONE
            case "count":
                counts = range(1, self._most_images + 1)
                choices = {str(n): sentence("form_pictures", locale, count=n) for n in counts}
                return choices, str(min(options.count, self._most_images))
            case _:
                # The bot has not seen the image of a link, so its ratio is unknown.
                own = {} if source.origin == "link" else {NONE: sentence("form_own_ratio", locale)}
                ratios = {ratio: ratio for ratio in self._models.ratios()}
                usual = NONE if own else "auto"
                return own | ratios, options.ratio if options.ratio in ratios else usual

    def _add_flags(self, form: JobModal, job: Job, locale: str) -> None:
        """Add check boxes for spoiler and private.

        The repaint form has no space for the count, so the description states it.
        """
        options = job.request.options
        kept = sentence("form_count_stays", locale, count=options.count)
        form.add_checkboxes(
            "flags",
            label=sentence("form_flags", locale),
            choices={name: format_option_label(f"form_{name}", name, locale) for name in FLAGS},
            checked=[name for name in FLAGS if getattr(options, name)],
            description=kept if job.request.kind == "repaint" else None,
        )


def _flags(filled: FormValues) -> dict[str, bool]:
    """Return the checked boxes; empty if the form had none (older versions)."""
    if not filled.has("flags"):
        return {}
    picked = filled.picked("flags")
    return {name: name in picked for name in FLAGS}


def _selected(value: str) -> str:
    return "" if value == NONE else value
