"""Option values of a member, validated as Discord's client would, and resolved for the bot."""

from __future__ import annotations

from sandbox.discord.core.json_types import Json
from sandbox.discord.core.model import Channel, User
from sandbox.discord.core.payloads import (
    channel_payload,
    member_payload,
    role_payload,
    user_payload,
)
from sandbox.discord.state.messages import shown
from sandbox.discord.state.server_state import Place
from sandbox.discord.validation import commands as rules

EXACT = 1 << 53


class Unfit(Exception):
    """An action that Discord's client would not allow; `str` is the reason."""


class Picks:
    """Validates values and collects the `resolved` objects that they name."""

    def __init__(self, place: Place, *, viewer: User, channel: Channel) -> None:
        self.place = place
        self.viewer = viewer
        self.channel = channel
        self.resolved: Json = {}

    def options(self, given: list[Json], *, defined: list[Json], complete: bool) -> list[Json]:
        """Return command options for the bot; an incomplete command leaves out invalid ones."""
        known = {option["name"]: option for option in defined}
        for name in (option.get("name") for option in given):
            if name not in known:
                raise Unfit(f"there is no option {name!r}")
        named = {option["name"] for option in given}
        missing = [
            one["name"] for one in defined if one.get("required") and one["name"] not in named
        ]
        if missing and complete:
            raise Unfit(f"the option {missing[0]!r} is required")
        payload: list[Json] = []
        for option in given:
            try:
                payload.append(self._option(option, known[option["name"]], complete=complete))
            except Unfit:
                if complete:
                    raise
        return payload

    def user(self, user_id: str) -> str:
        """Resolve a user, and the guild member if the channel is in a guild."""
        user = self.place.world.users.get(user_id)
        if user is None:
            raise Unfit(f"there is no user {user_id}")
        self._resolve("users", user.id, user_payload(user))
        guild = self.place.world.find_guild(self.channel)
        member = guild.members.get(user_id) if guild else None
        if member is not None:
            bits = self.place.world.bits(user, channel=self.channel)
            payload = member_payload(member, whole=False) | {"permissions": str(bits)}
            self._resolve("members", user.id, payload)
        return user_id

    def message(self, message_id: str) -> str:
        """Resolve a message of the channel that the viewer can see."""
        message = self.channel.messages.get(message_id)
        if message is None or message.owner_id not in (None, self.viewer.id):
            raise Unfit("the message is gone")
        self._resolve("messages", message_id, shown(self.place, message))
        return message_id

    def attachment(self, upload_id: str) -> str:
        """Resolve an upload, which is an ephemeral attachment."""
        attachment = self.place.world.attachments.get(upload_id)
        if attachment is None or not attachment.ephemeral:
            raise Unfit("the upload is gone")
        self._resolve("attachments", upload_id, self.place.cdn.payload(attachment))
        return upload_id

    def role(self, role_id: str) -> str:
        """Resolve a role of the guild."""
        guild = self.place.world.find_guild(self.channel)
        role = guild.roles.get(role_id) if guild else None
        if role is None:
            raise Unfit(f"there is no role {role_id}")
        self._resolve("roles", role_id, role_payload(role))
        return role_id

    def mentionable(self, picked_id: str) -> str:
        """Resolve a user or a role."""
        is_user = picked_id in self.place.world.users
        return self.user(picked_id) if is_user else self.role(picked_id)

    def resolve_channel(self, channel_id: str) -> str:
        """Resolve a channel of the same guild."""
        channel = self.place.world.channels.get(channel_id)
        if channel is None or channel.guild_id != self.channel.guild_id:
            raise Unfit(f"there is no channel {channel_id}")
        bits = self.place.world.bits(self.viewer, channel=channel)
        payload = channel_payload(channel, guild=self.place.world.find_guild(channel))
        own = self.place.world.bits(self.place.world.bot, channel=channel)
        payload |= {"permissions": str(bits), "app_permissions": str(own)}
        self._resolve("channels", channel_id, payload)
        return channel_id

    def _resolve(self, kind: str, key: str, payload: Json) -> None:
        self.resolved.setdefault(kind, {})[key] = payload

    def _option(self, given: Json, defined: Json, *, complete: bool) -> Json:
        payload: Json = {"name": given["name"], "type": defined["type"]}
        if defined["type"] in (rules.SUB, rules.GROUP):
            children = self.options(
                given.get("options") or [], defined=defined.get("options") or [], complete=complete
            )
            if complete and defined["type"] == rules.GROUP and len(children) != 1:
                raise Unfit("exactly one sub-command is needed")
            return payload | {"options": children}
        if given.get("focused"):
            return payload | {"value": given.get("value", ""), "focused": True}
        payload["value"] = self._value(given.get("value"), defined)
        return payload

    def _value(self, value: object, defined: Json) -> object:
        kind, name = defined["type"], defined["name"]
        if kind == rules.STRING:
            return _string(value, defined)
        if kind in (rules.INTEGER, rules.NUMBER):
            return _number(value, defined)
        if kind == rules.BOOLEAN:
            if not isinstance(value, bool):
                raise Unfit(f"{name}: yes or no is expected")
            return value
        resolve = {
            rules.USER: self.user,
            rules.CHANNEL: self.resolve_channel,
            rules.ROLE: self.role,
            rules.MENTIONABLE: self.mentionable,
            rules.ATTACHMENT: self.attachment,
        }[kind]
        return resolve(str(value))


def _string(value: object, defined: Json) -> str:
    name = defined["name"]
    if not isinstance(value, str):
        raise Unfit(f"{name}: a text is expected")
    low, high = defined.get("min_length") or 0, defined.get("max_length") or rules.STRING_LENGTH
    if not low <= len(value) <= high or not value:
        raise Unfit(f"{name}: {low or 1} to {high} characters are allowed, not {len(value)}")
    _among_choices(value, defined)
    return value


def _number(value: object, defined: Json) -> float:
    name, is_whole = defined["name"], defined["type"] == rules.INTEGER
    if isinstance(value, bool) or not isinstance(value, int | (int if is_whole else float)):
        raise Unfit(f"{name}: a {'whole ' if is_whole else ''}number is expected")
    low, high = defined.get("min_value"), defined.get("max_value")
    low, high = (-EXACT if low is None else low), (EXACT if high is None else high)
    if not low <= value <= high:
        raise Unfit(f"{name}: {low} to {high} is allowed, not {value}")
    _among_choices(value, defined)
    return value


def _among_choices(value: object, defined: Json) -> None:
    choices = defined.get("choices")
    if choices and value not in [choice["value"] for choice in choices]:
        raise Unfit(f"{defined['name']}: {value!r} is none of the choices")
