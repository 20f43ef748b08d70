"""A member's request and what becomes of it: Request, Job, Result."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

TOKEN_LIFE_S = 15 * 60
"""An interaction's token serves edits for 15 minutes (Discord, interaction life cycle)."""


class State(StrEnum):
    """Where a Job is in its life; docs/architecture.md draws it."""

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
    """In which form a Job's sources are sent; each step is taken once in its life."""

    UNTOUCHED = "untouched"
    """As they came, but for what the provider does not take."""
    PLAIN = "plain"
    """Encoded anew: the provider could not read them, or not fetch Discord's link."""
    SMALL = "small"
    """Within what any gateway takes: something on the way found the body too large."""


AT_PROVIDER = (State.SUBMITTING, State.RUNNING)
"""States that hold units at the provider."""

OPEN = (State.QUEUED, *AT_PROVIDER)
"""States that count against a member's running and waiting limits."""


Kind = Literal["repaint", "expand", "blend"]
"""What is asked for: a picture anew, a picture painted on beyond its edges, several made one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Padding:
    """How much is painted on beyond each edge; 1.0 is as much as the picture is high or wide."""

    up: float = 0.0
    down: float = 0.0
    left: float = 0.0
    right: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a member chose beside prompt and picture; None means the model's own default."""

    model: str = ""
    """Empty: none was named; the server's default, or the operator's, is filled in."""
    count: int = 1
    style: str | None = None
    """None: the server's default is filled in; empty: surely none."""
    style_words: str | None = None
    """What the style adds to the prompt; filled in at acceptance, since a server may change it."""
    reference: Literal["subject", "face"] | None = None
    fidelity: float | None = None
    human_fidelity: float | None = None
    ratio: str | None = None
    """Of the result; of an expansion: what the picture is widened to, where `sides` is None."""
    sides: Padding | None = None
    format: Literal["png", "jpg"] = "png"
    spoiler: bool = False
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """A member's own defaults; None where they have none. A style may be empty: surely none."""

    model: str | None = None
    style: str | None = None
    count: int | None = None
    ratio: str | None = None
    format: Literal["png", "jpg"] | None = None
    private: bool | None = None
    spoiler: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A picture that came in: where it is, and what is claimed about it."""

    url: str = field(default="", repr=False)
    origin: Literal["attachment", "link", "job"] = "attachment"
    """An address out of Discord's payload, which we fetch; one that a member typed, which only the
    provider fetches; or a picture that lies on our disk under another Job."""
    role: Literal["subject", "scene", "style"] = "subject"
    """What it lends to a blend."""
    job_id: str = ""
    """With origin "job": whose picture it is."""
    position: int | None = None
    """With origin "job": which Result; None is that Job's own source."""
    name: str = "picture"
    content_type: str | None = None
    size: int | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTarget:
    """Where a Request was made and how an answer gets back there."""

    application_id: int
    interaction_id: int
    token: str = field(repr=False)
    asked_at: float
    channel_id: int
    guild_id: int | None = None
    message_id: int | None = None
    can_post: bool = False
    """The bot's own token may write in this channel (not so for a purely user-installed app)."""
    ephemeral: bool = False
    file_limit: int = 10 * 1024 * 1024
    """Bytes a file may have here (Discord: 10 MiB unless the server or member has more)."""
    locale: str = "en-US"
    """The language of the one who asked (Discord's locale tag)."""
    guild_locale: str | None = None
    """The language that the server prefers."""

    @property
    def is_direct(self) -> bool:
        """Whether it is the bot's own channel with one person; a group of users is not."""
        return self.guild_id is None and self.can_post

    @property
    def readers_locale(self) -> str:
        """The language of the answer: the member's own when only they see it, or the server's."""
        return self.locale if self.ephemeral else self.guild_locale or self.locale

    @property
    def token_ends_at(self) -> float:
        """The instant after which the interaction's token is refused."""
        return self.asked_at + TOKEN_LIFE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """Where the images of a request come from, beyond what their addresses and names tell."""

    owner_ids: tuple[int, ...] = ()
    """Users whose images they are: who posted them, or whose avatar it is."""
    job_ids: tuple[str, ...] = ()
    """Jobs whose sources or results they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a member asked; not yet accepted."""

    user_id: int
    prompt: str = field(repr=False)
    options: Options
    source: Source
    place: ReplyTarget
    kind: Kind = "repaint"
    more: tuple[Source, ...] = ()
    """The further pictures of a blend, in the order they were given."""
    origins: Origins = field(default_factory=Origins)
    """Judged at acceptance; no part of the job."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every picture that came in."""
        return (self.source, *self.more)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForm:
    """What was known of a Request when the form for the rest of it was opened."""

    user_id: int
    pictures: tuple[Source, ...]
    """Those that can be chosen from, or that are given already."""
    options: Options = field(default_factory=Options)
    left_open: frozenset[str] = frozenset()
    """Options that were left out, where the asker's own defaults may step in."""
    origins: Origins = field(default_factory=Origins)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Why a Job ended without a picture: a key for the wording, and the provider's words."""

    key: str
    code: str | None = None
    words: str | None = field(default=None, repr=False)
    reference: str | None = None
    """The provider's request or task id, for a support case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A picture that came out, on our disk."""

    position: int
    path: Path
    url: str = field(repr=False)
    width: int
    height: int
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """How long the provider took to generate a Task's pictures."""

    seconds: float
    censored: bool = False
    """It took at most so long: the first poll found it done, and the provider tells no times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The durable record of one accepted Request."""

    id: str
    request: Request
    state: State
    units: int
    """Images asked for, 1..9."""
    day: str
    """The quota window it counts in, such as 2026-11-22."""
    created_at: float
    claimed_at: float | None = None
    sent_at: float | None = None
    """When the last piece of the submission was about to leave: from here it may be accepted."""
    submitted_at: float | None = None
    """When the provider's task id was known."""
    polled_at: float | None = None
    """When the provider was last asked and said that its Task is not over."""
    generation: Generation | None = None
    """None while the Task is not over, or where nothing is known of its time."""
    ready_at: float | None = None
    told_at: float | None = None
    """When the member's answer was settled, by a message or for want of a way to them."""
    tries: int = 0
    late: bool = False
    given_back: bool = False
    """Its units no longer count against any limit."""
    task_id: str | None = None
    """None, too, for a Task that was done when it was submitted and got no id."""
    images: tuple[str, ...] = field(default=(), repr=False)
    """Addresses of pictures that came with the submission's answer, until they are on disk."""
    attempt: int = 0
    """Tasks of this Job that the provider had no slot for after all."""
    resends: int = 0
    """Submissions that were repeated because the earlier one was proven to be absent; one at most.
    What never left whole, or was refused in the provider's own form, is no submission."""
    source_form: SourceForm = SourceForm.UNTOUCHED
    unknown_polls: int = 0
    """Polls in a row at which the provider surely did not know its Task."""
    unknown_since: float | None = None
    """When the first of them was."""
    outcome: Outcome | None = None
    cost_micro: int = 0
    """What it costs in micro-dollars: at the list price, or as the provider took it."""
    deduction: float | None = None
    """Billing units that the provider says it took; None: it has not said."""
    withheld: bool = False
    """Its pictures are kept and not posted, at the wish of the one who asked."""
    forgotten: bool = False
    """The one who asked wants nothing of it kept."""
    holds_slot: bool = True
    """While at the provider: it counts against the provider's units and its member's running
    Jobs. Not so once the Task is over there, or nothing has been heard of it for long."""
    generated_at: float | None = None
    """When the Task was first seen over at the provider, with images."""
    fetch_tries: int = 0
    """Tries to fetch its images that failed at the provider's end."""
    unusable_tries: int = 0
    """Those of them that brought what is no image, or would not stop."""
    fetched_bytes: int = 0
    """What failed tries have brought in all."""
    refunded_units: int = 0
    """Units of images that never came, out of a Job that spends the others."""

    @property
    def place(self) -> ReplyTarget:
        """Where it was asked."""
        return self.request.place

    @property
    def units_spent(self) -> int:
        """Units that count against limits: reserved while it is open, images that came later."""
        return 0 if self.given_back else self.units - self.refunded_units

    @property
    def external_task_id(self) -> str:
        """Our id for its present Task, unique within the account (Kling, image-generation page)."""
        return f"{self.id}-{self.attempt}" if self.attempt else self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Ancestor:
    """A Job that one of the pictures behind another Job came out of."""

    job_id: str
    job: Job | None
    """None: it is not known any more."""
    position: int
    """Which of its Results went on."""
