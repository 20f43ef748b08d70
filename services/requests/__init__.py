"""Turns a user's request into an accepted job."""

from services.requests.acceptance import PROMPT_LIMIT, Acceptance, CompleteRequest
from services.requests.cancel import Cancelling, CancelOutcome
from services.requests.form_drafts import FormDrafts, OpenDecisions
from services.requests.preferences import NAMES, MemberPreferences
from services.requests.reuse import Repeats, fitted

__all__ = [
    "NAMES",
    "PROMPT_LIMIT",
    "Acceptance",
    "CancelOutcome",
    "Cancelling",
    "CompleteRequest",
    "FormDrafts",
    "MemberPreferences",
    "OpenDecisions",
    "Repeats",
    "fitted",
]
