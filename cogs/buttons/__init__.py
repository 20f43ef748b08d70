"""Buttons that answer for ever: an id names a verb and a Job, the store has the rest."""

from cogs.buttons.base import JobButton, answering
from cogs.buttons.viewers import moderates, viewer_of

__all__ = ["JobButton", "answering", "moderates", "viewer_of"]
