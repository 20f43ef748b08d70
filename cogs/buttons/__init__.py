"""Buttons that answer for ever: an id names a verb and a Job, the store has the rest."""

from cogs.buttons.base import JobButton, answered, answering
from cogs.buttons.viewers import moderates, viewer_of

__all__ = ["JobButton", "answered", "answering", "moderates", "viewer_of"]
