"""Stateless forms about a job: like a job's buttons, an open form works after a restart.

A form's custom id is made like a button's. discord.py only knows forms that it sent itself, so the
values are read from the interaction.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from re import Match
from typing import Any, cast

import discord

from cogs.compat import ImageUpload
from cogs.ui.buttons.base import JOB, answered, make_custom_id

Listener = Callable[[discord.Interaction], Coroutine[Any, Any, None]]

CHECKBOXES = discord.ComponentType.checkbox_group.value
BETWEEN = "\n"
"""Separator between the values of several checked boxes."""

CHOICES = 25
"""Maximum number of options in a select (Discord)."""


@dataclass(frozen=True, slots=True)
class FormValues:
    """Values of a submitted form, by field name."""

    values: Mapping[str, str] = field(repr=False)

    def text(self, name: str) -> str:
        """Return the typed or selected value; empty if the form has no such field."""
        return self.values.get(name, "")

    def number(self, name: str) -> int | None:
        """Return the selected whole number; None for anything else."""
        text = self.text(name)
        return int(text) if text.isascii() and text.isdecimal() else None

    def picked(self, name: str) -> frozenset[str]:
        """Return the values of the checked boxes."""
        return frozenset(filter(None, self.text(name).split(BETWEEN)))

    def has(self, name: str) -> bool:
        """Return whether the form had the field."""
        return name in self.values


Submit = Callable[[discord.Interaction, str, FormValues], Awaitable[None]]
"""Handles a submitted form; receives the job's id."""

SubmitMatched = Callable[[discord.Interaction, Match[str], FormValues], Awaitable[None]]
"""Handles a submitted form; receives the match of its custom id."""


class JobModal(discord.ui.Modal):
    """A form about a job."""

    def __init__(self, verb: str, job_id: str, *, title: str, spot: str = "") -> None:
        """`verb` selects the handler (`on_modal`)."""
        super().__init__(title=title, custom_id=make_custom_id(verb, job_id, spot))

    def is_finished(self) -> bool:
        """Return True, so that discord.py does not store every opened form."""
        return True

    def add_words(self, text: str) -> None:
        """Add a paragraph of text."""
        self.add_item(discord.ui.TextDisplay(text))

    def add_text(
        self, name: str, *, label: str, limit: int, value: str = "", required: bool = True
    ) -> None:
        """Add a multi-line field, with a default value."""
        entry: discord.ui.TextInput[discord.ui.View] = discord.ui.TextInput(
            style=discord.TextStyle.paragraph,
            custom_id=name,
            default=value[:limit] or None,
            max_length=limit,
            required=required,
        )
        self.add_item(discord.ui.Label(text=label, component=entry))

    def add_files(self, name: str, *, label: str, least: int, limit: int) -> None:
        """Add a file upload."""
        upload = ImageUpload(custom_id=name, required=least > 0, min_values=least, max_values=limit)
        self.add_item(discord.ui.Label(text=label, component=upload))

    def add_choice(
        self, name: str, *, label: str, choices: Mapping[str, str], selected: str | None
    ) -> None:
        """Add a list of choices (value: label), with one selected."""
        options = [
            discord.SelectOption(label=words[:100], value=value, default=value == selected)
            for value, words in _shortened(choices, selected)
        ]
        picker: discord.ui.Select[discord.ui.View] = discord.ui.Select(
            custom_id=name, options=options, required=True
        )
        self.add_item(discord.ui.Label(text=label, component=picker))

    def add_checkboxes(
        self,
        name: str,
        *,
        label: str,
        choices: Mapping[str, str],
        checked: Collection[str],
        description: str | None = None,
    ) -> None:
        """Add check boxes (value: label); none has to be checked."""
        boxes = _checkbox_group(name, choices, checked)
        self.add_item(discord.ui.Label(text=label, component=boxes, description=description))


def _checkbox_group(
    name: str, choices: Mapping[str, str], checked: Collection[str]
) -> discord.ui.CheckboxGroup[discord.ui.View]:
    options = [
        discord.CheckboxGroupOption(label=words, value=value, default=value in checked)
        for value, words in choices.items()
    ]
    return discord.ui.CheckboxGroup(
        custom_id=name, options=options, required=False, max_values=len(options)
    )


def on_modal(verb: str, submit: Submit) -> Listener:
    """Make an `on_interaction` listener for forms of this verb."""

    async def submitted(
        interaction: discord.Interaction, found: Match[str], filled: FormValues
    ) -> None:
        """Call the handler with the job id in the custom id."""
        await submit(interaction, found["job"], filled)

    return on_forms(f"rp:{verb}:{JOB}", submitted)


def on_forms(template: str, submit: SubmitMatched) -> Listener:
    """Make an `on_interaction` listener for forms whose custom id matches a pattern."""
    form = re.compile(template)

    async def handle(interaction: discord.Interaction) -> None:
        """Handle a submitted form whose custom id matches; ignore other interactions."""
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        data = cast("Mapping[str, Any]", interaction.data or {})
        match = form.fullmatch(str(data.get("custom_id")))
        if match is not None:
            filled = FormValues(dict(_fields(data.get("components"))))
            await answered(interaction, submit(interaction, match, filled))

    return handle


def _fields(components: list[dict[str, Any]] | None) -> Iterator[tuple[str, str]]:
    """Yield the names and values of a submitted form, at any depth."""
    for part in components or ():
        yield from _fields(part.get("components"))
        if "component" in part:
            yield from _fields([part["component"]])
        if "custom_id" in part:
            values = part.get("values")
            several = part.get("type") == CHECKBOXES
            value = (
                part.get("value")
                if values is None
                else BETWEEN.join(values[: 10 if several else 1])
            )
            yield part["custom_id"], "" if value is None else str(value)


def _shortened(choices: Mapping[str, str], selected: str | None) -> list[tuple[str, str]]:
    """Return at most CHOICES choices, always including the selected one."""
    pairs = list(choices.items())
    first = pairs[:CHOICES]
    beyond = [pair for pair in pairs[CHOICES:] if pair[0] == selected]
    return [*first[: CHOICES - len(beyond)], *beyond]
