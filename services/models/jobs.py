"""A request and its job: Request, Job, Result and the types that they consist of."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

from services.models.options import Kind, Options

TOKEN_LIFE_S = 15 * 60
"""Lifetime in seconds of an interaction's token: 15 minutes (Discord, interaction life cycle)."""


class State(StrEnum):
    """State of a job; docs/architecture.md draws the transitions between states."""

    QUEUED = "queued"
    SUBMITTING = "submitting"
    RUNNING = "running"
    READY = "ready"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class SourceForm(StrEnum):
    """The form in which a job's sources are sent; a job changes to each later form at most once."""

    UNTOUCHED = "untouched"
    """As the user sent them, converted only if the provider does not accept that."""
    PLAIN = "plain"
    """Encoded again: the provider could not read them, or could not load Discord's link."""
    SMALL = "small"
    """Within the size that any gateway accepts: one found the submission too large."""


AT_PROVIDER = (State.SUBMITTING, State.RUNNING)
"""States in which a job holds units at the provider."""

OPEN = (State.QUEUED, *AT_PROVIDER)
"""States in which a job counts against its user's limits of running and waiting jobs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source image of a request: where it is, and what Discord says about it."""

    url: str = field(default="", repr=False)
    origin: Literal["attachment", "link", "job"] = "attachment"
    """`attachment`: the address comes from Discord's payload, and the bot fetches it. `link`: a
    user typed the address, and only the provider fetches it. `job`: the image belongs to another
    job and is in storage."""
    role: Literal["subject", "scene", "style"] = "subject"
    """The image's role in a blend: subject, scene or style."""
    job_id: str = ""
    """With origin "job": the job that the image belongs to."""
    position: int | None = None
    """With origin "job": the position of that job's result; None: that job's own source."""
    name: str = "picture"
    content_type: str | None = None
    size: int | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTarget:
    """Where a request was made, and how its messages reach the user there."""

    application_id: int
    interaction_id: int
    token: str = field(repr=False)
    asked_at: float
    channel_id: int
    guild_id: int | None = None
    message_id: int | None = None
    can_post: bool = False
    """Whether the bot's own token may write in this channel. It may not if the app is installed
    only for the user."""
    ephemeral: bool = False
    file_limit: int = 10 * 1024 * 1024
    """Maximum bytes of a file in this place (Discord: 10 MiB unless the server or member has
    more)."""
    locale: str = "en-US"
    """The requester's language, as a Discord locale."""
    guild_locale: str | None = None
    """The server's preferred language, as a Discord locale."""

    @property
    def is_direct(self) -> bool:
        """Whether it is a private message between the bot and one user; a group chat is not."""
        return self.guild_id is None and self.can_post

    @property
    def readers_locale(self) -> str:
        """The language of messages: the requester's if only they see them, else the server's."""
        return self.locale if self.ephemeral else self.guild_locale or self.locale

    @property
    def token_ends_at(self) -> float:
        """When Discord stops accepting the interaction's token, in Unix seconds."""
        return self.asked_at + TOKEN_LIFE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """Where a request's images come from, as far as their addresses and names do not show it."""

    owner_ids: tuple[int, ...] = ()
    """Ids of users who own the images: they posted them, or the image is their avatar."""
    job_ids: tuple[str, ...] = ()
    """Ids of jobs to whose sources or results the images belong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A user's request for images, which is not accepted yet."""

    user_id: int
    prompt: str = field(repr=False)
    options: Options
    source: Source
    place: ReplyTarget
    kind: Kind = "repaint"
    more: tuple[Source, ...] = ()
    """The images of a blend after the first one, in the order in which the user gave them."""
    origins: Origins = field(default_factory=Origins)
    """Checked when the request is accepted; not stored in the job."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """All source images, the first one included."""
        return (self.source, *self.more)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForm:
    """The part of a request that is known when a form opens that asks for the rest."""

    user_id: int
    pictures: tuple[Source, ...]
    """The images among which the user can choose, or which the user has chosen already."""
    options: Options = field(default_factory=Options)
    left_open: frozenset[str] = frozenset()
    """Options that the user left out, for which their own defaults may apply."""
    origins: Origins = field(default_factory=Origins)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Why a job ended without images: a text key, and the provider's words."""

    key: str
    code: str | None = None
    words: str | None = field(default=None, repr=False)
    reference: str | None = None
    """The provider's request id or task id, for a support request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A result image on this disk."""

    position: int
    path: Path
    url: str = field(repr=False)
    width: int
    height: int
    size: int
    """The file's size in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """How many seconds the provider took to generate a task's images."""

    seconds: float
    censored: bool = False
    """True if `seconds` is only an upper bound: the first poll found the task finished, and the
    provider reports no times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The durable record of one accepted request."""

    id: str
    request: Request
    state: State
    units: int
    """Number of images asked for, 1 to 9."""
    day: str
    """Name of the quota window in which the job counts, such as 2026-11-22."""
    created_at: float
    claimed_at: float | None = None
    sent_at: float | None = None
    """When the last piece of the submission was about to be sent. From here the provider may have
    accepted it."""
    submitted_at: float | None = None
    """When the provider's task id became known."""
    polled_at: float | None = None
    """When the provider last reported that the task is not finished."""
    generation: Generation | None = None
    """How long the task took; None while it is not finished, or if that is not known."""
    ready_at: float | None = None
    told_at: float | None = None
    """When the user was notified of the job's end, or it became clear that they cannot be."""
    tries: int = 0
    late: bool = False
    given_back: bool = False
    """True if its units were refunded, so that they count against no limit."""
    task_id: str | None = None
    """The provider's id of its task; None before there is one, and for a task that was finished at
    submission and got no id."""
    images: tuple[str, ...] = field(default=(), repr=False)
    """Addresses of images that came with the submission's response, until the images are on
    disk."""
    attempt: int = 0
    """Number of earlier tasks of this job that failed and were replaced, because the provider had
    no free slot for them or could not load Discord's link."""
    resends: int = 0
    """Number of submissions that were repeated because the earlier one was proven to be absent; at
    most one. A submission that was never sent completely, or that the provider refused in its own
    format, does not count."""
    source_form: SourceForm = SourceForm.UNTOUCHED
    unknown_polls: int = 0
    """Consecutive polls at which the provider definitely did not know the task."""
    unknown_since: float | None = None
    """When the first of those polls was made."""
    outcome: Outcome | None = None
    cost_micro: int = 0
    """Cost in micro-dollars: the list price, or what the provider says it charged."""
    deduction: float | None = None
    """Billing units that the provider says it charged; None: it has not said."""
    withheld: bool = False
    """True if its images are not to be posted but only stored: the user asked for that."""
    forgotten: bool = False
    """True if its user deleted their data."""
    holds_slot: bool = True
    """Whether the job counts against the provider's units and its user's running jobs while it is
    submitting or running. False once the task is finished, or has been unknown for a long time, or
    while a blocked submission waits."""
    generated_at: float | None = None
    """When the task was first seen finished at the provider, with images."""
    fetch_tries: int = 0
    """Number of attempts to fetch its images that failed at the provider's side."""
    unusable_tries: int = 0
    """Number of those attempts that returned no image, or a body without end."""
    fetched_bytes: int = 0
    """Total bytes that failed attempts have received."""
    refunded_units: int = 0
    """Refunded units, of images that never arrived, in a job that spends the others."""

    @property
    def place(self) -> ReplyTarget:
        """The reply target of its request."""
        return self.request.place

    @property
    def units_spent(self) -> int:
        """Units that count against limits.

        While the job is open, all its units, which are reserved; afterwards those of the images
        that arrived.
        """
        return 0 if self.given_back else self.units - self.refunded_units

    @property
    def external_task_id(self) -> str:
        """Our id for its present task, unique within the account (Kling, image-generation page)."""
        return f"{self.id}-{self.attempt}" if self.attempt else self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Ancestor:
    """A job whose image was used, directly or through other jobs, to make another job's image."""

    job_id: str
    job: Job | None
    """The job; None: it is no longer in the database, or the viewer may not see it."""
    position: int
    """Position of the job's result that was used."""
