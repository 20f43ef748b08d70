"""Buttons and forms that answer for ever: an id names a verb and a Job, the store has the rest."""

from cogs.buttons.base import (
    JOB,
    SPOT,
    JobButton,
    PressButton,
    answered,
    answering,
    matching,
)
from cogs.buttons.forms import Filled, JobForm, hearing, hearing_forms
from cogs.buttons.viewers import moderates, viewer_of

__all__ = [
    "JOB",
    "SPOT",
    "Filled",
    "JobButton",
    "JobForm",
    "PressButton",
    "answered",
    "answering",
    "hearing",
    "hearing_forms",
    "matching",
    "moderates",
    "viewer_of",
]
