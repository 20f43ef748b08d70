"""Buttons and forms that answer for ever: an id names a verb and a Job, the store has the rest."""

from cogs.buttons.base import JobButton, PressButton, answered, answering, matching
from cogs.buttons.forms import Filled, JobForm, hearing
from cogs.buttons.viewers import moderates, viewer_of

__all__ = [
    "Filled",
    "JobButton",
    "JobForm",
    "PressButton",
    "answered",
    "answering",
    "hearing",
    "matching",
    "moderates",
    "viewer_of",
]
