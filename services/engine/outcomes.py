"""From an error to the Outcome that the Job's row keeps and the wording is made from."""

from __future__ import annotations

import re

from services.errors import BotError, KlingError, KlingRefused, KlingTaskFailed
from services.kling import is_foreign, rule_for
from services.models import Outcome, State


def outcome_of(error: BotError) -> Outcome:
    """Keep what the member may read: a key, the code, the provider's words and its reference."""
    if isinstance(error, KlingError):
        return Outcome(
            key=rule_for(error).member,
            code=None if error.code is None else str(error.code),
            words=error.message or None,
            reference=error.request_id,
        )
    return Outcome(key=key_of(error), words=str(error) or None)


def reason_of(error: KlingError, provider: str) -> str:
    """Name the provider and what it answered; what was not its own, in the words of its sender."""
    if not is_foreign(error):
        return f"{provider}, {error}"
    status = f"HTTP {error.http_status}, " if error.http_status else ""
    return f"{provider}: {status}{error.message}"


def key_of(error: BotError) -> str:
    """Turn a type's name into its key: ImageTooSmall is `image_too_small`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()


def end_state(error: BotError) -> State:
    """Tell refused (the request is at fault) from failed (it is not)."""
    refused = isinstance(error, KlingRefused) or (
        isinstance(error, KlingTaskFailed) and rule_for(error).member.startswith("refused")
    )
    return State.REFUSED if refused else State.FAILED
