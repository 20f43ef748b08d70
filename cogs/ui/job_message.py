"""Builds a job's message: Components V2, one container each, text before colour.

Prompts are untrusted: they are shown as plain text, without markdown or mentions, and cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import discord

from cogs.ui import text as wording
from cogs.ui.buttons import make_row, rows_under
from cogs.ui.escaping import link, plain
from services.engine import Progress
from services.models import Job, Result

PROMPT_SHOWN = 300
"""Characters of a prompt in a message; Discord accepts 4,000 of text in all (Components V2)."""

MESSAGE_LIMIT = 2000
"""Characters of a message's content (Discord)."""

LINKS_LIMIT = 1500
"""Characters of the provider's URLs in a message; a single URL may have thousands."""

TEXT_LIMIT = 3900
"""Characters of all text in a message of components; Discord accepts 4,000 (Components V2)."""

ALT_LIMIT = 1024
"""Characters of an image's description (Discord)."""

_JOINERS = "\u200d\ufe0f"
"""Zero-width joiner and emoji presentation: they belong to the character before or after them."""

QUEUED_COLOUR = discord.Colour(0x8A8F98)
RUNNING_COLOUR = discord.Colour(0x5B8DEF)
READY_COLOUR = discord.Colour(0x3FB68B)
ENDED_COLOUR = discord.Colour(0xD9822B)


@dataclass(frozen=True, slots=True)
class JobMessage:
    """One job message.

    It is built again for each attempt, because a sent file cannot be sent twice.
    """

    job: Job = field(repr=False)
    results: Sequence[Result] = ()
    progress: Progress | None = None
    footer: str | None = None
    prompt_hidden: bool = False
    as_links: bool = False
    locale: str | None = None
    """Locale of a private reader; None: the locale of the job's own message."""
    bare: bool = False
    """Show only the images and how the job ended: no prompt and no buttons."""

    def view(self) -> discord.ui.LayoutView:
        """Build the components."""
        view = discord.ui.LayoutView(timeout=None)
        view.add_item(self._container())
        if self.bare:
            return view
        if self.progress is None:
            for row in rows_under(self.job, self._locale, has_results=bool(self.results)):
                view.add_item(row)
        elif row := self._unfinished_buttons(self.progress):
            view.add_item(row)
        return view

    @property
    def hides_reason(self) -> bool:
        """True if others read this message and the error concerns the requester's own file."""
        outcome, place = self.job.outcome, self.job.place
        is_unusable = outcome is not None and outcome.key in wording.SOURCE_UNUSABLE
        is_private = place.ephemeral or place.is_direct
        return is_unusable and not is_private and self.locale is None

    def plain(self) -> str:
        """Return the message as plain text. It says where the images are stored."""
        words = None if self.results and not self.as_links else self._body()
        return words or wording.sentence("kept_in_jobs", self._locale)

    def posted_elsewhere(self, *, privately: bool) -> str:
        """Return a text that says where the outcome was posted instead of this message."""
        return wording.sentence("sent_privately" if privately else "sent_below", self._locale)

    def files(self) -> list[discord.File]:
        """Open the images for sending. discord.py closes the files, because it gets their paths."""
        if self.as_links:
            return []
        spoiler = self.job.request.options.spoiler
        return [
            discord.File(
                result.path, self._name(result), spoiler=spoiler, description=self._alt(result)
            )
            for result in self.results
        ]

    @property
    def _locale(self) -> str:
        return self.locale or self.job.place.readers_locale

    def _container(self) -> discord.ui.Container[discord.ui.LayoutView]:
        container: discord.ui.Container[discord.ui.LayoutView]
        container = discord.ui.Container(accent_colour=self._colour())
        container.add_item(discord.ui.TextDisplay(self._head()))
        if self.results and not self.as_links:
            container.add_item(self.gallery())
        lines = [line for line in (self._body(), self._small()) if line]
        if lines:
            container.add_item(discord.ui.TextDisplay("\n".join(lines)))
        return container

    def _unfinished_buttons(
        self, progress: Progress
    ) -> discord.ui.ActionRow[discord.ui.LayoutView] | None:
        """Return the Fetch and Cancel buttons as far as they apply.

        Fetch is for messages that cannot be edited once the token has expired. It is there from the
        first edit on, because it is unknown which edit will be the last. A job whose images are
        generated can no longer be cancelled.
        """
        place = self.job.place
        only_by_token = place.ephemeral or not place.can_post
        verbs = ["fetch"] if only_by_token else []
        verbs += [] if progress.phase == "generated" else ["cancel"]
        if progress.phase == "withheld" or not verbs:
            return None
        return make_row(verbs, self.job.id, self._locale)

    def gallery(self) -> discord.ui.MediaGallery[discord.ui.LayoutView]:
        """Return a gallery of the images that `files` opens."""
        gallery: discord.ui.MediaGallery[discord.ui.LayoutView] = discord.ui.MediaGallery()
        spoiler = self.job.request.options.spoiler
        for result in self.results:
            name = f"SPOILER_{self._name(result)}" if spoiler else self._name(result)
            gallery.add_item(
                media=f"attachment://{name}", description=self._alt(result), spoiler=spoiler
            )
        return gallery

    def _head(self) -> str:
        asked = wording.sentence("asked_by", self._locale, user=f"<@{self.job.request.user_id}>")
        return asked if self.bare else f"{asked}\n> {self._prompt()}"

    def _prompt(self) -> str:
        if self.prompt_hidden:
            return wording.sentence("prompt_hidden", self._locale)
        return asked_for(self.job, self._locale)

    def _body(self) -> str | None:
        if self.progress is not None:
            return wording.format_progress(self.progress, self._locale)
        if self.job.outcome is not None and not self.results:
            if self.hides_reason:
                return wording.format_unusable_source(self._locale, given_back=self.job.given_back)
            return wording.format_outcome(
                self.job.outcome, self._locale, given_back=self.job.given_back
            )
        links = self._links() if self.as_links else None
        lines = [line for line in (links, self._refund()) if line]
        return "\n".join(lines) or None

    def _refund(self) -> str | None:
        """Return a sentence about units refunded for images that were never delivered."""
        job = self.job
        if not job.refunded_units or not self.results:
            return None
        return wording.sentence(
            "part_refunded",
            self._locale,
            asked=job.units,
            came=job.units - job.refunded_units,
            refunded=job.refunded_units,
        )

    def _links(self) -> str:
        """Return links to the provider's URLs, as many as fit into a message.

        All images of the job are in /jobs.
        """
        links, left = list[str](), LINKS_LIMIT
        for one in self.results:
            written = link(str(one.position + 1), one.url)
            if one.url and len(written) < left:
                links.append(written)
                left -= len(written) + 1
        if not links:
            return wording.sentence("kept_in_jobs", self._locale)
        return wording.sentence("too_big_to_post", self._locale, links=" ".join(links))

    def _small(self) -> str | None:
        footer = self._facts() if self.results else self.footer
        return None if footer is None else f"-# {footer}"

    def _facts(self) -> str:
        job = self.job
        done_at = job.generated_at or job.ready_at or 0
        seconds = done_at - (job.submitted_at or done_at)
        return wording.sentence(
            "facts",
            self._locale,
            model=job.request.options.model,
            count=len(self.results),
            seconds=max(round(seconds), 1),
        )

    def _colour(self) -> discord.Colour:
        if self.results:
            return READY_COLOUR
        if self.progress is None:
            return ENDED_COLOUR
        return QUEUED_COLOUR if self.progress.phase == "queued" else RUNNING_COLOUR

    def _name(self, result: Result) -> str:
        return f"{self.job.id}_{result.position + 1}{result.path.suffix}"

    def _alt(self, result: Result) -> str:
        request = self.job.request
        prompt = "" if self.prompt_hidden or self.bare else " ".join(request.prompt.split())
        text = wording.sentence(
            "alt" if prompt else "alt_without_prompt",
            self._locale,
            number=result.position + 1,
            total=len(self.results),
            model=request.options.model,
            prompt=prompt or wording.format_kind(request, self._locale),
        )
        return cut(text, ALT_LIMIT)


def asked_for(job: Job, locale: str) -> str:
    """Return the request as text: the prompt, and the kind of operation if it is not a repaint."""
    request = job.request
    prompt = shown_prompt(request.prompt)
    if request.kind == "repaint":
        return prompt
    what = wording.format_kind(request, locale)
    return f"{what} · {prompt}" if prompt else what


def shown_prompt(prompt: str) -> str:
    """Return a user's prompt safe to show: on one line, cut, without markdown or mentions."""
    return plain(cut(" ".join(prompt.split()), PROMPT_SHOWN))


def cut(text: str, limit: int) -> str:
    """Cut a text to a number of characters, including the ellipsis.

    Characters are counted as Discord's clients do, in UTF-16 units: most emoji are two. Characters
    that join emoji are not left at the end.
    """
    if _units(text) <= limit:
        return text
    kept = text[: limit - 1]
    while _units(kept) > limit - 1:
        kept = kept[: -max((_units(kept) - limit + 1) // 2, 1)]
    return kept.rstrip(f" \n{_JOINERS}") + "…"


def whole_lines(lines: Iterable[str], limit: int) -> str:
    """Join as many lines, from the first on, as fit into a number of characters."""
    text = ""
    for line in lines:
        longer = f"{text}\n{line}" if text else line
        if _units(longer) > limit:
            break
        text = longer
    return text


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def text_view(text: str) -> discord.ui.LayoutView:
    """Build a message of text components, which can replace a message of components."""
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(discord.ui.TextDisplay(text[:TEXT_LIMIT]))
    return view
