"""Names, descriptions and choices of the commands in every language but English.

The English text is in the code, next to the command. Another language's text is in its
data/locales/<tag>/commands.ftl (a rule's options: rules.ftl), under keys made from the path:

    command_repaint_admin_grant_name           command, sub-command, group or menu
    command_repaint_admin_grant_description
    command_repaint_prompt_name                an option of one command
    command_repaint_prompt_description
    option_style_name, option_style_description    an option that means the same in all commands
    choice_subject                             a choice, by its value

Discord stores a text for each of its locales and does not fall back to a related one. So a language
is sent for all locales of its readers: Simplified Chinese to zh-TW too, as in answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import discord
from discord import app_commands

from cogs.ui.locales import SOURCE, nearest, own_phrase, tags, texts


class FileTranslator(app_commands.Translator):
    """Translates commands with the language files."""

    def words(self) -> Iterator[str]:
        """Yield all input of the translations, which is quicker than translating every text."""
        yield discord.__version__
        yield Path(__file__).read_text("utf-8")
        for tag in sorted(tags()):
            yield tag
            yield from texts(tag)

    async def translate(
        self,
        string: app_commands.locale_str,  # noqa: ARG002  the library's signature; keys come from the place
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Return the text for one of Discord's locales; None leaves the English."""
        tag = nearest(str(locale))
        if tag == SOURCE:
            return None
        found = (own_phrase(key, tag) for key in list_keys(context))
        return next((words for words in found if words is not None), None)


def list_keys(context: app_commands.TranslationContextTypes) -> tuple[str, ...]:
    """Return the possible keys of a text, the most specific first."""
    what = "description" if context.location.name.endswith("description") else "name"
    match context.data:
        case app_commands.Parameter() as option:
            path = f"{option.command.qualified_name} {option.display_name}"
            return (
                f"command_{_slug(path)}_{what}",
                f"option_{_slug(option.display_name)}_{what}",
            )
        case app_commands.Choice() as choice:
            return (f"choice_{_slug(str(choice.value))}",)
        case app_commands.Command() | app_commands.Group() | app_commands.ContextMenu() as command:
            return (f"command_{_slug(command.qualified_name)}_{what}",)
        case _:
            return ()


def _slug(text: str) -> str:
    return re.sub(r"\W+", "_", text.replace("-", "_").lower()).strip("_")
