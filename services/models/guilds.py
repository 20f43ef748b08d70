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


RuleKind = Literal["units", "count", "number", "switch", "model", "style", "channel", "list"]
"""What a rule's value is; how it is checked, stored, offered and shown follows from that.

units: images a day; count: images of a request; number: another whole number, 0 if not set.
"""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, described once for commands, checks, database, files and audit log.

    A rule with one value has a column in the table `guild` with the name of its field of
    GuildRules, and moderators read its name under the key `field_<name>`.
    """

    kind: RuleKind
    option: str = ""
    """Description of its option of `/repaint-admin settings`; empty: another command sets it."""
    _: KW_ONLY
    expected: str = ""
    """A number's text for invalid values, by the rest of its key: `expected_<..>`."""
    lowest: int = 0
    highest: int = 0
    """Of a list: the maximum number of entries."""
    offered: int = 0
    """The highest number that the option accepts."""
    entry: str = ""
    """Of a list: the field of the command that adds an entry."""
    key: str = ""
    """Of a list: the field that identifies an entry; empty: the entry itself."""
    of_one_server: str = ""
    """Its name for operators if it means nothing in other servers, so `import` leaves it out."""

    def field(self, *, default: T) -> T:
        """Return a field of GuildRules that has this rule."""
        return field(default=default, metadata={"rule": self})


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildRules:
    """A server's rules; None means that the operator's setting applies."""

    guild_id: int
    user_daily: int | None = Rule("units").field(default=None)
    """Units per member and window in this server; 0: no limit."""
    guild_daily: int | None = Rule("units").field(default=None)
    """Units per window of all members of this server; a lower cap of the operator applies
    instead."""
    max_count: int | None = Rule("count", "The most pictures in one request").field(default=None)
    """Images in one request; a lower limit of the operator applies instead."""
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
    """Channels or categories where requests are accepted; empty: everywhere."""
    role_limits: tuple[RoleLimit, ...] = Rule(
        "list", entry="role", key="role_id", highest=100, of_one_server="limits of roles"
    ).field(default=())
    required_roles: tuple[int, ...] = Rule(
        "list", entry="required_role", highest=5, of_one_server="required roles"
    ).field(default=())
    """Roles of which a member needs one to request images; empty: everyone may."""
    words: tuple[str, ...] = Rule("list", entry="phrase", highest=200).field(default=())
    """Blocked words and phrases as the moderators typed them."""
    styles: tuple[GuildStyle, ...] = Rule("list", entry="style", key="key", highest=50).field(
        default=()
    )


_DESCRIBED: Mapping[str, Rule] = {
    item.name: item.metadata["rule"] for item in fields(GuildRules) if item.metadata
}
RULES = {name: rule for name, rule in _DESCRIBED.items() if rule.kind != "list"}
"""The rules with one value, by their fields."""

RULE_LISTS = {rule.entry: (name, rule) for name, rule in _DESCRIBED.items() if rule.entry}
"""The rules that are lists, with their fields, by the field of the command that adds an entry."""


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
