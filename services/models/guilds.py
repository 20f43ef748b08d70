"""What a server's moderators decide: rules, limits of members and roles, pauses, and the trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

BotAction = Literal[
    "block_user", "unblock_user", "block_guild", "unblock_guild",
    "allow_guild", "disallow_guild", "allow_every_guild", "leave_guild",
]  # fmt: skip
"""What operators decide about a user or a guild in the whole bot."""

Detail = str | int | float | bool | None
"""A value that an audit entry can carry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """No requests are taken, in one server or anywhere."""

    at: float
    by: int
    """Who paused; 0: the command line."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleLimit:
    """Units a Window for members who have a role; 0: no limit."""

    role_id: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildStyle:
    """A style of a server's own, under a key of the shipped ones in place of it."""

    key: str
    name: str
    name_zh: str
    fragment: str
    """What is added to the prompt; empty: the shipped style of this key is not offered here."""

    def name_in(self, locale: str) -> str:
        """Return the name in a reader's language (Discord locale); English when unknown."""
        return self.name_zh if locale.startswith("zh") else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildRules:
    """How a server wants it; None: as the operator set it."""

    guild_id: int
    user_daily: int | None = None
    """Units a member and Window in this server; 0: no limit."""
    guild_daily: int | None = None
    """Units of everybody in this server a Window; the operator's cap stands if it is lower."""
    max_count: int | None = None
    """Images in one request; the operator's figure stands if it is lower."""
    private_only: bool = False
    spoiler: bool = False
    age_restricted_only: bool = False
    min_membership_days: int = 0
    default_model: str | None = None
    default_style: str | None = None
    log_channel_id: int | None = None
    paused: Pause | None = None
    channels: tuple[int, ...] = ()
    """Channels or categories where requests are taken; none: everywhere."""
    role_limits: tuple[RoleLimit, ...] = ()
    required_roles: tuple[int, ...] = ()
    """Roles of which a member needs one to ask for images; none: everybody may."""
    words: tuple[str, ...] = ()
    """Blocked words and phrases as the moderators typed them."""
    styles: tuple[GuildStyle, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One member's own limit in a server: units a Window, until an instant or for ever."""

    user_id: int
    units: int
    expires_at: float | None = None
    reason: str = ""
    by: int = 0
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A member whose requests are not taken in a server, until an instant or for ever."""

    user_id: int
    reason: str = ""
    expires_at: float | None = None
    by: int = 0
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BotBlock:
    """A user, or a guild, whose requests the operators take nowhere."""

    target: int
    reason: str = ""
    by: int = 0
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BotAccess:
    """Whom the operators shut out of the whole bot, the latest first."""

    users: tuple[BotBlock, ...] = ()
    guilds: tuple[BotBlock, ...] = ()
    allowed: tuple[int, ...] = ()
    """Guilds where requests are taken; none: all of them."""

    def is_blocked(self, guild_id: int) -> bool:
        """Tell whether a guild is blocked."""
        return any(block.target == guild_id for block in self.guilds)

    def is_allowed(self, guild_id: int) -> bool:
        """Tell whether a guild is on the list, or there is none."""
        return not self.allowed or guild_id in self.allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change: who did what to whom, and when."""

    guild_id: int | None
    """None: the whole bot."""
    at: float
    by: int
    """Who did it; 0: the command line."""
    action: str
    """A key of the wording, such as `grant` or `role_limit`."""
    target: int | None = None
    """The member, role or channel it is about."""
    details: Mapping[str, Detail] = field(default_factory=dict[str, Detail])


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDecision:
    """What a moderator was warned of, until they press that they mean it."""

    user_id: int
    """Who decides."""
    guild_id: int
    command_id: int | None
    action: str
    target: int | None = None
    details: Mapping[str, Detail] = field(default_factory=dict[str, Detail], repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberContext:
    """What Discord says about the asking member and the place, as far as rules look at it."""

    role_ids: tuple[int, ...] = ()
    known_role_ids: frozenset[int] = frozenset()
    """Roles that the server has; empty where they are not known."""
    is_exempt: bool = False
    """They moderate this server or run the bot: no role is required of them."""
    joined_at: float | None = None
    """When they joined the server; None: they have not, or it is not known."""
    channel_ids: tuple[int, ...] = ()
    """The channel, a thread's parent, and the category: one that is allowed is enough."""
    age_restricted: bool = False
