"""The user's own jobs: /jobs with its pages, and reposting images."""

from cogs.jobs.cancel import CancelCog
from cogs.jobs.cog import JobsCog
from cogs.jobs.pagination import way_back
from cogs.jobs.repost import Repost

__all__ = [
    "CancelCog",
    "JobsCog",
    "Repost",
    "way_back",
]
