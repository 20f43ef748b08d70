"""Servers' rules: read when requests are accepted, changed by moderators with an audit entry each.

Every change is one entry of the audit log; changes for the whole bot belong to no server.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress

from services.catalog import ModelTable, StyleTable
from services.common.clock import Clock
from services.db import Store
from services.errors import BadValue, UnknownStyle
from services.guilds.validation import RuleValues, check_room
from services.models import (
    AuditEntry,
    Block,
    BotAccess,
    BotAction,
    Detail,
    Grant,
    GuildRules,
    MemberContext,
    Pause,
    QuotaStatus,
    Statistics,
    Window,
)
from services.policy import Allowance, find_day, last_days

FRESH_S = 5.0
"""How long a server's rules are cached, in seconds: another process (a terminal command) may change
them."""

MOST_REMEMBERED = 1_000

NOBODY_IN_PARTICULAR = MemberContext()


class GuildService:
    """Reads and changes the decisions of moderators and operators."""

    def __init__(
        self,
        *,
        store: Store,
        models: ModelTable,
        styles: StyleTable,
        allowance: Allowance,
        clock: Clock,
    ) -> None:
        """Take the models and styles among which servers can choose, and the limits."""
        self._store = store
        most = allowance.most_images
        self._values = RuleValues(models=models, styles=styles, most_images=most)
        self._check = self._values.check
        self._styles = styles
        self._allowance = allowance
        self._clock = clock
        self._remembered: dict[int, tuple[float, GuildRules]] = {}
        self._changes = 0

    async def rules(self, guild_id: int) -> GuildRules:
        """Return a server's rules, at most 5 seconds old; changes by this process apply at once."""
        now = self._clock.now()
        read_at, rules = self._remembered.get(guild_id, (0.0, None))
        if rules is not None and 0 <= now - read_at < FRESH_S:
            return rules
        changes = self._changes
        rules = await self._store.community.rules(guild_id)
        if changes == self._changes:  # no change was made while reading
            self._remember(guild_id, now, rules)
        return rules

    async def change(self, guild_id: int, *, by: int, **fields: Detail) -> AuditEntry:
        """Set rules with one value, by their fields in GuildRules; None restores the operator's.

        Raises BadValue.
        """
        own = {style.key for style in (await self.rules(guild_id)).styles if style.fragment}
        details = {
            name: value if name == "default_style" and value in own else self._check(name, value)
            for name, value in fields.items()
        }
        if not details:
            raise BadValue("settings", "setting")
        return await self._decide("change", guild_id, by=by, details=details)

    async def set_role_limit(
        self, guild_id: int, role_id: int, units: int | None, *, by: int
    ) -> AuditEntry:
        """Set a role's limit (units a day, 0: no limit), or remove it (None); raises BadValue."""
        if units is None:
            return await self._undo("role_limit_removed", guild_id, role_id, by=by, field="role")
        await self._check_room(guild_id, "role", new=role_id)
        details = {"units": self._values.units("units", units)}
        return await self._decide("role_limit", guild_id, by=by, target=role_id, details=details)

    async def add_required_role(self, guild_id: int, role_id: int, *, by: int) -> AuditEntry:
        """Add a role to those of which members need one; raises BadValue."""
        if role_id == guild_id:  # Discord's @everyone role
            raise BadValue("required_role", "role_of_few")
        await self._check_room(guild_id, "required_role", new=role_id)
        return await self._decide("add_required_role", guild_id, by=by, target=role_id)

    async def remove_required_role(self, guild_id: int, role_id: int, *, by: int) -> AuditEntry:
        """Remove a role from those of which members need one; raises BadValue if absent."""
        action, field = "remove_required_role", "required_role"
        return await self._undo(action, guild_id, role_id, by=by, field=field)

    async def allow_channel(self, guild_id: int, channel_id: int, *, by: int) -> AuditEntry:
        """Add a channel or category to those in which requests are accepted; raises BadValue."""
        await self._check_room(guild_id, "channel", new=channel_id)
        return await self._decide("allow_channel", guild_id, by=by, target=channel_id)

    async def disallow_channel(self, guild_id: int, channel_id: int, *, by: int) -> AuditEntry:
        """Remove a channel from the allowed ones; raises BadValue if it is not one of them."""
        return await self._undo("disallow_channel", guild_id, channel_id, by=by, field="channel")

    async def allow_every_channel(self, guild_id: int, *, by: int) -> AuditEntry:
        """Empty the list of allowed channels: requests are accepted in every channel."""
        return await self._decide("allow_every_channel", guild_id, by=by)

    async def add_word(self, guild_id: int, phrase: str, *, by: int) -> AuditEntry:
        """Block a word or phrase; raises BadValue."""
        details = self._values.phrase(phrase)
        await self._check_room(guild_id, "phrase", new=details["phrase"])
        return await self._decide("add_word", guild_id, by=by, details=details)

    async def remove_word(self, guild_id: int, phrase: str, *, by: int) -> AuditEntry:
        """Allow a word or phrase again; raises BadValue if it is not blocked."""
        details = self._values.phrase(phrase)
        return await self._undo("remove_word", guild_id, by=by, field="phrase", details=details)

    async def add_style(
        self, guild_id: int, *, name: str, name_zh: str, words: str, by: int
    ) -> AuditEntry:
        """Add a server's own style, or replace one of the same name; raises BadValue."""
        details = self._values.style(name, name_zh, words)
        with suppress(UnknownStyle):
            details["style_key"] = self._styles.find_key(name)
        if not details["fragment"]:
            raise BadValue("words", "words")
        await self._check_room(guild_id, "style", new=details["style_key"])
        return await self._decide("add_style", guild_id, by=by, details=details)

    async def restore_style(self, guild_id: int, typed: str, *, by: int) -> AuditEntry:
        """Offer again a built-in style that the server hides; raises BadValue."""
        with suppress(UnknownStyle):
            style = self._styles.get(key := self._styles.find_key(typed))
            names: dict[str, Detail] = {"name": style.name, "name_zh": style.name_in("zh")}
            details = {"style_key": key, **names}
            return await self._undo("unhide_style", guild_id, by=by, field="style", details=details)
        raise BadValue("style", "style")

    async def remove_style(self, guild_id: int, typed: str, *, by: int) -> AuditEntry:
        """Delete a server's own style, or hide a built-in one; raises UnknownStyle."""
        own = (await self._store.community.rules(guild_id)).styles
        offered = self._styles.in_server(own)
        key = offered.find_key(typed)
        if not key:
            raise UnknownStyle(typed)
        style, is_own = offered.get(key), any(one.key == key for one in own)
        names: dict[str, Detail] = {"name": style.name, "name_zh": style.name_in("zh")}
        details = {"style_key": key, **names}
        if is_own:
            return await self._undo("remove_style", guild_id, by=by, field="style", details=details)
        await self._check_room(guild_id, "style", new=key)
        return await self._decide("hide_style", guild_id, by=by, details=details)

    async def grant(
        self, guild_id: int, user_id: int, *, units: int, until: float | None, reason: str, by: int
    ) -> AuditEntry:
        """Give a member a limit of their own, in units a day, until an instant; raises BadValue."""
        details = {
            "units": self._values.units("units", units, lowest=1),
            "until": self._values.until(until, now=self._clock.now()),
            "reason": self._values.reason(reason),
        }
        return await self._decide("grant", guild_id, by=by, target=user_id, details=details)

    async def revoke_grant(self, guild_id: int, user_id: int, *, by: int) -> AuditEntry:
        """Remove a member's own limit; raises BadValue if there is none."""
        return await self._undo("revoke_grant", guild_id, user_id, by=by, field="member")

    async def reset(self, guild_id: int, user_id: int, *, by: int) -> AuditEntry:
        """Exclude the units that a member has used so far from their limit in this server."""
        return await self._decide("reset", guild_id, by=by, target=user_id)

    async def block(
        self, guild_id: int, user_id: int, *, reason: str, until: float | None, by: int
    ) -> AuditEntry:
        """Refuse a member's requests until an instant; raises BadValue."""
        details = {
            "until": self._values.until(until, now=self._clock.now()),
            "reason": self._values.reason(reason),
        }
        return await self._decide("block", guild_id, by=by, target=user_id, details=details)

    async def unblock(self, guild_id: int, user_id: int, *, by: int) -> AuditEntry:
        """Accept a member's requests again; raises BadValue if they are not blocked."""
        return await self._undo("unblock", guild_id, user_id, by=by, field="member")

    async def note_deletion(self, guild_id: int, user_id: int | None, *, by: int) -> AuditEntry:
        """Record in the audit log that a user deleted another member's images.

        `user_id` is None if that member has deleted their data.
        """
        return await self._decide("delete_pictures", guild_id, by=by, target=user_id)

    async def note_hiding(self, guild_id: int, user_id: int | None, *, by: int) -> AuditEntry:
        """Record in the audit log that `by` hid another user's images behind a spoiler.

        `user_id` is None if that user has deleted their data.
        """
        return await self._decide("hide_pictures", guild_id, by=by, target=user_id)

    async def pause(self, guild_id: int, *, reason: str, by: int) -> AuditEntry:
        """Refuse all requests in a server until `resume`; raises BadValue."""
        details = {"reason": self._values.reason(reason)}
        return await self._decide("pause", guild_id, by=by, details=details)

    async def resume(self, guild_id: int, *, by: int) -> AuditEntry:
        """Accept requests in a server again; raises BadValue if it is not paused."""
        return await self._undo("resume", guild_id, by=by, field="pause")

    async def pause_bot(self, *, reason: str, by: int) -> AuditEntry:
        """Refuse all requests in the whole bot until `resume_bot`; raises BadValue."""
        details = {"reason": self._values.reason(reason)}
        return await self._decide("pause_bot", None, by=by, details=details)

    async def resume_bot(self, *, by: int) -> AuditEntry:
        """Accept requests in the whole bot again; raises BadValue if it is not paused."""
        return await self._undo("resume_bot", None, by=by, field="pause")

    async def govern(
        self,
        action: BotAction,
        target: int | None = None,
        *,
        by: int,
        reason: str = "",
        operators: Collection[int] = (),
    ) -> AuditEntry:
        """Apply and record an operator's block or permission of a user or a guild.

        Raises BadValue, also for a block of an operator, or if there is nothing to undo.
        """
        field = "member" if action.endswith("_user") else "server"
        if action == "block_user" and target in operators:
            raise BadValue(field, "no_operator")
        details = {"reason": self._values.reason(reason)} if action.startswith("block") else {}
        return await self._undo(action, None, target, by=by, field=field, details=details)

    async def access(self) -> BotAccess:
        """Return the users and guilds that the operators block, and the guilds that they allow."""
        return await self._store.access.access()

    async def bot_paused(self) -> Pause | None:
        """Return the operators' pause of the whole bot, or None."""
        return await self._store.community.bot_paused()

    async def grants(self, guild_id: int) -> list[Grant]:
        """Return the members' own limits in force in a server, the latest first."""
        return await self._store.community.grants(guild_id, now=self._clock.now())

    async def blocks(self, guild_id: int) -> list[Block]:
        """Return the blocks of members in force in a server, the latest first."""
        return await self._store.community.blocks(guild_id, now=self._clock.now())

    async def audit(self, guild_id: int | None, *, limit: int = 20) -> list[AuditEntry]:
        """Return the last changes in a server (None: of the whole bot), the latest first."""
        return await self._store.community.audit(guild_id, limit=limit)

    async def standing(
        self,
        user_id: int,
        guild_id: int | None,
        visitor: MemberContext = NOBODY_IN_PARTICULAR,
        *,
        own: bool = False,
    ) -> QuotaStatus:
        """Return a member's limit, usage and restrictions.

        `own`: for the member themselves, so that their open jobs in other servers are included.
        """
        return await self._store.admission.standing(
            user_id=user_id,
            guild_id=guild_id,
            visitor=visitor,
            limits=self._allowance.limits,
            window=self._window(),
            now=self._clock.now(),
            everywhere=own,
        )

    async def statistics(self, guild_id: int | None, *, days: int) -> Statistics:
        """Return statistics of a server (None: the whole bot) for the last days, today included."""
        windows = last_days(self._clock.now(), self._allowance.zone, days)
        return await self._store.statistics.gather(guild_id=guild_id, windows=windows)

    async def _decide(
        self,
        action: str,
        guild_id: int | None,
        target: int | None = None,
        *,
        by: int,
        details: Mapping[str, Detail] | None = None,
        field: str = "",
    ) -> AuditEntry:
        """Apply a change and record it; raises BadValue of `field` if nothing would change."""
        entry = AuditEntry(
            guild_id=guild_id,
            at=self._clock.now(),
            by=by,
            action=action,
            target=target,
            details=details or {},
        )
        if not await self._apply(entry) and field:
            raise BadValue(field, field)
        return entry

    _undo = _decide

    async def _apply(self, entry: AuditEntry) -> bool:
        try:
            return await self._store.community.apply(entry)
        finally:
            self._changes += 1
            if entry.guild_id is not None:
                self._remembered.pop(entry.guild_id, None)

    async def _check_room(self, guild_id: int, field: str, *, new: Detail) -> None:
        check_room(await self._store.community.rules(guild_id), field, new)

    def _remember(self, guild_id: int, now: float, rules: GuildRules) -> None:
        self._remembered.pop(guild_id, None)
        while len(self._remembered) >= MOST_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[guild_id] = (now, rules)

    def _window(self) -> Window:
        return find_day(self._clock.now(), self._allowance.zone)
