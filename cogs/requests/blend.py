"""/blend: merges up to four images, and optionally one of a scene and one of a look."""

# No postponed annotations here: discord.py reads them at run time.

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import discord
from discord import app_commands
from discord.ext import commands

from cogs.requests.command_context import (
    Command,
    CommandContext,
    allow_everywhere,
    options_from,
    source_from_attachment,
    source_in,
)
from cogs.requests.intake import RequestInput
from cogs.requests.options import Prompt, with_options
from cogs.requests.reuse import returning_prompt
from cogs.ui import sentence
from cogs.ui.buttons import FormValues, JobModal, on_modal
from services.errors import TooFewPictures
from services.models import OpenForm, Options, Source
from services.requests import PROMPT_LIMIT, FormDrafts

# Files uploaded in a form are read from the interaction, because the form stores nothing.

Json = Mapping[str, Any]


def uploaded(interaction: discord.Interaction, name: str) -> list[Source]:
    """Return the files that the user uploaded in one field of a form, in the order of selection."""
    data = cast("Json", interaction.data or {})
    files = data.get("resolved", {}).get("attachments", {})
    ids = (one for field in _fields(data.get("components"), name) for one in field["values"])
    return [source_in(files[one]) for one in ids if one in files]


def _fields(components: Sequence[Json] | None, name: str) -> Iterator[Json]:
    """Yield the form's fields with this name, at any depth."""
    for part in components or ():
        yield from _fields(part.get("components"), name)
        yield from _fields([part["component"]] if "component" in part else None, name)
        if part.get("custom_id") == name and part.get("values"):
            yield part


BLEND = "blend"
"""The verb of the form."""

LEAST, MOST = 2, 4
"""Fewest and most images that are merged (Kling, multi-image-to-image page: at most four
subjects)."""


class BlendCog(commands.Cog):
    """Submits at once if the command has two or more images; otherwise opens a form for files."""

    def __init__(self, bot: commands.Bot, *, tools: CommandContext, open_forms: FormDrafts) -> None:
        self._bot = bot
        self._tools = tools
        self._open_forms = open_forms

    async def cog_load(self) -> None:
        """Add the command to the tree and listen to its form."""
        self._bot.tree.add_command(allow_everywhere(self._command()))
        self._bot.add_listener(on_modal(BLEND, self._blend), "on_interaction")

    def _command(self) -> Command:
        tools = self._tools

        @app_commands.command(description="Make one picture of two to four")
        @app_commands.describe(
            first="The first picture; leave all out to pick files in a form",
            second="The second picture",
            third="A third picture",
            fourth="A fourth picture",
            prompt="What should become of them",
            scene="A picture of the place",
            look="A picture whose look the result should have",
        )
        @with_options(tools, kind="blend")
        async def blend(
            interaction: discord.Interaction,
            first: discord.Attachment | None = None,
            second: discord.Attachment | None = None,
            third: discord.Attachment | None = None,
            fourth: discord.Attachment | None = None,
            prompt: Prompt | None = None,
            scene: discord.Attachment | None = None,
            look: discord.Attachment | None = None,
            **given: object,
        ) -> None:
            """Make one picture of two to four."""
            options, left_open = options_from(**given)
            subjects = [
                source_from_attachment(one)
                for one in (first, second, third, fourth)
                if one is not None
            ]
            extras = _with_roles(scene, look)
            if len(subjects) >= LEAST:
                draft = drafted(subjects, extras, prompt or "", options, left_open)
                await tools.counter.submit(interaction, draft)
            else:
                await self._ask(interaction, subjects, extras, prompt, options, left_open)

        return blend

    async def _ask(
        self,
        interaction: discord.Interaction,
        subjects: Sequence[Source],
        extras: Sequence[Source],
        prompt: str | None,
        options: Options,
        left_open: frozenset[str],
    ) -> None:
        """Open a form for the missing files; the options are stored until the form is submitted."""
        await self._tools.counter.check(interaction, sources=(*subjects, *extras))
        await self._tools.counter.admit(interaction)
        about = OpenForm(
            user_id=interaction.user.id,
            pictures=(*subjects, *extras),
            options=options,
            left_open=left_open,
        )
        key, locale = await self._open_forms.save(about), str(interaction.locale)
        form = JobModal(BLEND, key, title=sentence("blend_title", locale))
        form.add_files(
            "pictures",
            label=sentence("blend_pictures", locale),
            least=LEAST - len(subjects),
            limit=MOST - len(subjects),
        )
        form.add_text(
            "prompt",
            label=sentence("blend_prompt", locale),
            limit=PROMPT_LIMIT,
            value=prompt or "",
            required=False,
        )
        roles = {one.role for one in extras}
        if "scene" not in roles:
            form.add_files("scene", label=sentence("blend_scene", locale), least=0, limit=1)
        if "style" not in roles:
            form.add_files("look", label=sentence("blend_look", locale), least=0, limit=1)
        await interaction.response.send_modal(form)

    async def _blend(self, interaction: discord.Interaction, key: str, filled: FormValues) -> None:
        async with returning_prompt(interaction, filled):
            about = await self._open_forms.get(key, interaction.user.id)
            subjects = [one for one in about.pictures if one.role == "subject"]
            subjects += uploaded(interaction, "pictures")
            extras = [one for one in about.pictures if one.role != "subject"]
            extras += [replace(one, role="scene") for one in uploaded(interaction, "scene")]
            extras += [replace(one, role="style") for one in uploaded(interaction, "look")]
            prompt = filled.text("prompt")
            draft = drafted(subjects, extras, prompt, about.options, about.left_open)
            await self._tools.counter.submit(interaction, draft)


def drafted(
    subjects: Sequence[Source],
    extras: Sequence[Source],
    prompt: str,
    options: Options,
    left_open: Collection[str],
) -> RequestInput:
    """Return the RequestInput of a blend; raises TooFewPictures."""
    if len(subjects) < LEAST:
        raise TooFewPictures(found=len(subjects), least=LEAST)
    return RequestInput(
        kind="blend",
        source=subjects[0],
        more=(*subjects[1:], *extras),
        prompt=prompt,
        options=options,
        left_open=left_open,
    )


def _with_roles(scene: discord.Attachment | None, look: discord.Attachment | None) -> list[Source]:
    scenes = [replace(source_from_attachment(scene), role="scene")] if scene is not None else []
    return scenes + (
        [replace(source_from_attachment(look), role="style")] if look is not None else []
    )
