"""Look-up after a lost response: whether the task exists, or may be submitted again.

Absence has to be proven: the provider itself says that it knows no such task, and at the same time
shows another task of ours that was submitted later and is not finished. Statements of proxies,
incomplete lists and external ids that a gateway changed prove nothing.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from services.errors import KlingError
from services.kling.capabilities import OwnTask, ProviderCapabilities
from services.kling.client import KlingClient
from services.kling.missing_task import says_no_such_task
from services.kling.payloads import Endpoint
from services.kling.task import Task, TaskStatus

log = logging.getLogger(__name__)

SETTLED_S = 20.0
"""Seconds after a submission before which no absence is proven, since it may still arrive (our
value)."""

SKEW_S = 120.0
"""Maximum difference between the provider's clock and ours, either way, in seconds."""

CONTROLS = 3
"""How many other tasks of ours are queried as controls before absence counts as not proven."""

OLD_ENOUGH_S = 60.0
"""If the provider denies a task younger than this, in seconds, or its list lacks it, that proves
nothing: a gateway may not know it yet."""

_PAGE = 100
_PAGES = 3

_DISORDER_S = 5.0
"""Tolerance in seconds for the order of a list: tasks accepted together may not be newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFound:
    """The submission was accepted as this task; `knowledge`: capabilities detected meanwhile."""

    task: Task
    knowledge: ProviderCapabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskMissing:
    """The submission was definitely not accepted: it may be sent again, once."""

    knowledge: ProviderCapabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The look-up is undecided; an absence can be proven in `settles_in_s` seconds or later."""

    knowledge: ProviderCapabilities
    settles_in_s: float = 0.0


LookupResult = TaskFound | TaskMissing | Unknown


async def find_submission(
    client: KlingClient,
    external_task_id: str,
    *,
    endpoint: Endpoint = Endpoint.GENERATIONS,
    sent_at: float,
    running: Sequence[OwnTask] = (),
    known_task_ids: Collection[str] = (),
    due_in_list: Sequence[OwnTask] = (),
    knowledge: ProviderCapabilities | None = None,
    is_settled: bool = False,
) -> LookupResult:
    """Look up a submission by our own id, then by the list call; never raises a KlingError.

    Args:
        client: The provider's client.
        external_task_id: Our id of the submission.
        endpoint: Where it was submitted.
        sent_at: When its last piece was sent, in Unix seconds.
        running: Our other unfinished tasks at this endpoint. Without one that was sent later, no
            absence is proven, except on Kling's own hosts if `knowledge` says that look-up by our
            id works.
        known_task_ids: All our task ids since then, of which none can be the lost task.
        due_in_list: Our tasks that a complete list shows, finished ones too.
        knowledge: The capabilities detected within the last days.
        is_settled: Whether the caller itself has waited SETTLED_S since the submission, whatever
            the wall clock says.
    """
    search = _Search(
        client,
        external_task_id,
        endpoint,
        sent_at,
        running,
        knowledge or ProviderCapabilities(),
        is_settled=is_settled,
        known=frozenset(known_task_ids),
        due=due_in_list,
    )
    by_id = await search.by_id()
    found = by_id if isinstance(by_id, Task) else await search.by_list()
    if isinstance(found, Task):
        return TaskFound(task=found, knowledge=search.seen)
    is_absent = (by_id is True or found is True) and not search.is_contradicted
    if is_absent and not search.settles_in_s:
        return TaskMissing(knowledge=search.seen)
    return Unknown(knowledge=search.seen, settles_in_s=search.settles_in_s)


async def is_surely_unknown(
    client: KlingClient,
    task_id: str,
    *,
    endpoint: Endpoint = Endpoint.GENERATIONS,
    sent_at: float,
    running: Sequence[OwnTask] = (),
    knowledge: ProviderCapabilities | None = None,
) -> bool:
    """Return whether the provider denies a task's id and shows another task of ours.

    The arguments are those of `find_submission`; tasks are queried by their own ids.
    """
    search = _Search(client, "", endpoint, sent_at, running, knowledge or ProviderCapabilities())
    is_shown = search.is_promised or await search.shows_a_later_one(by_own_id=False)
    return is_shown and await search.denies(task_id)


async def learn(
    client: KlingClient, task: Task, external_task_id: str, *, is_settled: bool = True
) -> ProviderCapabilities:
    """Detect an endpoint's capabilities with a task that was just shown by its own id.

    It is free of charge. A capability is present if this very task is found that way; by our id
    that counts only while the task is unfinished. A capability is missing if the provider itself
    denies the task, or its list lacks it, and the task `is_settled`.
    """
    search = _Search(client, external_task_id, task.endpoint, 0.0, (), ProviderCapabilities())
    found = await search.asked(external_task_id)
    by_id, by_list = None, None
    if isinstance(found, Task) and found.task_id == task.task_id:
        by_id = None if found.status.is_terminal else True
    elif found is None and is_settled:
        by_id = False
    rows, is_whole = await search.newest(pages=1, since=task.created_at)
    if any(row.task_id == task.task_id for row in rows):
        by_list = True
    elif is_whole and is_settled:
        by_list = False
    return ProviderCapabilities(external_id=by_id, list_call=by_list)


@dataclass(slots=True)
class _Search:
    """One look-up of a submission, by id and by list; `seen` collects the capabilities detected."""

    client: KlingClient
    own_id: str
    endpoint: Endpoint
    sent_at: float
    running: Sequence[OwnTask]
    knowledge: ProviderCapabilities
    known: frozenset[str] = frozenset()
    due: Sequence[OwnTask] = ()
    is_settled: bool = False
    seen: ProviderCapabilities = field(default=ProviderCapabilities())
    is_contradicted: bool = False
    """Whether a listed task has an external id that contains ours, as if a gateway had changed
    it."""
    settles_in_s: float = field(init=False)
    """Seconds from now in which no absence can be proven."""
    is_promised: bool = field(init=False)
    """Whether look-up by our id is documented, and was recently detected to work."""

    def __post_init__(self) -> None:
        """Set `settles_in_s` and `is_promised` by what is known before this search."""
        left_s = self.sent_at + SETTLED_S - self.client.clock.now()
        self.settles_in_s = 0.0 if self.is_settled else max(left_s, 0.0)
        self.is_promised = self.client.provider.is_official and self.knowledge.external_id is True

    async def by_id(self) -> Task | bool:
        """Query by our id; return the task, or whether its absence is proven.

        Nothing is queried before an absence can be proven: a cache might repeat an early denial
        after the task is accepted.
        """
        if self.knowledge.external_id is False or self.settles_in_s:
            return False
        found = await self._own()
        if found is not None:
            return found
        if not (self.is_promised or await self.shows_a_later_one(by_own_id=True)):
            return False
        # Query again, in case it was accepted between the two queries or one response was wrong.
        again = await self._own()
        return True if again is None else again

    async def by_list(self) -> Task | bool:
        """Search the list for the submission; return the task, or whether its absence is proven."""
        rows, is_whole = await self.newest(pages=_PAGES, since=self.sent_at)
        own = next((row for row in rows if row.external_task_id == self.own_id), None)
        self._learn_from(rows, is_whole=is_whole)
        if own is not None:
            return own
        self.is_contradicted = any(self.own_id in (row.external_task_id or "") for row in rows)
        # Sent by a clock that was ahead, the lost task would look older than its own submission.
        is_dated = self.sent_at <= self.client.clock.now()
        is_whole = is_whole and is_dated
        is_proof = is_whole and self._lists_a_later_one(rows) and self._leaves_none_out(rows)
        return is_proof and not any(map(self._may_be_lost, rows))

    async def shows_a_later_one(self, *, by_own_id: bool) -> bool:
        """Query our tasks that were sent later, until the provider shows one as unfinished.

        `by_own_id`: query them by our external id instead of the task id, in the same way as the
        lost one. Return whether one was shown.
        """
        for other in self._later()[:CONTROLS]:
            key = other.external_task_id if by_own_id else other.task_id
            found = await self.asked(key)
            if isinstance(found, Task) and _is_control(found, other):
                if by_own_id:
                    self.seen = replace(self.seen, external_id=True)
                return True
            if found is None and by_own_id and await self._shows(other):
                self.seen = replace(self.seen, external_id=False)
                return False
        return False

    async def denies(self, key: str) -> bool:
        """Return whether the provider itself says that it knows no task with this id."""
        return await self.asked(key) is None

    async def asked(self, key: str) -> Task | bool | None:
        """Return the task with an id; None: the provider denies it; False: no clear response."""
        try:
            return await self.client.fetch(key, endpoint=self.endpoint)
        except KlingError as error:
            log.info("look-up of %s: %s", key, type(error).__name__)
            return None if says_no_such_task(error) else False

    async def newest(self, *, pages: int, since: float | None) -> tuple[list[Task], bool]:
        """Return the newest tasks of the list, and whether they include all since an instant."""
        tasks: dict[str, Task] = {}
        for page in range(1, pages + 1):
            try:
                read = await self.client.list_page(page=page, size=_PAGE, endpoint=self.endpoint)
            except KlingError as error:
                log.info("list for %s: %s", self.own_id, type(error).__name__)
                return list(tasks.values()), False
            is_end = not read.tasks and not read.unread
            fresh = {row.task_id: row for row in read.tasks if row.task_id not in tasks}
            tasks |= fresh
            if read.unread or read.is_stored or (not fresh and not is_end):
                return list(tasks.values()), False
            if is_end or _reaches_back(list(tasks.values()), since):
                return list(tasks.values()), True
        return list(tasks.values()), False

    async def _own(self) -> Task | bool | None:
        """Query by our id; return the task if it is definitely ours, None if it is denied.

        Return False if the response is not clear.
        """
        found = await self.asked(self.own_id)
        if not isinstance(found, Task):
            return found
        if not _has_external_id(found, self.own_id) or found.task_id in self.known:
            return False
        if found.status is TaskStatus.FAILED and found.external_task_id is None:
            return False  # it may be the failure of another task or of the query itself
        if not found.status.is_terminal:
            self.seen = replace(self.seen, external_id=True)
        return found

    async def _shows(self, other: OwnTask) -> bool:
        found = await self.asked(other.task_id)
        return isinstance(found, Task) and found.task_id == other.task_id

    def _later(self) -> list[OwnTask]:
        """Return our unfinished tasks that were sent later, as controls; the newest first."""
        later = [each for each in self.running if each.sent_at > self.sent_at]
        return sorted(later, key=lambda each: each.sent_at, reverse=True)

    def _lists_a_later_one(self, rows: Sequence[Task]) -> bool:
        by_id = {row.task_id: row for row in rows}
        listed = ((by_id.get(each.task_id), each) for each in self._later())
        return any(
            row is not None and _is_control(row, each) and row.external_task_id is not None
            for row, each in listed
        )

    def _leaves_none_out(self, rows: Sequence[Task]) -> bool:
        """Return whether the list shows all our known tasks up to the newest control shown.

        A list of only the unfinished tasks, or of the latest ten, might lack the lost one as well.
        """
        shown = {row.task_id for row in rows}
        newest = max((one.sent_at for one in self._later() if one.task_id in shown), default=0.0)
        since = self.sent_at if _reaches_back(rows, self.sent_at) else 0.0
        return shown.issuperset(o.task_id for o in self.due if since < o.sent_at <= newest)

    def _may_be_lost(self, row: Task) -> bool:
        """Return whether a row could be the lost task: new enough, and not known as ours already.

        Its external id proves nothing: a gateway may have rewritten it.
        """
        is_new = row.created_at is None or row.created_at >= self.sent_at - SKEW_S
        return is_new and row.task_id not in self.known

    def _learn_from(self, rows: Sequence[Task], *, is_whole: bool) -> None:
        shown = {row.task_id for row in rows}
        if not shown.isdisjoint(self.known):
            self.seen = replace(self.seen, list_call=True)
            return
        before = self.client.clock.now() - OLD_ENOUGH_S
        if is_whole and any(each.sent_at < before for each in self._later()):
            self.seen = replace(self.seen, list_call=False)


def _reaches_back(rows: Sequence[Task], since: float | None) -> bool:
    """Return whether rows, newest first, reach back before an instant (minus SKEW_S)."""
    instants = [row.created_at for row in rows if row.created_at is not None]
    if since is None or not instants or len(instants) < len(rows):
        return False
    is_sorted = all(newer >= older - _DISORDER_S for newer, older in itertools.pairwise(instants))
    return is_sorted and instants[-1] < since - SKEW_S


def _is_control(found: Task, other: OwnTask) -> bool:
    """Return whether a response shows our other task: unfinished, its external id unchanged."""
    is_unchanged = found.external_task_id in (None, other.external_task_id)
    return found.task_id == other.task_id and is_unchanged and not found.status.is_terminal


def _has_external_id(task: Task, external_task_id: str) -> bool:
    """Return whether a response is about the task with our id, not just an echo of the query."""
    if task.external_task_id is not None:
        return task.external_task_id == external_task_id
    return task.task_id not in ("", external_task_id)
