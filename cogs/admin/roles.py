"""/repaint-admin required-roles: roles of which a member needs one to request images."""

from __future__ import annotations

import discord
from discord import app_commands

from cogs.admin.checks import is_moderator
from cogs.admin.responder import AdminCommands, get_guild_id, id_in, offered
from cogs.admin.settings_text import required_roles_state
from services.errors import BadValue


class RolesPart(AdminCommands):
    """Commands for the list of required roles; an empty list means that everyone may request."""

    roles = app_commands.Group(
        name="required-roles", description="Roles of which a member needs one to ask for pictures"
    )

    @roles.command()
    @app_commands.describe(role="Members with this role may ask; so may moderators")
    async def add(self, interaction: discord.Interaction, role: discord.Role) -> None:
        """Take requests of members with this role, and only of those who have a required one."""
        if role.is_bot_managed():
            raise BadValue("required_role", "role_of_few")
        add = self.responder.community.add_required_role
        await self.responder.decide(interaction, add, role.id, show=required_roles_state)

    @roles.command()
    @app_commands.describe(role="One of those required")
    async def remove(self, interaction: discord.Interaction, role: str) -> None:
        """Require a role no more; without any, everybody may ask."""
        role_id = id_in(role, field="required_role")
        remove = self.responder.community.remove_required_role
        await self.responder.decide(interaction, remove, role_id, show=required_roles_state)

    @roles.command()
    async def show(self, interaction: discord.Interaction) -> None:
        """Show which roles are required."""
        await self.responder.show(interaction, None, required_roles_state)

    @remove.autocomplete("role")
    @app_commands.check(is_moderator)
    async def _required(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        rules = await self.responder.community.rules(get_guild_id(interaction))
        return offered(
            {str(one): _label(interaction.guild, one) for one in rules.required_roles},
            typed.removeprefix("@"),
        )


def _label(guild: discord.Guild | None, role_id: int) -> str:
    """Return a role's label: its name, or its id if the role is deleted or unknown."""
    role = None if guild is None else guild.get_role(role_id)
    return str(role_id) if role is None else f"@{role.name}"
