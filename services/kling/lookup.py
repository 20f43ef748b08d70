"""Find out, after an answer was lost, whether the Task is there or may be sent again.

A No counts only from a provider that is known to answer such questions. Kling documents both ways
of asking; whether a gateway forwards them has to be learned, from Tasks that surely exist.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace

from services.errors import KlingError, KlingTaskUnknown, KlingUnreachable
from services.kling.client import KlingClient
from services.kling.codes import Retry, rule_for
from services.kling.painting import Endpoint
from services.kling.provider import Provider
from services.kling.task import Task

log = logging.getLogger(__name__)

SETTLED_S = 20.0
"""Ours: a submission on its way may still be accepted; before this no No is final."""

_SKEW_S = 120.0
"""How far the provider's clock may be from ours before its time stamps mislead."""

_PAGE = 100
_PAGES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What one provider can be asked; None: not known yet. Kept in the database by name."""

    external_id: bool | None = None
    """Whether a Task is found by our external_task_id."""
    list_call: bool | None = None
    """Whether the list call works and shows the account's Tasks."""

    @classmethod
    def of(cls, provider: Provider) -> Knowledge:
        """Return what is known beforehand: Kling's own pages document both ways."""
        return cls(external_id=True, list_call=True) if provider.is_official else cls()

    def completed_by(self, documented: Knowledge) -> Knowledge:
        """Return what was learned, and for the rest what is documented."""
        by_id, by_list = self.external_id, self.list_call
        return Knowledge(
            external_id=documented.external_id if by_id is None else by_id,
            list_call=documented.list_call if by_list is None else by_list,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The submission was accepted, and this is its Task."""

    task: Task
    knowledge: Knowledge


@dataclass(frozen=True, slots=True, kw_only=True)
class NotThere:
    """The submission was surely not accepted: it may be sent again."""

    knowledge: Knowledge


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknowable:
    """Nobody can tell; `again_s` says when asking again may help, None: it will not."""

    knowledge: Knowledge
    again_s: float | None = None


Finding = Found | NotThere | Unknowable


async def find_submission(
    client: KlingClient,
    external_task_id: str,
    *,
    endpoint: Endpoint = Endpoint.GENERATIONS,
    sent_at: float,
    known_task_ids: Collection[str] = (),
    knowledge: Knowledge | None = None,
) -> Finding:
    """Ask by our own id, then by the list call; never raises a KlingError.

    `sent_at` is when the submission's last piece left (Unix seconds), `known_task_ids` the ids of
    our other Tasks since then, `knowledge` what was learned before.
    """
    knowledge = (knowledge or Knowledge()).completed_by(Knowledge.of(client.provider))
    search = _Search(client, external_task_id, endpoint, sent_at, frozenset(known_task_ids))
    try:
        finding = await search.by_id(knowledge) or await search.by_list(knowledge)
    except KlingError as trouble:
        log.info("look-up of %s: %s", external_task_id, type(trouble).__name__)
        return Unknowable(knowledge=knowledge, again_s=SETTLED_S)
    too_soon = sent_at + SETTLED_S - client.clock.now()
    if not isinstance(finding, Found) and too_soon > 0:
        return Unknowable(knowledge=finding.knowledge, again_s=too_soon)
    return finding


async def learn(client: KlingClient, task: Task, external_task_id: str) -> Knowledge:
    """Find out with a Task that surely exists what this provider can be asked; free.

    A submit answer that repeats our id is only a hint; a Task fetched by it is proof.
    """
    known = Knowledge.of(client.provider)
    try:
        by_id = await client.fetch(external_task_id, endpoint=task.endpoint)
        known = replace(known, external_id=_is_of(by_id, external_task_id, task_id=task.task_id))
    except KlingError as error:
        known = replace(known, external_id=_verdict(error))
    try:
        listed = await client.list_tasks(size=_PAGE, endpoint=task.endpoint)
        return replace(known, list_call=any(each.task_id == task.task_id for each in listed))
    except KlingError as error:
        return replace(known, list_call=_verdict(error))


class _Search:
    """One question, asked in two ways."""

    def __init__(
        self,
        client: KlingClient,
        external_task_id: str,
        endpoint: Endpoint,
        sent_at: float,
        known: frozenset[str],
    ) -> None:
        self._client, self._own_id, self._endpoint = client, external_task_id, endpoint
        self._since, self._known = sent_at - _SKEW_S, known

    async def by_id(self, knowledge: Knowledge) -> Found | NotThere | None:
        """Ask by our id; None when the answer decides nothing."""
        if knowledge.external_id is False:
            return None
        try:
            task = await self._client.fetch(self._own_id, endpoint=self._endpoint)
        except KlingTaskUnknown:
            return NotThere(knowledge=knowledge) if knowledge.external_id else None
        except KlingError as error:
            _raise_if_passing(error)
            return None
        if not _is_of(task, self._own_id):
            return None
        return Found(task=task, knowledge=replace(knowledge, external_id=True))

    async def by_list(self, knowledge: Knowledge) -> Finding:
        """Go through the newest Tasks, back to the submission."""
        try:
            tasks, reaches_back = await self._newest()
        except KlingError as error:
            _raise_if_passing(error)
            return Unknowable(knowledge=replace(knowledge, list_call=False))
        shows_ours = any(task.task_id in self._known for task in tasks)
        knowledge = replace(knowledge, list_call=knowledge.list_call or shows_ours or None)
        own = next((task for task in tasks if task.external_task_id == self._own_id), None)
        if own is not None:
            return Found(task=own, knowledge=knowledge)
        if knowledge.list_call and reaches_back and not any(map(self._may_be_ours, tasks)):
            return NotThere(knowledge=knowledge)
        return Unknowable(knowledge=knowledge)

    async def _newest(self) -> tuple[list[Task], bool]:
        """Return Tasks and whether they go back beyond the submission (or are all there are)."""
        tasks: list[Task] = []
        for page in range(1, _PAGES + 1):
            rows = await self._client.list_tasks(page=page, size=_PAGE, endpoint=self._endpoint)
            tasks += rows
            if len(rows) < _PAGE or any(
                (row.created_at or self._since) < self._since for row in rows
            ):
                return tasks, True
        return tasks, False

    def _may_be_ours(self, task: Task) -> bool:
        """Whether a Task could be the lost one: new, not known, and not under another id."""
        is_new = task.created_at is None or task.created_at >= self._since
        return is_new and task.task_id not in self._known and task.external_task_id is None


def _is_of(task: Task, external_task_id: str, *, task_id: str | None = None) -> bool:
    """Tell whether an answer is really about our id, and not an echo of what was asked for."""
    if task_id is not None:
        return task.task_id == task_id
    if task.external_task_id is not None:
        return task.external_task_id == external_task_id
    return task.task_id not in ("", external_task_id)


def _verdict(error: KlingError) -> bool | None:
    """Read an error where a good answer exists: it can not (False), or not just now (None)."""
    return None if _is_passing(error) else False


def _is_passing(error: KlingError) -> bool:
    return (
        isinstance(error, KlingUnreachable)
        or rule_for(error).pauses == "provider"
        or (rule_for(error).retry is Retry.YES and error.code != "unreadable")
    )


def _raise_if_passing(error: KlingError) -> None:
    if _is_passing(error):
        raise error
