"""`bot.py import`: applies a file to a server's settings, in addition to them or in their place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from services.cli.guild_export import COMMAND_LINE, ServerFile, read_settings
from services.errors import BadValue, UnknownStyle
from services.guilds import GuildService
from services.models import RULE_LISTS, RULES, Detail, GuildStyle

Step = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One list of a server: steps that add the file's entries and remove the existing ones."""

    name: str
    wanted: Mapping[int | str, Step]
    there: Mapping[int | str, Step]

    def besides(self) -> list[int | str]:
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
    """Apply the file's settings; with `replace`, also remove list entries that are not in it.

    Channels and roles belong to one server, so they are skipped for another. Expired entries are
    skipped.
    """
    done, is_home = Imported(), guild_id == file.rules.guild_id
    there = await read_settings(community, guild_id)
    for one in _lists(community, file, there, guild_id, now=now, is_home=is_home):
        for key in one.besides() if replace else ():
            await _attempt(done, f"{one.name} {key}", one.there[key])
        for key, step in one.wanted.items():
            await _attempt(done, f"{one.name} {key}", step)
    for name in (name for name, rule in RULES.items() if is_home or not rule.of_one_server):
        value: Detail = getattr(file.rules, name)
        change = partial(community.change, guild_id, by=COMMAND_LINE, **{name: value})
        await _attempt(done, name, change)
    done.left_out = [] if is_home else _list_server_bound(file)
    there = await read_settings(community, guild_id)
    done.besides = [
        f"{one.name} {key}"
        for one in _lists(community, file, there, guild_id, now=now, is_home=is_home)
        for key in one.besides()
    ]
    return done


async def _attempt(done: Imported, what: str, step: Step) -> None:
    try:
        await step()
    except BadValue as error:
        done.refused.append(f"{what}: {error}")
    except UnknownStyle:
        done.refused.append(f"{what}: there is no such style")


def _list_server_bound(file: ServerFile) -> list[str]:
    rules = [(one.name, one.of_one_server) for one in RULE_LISTS.values()]
    rules += [(name, rule.of_one_server) for name, rule in RULES.items()]
    return [title for name, title in rules if title and getattr(file.rules, name)]


def _lists(
    community: GuildService,
    file: ServerFile,
    there: ServerFile,
    guild_id: int,
    *,
    now: float,
    is_home: bool,
) -> Sequence[Listing]:
    """Pair the file's lists with the server's.

    Styles come first, because one may be the default.
    """
    places = _places(community, file, there, guild_id) if is_home else ()
    return (
        _styles(community, file, there, guild_id),
        *places,
        *_people(community, file, there, guild_id, now=now),
        *_words_and_pause(community, file, there, guild_id),
    )


def _styles(community: GuildService, file: ServerFile, there: ServerFile, guild_id: int) -> Listing:
    have = {style.key: style for style in there.rules.styles}

    async def put(style: GuildStyle) -> None:
        """Offer a style, or hide a shipped one."""
        found = have.get(style.key)
        if style.fragment:
            await community.add_style(
                guild_id,
                name=style.name,
                name_zh=style.name_zh,
                words=style.fragment,
                by=COMMAND_LINE,
            )
            return
        if found is not None and found.fragment:
            await community.remove_style(guild_id, style.key, by=COMMAND_LINE)
        if found is None or found.fragment:
            await community.remove_style(guild_id, style.key, by=COMMAND_LINE)

    async def take(style: GuildStyle) -> None:
        """Delete the server's own style, or show a shipped one again."""
        if style.fragment:
            await community.remove_style(guild_id, style.key, by=COMMAND_LINE)
        else:
            await community.restore_style(guild_id, style.key, by=COMMAND_LINE)

    return Listing(
        name="style",
        wanted={style.key: partial(put, style) for style in file.rules.styles},
        there={style.key: partial(take, style) for style in there.rules.styles},
    )


def _places(
    community: GuildService, file: ServerFile, there: ServerFile, guild_id: int
) -> Sequence[Listing]:
    allow = partial(community.allow_channel, guild_id, by=COMMAND_LINE)
    disallow = partial(community.disallow_channel, guild_id, by=COMMAND_LINE)
    limit = partial(community.set_role_limit, guild_id, by=COMMAND_LINE)
    channels = Listing(
        name="channel",
        wanted={one: partial(allow, one) for one in file.rules.channels},
        there={one: partial(disallow, one) for one in there.rules.channels},
    )
    roles = Listing(
        name="role",
        wanted={
            one.role_id: partial(limit, one.role_id, one.units) for one in file.rules.role_limits
        },
        there={one.role_id: partial(limit, one.role_id, None) for one in there.rules.role_limits},
    )
    require = partial(community.add_required_role, guild_id, by=COMMAND_LINE)
    release = partial(community.remove_required_role, guild_id, by=COMMAND_LINE)
    required = Listing(
        name="required role",
        wanted={one: partial(require, one) for one in file.rules.required_roles},
        there={one: partial(release, one) for one in there.rules.required_roles},
    )
    return channels, roles, required


def _people(
    community: GuildService, file: ServerFile, there: ServerFile, guild_id: int, *, now: float
) -> Sequence[Listing]:
    grant = partial(community.grant, guild_id, by=COMMAND_LINE)
    block = partial(community.block, guild_id, by=COMMAND_LINE)
    revoke = partial(community.revoke_grant, guild_id, by=COMMAND_LINE)
    unblock = partial(community.unblock, guild_id, by=COMMAND_LINE)
    grants = Listing(
        name="grant of",
        wanted={
            one.user_id: partial(
                grant, one.user_id, units=one.units, until=one.expires_at, reason=one.reason
            )
            for one in file.grants
            if _lasts(one.expires_at, now)
        },
        there={one.user_id: partial(revoke, one.user_id) for one in there.grants},
    )
    blocks = Listing(
        name="block of",
        wanted={
            one.user_id: partial(block, one.user_id, until=one.expires_at, reason=one.reason)
            for one in file.blocks
            if _lasts(one.expires_at, now)
        },
        there={one.user_id: partial(unblock, one.user_id) for one in there.blocks},
    )
    return grants, blocks


def _words_and_pause(
    community: GuildService, file: ServerFile, there: ServerFile, guild_id: int
) -> Sequence[Listing]:
    add = partial(community.add_word, guild_id, by=COMMAND_LINE)
    remove = partial(community.remove_word, guild_id, by=COMMAND_LINE)
    resume = partial(community.resume, guild_id, by=COMMAND_LINE)
    words = Listing(
        name="word",
        wanted={phrase: partial(add, phrase) for phrase in file.rules.words},
        there={phrase: partial(remove, phrase) for phrase in there.rules.words},
    )
    paused = file.rules.paused
    reason = "" if paused is None else paused.reason
    pause = partial(community.pause, guild_id, reason=reason, by=COMMAND_LINE)
    pauses = Listing(
        name="the",
        wanted={} if paused is None else {"pause": pause},
        there={} if there.rules.paused is None else {"pause": resume},
    )
    return words, pauses


def _lasts(until: float | None, now: float) -> bool:
    return until is None or until > now
