"""Validation of everything the bot sends, by Discord's documented rules."""
