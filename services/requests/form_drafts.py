"""Forms that are still open: what was chosen before one opened, for which its id has no room.

It is a row, so a form that was open over a restart is sent as if nothing had happened.
"""

from __future__ import annotations

from services.common.clock import Clock
from services.common.ids import created_at, is_job_id, new_job_id
from services.db import Store
from services.db.members import LIFE_S
from services.errors import FormForgotten
from services.models import OpenDecision, OpenForm


class FormDrafts:
    """Keeps what a form is about until it comes back."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        """Take the rows and the time."""
        self._store = store.open_forms
        self._clock = clock

    async def keep(self, form: OpenForm) -> str:
        """Return the key that the form's id carries; it looks like a Job's."""
        key = new_job_id(self._clock.now())
        await self._store.keep(key, form)
        return key

    async def take(self, key: str, user_id: int) -> OpenForm:
        """Return what a member's form is about, any number of times; raises FormForgotten."""
        form = await self._store.of(key) if _lives(key, self._clock) else None
        if form is None or form.user_id != user_id:
            raise FormForgotten
        return form


class OpenDecisions:
    """Keeps what moderators were warned of until they press that they mean it."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        """Take the rows and the time."""
        self._store = store.open_forms
        self._clock = clock

    async def keep(self, decision: OpenDecision) -> str:
        """Return the key that the button's id carries; it looks like a Job's."""
        key = new_job_id(self._clock.now())
        await self._store.keep(key, decision)
        return key

    async def take(self, key: str, user_id: int) -> OpenDecision:
        """Return what somebody was warned of; raises FormForgotten."""
        found = await self._store.decision(key) if _lives(key, self._clock) else None
        if found is None or found.user_id != user_id:
            raise FormForgotten
        return found


def _lives(key: str, clock: Clock) -> bool:
    return is_job_id(key) and created_at(key) + LIFE_S > clock.now()
