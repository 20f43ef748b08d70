"""Find out, after an answer was lost, whether the Task is there or may be sent again.

Absence has to be proven: the provider itself says that it knows no such Task, and in the same
breath shows another one of ours that was submitted later and is not finished. What proxies say,
lists that leave something out, and external ids that somebody rewrote prove nothing.
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
"""Ours: a submission on its way may still be accepted; before this no absence is proven."""

SKEW_S = 120.0
"""How far the provider's clock may be from ours, either way."""

CONTROLS = 3
"""How many other Tasks of ours are tried before absence counts as not proven."""

OLD_ENOUGH_S = 60.0
"""A list that leaves out a Task of ours of this age does not show our Tasks."""

_PAGE = 100
_PAGES = 3

_DISORDER_S = 5.0
"""Rows of a list are the newest first, but for Tasks accepted at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFound:
    """The submission was accepted, and this is its Task; `knowledge` is what was seen meanwhile."""

    task: Task
    knowledge: ProviderCapabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskMissing:
    """The submission was surely not accepted: it may be sent again, once."""

    knowledge: ProviderCapabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nobody can tell yet; `settles_in_s` says when an absence could be proven at the earliest."""

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
) -> LookupResult:
    """Ask by our own id, then by the list call; never raises a KlingError.

    `sent_at` is when its last piece left (Unix seconds), `running` our other Tasks on this path,
    `known_task_ids` all of ours since then, `due_in_list` those that a whole list shows,
    `knowledge` what was learned of this path. Without a running Task that was sent later no
    absence is proven; on Kling's own hosts one found by our id within the last days is enough.
    """
    search = _Search(
        client,
        external_task_id,
        endpoint,
        sent_at,
        running,
        knowledge or ProviderCapabilities(),
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
    """Tell whether a Task that was just denied by its id is denied while another one is shown.

    The fields are those of `find_submission`; asked is by the Tasks' own ids.
    """
    search = _Search(client, "", endpoint, sent_at, running, knowledge or ProviderCapabilities())
    is_shown = search.is_promised or await search.shows_a_later_one(by_own_id=False)
    return is_shown and await search.denies(task_id)


async def learn(
    client: KlingClient, task: Task, external_task_id: str, *, is_settled: bool = True
) -> ProviderCapabilities:
    """Find out with a Task that was just shown by its own id what this provider can be asked; free.

    Only what shows this very Task counts as a yes, for our id only while it is not finished; only
    the provider's own denial counts as a no, and only once the Task `is_settled`.
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
    """One question, asked in two ways; `seen` grows with the answers."""

    client: KlingClient
    own_id: str
    endpoint: Endpoint
    sent_at: float
    running: Sequence[OwnTask]
    knowledge: ProviderCapabilities
    known: frozenset[str] = frozenset()
    due: Sequence[OwnTask] = ()
    seen: ProviderCapabilities = field(default=ProviderCapabilities())
    is_contradicted: bool = False
    """Whether a Task of another id bears ours within it, as where a gateway had rewritten it."""
    settles_in_s: float = field(init=False)
    """How long no absence can be proven yet."""
    is_promised: bool = field(init=False)
    """Whether documents promise the look-up, and a running Task of ours was found by it of late."""

    def __post_init__(self) -> None:
        """Judge time and promise by what was so before this search."""
        self.settles_in_s = max(self.sent_at + SETTLED_S - self.client.clock.now(), 0.0)
        self.is_promised = self.client.provider.is_official and self.knowledge.external_id is True

    async def by_id(self) -> Task | bool:
        """Ask by our id: the Task, or whether it is surely not there.

        Not before it settled: what a cache keeps of a denial would outlive the Task's acceptance.
        """
        if self.knowledge.external_id is False or self.settles_in_s:
            return False
        found = await self._own()
        if found is not None:
            return found
        if not (self.is_promised or await self.shows_a_later_one(by_own_id=True)):
            return False
        # Once more: what was accepted between two questions is there now, and a single lie is over.
        again = await self._own()
        return True if again is None else again

    async def by_list(self) -> Task | bool:
        """Go through the newest Tasks, back to the submission; what is learned is kept."""
        rows, is_whole = await self.newest(pages=_PAGES, since=self.sent_at)
        own = next((row for row in rows if row.external_task_id == self.own_id), None)
        self._learn_from(rows, is_whole=is_whole)
        if own is not None:
            return own
        self.is_contradicted = any(self.own_id in (row.external_task_id or "") for row in rows)
        is_proof = is_whole and self._lists_a_later_one(rows) and self._leaves_none_out(rows)
        return is_proof and not any(map(self._may_be_lost, rows))

    async def shows_a_later_one(self, *, by_own_id: bool) -> bool:
        """Ask in the same way for Tasks of ours that were sent later, until one is shown running.

        `by_own_id`: by our external id, under which it has to be found.
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
        """Tell whether the provider itself says that it knows no such Task."""
        return await self.asked(key) is None

    async def asked(self, key: str) -> Task | bool | None:
        """Return the Task under an id; None: the provider itself denies it; False: no answer."""
        try:
            return await self.client.fetch(key, endpoint=self.endpoint)
        except KlingError as error:
            log.info("look-up of %s: %s", key, type(error).__name__)
            return None if says_no_such_task(error) else False

    async def newest(self, *, pages: int, since: float | None) -> tuple[list[Task], bool]:
        """Return rows of the list, and whether they are all that may have come since an instant."""
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
        """Ask by our id; the Task if it is surely ours, None if it is denied."""
        found = await self.asked(self.own_id)
        if not isinstance(found, Task):
            return found
        if not _is_of(found, self.own_id) or found.task_id in self.known:
            return False
        if found.status is TaskStatus.FAILED and found.external_task_id is None:
            return False  # a failure of who knows what: it would end the Job, or have it sent again
        if not found.status.is_terminal:
            self.seen = replace(self.seen, external_id=True)
        return found

    async def _shows(self, other: OwnTask) -> bool:
        found = await self.asked(other.task_id)
        return isinstance(found, Task) and found.task_id == other.task_id

    def _later(self) -> list[OwnTask]:
        """Return Tasks of ours that can serve as a control, the newest first."""
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
        """Whether every known Task of ours is there, but for those behind the newest one shown.

        A list of unfinished Tasks, or of the latest ten, would leave out the lost one as well.
        """
        shown = {row.task_id for row in rows}
        newest = max((one.sent_at for one in self._later() if one.task_id in shown), default=0.0)
        since = self.sent_at if _reaches_back(rows, self.sent_at) else 0.0
        return shown.issuperset(o.task_id for o in self.due if since < o.sent_at <= newest)

    def _may_be_lost(self, row: Task) -> bool:
        """Whether a row could be the lost Task: new enough, and not known as another one of ours.

        Its external id says nothing: somebody between may have rewritten it.
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
    """Tell whether rows, the newest first, go back beyond an instant by the provider's clock."""
    instants = [row.created_at for row in rows if row.created_at is not None]
    if since is None or not instants or len(instants) < len(rows):
        return False
    is_sorted = all(newer >= older - _DISORDER_S for newer, older in itertools.pairwise(instants))
    return is_sorted and instants[-1] < since - SKEW_S


def _is_control(found: Task, other: OwnTask) -> bool:
    """Tell whether an answer shows another Task of ours: unfinished, its external id unchanged."""
    is_unchanged = found.external_task_id in (None, other.external_task_id)
    return found.task_id == other.task_id and is_unchanged and not found.status.is_terminal


def _is_of(task: Task, external_task_id: str) -> bool:
    """Tell whether an answer is really about our id, and not an echo of what was asked for."""
    if task.external_task_id is not None:
        return task.external_task_id == external_task_id
    return task.task_id not in ("", external_task_id)
