"""Menus "Repaint this picture" on a message and "Repaint avatar" on a user; each opens a form."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import discord
from discord import app_commands
from discord.ext import commands

from cogs.requests.command_context import CommandContext, allow_everywhere, options_from
from cogs.requests.intake import RequestInput
from cogs.requests.message_images import (
    HIDDEN,
    TrustedHosts,
    find_images,
    read_origins,
    source_from_avatar,
)
from cogs.requests.reuse import returning_prompt
from cogs.ui import file_names, sentence, translated
from cogs.ui.buttons import FormValues, JobModal, on_modal
from services.errors import AvatarMissing, DeliveryFailed, NoImageAmong, OptedOut, PictureMissing
from services.models import OpenForm, Options, Origins, Source
from services.requests import NAMES, PROMPT_LIMIT, FormDrafts, MemberPreferences

PAINT = "paint"
"""The verb of the form."""

USUAL = "-"
"""Value of the choice "as usual": Discord does not accept an empty value."""

PICTURES = 25
"""Maximum number of images offered in a form: the maximum of options in a select (Discord)."""

NAME_SHOWN = 60

ORIGINAL_S = 1.0
"""Time limit for fetching a forwarded message's original. Discord waits 3 s for the form."""


class MenusCog(commands.Cog):
    """Opens the form for the images, and submits a request with the form's values."""

    def __init__(
        self,
        bot: commands.Bot,
        *,
        tools: CommandContext,
        open_forms: FormDrafts,
        preferences: MemberPreferences,
        trust: TrustedHosts,
    ) -> None:
        """`trust` decides which URLs in an embed the bot may fetch."""
        self._bot = bot
        self._tools = tools
        self._open_forms = open_forms
        self._preferences = preferences
        self._trust = trust

    async def cog_load(self) -> None:
        """Add both menus to the tree and listen to their form."""
        for menu in (self._message_menu(), self._user_menu()):
            self._bot.tree.add_command(allow_everywhere(menu))
        self._bot.add_listener(on_modal(PAINT, self._generate), "on_interaction")

    def _message_menu(self) -> app_commands.ContextMenu:
        async def this_picture(interaction: discord.Interaction, message: discord.Message) -> None:
            """Open the form for the images of a message."""
            found = find_images(message, self._trust)
            if not found.images:
                raise NoImageAmong(found.others) if found.others else PictureMissing
            origins = await self._origins(message)
            await self._open(interaction, found.images[:PICTURES], origins, others=found.others)

        return app_commands.ContextMenu(name="Repaint this picture", callback=this_picture)

    def _user_menu(self) -> app_commands.ContextMenu:
        async def avatar(interaction: discord.Interaction, user: discord.User) -> None:
            """Open the form for a user's avatar."""
            picture = source_from_avatar(user)
            if picture is None:
                raise AvatarMissing
            origins = Origins(owner_ids=() if user.bot else (user.id,))
            await self._open(interaction, [picture], origins)

        return app_commands.ContextMenu(name="Repaint avatar", callback=avatar)

    async def _open(
        self,
        interaction: discord.Interaction,
        found: Sequence[Source],
        origins: Origins,
        *,
        others: Sequence[str] = (),
    ) -> None:
        await self._tools.counter.admit(interaction)
        pictures = await self._usable(interaction, found, origins)
        about = OpenForm(user_id=interaction.user.id, pictures=pictures, origins=origins)
        locale = str(interaction.locale)
        key = await self._open_forms.save(about)
        form = JobModal(PAINT, key, title=sentence("menu_title", locale))
        if others:
            form.add_words(sentence("menu_others", locale, names=file_names(others)))
        if len(pictures) > 1:
            names = {
                str(number): f"{number + 1}. {picture.name[:NAME_SHOWN]}"
                for number, picture in enumerate(pictures)
            }
            label = sentence("menu_picture", locale)
            form.add_choice("picture", label=label, choices=names, selected="0")
        form.add_text("prompt", label=sentence("menu_prompt", locale), limit=PROMPT_LIMIT)
        await self._add_options(form, interaction, locale)
        await interaction.response.send_modal(form)

    async def _origins(self, message: discord.Message) -> Origins:
        """Return whose images a message shows. For a forwarded message, also fetch the original.

        Only the original names its author, and the bot can only fetch it if it may read that
        channel.
        """
        origins, reference = read_origins(message), message.reference
        if not message.message_snapshots or reference is None or reference.message_id is None:
            return origins
        channel = self._bot.get_partial_messageable(reference.channel_id)
        try:
            with translated():
                async with asyncio.timeout(ORIGINAL_S):
                    original = await channel.fetch_message(reference.message_id)
        except (DeliveryFailed, TimeoutError):
            return origins
        further = read_origins(original)
        return Origins(
            owner_ids=(*origins.owner_ids, *further.owner_ids),
            job_ids=(*origins.job_ids, *further.job_ids),
        )

    async def _usable(
        self, interaction: discord.Interaction, found: Sequence[Source], origins: Origins
    ) -> tuple[Source, ...]:
        """Return the images that the user may use; raises OptedOut if there are none."""
        usable: list[Source] = []
        for source in found:
            with suppress(OptedOut):
                await self._tools.counter.check(interaction, origins=origins, sources=[source])
                usable.append(source)
        if not usable:
            raise OptedOut
        return tuple(usable)

    async def _add_options(
        self, form: JobModal, interaction: discord.Interaction, locale: str
    ) -> None:
        styles = await self._tools.styles.named(interaction)
        form.add_choice(
            "style",
            label=sentence("menu_style", locale),
            choices={USUAL: sentence("menu_usual_style", locale)} | styles,
            selected=USUAL,
        )
        mine = await self._preferences.get(interaction.user.id)
        most = self._tools.max_count
        form.add_choice(
            "count",
            label=sentence("menu_count", locale),
            choices={
                str(number): sentence("menu_pictures", locale, count=number)
                for number in range(1, most + 1)
            },
            selected=str(min(mine.count or 1, most)),
        )

    async def _generate(
        self, interaction: discord.Interaction, key: str, filled: FormValues
    ) -> None:
        async with returning_prompt(interaction, filled):
            about = await self._open_forms.get(key, interaction.user.id)
            number = filled.number("picture") or 0
            source = about.pictures[number if number < len(about.pictures) else 0]
            options, left_open = _options(filled, source)
            draft = RequestInput(
                source=source,
                prompt=filled.text("prompt"),
                options=options,
                left_open=left_open,
                origins=about.origins,
            )
            await self._tools.counter.submit(interaction, draft)


def _options(filled: FormValues, source: Source) -> tuple[Options, frozenset[str]]:
    """Return the chosen options; the result of an image behind a spoiler gets a spoiler too."""
    style = filled.text("style")
    given = {
        "style": None if style in ("", USUAL) else style,
        "count": filled.number("count"),
        "spoiler": True if source.name.startswith(HIDDEN) else None,
    }
    return options_from(**{**dict.fromkeys(NAMES), **given})
