"""What is the member's own: /jobs with its pages, and pictures posted again."""

from cogs.jobs.cog import JobsCog

__all__ = ["JobsCog"]
