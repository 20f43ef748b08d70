"""Checks of requests without input or output: quotas, server rules, blocked words, links."""

from services.policy import guild_rules
from services.policy.blocked_words import LONGEST, is_common, normalize, plain
from services.policy.guild_rules import judge_roles
from services.policy.links import ADDRESS_LIMIT, validated_link
from services.policy.outpainting import compute_padding, judge_expansion
from services.policy.quotas import Allowance, allowance_from_settings, find_day, last_days

__all__ = [
    "ADDRESS_LIMIT",
    "LONGEST",
    "Allowance",
    "allowance_from_settings",
    "compute_padding",
    "find_day",
    "guild_rules",
    "is_common",
    "judge_expansion",
    "judge_roles",
    "last_days",
    "normalize",
    "plain",
    "validated_link",
]
