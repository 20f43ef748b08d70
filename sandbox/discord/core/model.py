"""Records of Discord's objects; ids are strings, instants are Unix seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.discord.core.json_types import Json

TEXT, DM, VOICE, GROUP, CATEGORY, THREAD, STAGE, FORUM = 0, 1, 2, 3, 4, 11, 13, 15
EPHEMERAL, LOADING, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 15
SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS = 1 << 2, 1 << 12


@dataclass(slots=True, eq=False)
class User:
    """A person or a bot; `color` is that of the generated avatar."""

    id: str
    username: str
    global_name: str | None
    color: str
    avatar: str
    bot: bool = False


@dataclass(slots=True, eq=False)
class Role:
    """A role of a guild; `permissions` are Discord's bits."""

    id: str
    name: str
    permissions: int
    position: int
    color: int = 0


@dataclass(slots=True, eq=False)
class Member:
    """A user in a guild, with role ids."""

    user: User
    roles: list[str]
    joined_at: float


@dataclass(slots=True, eq=False)
class Guild:
    """A server: roles and members by id, and the ids of its channels."""

    id: str
    name: str
    owner_id: str
    created_at: float
    preferred_locale: str = "en-US"
    roles: dict[str, Role] = field(default_factory=dict[str, Role])
    members: dict[str, Member] = field(default_factory=dict[str, Member])
    channels: list[str] = field(default_factory=list[str])


@dataclass(slots=True, eq=False)
class Attachment:
    """A file on the CDN; width, height and content type are stated at upload, not verified."""

    id: str
    channel_id: str
    filename: str
    body: bytes
    created_at: float
    content_type: str | None = None
    width: int | None = None
    height: int | None = None
    description: str | None = None
    ephemeral: bool = False
    spoiler: bool = False
    stated_size: int | None = None
    """Size to report instead of the real one; None reports the real one."""


@dataclass(slots=True)
class Pings:
    """Users, role ids and everyone that a message pings."""

    users: list[User] = field(default_factory=list[User])
    roles: list[str] = field(default_factory=list[str])
    everyone: bool = False


@dataclass(slots=True, eq=False)
class Message:
    """A message; `owner_id` is the only user who sees it if it is ephemeral.

    Attachments `referenced` by an embed or a component are shown there and not listed.
    `interaction_id` is the interaction to which the message responds. `apart` marks a message made
    where only its user has installed the app: the bot token has no access to it.
    """

    id: str
    channel_id: str
    author: User
    created_at: float
    kind: int = 0
    content: str = ""
    flags: int = 0
    embeds: list[Json] = field(default_factory=list[Json])
    components: list[Json] = field(default_factory=list[Json])
    attachments: list[Attachment] = field(default_factory=list[Attachment])
    referenced: frozenset[str] = frozenset()
    pings: Pings = field(default_factory=Pings)
    reference: Json | None = None
    metadata: Json | None = None
    nonce: str | None = None
    edited_at: float | None = None
    owner_id: str | None = None
    interaction_id: str | None = None
    apart: bool = False


@dataclass(slots=True, eq=False)
class Channel:
    """A channel of any kind, thread, DM or group chat; `messages` by id, oldest first.

    A DM has a `recipient`. A group chat has `people` and no bot: one of them brings the app.
    `overwrites` maps a role or user id to the bits it allows and denies in this channel.
    """

    id: str
    kind: int
    name: str
    guild_id: str | None = None
    topic: str | None = None
    parent_id: str | None = None
    recipient: User | None = None
    people: list[User] = field(default_factory=list[User])
    position: int = 0
    nsfw: bool = False
    archived: bool = False
    locked: bool = False
    overwrites: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    messages: dict[str, Message] = field(default_factory=dict[str, Message])
