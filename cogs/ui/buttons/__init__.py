"""Buttons and forms that answer for ever: an id names a verb and a Job, the store has the rest."""

from cogs.ui.buttons.base import (
    JOB,
    SPOT,
    JobButton,
    PressButton,
    answered,
    answering,
    matching,
    moderates,
    viewer_of,
)
from cogs.ui.buttons.forms import Filled, JobForm, hearing, hearing_forms

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
