"""The client of the provider: `KlingClient` submits, fetches, waits, generates and downloads.

    async with KlingClient(provider, clock=SystemClock()) as kling:
        submission = ImageGeneration(model="kling-v3", prompt="in oil", image=Path("a.png"))
        task = await kling.generate(submission)
        await kling.download(task.images[0].url, Path("b.png"))

All calls use one request method. Nothing that costs money is ever sent twice: a POST is repeated
only once, after a refused credential that has another form or a newer token to offer. Errors are
the types of services.errors; services.kling.error_codes defines what follows from each.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal, Self

import aiohttp
from yarl import URL

from services.common.clock import Clock
from services.common.metrics import NO_METRICS, Metrics
from services.common.redaction import redact_head
from services.errors import (
    KlingError,
    KlingProtocolError,
    KlingTaskUnknown,
    SubmitUncertain,
)
from services.images import UNCOUNTED, Decoder, Opening
from services.kling.account import ResourcePack, parse_packs
from services.kling.blocked_responses import Blocks, no_answer, read_refusable
from services.kling.connections import AT_ONCE, ProviderSessions
from services.kling.download import MAX_BYTES, Downloaded, Downloads
from services.kling.error_codes import Retry, rule_for, wait_before_retry
from services.kling.error_mapping import UNREADABLE, ErrorResponse, find_code, read_aside, refusal
from services.kling.parsing import (
    StrangeWords,
    accepted,
    has_failed,
    make_failure,
    names_a_task,
    parse_page,
    read_task,
    usable,
)
from services.kling.payloads import Endpoint, Submission
from services.kling.poll_schedule import PollSchedule
from services.kling.provider import Provider
from services.kling.streaming_body import Body, encode
from services.kling.task import Task, TaskLate, TaskPage, TaskStatus

log = logging.getLogger(__name__)

LATE_ID_GRACE_S = 30.0
"""Ours: how long after a submission queries may still report its task as unknown, in seconds."""

_NO_SUCH_PATH = (400, 404, 405)
"""HTTP statuses of a path that does not exist, or does not know the task."""


class KlingClient:
    """Client for one provider; create it in a running event loop and close it (`async with`)."""

    def __init__(
        self,
        provider: Provider,
        *,
        clock: Clock,
        session: aiohttp.ClientSession | None = None,
        rng: Callable[[], float] = random.random,
        meter: Metrics = NO_METRICS,
        decoder: Decoder | None = None,
    ) -> None:
        """Take the provider and a clock; a given `session` is used for calls and not closed.

        `rng` returns random numbers in [0, 1) for jitter; `meter` counts calls and their errors;
        `decoder` opens results within its memory budget, and its owner closes it.
        """
        self.provider = provider
        self.server_ahead_s: float | None = None
        """By how many seconds the provider's clock was ahead of ours at the last response."""
        self.clock, self._jitter, self._strange = clock, rng, StrangeWords()
        self._meter = meter
        self._asked_on: dict[Endpoint, str] = {}
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._connections = ProviderSessions(session, user_agent=provider.user_agent)
        self._blocks = Blocks(provider.name, clock)
        self._downloads = Downloads(provider, self._connections, decoder=decoder, clock=clock)

    async def __aenter__(self) -> Self:
        """Return the client itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close what the client opened."""
        await self.close()

    async def close(self) -> None:
        """Close the connections and the decoder that the client created."""
        await self._connections.close()
        self._downloads.close()

    async def submit(
        self,
        submission: Submission,
        *,
        before_last_piece: Callable[[], Awaitable[None]] | None = None,
    ) -> Task:
        """Send a submission, once; return its task, which may already be done or failed.

        `before_last_piece` is awaited when all but the end of the body has been sent (again if a
        token had to be renewed). Until it returns, nothing can have been accepted, and a failure
        raises KlingUnreachable; from then on SubmitUncertain, unless the response clearly refuses.
        Its own errors are passed on, and so is OSError for an unreadable image.
        """
        routes = self.provider.known_routes
        body = encode(submission, before_last_piece, model_field=routes.model_field)
        url = self.provider.url(routes.to_submit(submission.endpoint))
        answer = await self._call("POST", url, body=body)
        task = read_task(answer.body, endpoint=submission.endpoint, strange=self._strange)
        if task is None:
            raise SubmitUncertain("neither a task id nor an image", code=UNREADABLE)
        if task.status is TaskStatus.FAILED and not names_a_task(answer.body):
            raise SubmitUncertain("a failure with an unknown id", code=UNREADABLE)
        return accepted(task)

    async def fetch(self, task_id: str, *, endpoint: Endpoint = Endpoint.GENERATIONS) -> Task:
        """Return the state of a task, by its id or by our external_task_id; free of charge.

        Raises KlingTaskUnknown if there is none. A failed task is returned, not raised.
        """
        answer = await self._about(task_id, endpoint)
        task = read_task(answer.body, endpoint=endpoint, fallback_id=task_id, strange=self._strange)
        assert task is not None, "with a fallback id every response is a task"
        is_named = task.task_id == task_id or names_a_task(answer.body)
        if task.status is TaskStatus.FAILED and not (is_named and has_failed(answer.body)):
            # An error page in JSON: it names no task, so it says nothing about this one.
            raise KlingProtocolError("not a task", code=UNREADABLE, http_status=answer.http_status)
        return usable(task)

    async def list_tasks(
        self, *, page: int = 1, size: int = 30, endpoint: Endpoint = Endpoint.GENERATIONS
    ) -> list[Task]:
        """Return the account's tasks, newest first, without unreadable rows; free of charge."""
        return (await self.list_page(page=page, size=size, endpoint=endpoint)).tasks

    async def list_page(
        self, *, page: int = 1, size: int = 30, endpoint: Endpoint = Endpoint.GENERATIONS
    ) -> TaskPage:
        """Return one page of the account's tasks; page 1-1000, size 1-500 (Kling); free."""
        params = {"pageNum": str(page), "pageSize": str(size)}
        url = self.provider.url(self.provider.known_routes.to_submit(endpoint))
        answer = await self._call("GET", url, params=params)
        found = await asyncio.to_thread(parse_page, answer.body, endpoint=endpoint)
        if found is None:
            raise KlingProtocolError("not a list", code=UNREADABLE, http_status=answer.http_status)
        return replace(found, is_stored=answer.is_stored)

    async def wait(
        self,
        task_id: str,
        *,
        endpoint: Endpoint = Endpoint.GENERATIONS,
        timeout_s: float = 120.0,
        rhythm: PollSchedule | None = None,
        on_look: Callable[[Task], None] | None = None,
    ) -> Task:
        """Poll a task until it is done; raise KlingTaskFailed, or TaskLate after `timeout_s`.

        Temporary errors (no response, a rate limit, an unreadable page) are retried. `on_look` is
        called with the result of each poll. Cancelling this call does not cancel the task.
        """
        started_at, tries, rhythm = self.clock.now(), 0, rhythm or PollSchedule()
        pause_s = rhythm.next_wait(0.0, jitter=self._jitter())
        while (elapsed_s := self.clock.now() - started_at) < timeout_s:
            await self.clock.sleep(min(pause_s, timeout_s - elapsed_s))
            elapsed_s = self.clock.now() - started_at
            try:
                task = await self.fetch(task_id, endpoint=endpoint)
            except KlingError as error:
                pause_s = self._pause_after(error, tries=tries, elapsed_s=elapsed_s)
                tries += 1
                continue
            if on_look is not None:
                on_look(task)
            if task.status.is_terminal:
                return _finished(task)
            pause_s, tries = rhythm.next_wait(elapsed_s, jitter=self._jitter()), 0
        raise TaskLate(task_id, endpoint=endpoint, waited_s=elapsed_s)

    async def generate(self, submission: Submission, *, timeout_s: float = 120.0) -> Task:
        """Submit and wait; return the finished task, or raise the reason of its failure."""
        task = await self.submit(submission)
        if task.status.is_terminal:
            return _finished(task)
        return await self.wait(task.task_id, endpoint=task.endpoint, timeout_s=timeout_s)

    async def download(
        self, url: str, path: Path, *, max_bytes: int = MAX_BYTES, opening: Opening = UNCOUNTED
    ) -> Downloaded:
        """Download a result to `path`, which appears complete or not at all.

        Only https and public addresses, except the provider's own host. Raises DownloadFailed; if
        that has `lapsed`, another poll may give a new link. `opening` counts that it is opened.
        """
        return await self._downloads.fetch(url, path, max_bytes=max_bytes, opening=opening)

    async def resource_packs(self, *, days: int = 365) -> list[ResourcePack] | None:
        """Return the packs bought in the last `days`; None at providers without that page.

        Official hosts only, at most once a second, up to 12 h behind (Kling, account page); free.
        """
        if not (self.provider.is_official or self.provider.is_loopback):
            return None
        now_ms, url = int(self.clock.now() * 1000), self.provider.url("/account/costs")
        params = {"start_time": str(now_ms - days * 86_400_000), "end_time": str(now_ms)}
        return parse_packs((await self._call("GET", url, params=params)).body)

    def _pause_after(self, error: KlingError, *, tries: int, elapsed_s: float) -> float:
        """Return the delay after a polling error; raise the error if it is not temporary."""
        if isinstance(error, KlingTaskUnknown) and elapsed_s < LATE_ID_GRACE_S:
            return PollSchedule().next_wait(elapsed_s)
        if rule_for(error).retry is not Retry.YES:
            raise error
        return wait_before_retry(error, tries=tries, jitter=self._jitter())

    async def _about(self, task_id: str, endpoint: Endpoint) -> ErrorResponse:
        """Query a task; if there are several query paths, first on the one that has shown tasks."""
        paths = self.provider.known_routes.to_ask(endpoint)
        known = self._asked_on.get(endpoint, paths[0])
        refused: list[KlingError] = []
        for path in (known, *(path for path in paths if path != known)):
            try:
                answer = await self._call("GET", self.provider.url(path, task_id))
            except KlingError as error:
                if error.http_status not in _NO_SUCH_PATH:
                    raise
                refused.append(error)
            else:
                self._asked_on[endpoint] = path
                return answer
        # If one path has shown tasks, its denial counts; otherwise all paths have to deny.
        error = refused[0] if endpoint in self._asked_on else refused[-1]
        error.in_envelope = all(each.in_envelope for each in (error, refused[0]))
        raise error

    async def _call(
        self,
        method: Literal["GET", "POST"],
        url: URL,
        *,
        body: Body | None = None,
        params: Mapping[str, str] | None = None,
    ) -> ErrorResponse:
        """Make a call and count it in the metrics; raises the errors of `_passed`."""
        try:
            answer = await self._passed(method, url, body=body, params=params)
        except KlingError as error:
            self._meter.asked(method, error)
            raise
        self._meter.asked(method)
        return answer

    async def _passed(
        self,
        method: Literal["GET", "POST"],
        url: URL,
        *,
        body: Body | None = None,
        params: Mapping[str, str] | None = None,
    ) -> ErrorResponse:
        """Make a call, and repeat it once if only the credential's form or age was refused.

        Raises the error of every unsuccessful response; if both were refused, that of the first.
        """
        authorization = self.provider.credential.authorization(self.clock.now())
        answer = await self._ask(method, url, authorization, body=body, params=params)
        # A proxy's refusal is not retried: it may have forwarded the submission first.
        if answer.refuses_credential and self._renews(authorization, answer):
            authorization = self.provider.credential.authorization(self.clock.now())
            second = await self._ask(method, url, authorization, body=body, params=params)
            answer = answer if second.refuses_credential else second
        if not answer.is_good:
            is_whole = body is not None and body.sent
            raise refusal(answer, submitted=body is not None, whole=is_whole)
        return answer

    def _renews(self, authorization: str, answer: ErrorResponse) -> bool:
        now, code, theirs = self.clock.now(), find_code(answer.body), answer.server_now
        renew = self.provider.credential.renew
        return renew(authorization, code=code, now=now, server_now=theirs)

    async def _ask(
        self,
        method: str,
        url: URL,
        authorization: str,
        *,
        body: Body | None,
        params: Mapping[str, str] | None,
    ) -> ErrorResponse:
        limits, connections = self.provider.timeouts, self._connections
        session = connections.questions if body is None else connections.submissions
        async with self._gate:
            try:
                async with session.request(
                    method,
                    url,
                    params=params,
                    data=None if body is None else body.pieces(),
                    headers=self._headers(authorization, body),
                    timeout=limits.fetch if body is None else limits.submit,
                    allow_redirects=False,
                ) as response:
                    raw = await read_refusable(response, body)
            except (aiohttp.ClientError, TimeoutError, OSError) as trouble:
                raise no_answer(body, trouble, host=self.provider.host) from trouble
        answer = await read_aside(response.status, response.headers, raw, now=self.clock.now())
        if answer.server_now is not None:
            self.server_ahead_s = answer.server_now - self.clock.now()
        if not answer.is_good and log.isEnabledFor(logging.DEBUG):
            log.debug("%s %s: HTTP %d %s", method, url.path, response.status, redact_head(raw))
        self._blocks.record(answer, submitted=body is not None)
        return answer

    def _headers(self, authorization: str, body: Body | None) -> dict[str, str]:
        headers = {
            "Authorization": authorization,
            "Accept": "application/json",
            "Cache-Control": "no-cache",
            "User-Agent": self.provider.user_agent,
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
            headers["Content-Length"] = str(body.length)
            body.hold = self._blocks.hold
        return headers


def _finished(task: Task) -> Task:
    failure = make_failure(task)
    if failure is not None:
        raise failure
    return task
