"""A server's rules, one by one and at their limits."""

from __future__ import annotations

from typing import Any

import pytest

from services.errors import CountTooHigh, RequestError
from services.errors.rules import (
    AgeRestrictedOnly,
    ChannelNotAllowed,
    MemberTooNew,
    RoleRequired,
    WordBlocked,
)
from services.models import GuildRules, MemberContext, Request
from services.policy.guild_rules import validate
from tests.support.requests import NOON, a_request

DAY_S = 86_400.0
CHANNEL, PARENT, CATEGORY, OTHER = 50, 51, 52, 53


def judged(
    *, visitor: MemberContext | None = None, request: Request | None = None, **rules: Any
) -> RequestError | None:
    """Return the rules' refusal; None if they allow the request."""
    try:
        validate(
            GuildRules(guild_id=5, **rules),
            request or a_request(),
            visitor or MemberContext(),
            now=NOON,
        )
    except RequestError as refusal:
        return refusal
    return None


def test_no_rules_refuse_nothing() -> None:
    assert judged() is None


@pytest.mark.parametrize(
    ("allowed", "is_taken"),
    [
        ((), True),
        ((CHANNEL,), True),
        ((OTHER, PARENT), True),
        ((CATEGORY,), True),
        ((OTHER,), False),
        ((OTHER, 54), False),
    ],
)
def test_channel_or_what_it_stands_in_must_be_allowed(
    allowed: tuple[int, ...], is_taken: bool
) -> None:
    visitor = MemberContext(channel_ids=(PARENT, CATEGORY))

    refusal = judged(visitor=visitor, channels=allowed)

    assert (refusal is None) is is_taken
    if refusal is not None:
        assert isinstance(refusal, ChannelNotAllowed)
        assert refusal.channel_ids == allowed


@pytest.mark.parametrize(
    ("rule", "place", "is_taken"),
    [(False, False, True), (False, True, True), (True, True, True), (True, False, False)],
)
def test_age_restricted_channels_only_is_kept(rule: bool, place: bool, is_taken: bool) -> None:
    refusal = judged(visitor=MemberContext(age_restricted=place), age_restricted_only=rule)

    assert (refusal is None) is is_taken
    assert refusal is None or isinstance(refusal, AgeRestrictedOnly)


@pytest.mark.parametrize(
    ("days_ago", "is_taken"),
    [(0.0, False), (1.99, False), (2.0, True), (2.01, True), (900.0, True)],
)
def test_membership_counts_from_the_instant_of_joining(days_ago: float, is_taken: bool) -> None:
    joined_at = NOON - days_ago * DAY_S

    refusal = judged(visitor=MemberContext(joined_at=joined_at), min_membership_days=2)

    assert (refusal is None) is is_taken
    if refusal is not None:
        assert isinstance(refusal, MemberTooNew)
        assert refusal.until == joined_at + 2 * DAY_S


def test_guest_has_not_joined_at_all() -> None:
    refusal = judged(visitor=MemberContext(joined_at=None), min_membership_days=1)

    assert isinstance(refusal, MemberTooNew)
    assert refusal.until == NOON + DAY_S


def test_without_a_rule_of_membership_a_guest_is_taken() -> None:
    assert judged(visitor=MemberContext(joined_at=None)) is None


@pytest.mark.parametrize(("prompt", "is_taken"), [("a cat", True), ("a DÓG", False), ("", True)])
def test_blocked_word_in_the_prompt_is_refused(prompt: str, is_taken: bool) -> None:
    refusal = judged(request=a_request(prompt=prompt), words=("dog",))

    assert (refusal is None) is is_taken
    assert refusal is None or isinstance(refusal, WordBlocked)


@pytest.mark.parametrize(
    ("most", "asked", "is_taken"),
    [(None, 9, True), (3, 3, True), (3, 4, False), (0, 1, False), (1, 1, True)],
)
def test_count_up_to_the_servers_own_is_taken(most: int | None, asked: int, is_taken: bool) -> None:
    refusal = judged(request=a_request(count=asked), max_count=most)

    assert (refusal is None) is is_taken
    if refusal is not None:
        assert isinstance(refusal, CountTooHigh)
        assert (refusal.found, refusal.allowed) == (asked, most)


@pytest.mark.parametrize(
    ("required", "visitor", "is_taken"),
    [
        ((), MemberContext(), True),
        ((8,), MemberContext(), False),
        ((8,), MemberContext(role_ids=(7, 8)), True),
        ((8, 9), MemberContext(role_ids=(9,)), True),
        ((8, 9), MemberContext(role_ids=(7,)), False),
        ((8,), MemberContext(is_exempt=True), True),
        ((8,), MemberContext(known_role_ids=frozenset({7})), True),
        ((8, 9), MemberContext(known_role_ids=frozenset({7, 9})), False),
        ((8,), MemberContext(known_role_ids=frozenset({8})), False),
    ],
)
def test_one_required_role_that_exists_suffices(
    required: tuple[int, ...], visitor: MemberContext, is_taken: bool
) -> None:
    refusal = judged(visitor=visitor, required_roles=required)

    assert (refusal is None) is is_taken
    if refusal is not None:
        assert isinstance(refusal, RoleRequired)
        assert set(refusal.role_ids) <= set(required)


def test_role_and_place_are_refused_before_all_else() -> None:
    """Only the first reason is shown, and the channel is the easiest to change."""
    rules: dict[str, Any] = {
        "required_roles": (8,),
        "channels": (OTHER,),
        "age_restricted_only": True,
        "min_membership_days": 3,
        "words": ("cat",),
        "max_count": 1,
    }
    order = [
        RoleRequired,
        ChannelNotAllowed,
        AgeRestrictedOnly,
        MemberTooNew,
        WordBlocked,
        CountTooHigh,
    ]
    request = a_request(prompt="a cat", count=2)
    for expected, name in zip(order, list(rules), strict=True):
        assert isinstance(judged(request=request, **rules), expected)
        del rules[name]
    assert judged(request=request, **rules) is None
