"""A request and its job: Request, Job, Result and the types that they consist of."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

from services.models.options import Kind, Options

TOKEN_LIFE_S = 15 * 60
"""Lifetime of an interaction's token: 15 minutes (Discord, interaction life cycle)."""


class State(StrEnum):
    """State of a job; docs/architecture.md draws the transitions."""

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
    """As they came, but for what the provider does not take."""
    PLAIN = "plain"
    """Encoded anew: the provider could not read them, or not fetch Discord's link."""
    SMALL = "small"
    """Within what any gateway takes: something on the way found the body too large."""


AT_PROVIDER = (State.SUBMITTING, State.RUNNING)
"""States that hold units at the provider."""

OPEN = (State.QUEUED, *AT_PROVIDER)
"""States that count against a user's limits of running and waiting jobs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source image: where it is, and what is claimed about it."""

    url: str = field(default="", repr=False)
    origin: Literal["attachment", "link", "job"] = "attachment"
    """An attachment is an address from Discord's payload, which the bot fetches. A link is an
    address typed by a user, which only the provider fetches. With "job", the image is on our disk
    and belongs to another job."""
    role: Literal["subject", "scene", "style"] = "subject"
    """The image's role in a blend."""
    job_id: str = ""
    """With origin "job": the job that the image belongs to."""
    position: int | None = None
    """With origin "job": the position of the result; None is that job's own source."""
    name: str = "picture"
    content_type: str | None = None
    size: int | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTarget:
    """Where a request was made, and how a response gets back there."""

    application_id: int
    interaction_id: int
    token: str = field(repr=False)
    asked_at: float
    channel_id: int
    guild_id: int | None = None
    message_id: int | None = None
    can_post: bool = False
    """Whether the bot's own token may write in this channel (not so for a purely user-installed
    app)."""
    ephemeral: bool = False
    file_limit: int = 10 * 1024 * 1024
    """Maximum bytes of a file here (Discord: 10 MiB unless the server or member has more)."""
    locale: str = "en-US"
    """The requester's language (Discord's locale tag)."""
    guild_locale: str | None = None
    """The server's preferred language."""

    @property
    def is_direct(self) -> bool:
        """Whether it is the bot's own channel with one person; a group of users is not."""
        return self.guild_id is None and self.can_post

    @property
    def readers_locale(self) -> str:
        """The language of the response: the user's own if only they see it, else the server's."""
        return self.locale if self.ephemeral else self.guild_locale or self.locale

    @property
    def token_ends_at(self) -> float:
        """The instant after which Discord refuses the interaction's token."""
        return self.asked_at + TOKEN_LIFE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """Origins of a request's images that their addresses and names do not show."""

    owner_ids: tuple[int, ...] = ()
    """Users who own the images: they posted them, or it is their avatar."""
    job_ids: tuple[str, ...] = ()
    """Jobs whose sources or results the images are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A user's request, not yet accepted."""

    user_id: int
    prompt: str = field(repr=False)
    options: Options
    source: Source
    place: ReplyTarget
    kind: Kind = "repaint"
    more: tuple[Source, ...] = ()
    """The further images of a blend, in the order given."""
    origins: Origins = field(default_factory=Origins)
    """Checked at acceptance; not part of the job."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """All source images."""
        return (self.source, *self.more)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForm:
    """The part of a request that is known when a form asks for the rest."""

    user_id: int
    pictures: tuple[Source, ...]
    """Images that the user can choose from, or has given already."""
    options: Options = field(default_factory=Options)
    left_open: frozenset[str] = frozenset()
    """Options that the user left out, for which their own defaults may apply."""
    origins: Origins = field(default_factory=Origins)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Why a job ended without images: a key of the texts, and the provider's words."""

    key: str
    code: str | None = None
    words: str | None = field(default=None, repr=False)
    reference: str | None = None
    """The provider's request or task id, for a support case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A result image on our disk."""

    position: int
    path: Path
    url: str = field(repr=False)
    width: int
    height: int
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """How long the provider took to generate a task's images."""

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
    """Images asked for, 1 to 9."""
    day: str
    """The quota window that the job counts in, such as 2026-11-22."""
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
    """None while the task is not finished, or if its time is not known."""
    ready_at: float | None = None
    told_at: float | None = None
    """When the user was notified of the end, or could not be."""
    tries: int = 0
    late: bool = False
    given_back: bool = False
    """True if its units no longer count against any limit."""
    task_id: str | None = None
    """None also for a task that was finished at submission and got no id."""
    images: tuple[str, ...] = field(default=(), repr=False)
    """Addresses of images that came with the submission's response, until the images are on
    disk."""
    attempt: int = 0
    """Number of earlier tasks of this job that failed and were replaced: the provider had no free
    slot for them, or could not load Discord's link."""
    resends: int = 0
    """Submissions that were repeated because the earlier one was proven to be absent; at most one.
    A submission that was never sent completely, or that the provider refused in its own format,
    does not count."""
    source_form: SourceForm = SourceForm.UNTOUCHED
    unknown_polls: int = 0
    """Consecutive polls at which the provider definitely did not know the task."""
    unknown_since: float | None = None
    """When the first of those polls was."""
    outcome: Outcome | None = None
    cost_micro: int = 0
    """Cost in micro-dollars: the list price, or what the provider charged."""
    deduction: float | None = None
    """Billing units that the provider says it charged; None: it has not said."""
    withheld: bool = False
    """True if the user asked not to post its images; they are stored only."""
    forgotten: bool = False
    """True if the user had their data deleted."""
    holds_slot: bool = True
    """Whether the job counts against the provider's units and its user's running jobs while it is
    at the provider. False once the task is finished there, or has been unknown for a long time."""
    generated_at: float | None = None
    """When the task was first seen finished at the provider, with images."""
    fetch_tries: int = 0
    """Attempts to fetch its images that failed at the provider's side."""
    unusable_tries: int = 0
    """Those attempts that returned something other than an image, or a body without end."""
    fetched_bytes: int = 0
    """Total bytes received by failed attempts."""
    refunded_units: int = 0
    """Units of images that never arrived, in a job that spends the others."""

    @property
    def place(self) -> ReplyTarget:
        """The reply target of its request."""
        return self.request.place

    @property
    def units_spent(self) -> int:
        """Units that count against limits.

        Reserved units while the job is open; afterwards those of the images that were delivered.
        """
        return 0 if self.given_back else self.units - self.refunded_units

    @property
    def external_task_id(self) -> str:
        """Our id for its present task, unique within the account (Kling, image-generation page)."""
        return f"{self.id}-{self.attempt}" if self.attempt else self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Ancestor:
    """A job of which an image was used, directly or through other jobs, to make another job."""

    job_id: str
    job: Job | None
    """None: the job is no longer in the database."""
    position: int
    """Position of the result that was used."""
