"""Pure checks of requests: quotas, server rules, blocked words, links."""

from services.policy import guild_rules
from services.policy.blocked_words import LONGEST, is_common, normalize, plain
from services.policy.guild_rules import judge_roles
from services.policy.links import ADDRESS_LIMIT, validated_link
from services.policy.outpainting import judge_expansion, sides_of
from services.policy.quotas import Allowance, allowance_of, day_of, last_days

__all__ = [
    "ADDRESS_LIMIT",
    "LONGEST",
    "Allowance",
    "allowance_of",
    "day_of",
    "guild_rules",
    "is_common",
    "judge_expansion",
    "judge_roles",
    "last_days",
    "normalize",
    "plain",
    "sides_of",
    "validated_link",
]
