"""Registered application commands, global and per guild."""

from __future__ import annotations

from sandbox.discord.core.api_errors import Refusal
from sandbox.discord.core.json_types import Json
from sandbox.discord.core.options import APPLICATION_ID
from sandbox.discord.core.snowflake import Snowflakes
from sandbox.discord.validation.commands import judge_command, judge_counts
from sandbox.discord.validation.validator import Form

DEFAULTS: Json = {
    "type": 1,
    "description": "",
    "default_member_permissions": None,
    "nsfw": False,
    "name_localizations": None,
    "description_localizations": None,
}


class Registry:
    """Commands by scope (a guild id, or None for global) and by their own id."""

    def __init__(self, snowflakes: Snowflakes) -> None:
        self._snowflakes = snowflakes
        self._scopes: dict[str | None, dict[str, Json]] = {None: {}}

    def scope(self, guild_id: str | None) -> dict[str, Json]:
        """Return the commands of one scope by id."""
        return self._scopes.setdefault(guild_id, {})

    def visible(self, guild_id: str | None) -> list[Json]:
        """Return the commands that a member of a guild sees.

        The guild's own commands hide global ones of the same name.
        """
        found = {(one["name"], one["type"]): one for one in self.scope(None).values()}
        if guild_id is not None:
            found |= {(one["name"], one["type"]): one for one in self.scope(guild_id).values()}
        return list(found.values())

    def find(self, command_id: str, *, guild_id: str | None) -> Json:
        """Return a command; raises Refusal 10063 if the scope has none with that id."""
        command = self.scope(guild_id).get(command_id)
        if command is None:
            raise Refusal(10063)
        return command

    def replace(self, bodies: list[object], *, guild_id: str | None) -> list[Json]:
        """Replace all commands of the scope by `bodies`; commands of the same name keep ids."""
        errors: Json = {}
        for index, body in enumerate(bodies):
            judge_command(Form(body, path=(str(index),), errors=errors), guild_id=guild_id)
        Form({}, errors=errors).settle()
        commands: list[Json] = [body for body in bodies if isinstance(body, dict)]
        judge_counts(commands)
        old = {(one["name"], one["type"]): one["id"] for one in self.scope(guild_id).values()}
        self._scopes[guild_id] = {}
        return [self._put(one, guild_id=guild_id, known=old) for one in commands]

    def add(self, body: Json, *, guild_id: str | None) -> tuple[Json, bool]:
        """Create a command, or replace one of the same name; return it and whether it is new."""
        form = Form(body)
        judge_command(form, guild_id=guild_id)
        form.settle()
        known = {(one["name"], one["type"]): one["id"] for one in self.scope(guild_id).values()}
        is_new = (body["name"], body.get("type", 1)) not in known
        if is_new:
            judge_counts([*self.scope(guild_id).values(), body])
        return self._put(body, guild_id=guild_id, known=known), is_new

    def remove(self, command_id: str, *, guild_id: str | None) -> None:
        """Delete a command; raises Refusal 10063 if there is none."""
        self.find(command_id, guild_id=guild_id)
        del self.scope(guild_id)[command_id]

    def _put(self, body: Json, *, guild_id: str | None, known: dict[tuple[str, int], str]) -> Json:
        command = DEFAULTS | {key: value for key, value in body.items() if value is not None}
        command_id = known.get((command["name"], command["type"]), "")
        command["id"] = command_id or self._snowflakes.mint()
        command |= {"application_id": APPLICATION_ID, "version": self._snowflakes.mint()}
        if guild_id is None:
            command.setdefault("contexts", None)
            command.setdefault("integration_types", [0])
            command.setdefault("dm_permission", True)
        else:
            command["guild_id"] = guild_id
        self.scope(guild_id)[command["id"]] = command
        return command
