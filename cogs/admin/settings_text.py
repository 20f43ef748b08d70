"""Renders the rules of a server as text, with one function for each group of rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cogs.ui import format_pause, listed, plain, sentence
from services.catalog import ModelTable, StyleTable
from services.models import RULES, GuildRules, GuildStyle, RoleLimit, RuleKind
from services.policy import Allowance

State = Callable[[GuildRules, Allowance, str], str]
"""Formats a part of a server's rules; takes the rules, the operator's own limits, and a
language."""

WORDS_LENGTH = 1500
"""Maximum characters of the list of words; a message holds 2,000."""


def limits_state(rules: GuildRules, allowance: Allowance, locale: str) -> str:
    """Format the daily limits."""
    operators = allowance.limits
    return "\n".join(
        (
            sentence("state_limits", locale),
            _limit("member", rules.user_daily, operators.user_daily, locale),
            _server_limit(rules.guild_daily, operators.guild_daily, locale),
            *(_role(one, locale) for one in rules.role_limits),
        )
    )


def channels_state(rules: GuildRules, _allowance: Allowance, locale: str) -> str:
    """Format where requests are accepted."""
    if not rules.channels:
        return sentence("state_everywhere", locale)
    names = [f"<#{channel_id}>" for channel_id in rules.channels]
    shown = _as_many(names, WORDS_LENGTH)
    text = sentence("state_channels", locale, channels=" ".join(shown))
    return _and_more(text, len(names) - len(shown), locale)


def required_roles_state(rules: GuildRules, _allowance: Allowance, locale: str) -> str:
    """Format who may request images."""
    if not rules.required_roles:
        return sentence("state_no_required_roles", locale)
    roles = " ".join(f"<@&{role_id}>" for role_id in rules.required_roles)
    return sentence("state_required_roles", locale, roles=roles)


def words_state(rules: GuildRules, _allowance: Allowance, locale: str) -> str:
    """Format the blocked words, behind a spoiler."""
    if not rules.words:
        return sentence("state_no_words", locale)
    shown = _as_many(map(plain, rules.words), WORDS_LENGTH)
    text = sentence("state_words", locale, count=len(rules.words), words=f"||{', '.join(shown)}||")
    return _and_more(text, len(rules.words) - len(shown), locale)


def styles_state(rules: GuildRules, _allowance: Allowance, locale: str) -> str:
    """Format the server's own styles, and the shipped ones that it hides."""
    own = [style for style in rules.styles if style.fragment]
    hidden = [plain(one.name_in(locale)) for one in rules.styles if not one.fragment]
    lines = [sentence("state_no_styles", locale)]
    if own:
        lines = [sentence("state_styles", locale, count=len(own))]
        lines += (_style(one, locale) for one in own)
    if hidden:
        shown = _as_many(hidden, WORDS_LENGTH)
        text = sentence("state_styles_hidden", locale, names=listed(shown, locale))
        lines.append(_and_more(text, len(hidden) - len(shown), locale))
    return "\n".join(lines)


def pause_state(rules: GuildRules, _allowance: Allowance, locale: str) -> str:
    """Format whether requests are accepted."""
    if rules.paused is None:
        return sentence("state_running", locale)
    return format_pause("standing_guild_paused", rules.paused, locale)


def log_state(
    rules: GuildRules,
    _allowance: Allowance,
    locale: str,
    *,
    has_operators: bool,
    is_writable: bool = True,
) -> str:
    """Format where changes and reports go.

    `has_operators`: there are operators, who receive the reports of a server without log channel.
    """
    if rules.log_channel_id is None:
        return sentence("state_no_log" if has_operators else "state_no_reports", locale)
    channel = f"<#{rules.log_channel_id}>"
    if is_writable:
        return sentence("state_log", locale, channel=channel)
    key = "state_log_closed" if has_operators else "state_log_closed_no_reports"
    return sentence(key, locale, channel=channel)


def settings_state(
    rules: GuildRules,
    allowance: Allowance,
    locale: str,
    *,
    models: ModelTable,
    styles: StyleTable,
    log: State,
) -> str:
    """Format the rules of /repaint-admin settings, then a state of each other group of rules."""
    titles = {row.name: row.title for row in models.menu()}
    names = {key: style.name_in(locale) for key, style in styles.in_server(rules.styles)}
    format_value: Mapping[RuleKind, Callable[[Any], str]] = {
        "count": lambda own: _most(own, allowance.most_images, locale),
        "number": str,
        "switch": lambda is_on: sentence("yes" if is_on else "no", locale),
        "model": lambda key: _named(key, titles) or sentence("state_operators", locale),
        "style": lambda key: _named(key, names) or sentence("state_none", locale),
    }
    lines = [sentence("state_settings", locale)]
    lines += (
        f"{sentence(f'field_{name}', locale)}: **{format_value[rule.kind](getattr(rules, name))}**"
        for name, rule in RULES.items()
        if rule.option
    )
    others = (limits_state, required_roles_state, channels_state, log, pause_state)
    lines += (other(rules, allowance, locale) for other in others)
    return "\n".join((*lines, sentence("state_words_count", locale, count=len(rules.words))))


def _most(own: int | None, operators: int, locale: str) -> str:
    """Format the maximum of images in one request, with a note if the server's is higher."""
    if own is None or own <= operators:
        return str(operators if own is None else own)
    return sentence("state_count_lower", locale, most=operators, own=own)


def _named(key: str | None, names: Mapping[str, str]) -> str:
    """Return the name of a chosen option; its key if it is no longer in the list."""
    return plain(names.get(key, key)) if key else ""


def _style(style: GuildStyle, locale: str) -> str:
    return f"**{plain(style.name_in(locale))}** ({plain(style.key)}): {plain(style.fragment)}"


def _limit(who: str, units: int | None, operators: int, locale: str) -> str:
    key = "state_limit_own" if units is not None else "state_limit_operators"
    return sentence(
        key,
        locale,
        who=sentence(f"state_{who}", locale),
        units=_units(operators if units is None else units, locale),
    )


def _server_limit(own: int | None, operators: int, locale: str) -> str:
    """Format the lower of two daily limits, the server's and the operator's (0: no limit).

    Adds a note if the server's own limit is higher.
    """
    if own is None or not operators or 0 < own <= operators:
        return _limit("server", own, operators, locale)
    who, units = sentence("state_server", locale), _units(operators, locale)
    return sentence("state_limit_lower", locale, who=who, units=units, own=_units(own, locale))


def _role(limit: RoleLimit, locale: str) -> str:
    units = _units(limit.units, locale)
    return sentence("state_limit_own", locale, who=f"<@&{limit.role_id}>", units=units)


def _units(units: int, locale: str) -> str:
    return sentence("units_a_day", locale, units=units)


def _as_many(words: Iterable[str], length: int) -> list[str]:
    shown: list[str] = []
    for word in words:
        shown.append(word)
        if sum(len(one) + 2 for one in shown) > length:
            return shown[:-1]
    return shown


def _and_more(text: str, rest: int, locale: str) -> str:
    return f"{text} {sentence('state_more', locale, count=rest)}" if rest else text
