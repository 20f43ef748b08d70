"""Decisions of moderators and operators: rules, limits, blocks, pauses, and their audit entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

BotAction = Literal[
    "block_user", "unblock_user", "block_guild", "unblock_guild",
    "allow_guild", "disallow_guild", "allow_every_guild", "leave_guild",
]  # fmt: skip
"""Actions that operators take on a user or a guild for the whole bot."""

Detail = str | int | float | bool | None
"""A value that an audit entry can carry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A pause, in one server or in the whole bot: no requests are accepted."""

    at: float
    by: int
    """User id of the one who paused; 0: the command line."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleLimit:
    """Units per window for members who have a role; 0: no limit."""

    role_id: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildStyle:
    """A server's own style; it replaces the built-in style with the same key."""

    key: str
    name: str
    name_zh: str
    fragment: str
    """Text added to the prompt; empty: the built-in style of this key is hidden in this server."""

    def name_in(self, locale: str) -> str:
        """Return the name in a reader's language (Discord locale); English for other locales."""
        return self.name_zh if locale.startswith("zh") else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildRules:
    """A server's rules; None means that the operator's setting applies."""

    guild_id: int
    user_daily: int | None = None
    """Units per member and window in this server; 0: no limit."""
    guild_daily: int | None = None
    """Units per window of all members of this server; a lower cap of the operator applies
    instead."""
    max_count: int | None = None
    """Images in one request; a lower limit of the operator applies instead."""
    private_only: bool = False
    spoiler: bool = False
    age_restricted_only: bool = False
    min_membership_days: int = 0
    default_model: str | None = None
    default_style: str | None = None
    log_channel_id: int | None = None
    paused: Pause | None = None
    channels: tuple[int, ...] = ()
    """Channels or categories where requests are accepted; empty: everywhere."""
    role_limits: tuple[RoleLimit, ...] = ()
    required_roles: tuple[int, ...] = ()
    """Roles of which a member needs one to request images; empty: everyone may."""
    words: tuple[str, ...] = ()
    """Blocked words and phrases as the moderators typed them."""
    styles: tuple[GuildStyle, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One member's own limit in a server: units per window, until an instant or forever."""

    user_id: int
    units: int
    expires_at: float | None = None
    reason: str = ""
    by: int = 0
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block of a member in one server, until an instant or forever."""

    user_id: int
    reason: str = ""
    expires_at: float | None = None
    by: int = 0
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BotBlock:
    """The operators' block of a user or a guild in the whole bot."""

    target: int
    reason: str = ""
    by: int = 0
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BotAccess:
    """Blocks in the whole bot, the latest first, and the list of allowed guilds."""

    users: tuple[BotBlock, ...] = ()
    guilds: tuple[BotBlock, ...] = ()
    allowed: tuple[int, ...] = ()
    """Guilds where requests are accepted; empty: all guilds."""

    def is_blocked(self, guild_id: int) -> bool:
        """Return whether a guild is blocked."""
        return any(block.target == guild_id for block in self.guilds)

    def is_allowed(self, guild_id: int) -> bool:
        """Return whether a guild is on the list of allowed guilds, or that list is empty."""
        return not self.allowed or guild_id in self.allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change for the audit log: who changed what for whom, and when."""

    guild_id: int | None
    """None: the change applies to the whole bot."""
    at: float
    by: int
    """User id of the one who made the change; 0: the command line."""
    action: str
    """A key of the texts, such as `grant` or `role_limit`."""
    target: int | None = None
    """The member, role or channel that the change is about."""
    details: Mapping[str, Detail] = field(default_factory=dict[str, Detail])


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDecision:
    """A decision of which a moderator was warned, until they confirm it by a button."""

    user_id: int
    """The moderator who decides."""
    guild_id: int
    command_id: int | None
    action: str
    target: int | None = None
    details: Mapping[str, Detail] = field(default_factory=dict[str, Detail], repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberContext:
    """Facts from Discord about a member and the channel of a request, as far as rules need them."""

    role_ids: tuple[int, ...] = ()
    known_role_ids: frozenset[int] = frozenset()
    """Roles that the server has; empty if they are not known."""
    is_exempt: bool = False
    """True if they moderate this server or run the bot: no role is required of them."""
    joined_at: float | None = None
    """When they joined the server; None: they are no member, or it is not known."""
    channel_ids: tuple[int, ...] = ()
    """The channel, a thread's parent, and the category; one allowed entry is enough."""
    age_restricted: bool = False
