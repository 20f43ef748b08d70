"""A server's rules that a request must satisfy, apart from quotas."""

from __future__ import annotations

from services.errors import CountTooHigh
from services.errors.rules import (
    AgeRestrictedOnly,
    ChannelNotAllowed,
    MemberTooNew,
    RoleRequired,
    WordBlocked,
)
from services.models import GuildRules, MemberContext, Request
from services.policy.blocked_words import holds_blocked

DAY_S = 24 * 3600.0


def validate(rules: GuildRules, request: Request, visitor: MemberContext, *, now: float) -> None:
    """Raise CountTooHigh, or an error of services.errors.rules, if a rule forbids a request."""
    judge_roles(rules, visitor)
    here = {request.place.channel_id, *visitor.channel_ids}
    if rules.channels and here.isdisjoint(rules.channels):
        raise ChannelNotAllowed(rules.channels)
    if rules.age_restricted_only and not visitor.age_restricted:
        raise AgeRestrictedOnly
    if rules.min_membership_days:
        _judge_membership(visitor, rules.min_membership_days, now)
    if holds_blocked(request.prompt, rules.words):
        raise WordBlocked
    count = request.options.count
    if rules.max_count is not None and count > rules.max_count:
        raise CountTooHigh(found=count, allowed=rules.max_count)


def judge_roles(rules: GuildRules, visitor: MemberContext) -> None:
    """Raise RoleRequired if the member has none of the roles of which the server requires one.

    A required role that no longer exists is ignored (it may have been deleted while the bot was
    down).
    """
    known = visitor.known_role_ids or rules.required_roles
    required = tuple(role_id for role_id in rules.required_roles if role_id in known)
    if required and not visitor.is_exempt and not set(required).intersection(visitor.role_ids):
        raise RoleRequired(required)


def _judge_membership(visitor: MemberContext, days: int, now: float) -> None:
    """Raise MemberTooNew if the member joined too recently, or has not joined (a guest)."""
    joined_at = now if visitor.joined_at is None else visitor.joined_at
    until = joined_at + days * DAY_S
    if now < until:
        raise MemberTooNew(until=until)
