"""What messages look like: Components V2, one container each, text before colour.

Prompts are untrusted: shown as text, without markdown or mentions, cut to their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import discord

from cogs.ui import text as wording
from cogs.ui.buttons.rows import row_of, rows_under
from cogs.ui.escaping import link, plain
from services.engine import Progress
from services.models import Job, Result

PROMPT_SHOWN = 300
"""Characters of a prompt in a message; Discord takes 4,000 of text in all (Components V2)."""

MESSAGE_LIMIT = 2000
"""Characters of a message's content (Discord)."""

LINKS_LIMIT = 1500
"""Characters of the provider's addresses in a message; one alone may have thousands."""

TEXT_LIMIT = 3900
"""Characters of all text in a message of components; Discord takes 4,000 (Components V2)."""

ALT_LIMIT = 1024
"""Characters of a picture's description (Discord)."""

_JOINERS = "\u200d\ufe0f"
"""Zero-width joiner and emoji presentation: they belong to what follows or went before."""

QUEUED_COLOUR = discord.Colour(0x8A8F98)
PAINTING_COLOUR = discord.Colour(0x5B8DEF)
READY_COLOUR = discord.Colour(0x3FB68B)
ENDED_COLOUR = discord.Colour(0xD9822B)


@dataclass(frozen=True, slots=True)
class JobMessage:
    """One message in the making: built anew for each attempt, since a sent file is spent."""

    job: Job = field(repr=False)
    results: Sequence[Result] = ()
    progress: Progress | None = None
    footer: str | None = None
    prompt_hidden: bool = False
    as_links: bool = False
    locale: str | None = None
    """Of the one who alone reads it; None: of those who read the Job's own message."""
    bare: bool = False
    """Nothing but the pictures and how it ended: no prompt and no buttons."""

    def view(self) -> discord.ui.LayoutView:
        """Build the components."""
        view = discord.ui.LayoutView(timeout=None)
        view.add_item(self._container())
        if self.bare:
            return view
        if self.progress is None:
            for row in rows_under(self.job, self._locale, has_results=bool(self.results)):
                view.add_item(row)
        elif row := self._buttons_under_way(self.progress):
            view.add_item(row)
        return view

    @property
    def hides_reason(self) -> bool:
        """Whether others read this, and what is wrong is the requester's own file."""
        outcome, place = self.job.outcome, self.job.place
        is_unusable = outcome is not None and outcome.key in wording.SOURCE_UNUSABLE
        is_private = place.ephemeral or place.is_direct
        return is_unusable and not is_private and self.locale is None

    def plain(self) -> str:
        """Say in plain words what the message would have: pictures only where they are kept."""
        words = None if self.results and not self.as_links else self._body()
        return words or wording.sentence("kept_in_jobs", self._locale)

    def posted_elsewhere(self, *, privately: bool) -> str:
        """Say where the outcome went instead of this message."""
        return wording.sentence("sent_privately" if privately else "sent_below", self._locale)

    def files(self) -> list[discord.File]:
        """Open the pictures; discord.py closes what it was given by path."""
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

    def _buttons_under_way(
        self, progress: Progress
    ) -> discord.ui.ActionRow[discord.ui.LayoutView] | None:
        """Offer the way to the pictures where this message can not be edited after a while.

        From the first on: nobody knows which edit will be the last before the token ends. What is
        generated can not be cancelled any more.
        """
        place = self.job.place
        only_by_token = place.ephemeral or not place.can_post
        verbs = ["fetch"] if only_by_token else []
        verbs += [] if progress.phase == "generated" else ["cancel"]
        if progress.phase == "withheld" or not verbs:
            return None
        return row_of(verbs, self.job.id, self._locale)

    def gallery(self) -> discord.ui.MediaGallery[discord.ui.LayoutView]:
        """Show the pictures that `files` opens."""
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
            return wording.of_progress(self.progress, self._locale)
        if self.job.outcome is not None and not self.results:
            if self.hides_reason:
                return wording.of_unusable_source(self._locale, given_back=self.job.given_back)
            return wording.of_outcome(
                self.job.outcome, self._locale, given_back=self.job.given_back
            )
        links = self._links() if self.as_links else None
        lines = [line for line in (links, self._refund()) if line]
        return "\n".join(lines) or None

    def _refund(self) -> str | None:
        """Say which units came back of images that never came."""
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
        """Name the provider's addresses, as many as a message holds; the pictures are in /jobs."""
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
        return QUEUED_COLOUR if self.progress.phase == "queued" else PAINTING_COLOUR

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
            prompt=prompt or wording.of_kind(request, self._locale),
        )
        return cut(text, ALT_LIMIT)


def asked_for(job: Job, locale: str) -> str:
    """Word what was asked for: the prompt, and what is done to pictures other than repainting."""
    request = job.request
    prompt = shown_prompt(request.prompt)
    if request.kind == "repaint":
        return prompt
    what = wording.of_kind(request, locale)
    return f"{what} · {prompt}" if prompt else what


def shown_prompt(prompt: str) -> str:
    """Make a member's prompt safe to show: one line, cut, neither markdown nor mentions."""
    return plain(cut(" ".join(prompt.split()), PROMPT_SHOWN))


def cut(text: str, limit: int) -> str:
    """Cut to a number of characters, an ellipsis included.

    Counted as Discord's clients do, in UTF-16 units: most emoji are two. What joins emoji into one
    is not left dangling.
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
    """Build a message of words alone, in the form that edits one of components."""
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(discord.ui.TextDisplay(text[:TEXT_LIMIT]))
    return view
