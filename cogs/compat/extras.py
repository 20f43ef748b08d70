"""Keys in an interaction's `extras`: payload fields that discord.py does not store."""

AGE_RESTRICTED = "age_restricted"
"""The `nsfw` flag of the interaction's channel; the cached channel may lack it."""

ROLE_IDS = "role_ids"
"""The ids of the roles that the interaction's own member has."""
