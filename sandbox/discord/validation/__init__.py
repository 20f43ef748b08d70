"""Checks of everything the bot sends, after Discord's documented rules."""
