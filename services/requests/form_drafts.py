"""Stores the state of open forms, because a form's custom id is too short for it.

The state is a row, so a form that is open during a restart still works.
"""

from __future__ import annotations

from services.common.clock import Clock
from services.common.ids import created_at, is_job_id, new_job_id
from services.db import LIFE_S, Store
from services.errors import FormForgotten
from services.models import OpenDecision, OpenForm


class FormDrafts:
    """Stores the state of a form until it is submitted."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store.open_forms
        self._clock = clock

    async def save(self, form: OpenForm) -> str:
        """Store a form's state.

        Return the key for its custom id, which has the format of a job id.
        """
        key = new_job_id(self._clock.now())
        await self._store.save(key, form)
        return key

    async def get(self, key: str, user_id: int) -> OpenForm:
        """Return the state of a user's form, as often as asked; raises FormForgotten."""
        form = await self._store.get(key) if _lives(key, self._clock) else None
        if form is None or form.user_id != user_id:
            raise FormForgotten
        return form


class OpenDecisions:
    """Stores decisions of which moderators were warned, until they confirm them."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store.open_forms
        self._clock = clock

    async def save(self, decision: OpenDecision) -> str:
        """Store a decision.

        Return the key for the button's custom id, in the format of a job id.
        """
        key = new_job_id(self._clock.now())
        await self._store.save(key, decision)
        return key

    async def get(self, key: str, user_id: int) -> OpenDecision:
        """Return the decision of which this user was warned; raises FormForgotten."""
        found = await self._store.decision(key) if _lives(key, self._clock) else None
        if found is None or found.user_id != user_id:
            raise FormForgotten
        return found


def _lives(key: str, clock: Clock) -> bool:
    return is_job_id(key) and created_at(key) + LIFE_S > clock.now()
