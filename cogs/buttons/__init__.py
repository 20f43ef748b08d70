"""Buttons and forms that answer for ever: an id names a verb and a Job, the store has the rest."""

from cogs.buttons.base import JobButton, answered, answering
from cogs.buttons.forms import Filled, JobForm, hearing
from cogs.buttons.viewers import moderates, viewer_of

__all__ = [
    "Filled",
    "JobButton",
    "JobForm",
    "answered",
    "answering",
    "hearing",
    "moderates",
    "viewer_of",
]
