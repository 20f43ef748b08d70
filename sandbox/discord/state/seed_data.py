"""Objects that exist when the sandbox starts: a studio, three users, a bot, some channels."""

from __future__ import annotations

from sandbox.clock import Clock
from sandbox.discord.core import permissions
from sandbox.discord.core.api_errors import Refusal
from sandbox.discord.core.model import (
    DM,
    GROUP,
    TEXT,
    THREAD,
    Attachment,
    Channel,
    Guild,
    Member,
    Message,
    Role,
    User,
)
from sandbox.discord.core.options import APPLICATION_ID, Options
from sandbox.discord.core.snowflake import Snowflakes, id_at

MODERATOR_BITS = permissions.MANAGE_GUILD | permissions.MANAGE_MESSAGES
PEOPLE = (("ada", "Ada", "#5865f2"), ("lin", "Lin", "#3ba55c"), ("mira", "Mira", "#eb459e"))
CHANNELS = (
    ("repaint", "Attach a picture, write a prompt, see it painted anew"),
    ("lounge", "Everything else"),
    ("read-only", "The bot may look here, and nothing more"),
)


class World:
    """All objects by id, so that serving a request needs no search through a list."""

    def __init__(self, *, clock: Clock, options: Options) -> None:
        self.clock = clock
        self.options = options
        self.snowflakes = Snowflakes(clock.now)
        self.born_at = clock.now()
        self.bot = User(APPLICATION_ID, "Repaint", None, "#7c5cff", "b" * 32, bot=True)
        self.users: dict[str, User] = {self.bot.id: self.bot}
        self.people = [self._person(*person) for person in PEOPLE]
        self.owner = self._person("studio", "The Studio", "#747f8d")
        self.guilds: dict[str, Guild] = {}
        self.channels: dict[str, Channel] = {}
        self.attachments: dict[str, Attachment] = {}
        self.studio = self._guild("Sandbox studio")
        self._furnish()
        self.group = self._group("Friends")
        self.dms = {person.id: self._dm(person) for person in self.people}
        self._spread(options.guilds - 1)

    def channel(self, channel_id: str) -> Channel:
        """Return a channel; raises Refusal 10003 if there is none or it was deleted."""
        channel = self.channels.get(channel_id)
        if channel is None:
            raise Refusal(10003)
        return channel

    def message(self, channel_id: str, *, message_id: str) -> Message:
        """Return a message; raises Refusal 10003 or 10008 if there is none or it was deleted."""
        message = self.channel(channel_id).messages.get(message_id)
        if message is None:
            raise Refusal(10008)
        return message

    def find_guild(self, channel: Channel) -> Guild | None:
        """Return the guild of a channel; None for a DM."""
        return self.guilds[channel.guild_id] if channel.guild_id else None

    def add_channel(
        self,
        guild: Guild,
        *,
        name: str,
        kind: int = TEXT,
        nsfw: bool = False,
        parent_id: str | None = None,
        hidden: bool = False,
    ) -> Channel:
        """Make a channel of a kind; the bot may not view a `hidden` one."""
        channel = self._channel(guild, name=name)
        channel.kind, channel.nsfw, channel.parent_id = kind, nsfw, parent_id
        if hidden:
            channel.overwrites[self.bot.id] = (0, permissions.VIEW_CHANNEL)
        return channel

    def bits(self, user: User, *, channel: Channel) -> int:
        """Return the permissions of `user` in `channel`; 0 for users who are not members."""
        guild = self.find_guild(channel)
        if guild is None:
            theirs = user in (
                (channel.recipient, self.bot) if channel.recipient else channel.people
            )
            return permissions.WITHOUT_ROLES | permissions.EVERYONE if theirs else 0
        member = guild.members.get(user.id)
        if member is None:
            return 0
        return permissions.in_channel(guild, member=member, channel=channel)

    def may(self, user: User, *, channel: Channel, bits: int) -> bool:
        """Return whether `user` has all of `bits` in `channel`."""
        return self.bits(user, channel=channel) & bits == bits

    def is_moderator(self, user: User) -> bool:
        """Return whether `user` may manage the studio."""
        member = self.studio.members.get(user.id)
        bits = permissions.in_guild(self.studio, member=member) if member else 0
        return bool(bits & permissions.MANAGE_GUILD)

    def _person(self, username: str, name: str, color: str) -> User:
        user_id = self.snowflakes.mint()
        user = User(user_id, username, name, color, f"{int(user_id):032x}")
        self.users[user.id] = user
        return user

    def _guild(self, name: str, guild_id: str | None = None) -> Guild:
        guild = Guild(guild_id or self.snowflakes.mint(), name, self.owner.id, self.born_at)
        guild.preferred_locale = self.options.locale
        everyone = Role(guild.id, "@everyone", permissions.EVERYONE, 0)
        guild.roles[guild.id] = everyone
        self.guilds[guild.id] = guild
        return guild

    def _role(self, guild: Guild, *, name: str, bits: int, color: int) -> Role:
        role = Role(self.snowflakes.mint(), name, bits, len(guild.roles), color)
        guild.roles[role.id] = role
        return role

    def _channel(self, guild: Guild, *, name: str, topic: str | None = None) -> Channel:
        channel = Channel(self.snowflakes.mint(), TEXT, name, guild.id, topic)
        channel.position = len(guild.channels)
        guild.channels.append(channel.id)
        self.channels[channel.id] = channel
        return channel

    def _dm(self, person: User) -> Channel:
        channel = Channel(self.snowflakes.mint(), DM, self.bot.username, recipient=person)
        self.channels[channel.id] = channel
        return channel

    def _group(self, name: str) -> Channel:
        channel = Channel(self.snowflakes.mint(), GROUP, name, people=list(self.people))
        self.channels[channel.id] = channel
        return channel

    def _furnish(self) -> None:
        studio = self.studio
        moderator = self._role(studio, name="Moderator", bits=MODERATOR_BITS, color=0xEB459E)
        painter = self._role(studio, name="Painter", bits=0, color=0x5865F2)
        robot = self._role(studio, name="Repaint", bits=0, color=0x7C5CFF)
        ada, lin, mira = self.people
        roles = {ada: [painter.id], lin: [], mira: [moderator.id], self.bot: [robot.id]}
        for user, held in {**roles, self.owner: []}.items():
            studio.members[user.id] = Member(user, held, self.born_at)
        first, _, read_only = (
            self._channel(studio, name=name, topic=topic) for name, topic in CHANNELS
        )
        silent = permissions.SEND_MESSAGES | permissions.ATTACH_FILES | permissions.SEND_IN_THREADS
        read_only.overwrites[self.bot.id] = (0, silent)
        self._thread(first)

    def _thread(self, parent: Channel) -> None:
        thread = Channel(self.snowflakes.mint(), THREAD, "Portraits", parent.guild_id)
        thread.parent_id = parent.id
        thread.overwrites = parent.overwrites
        channels = self.studio.channels
        channels.insert(channels.index(parent.id) + 1, thread.id)
        self.channels[thread.id] = thread

    def _spread(self, count: int) -> None:
        """Put the bot into `count` more guilds; they share their members to save memory.

        Each guild's id is a millisecond later than the one before, which distributes them over
        shards.
        """
        everyone = [self.bot, self.owner, *self.people]
        members = {user.id: Member(user, [], self.born_at) for user in everyone}
        for number in range(1, count + 1):
            founded_at = self.born_at - (count + 1 - number) / 1000
            guild = self._guild(f"Guild {number}", id_at(founded_at))
            guild.members = members
            self._channel(guild, name="general")
