"""Stores what is known when a form opens, since a form's custom id is too short for it.

It is a database row, so a form that is open during a restart still works.
"""

from __future__ import annotations

from services.common.clock import Clock
from services.common.ids import created_at, is_job_id, new_job_id
from services.db import LIFE_S, Store
from services.errors import FormForgotten
from services.models import OpenDecision, OpenForm


class FormDrafts:
    """Stores what is known when a form opens, until the user submits the form."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store.open_forms
        self._clock = clock

    async def save(self, form: OpenForm) -> str:
        """Store a form's draft; return the key for the form's custom id.

        The key has the format of a job id.
        """
        key = new_job_id(self._clock.now())
        await self._store.save(key, form)
        return key

    async def get(self, key: str, user_id: int) -> OpenForm:
        """Return the draft of a user's form, also repeatedly.

        Raises FormForgotten if it is older than a day, or another user's.
        """
        form = await self._store.get(key) if _lives(key, self._clock) else None
        if form is None or form.user_id != user_id:
            raise FormForgotten
        return form


class OpenDecisions:
    """Stores decisions that a moderator was asked to confirm, until the confirmation."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store.open_forms
        self._clock = clock

    async def save(self, decision: OpenDecision) -> str:
        """Store a decision; return the key for its button's custom id.

        The key has the format of a job id.
        """
        key = new_job_id(self._clock.now())
        await self._store.save(key, decision)
        return key

    async def get(self, key: str, user_id: int) -> OpenDecision:
        """Return the decision that this user was asked to confirm.

        Raises FormForgotten if it is older than a day, or another user's.
        """
        found = await self._store.decision(key) if _lives(key, self._clock) else None
        if found is None or found.user_id != user_id:
            raise FormForgotten
        return found


def _lives(key: str, clock: Clock) -> bool:
    return is_job_id(key) and created_at(key) + LIFE_S > clock.now()
