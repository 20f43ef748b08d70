"""Buttons and forms that answer for ever: an id names a verb and a Job, the store has the rest."""

from cogs.ui.buttons.base import (
    JOB,
    SPOT,
    JobButton,
    StatelessButton,
    answered,
    matching,
    moderates,
    on_button,
    viewer_of,
)
from cogs.ui.buttons.forms import FormValues, JobModal, on_forms, on_modal

__all__ = [
    "JOB",
    "SPOT",
    "FormValues",
    "JobButton",
    "JobModal",
    "StatelessButton",
    "answered",
    "matching",
    "moderates",
    "on_button",
    "on_forms",
    "on_modal",
    "viewer_of",
]
