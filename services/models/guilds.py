"""Decisions of moderators and operators: rules, limits, blocks, pauses, and their audit entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, fields
from typing import Literal, TypeVar

BotAction = Literal[
    "block_user", "unblock_user", "block_guild", "unblock_guild",
    "allow_guild", "disallow_guild", "allow_every_guild", "leave_guild",
]  # fmt: skip
"""Actions that operators take on a user or a guild for the whole bot."""

Detail = str | int | float | bool | None
"""A value that an audit entry can store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A pause of a server or of the whole bot: no new requests are accepted."""

    at: float
    by: int
    """User id of the moderator or operator who paused; 0: by a terminal command."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleLimit:
    """A limit for members with a role, in units per window; 0: no limit."""

    role_id: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildStyle:
    """A server's own style; it replaces the built-in style with the same key."""

    key: str
    name: str
    name_zh: str
    fragment: str
    """Text added to the prompt. Empty: the built-in style with this key is hidden in this
    server."""

    def name_in(self, locale: str) -> str:
        """Return its name in a user's language (a Discord locale); English for other locales."""
        return self.name_zh if locale.startswith("zh") else self.name


RuleKind = Literal["units", "count", "number", "switch", "model", "style", "channel", "list"]
"""The kind of a rule's value. It decides how the value is checked, stored, entered and shown.

units: images a day; count: images of a request; number: another whole number, 0 if not set.
"""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule for a server, described once for commands, checks, database, files and audit log.

    A rule with one value has a column in the table `guild` with the name of its field of
    GuildRules. The text key of its name for moderators is `field_<name>`.
    """

    kind: RuleKind
    option: str = ""
    """Description of the option of `/repaint-admin settings` that sets it; empty: another command
    does."""
    _: KW_ONLY
    expected: str = ""
    """The last part of the key of the text for an invalid number: `expected_<..>`."""
    lowest: int = 0
    highest: int = 0
    """For a list: the maximum number of entries."""
    offered: int = 0
    """The highest number that the command's option accepts."""
    entry: str = ""
    """For a list: name of the field of the command that adds an entry."""
    key: str = ""
    """For a list: the field that identifies an entry; empty: the entry itself does."""
    of_one_server: str = ""
    """Name for operators of a rule whose value means nothing in other servers, so that `import`
    leaves it out; empty: the value can be imported."""

    def field(self, *, default: T) -> T:
        """Return a dataclass field for GuildRules that carries this rule."""
        return field(default=default, metadata={"rule": self})


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildRules:
    """A server's rules; a value of None means that the operator's setting applies."""

    guild_id: int
    user_daily: int | None = Rule("units").field(default=None)
    """Units per member and window in this server; 0: no limit."""
    guild_daily: int | None = Rule("units").field(default=None)
    """Units per window of all members of this server together; a lower cap of the operator applies
    instead."""
    max_count: int | None = Rule("count", "The most pictures in one request").field(default=None)
    """Maximum images in one request; a lower limit of the operator applies instead."""
    private_only: bool = Rule("switch", "Show results only to those who asked").field(default=False)
    spoiler: bool = Rule("switch", "Hide every result until it is clicked").field(default=False)
    age_restricted_only: bool = Rule(
        "switch", "Take requests only in age-restricted channels"
    ).field(default=False)
    min_membership_days: int = Rule(
        "number",
        "Days that a member must have been here before; 0 = none",
        expected="days",
        highest=3_650,
        offered=365,
    ).field(default=0)
    default_model: str | None = Rule("model", "The model where a member names none").field(
        default=None
    )
    default_style: str | None = Rule("style", "The style where a member names none").field(
        default=None
    )
    log_channel_id: int | None = Rule("channel", of_one_server="the log channel").field(
        default=None
    )
    paused: Pause | None = None
    channels: tuple[int, ...] = Rule(
        "list", entry="channel", highest=100, of_one_server="channels"
    ).field(default=())
    """Channels or categories in which requests are accepted; empty: everywhere."""
    role_limits: tuple[RoleLimit, ...] = Rule(
        "list", entry="role", key="role_id", highest=100, of_one_server="limits of roles"
    ).field(default=())
    required_roles: tuple[int, ...] = Rule(
        "list", entry="required_role", highest=5, of_one_server="required roles"
    ).field(default=())
    """Roles of which a member needs one to request images; empty: everyone may."""
    words: tuple[str, ...] = Rule("list", entry="phrase", highest=200).field(default=())
    """Blocked words and phrases, as moderators typed them."""
    styles: tuple[GuildStyle, ...] = Rule("list", entry="style", key="key", highest=50).field(
        default=()
    )


_DESCRIBED: Mapping[str, Rule] = {
    item.name: item.metadata["rule"] for item in fields(GuildRules) if item.metadata
}
RULES = {name: rule for name, rule in _DESCRIBED.items() if rule.kind != "list"}
"""The rules with one value, by their field of GuildRules."""

RULE_LISTS = {rule.entry: (name, rule) for name, rule in _DESCRIBED.items() if rule.entry}
"""The rules that are lists, each with its field of GuildRules, by the field of the command that
adds an entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A limit of one member's own in a server: units per window, until an instant or forever."""

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
    """A block of a user or a guild in the whole bot, set by the operators."""

    target: int
    reason: str = ""
    by: int = 0
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BotAccess:
    """The operators' blocks in the whole bot, the latest first, and the guilds that they allow."""

    users: tuple[BotBlock, ...] = ()
    guilds: tuple[BotBlock, ...] = ()
    allowed: tuple[int, ...] = ()
    """Guilds in which requests are accepted; empty: in all guilds."""

    def is_blocked(self, guild_id: int) -> bool:
        """Return whether the operators block this guild."""
        return any(block.target == guild_id for block in self.guilds)

    def is_allowed(self, guild_id: int) -> bool:
        """Return whether the operators allow this guild: it is listed, or the list is empty."""
        return not self.allowed or guild_id in self.allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change in the audit log: who changed what, for whom, and when."""

    guild_id: int | None
    """The server; None: the change applies to the whole bot."""
    at: float
    by: int
    """User id of the moderator or operator who made the change; 0: by a terminal command."""
    action: str
    """The action, which is also a text key, such as `grant` or `role_limit`."""
    target: int | None = None
    """Id of the member, role or channel that the change is about."""
    details: Mapping[str, Detail] = field(default_factory=dict[str, Detail])


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDecision:
    """A decision that a moderator was asked to confirm, until they click the button."""

    user_id: int
    """User id of the moderator who may confirm it."""
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
    """Roles that exist in the server; empty if that is not known."""
    is_exempt: bool = False
    """True for moderators of this server and for operators: they need no role."""
    joined_at: float | None = None
    """When the member joined the server; None: they have not joined, or it is not known."""
    channel_ids: tuple[int, ...] = ()
    """Ids of the channel, of a thread's parent, and of the category; it is enough if one of them is
    allowed."""
    age_restricted: bool = False
