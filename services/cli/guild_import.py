"""`bot.py import`: adds an exported file's settings to a server, or replaces its settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from services.cli.guild_export import COMMAND_LINE, ServerFile, read_settings
from services.errors import BadValue, UnknownStyle
from services.guilds import GuildService
from services.models import RULE_LISTS, RULES, Block, Grant, GuildRules, GuildStyle

Key = int | str
Change = Callable[..., Awaitable[object]]
"""A method that changes a server's rules: takes the server's id, an entry, its values, and `by`,
the user's id."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One list of a server's settings: the entries of file and server, and how to change them."""

    name: str
    add: Change
    remove: Change
    wanted: Mapping[Key, Mapping[str, object]]
    """The file's entries, each with its values."""
    there: Collection[Key]
    """The entries that the server has."""

    def besides(self) -> list[Key]:
        """Return the entries of the server that are not in the file."""
        return [key for key in self.there if key not in self.wanted]


@dataclass(slots=True, kw_only=True)
class Imported:
    """Result of an import, as texts."""

    refused: list[str] = field(default_factory=list[str])
    """Entries of the file that could not be set."""
    besides: list[str] = field(default_factory=list[str])
    """Entries of the server that are not in the file, and stay."""
    left_out: list[str] = field(default_factory=list[str])
    """Settings in the file that exist only in its own server."""


async def imported(
    community: GuildService, file: ServerFile, guild_id: int, *, now: float, replace: bool = False
) -> Imported:
    """Apply the file's settings; with `replace`, also remove list entries that the file lacks.

    Channels and roles belong to one server, so they are skipped for another. Expired entries are
    skipped.
    """
    done, is_home = Imported(), guild_id == file.rules.guild_id
    lists = partial(_lists, community, file, now=now, is_home=is_home)
    attempt = partial(_attempt, done, guild_id)
    for one in lists(await read_settings(community, guild_id)):
        for key in one.besides() if replace else ():
            await attempt(f"{one.name} {key}", one.remove, key)
        for key, values in one.wanted.items():
            await attempt(f"{one.name} {key}", one.add, key, **values)
    for name in (name for name, rule in RULES.items() if is_home or not rule.of_one_server):
        await attempt(name, community.change, **{name: getattr(file.rules, name)})
    done.left_out = [] if is_home else _list_server_bound(file)
    there = await read_settings(community, guild_id)
    done.besides = [f"{one.name} {key}" for one in lists(there) for key in one.besides()]
    return done


async def _attempt(
    done: Imported, guild_id: int, what: str, change: Change, *key: Key, **values: object
) -> None:
    try:
        await change(guild_id, *key, by=COMMAND_LINE, **values)
    except BadValue as error:
        done.refused.append(f"{what}: {error}")
    except UnknownStyle:
        done.refused.append(f"{what}: there is no such style")


def _list_server_bound(file: ServerFile) -> list[str]:
    rules = (*RULE_LISTS.values(), *RULES.items())
    bound = [(name, rule.of_one_server) for name, rule in rules if rule.of_one_server]
    return [title for name, title in bound if getattr(file.rules, name)]


def _lists(
    community: GuildService, file: ServerFile, there: ServerFile, *, now: float, is_home: bool
) -> Sequence[Listing]:
    """Return a Listing for each list: the file's entries and the server's.

    Styles come first, because one may be the default.
    """
    places = _places(community, file.rules, there.rules) if is_home else ()
    people = _people(community, file, there, now=now)
    return (
        _styles(community, file.rules, there.rules),
        *places,
        *people,
        *_words_and_pause(community, file.rules, there.rules),
    )


def _styles(community: GuildService, wanted: GuildRules, there: GuildRules) -> Listing:
    have = {style.key: style for style in there.styles}

    async def add(guild_id: int, key: str, *, style: GuildStyle, by: int) -> None:
        """Offer a style, or hide a shipped one."""
        found = have.get(key)
        if style.fragment:
            names = {"name": style.name, "name_zh": style.name_zh}
            await community.add_style(guild_id, words=style.fragment, by=by, **names)
            return
        if found is not None and found.fragment:
            await community.remove_style(guild_id, key, by=by)
        if found is None or found.fragment:
            await community.remove_style(guild_id, key, by=by)

    async def remove(guild_id: int, key: str, *, by: int) -> None:
        """Delete the server's own style, or show a shipped one again."""
        change = community.remove_style if have[key].fragment else community.restore_style
        await change(guild_id, key, by=by)

    return Listing("style", add, remove, {one.key: {"style": one} for one in wanted.styles}, have)


def _places(community: GuildService, wanted: GuildRules, there: GuildRules) -> Sequence[Listing]:
    return (
        Listing(
            "channel",
            community.allow_channel,
            community.disallow_channel,
            {key: {} for key in wanted.channels},
            there.channels,
        ),
        Listing(
            "role",
            community.set_role_limit,
            partial(community.set_role_limit, units=None),
            {one.role_id: {"units": one.units} for one in wanted.role_limits},
            [one.role_id for one in there.role_limits],
        ),
        Listing(
            "required role",
            community.add_required_role,
            community.remove_required_role,
            {key: {} for key in wanted.required_roles},
            there.required_roles,
        ),
    )


def _people(
    community: GuildService, file: ServerFile, there: ServerFile, *, now: float
) -> Sequence[Listing]:
    def lasting(one: Grant | Block) -> Mapping[str, object]:
        """Return the end and the reason, which grants and blocks have in common."""
        return {"until": one.expires_at, "reason": one.reason}

    grants = [one for one in file.grants if _lasts(one.expires_at, now)]
    blocks = [one for one in file.blocks if _lasts(one.expires_at, now)]
    return (
        Listing(
            "grant of",
            community.grant,
            community.revoke_grant,
            {one.user_id: {"units": one.units, **lasting(one)} for one in grants},
            [one.user_id for one in there.grants],
        ),
        Listing(
            "block of",
            community.block,
            community.unblock,
            {one.user_id: lasting(one) for one in blocks},
            [one.user_id for one in there.blocks],
        ),
    )


def _words_and_pause(
    community: GuildService, wanted: GuildRules, there: GuildRules
) -> Sequence[Listing]:
    async def pause(guild_id: int, _key: Key, *, reason: str, by: int) -> None:
        """Pause the server: it accepts no new requests."""
        await community.pause(guild_id, reason=reason, by=by)

    async def resume(guild_id: int, _key: Key, *, by: int) -> None:
        """End the pause."""
        await community.resume(guild_id, by=by)

    paused = wanted.paused
    return (
        Listing(
            "word",
            community.add_word,
            community.remove_word,
            {key: {} for key in wanted.words},
            there.words,
        ),
        Listing(
            "the",
            pause,
            resume,
            {} if paused is None else {"pause": {"reason": paused.reason}},
            [] if there.paused is None else ["pause"],
        ),
    )


def _lasts(until: float | None, now: float) -> bool:
    return until is None or until > now
