"""Texts, messages, buttons and answers that all cogs share."""
