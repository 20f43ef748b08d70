"""`bot.py check`: what was tried and found, each with the way to mend it; it spends nothing."""

from services.cli.check.run import examined

__all__ = ["examined"]
