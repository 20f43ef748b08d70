"""Keys in an interaction's `extras`: fields of its payload that discord.py does not keep."""

AGE_RESTRICTED = "age_restricted"
"""The `nsfw` of the interaction's own channel, which is complete where the cached one is not."""

ROLE_IDS = "role_ids"
"""The ids of the roles that the interaction's own member has."""
