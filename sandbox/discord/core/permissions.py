"""Permission bits, and how roles and channel overwrites combine (Discord's algorithm)."""

from __future__ import annotations

from sandbox.discord.core.model import Channel, Guild, Member

ADD_REACTIONS = 1 << 6
ADMINISTRATOR = 1 << 3
MANAGE_GUILD = 1 << 5
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_HISTORY = 1 << 16
MENTION_EVERYONE = 1 << 17
EXTERNAL_EMOJIS = 1 << 18
USE_COMMANDS = 1 << 31
SEND_IN_THREADS = 1 << 38
USE_EXTERNAL_APPS = 1 << 50

ALL = (1 << 53) - 1
EVERYONE = (
    ADD_REACTIONS
    | VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_HISTORY
    | EXTERNAL_EMOJIS
    | USE_COMMANDS
    | SEND_IN_THREADS
    | USE_EXTERNAL_APPS
)
# Bits of an app where no roles apply to it: in a DM, or where only its user has installed it.
WITHOUT_ROLES = ATTACH_FILES | EMBED_LINKS | MENTION_EVERYONE | EXTERNAL_EMOJIS
NAMES = {
    "ADMINISTRATOR": ADMINISTRATOR,
    "ATTACH_FILES": ATTACH_FILES,
    "EMBED_LINKS": EMBED_LINKS,
    "MANAGE_GUILD": MANAGE_GUILD,
    "MANAGE_MESSAGES": MANAGE_MESSAGES,
    "MENTION_EVERYONE": MENTION_EVERYONE,
    "READ_MESSAGE_HISTORY": READ_HISTORY,
    "SEND_MESSAGES": SEND_MESSAGES,
    "SEND_MESSAGES_IN_THREADS": SEND_IN_THREADS,
    "USE_APPLICATION_COMMANDS": USE_COMMANDS,
    "USE_EXTERNAL_APPS": USE_EXTERNAL_APPS,
    "VIEW_CHANNEL": VIEW_CHANNEL,
}


def in_guild(guild: Guild, *, member: Member) -> int:
    """Return a member's bits from their roles alone."""
    if member.user.id == guild.owner_id:
        return ALL
    bits = guild.roles[guild.id].permissions
    for role_id in member.roles:
        bits |= guild.roles[role_id].permissions
    return ALL if bits & ADMINISTRATOR else bits


def in_channel(guild: Guild, *, member: Member, channel: Channel) -> int:
    """Return a member's bits in a channel; a thread shares its parent's overwrites."""
    bits = in_guild(guild, member=member)
    if bits == ALL:
        return bits
    bits = _overwritten(bits, channel=channel, targets=[guild.id])
    bits = _overwritten(bits, channel=channel, targets=member.roles)
    return _overwritten(bits, channel=channel, targets=[member.user.id])


def _overwritten(bits: int, *, channel: Channel, targets: list[str]) -> int:
    allow = deny = 0
    for target in targets:
        allowed, denied = channel.overwrites.get(target, (0, 0))
        allow |= allowed
        deny |= denied
    return bits & ~deny | allow
