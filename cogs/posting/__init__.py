"""Posting and updating job messages in channels, with fallbacks."""
