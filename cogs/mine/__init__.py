"""What is the member's own: /jobs with its pages, and pictures posted again."""

from cogs.mine.cog import JobsCog

__all__ = ["JobsCog"]
