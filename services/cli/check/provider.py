"""Checks of the provider that cost nothing: every call here is a GET.

Two calls answer nearly every question: the list call, and a query of a task id that does not exist.
A provider that refuses the key refuses both. One that answers the query with a service code is a
Kling API.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from services.cli.check.findings import Area
from services.cli.error_text import format_error
from services.common.ids import new_job_id
from services.db import Checkup
from services.errors import (
    KlingAccountProblem,
    KlingBlocked,
    KlingBusy,
    KlingError,
    KlingModelUnavailable,
    KlingProtocolError,
    KlingRefused,
    KlingTaskUnknown,
    KlingUnreachable,
)
from services.kling import RULES, Endpoint, KlingClient, Task
from services.settings import Settings

QUESTIONS = ("the list call", "a task that does not exist")

_NO_SUCH_PATH = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)

SKEW_WARN_S, SKEW_BAD_S = 10.0, 300.0
"""Clock differences in seconds that are a warning, or an error (our limits). A signed token is
valid from 5 s ago and a signed callback for 5 minutes (Kling)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Responses to the list call and to the query of an unknown task, or their errors."""

    listed: list[Task] | KlingError
    made_up: Task | KlingError

    @property
    def errors(self) -> list[KlingError]:
        """The responses that are errors."""
        return [each for each in (self.listed, self.made_up) if isinstance(each, KlingError)]

    def first_error(self, *kinds: type[KlingError]) -> KlingError | None:
        """Return the first of the errors that has one of these types; None if none has."""
        return next((each for each in self.errors if isinstance(each, kinds)), None)


async def asked(kling: KlingClient, *, endpoint: Endpoint) -> Answers:
    """List the tasks and query one that does not exist; return both responses or errors."""
    listed: list[Task] | KlingError
    made_up: Task | KlingError
    try:
        listed = await kling.list_tasks(endpoint=endpoint)
    except KlingError as error:
        listed = error
    if isinstance(listed, KlingUnreachable) and listed.http_status is None:
        return Answers(listed=listed, made_up=listed)  # a second timeout would add nothing
    try:
        made_up = await kling.fetch(new_job_id(kling.clock.now()), endpoint=endpoint)
    except KlingError as error:
        made_up = error
    return Answers(listed=listed, made_up=made_up)


def judge_reach(area: Area, kling: KlingClient, answers: Answers) -> bool:
    """Add to `area` whether a Kling API answers; return False if no response was usable."""
    troubles = [each for each in answers.errors if _says_nothing(each)]
    if len(troubles) == len(QUESTIONS):
        area.bad(
            "reachable",
            format_error(troubles[0], host=kling.provider.host),
            f"KLING_BASE_URL is {kling.provider.base_url}",
        )
        return False
    if len(answers.errors) == len(QUESTIONS) and all(map(_is_bare_404, answers.errors)):
        area.warn(
            "reachable",
            f"{kling.provider.name} answers, but does not have the requested paths (HTTP 404)",
            "many gateways need a path such as /kling at the end of KLING_BASE_URL",
        )
    elif (blocked := next(filter(_is_blocked, answers.errors), None)) is not None:
        words = format_error(blocked, host=kling.provider.host)
        area.warn("reachable", f"{kling.provider.name} answers, but not always", words)
    else:
        area.ok("reachable", f"{kling.provider.name} answers")
    return True


def _is_blocked(error: KlingError) -> bool:
    """Return whether a proxy or firewall answered in the provider's place.

    Except with 404 or 405: those only mean that a path is missing.
    """
    return isinstance(error, KlingBlocked) and error.http_status not in _NO_SUCH_PATH


def _is_bare_404(error: KlingError) -> bool:
    """Return whether a path probably does not exist: a 404 without the provider's service code."""
    nobody_s = error.code is None or isinstance(error, KlingBlocked)
    return error.http_status == HTTPStatus.NOT_FOUND and nobody_s


def _says_nothing(error: KlingError) -> bool:
    """Return whether an error leaves open if this is a Kling API ("invalid url": new-api)."""
    wrong_path = "invalid url" in error.message.lower()
    if wrong_path or isinstance(error, KlingProtocolError):
        return True
    return isinstance(error, KlingUnreachable) and not _is_bare_404(error)


def judge_key(area: Area, kling: KlingClient, answers: Answers) -> bool:
    """Check whether the provider accepts the key."""
    refused = answers.first_error(KlingAccountProblem, KlingModelUnavailable)
    if refused is not None:
        area.bad("key accepted", "no", format_error(refused, host=kling.provider.host))
        return False
    busy = answers.first_error(KlingBusy)
    unknown = answers.made_up
    knows_us = isinstance(answers.listed, list) or (
        isinstance(unknown, KlingTaskUnknown) and unknown.code in RULES
    )
    if knows_us:
        area.ok("key accepted", "yes")
    elif busy is not None:
        area.warn("key accepted", format_error(busy, host=kling.provider.host))
    else:
        area.warn(
            "key accepted",
            "not refused, but no response confirms it",
            "generating one image shows it (this costs): bot.py try; also check the path in"
            " KLING_BASE_URL",
        )
    return True


def judge_questions(area: Area, kling: KlingClient, answers: Answers, learned: Checkup) -> None:
    """Check whether a lost submission could be found by the list call."""
    if isinstance(answers.listed, list):
        area.ok("list call", f"answers, {len(answers.listed)} tasks on its first page")
    elif answers.listed.http_status in _NO_SUCH_PATH or isinstance(
        answers.listed, KlingTaskUnknown | KlingProtocolError | KlingRefused
    ):
        known = " (the bot has detected this)" if learned.knows_list is False else ""
        area.open("list call", f"this gateway has none{known}; the bot uses external ids instead")
    else:
        area.open("list call", format_error(answers.listed, host=kling.provider.host))


async def judge_external_ids(
    area: Area, kling: KlingClient, answers: Answers, learned: Checkup
) -> None:
    """Check whether a lost submission could be found by our own id; an earlier task proves it."""
    name = "external ids"
    if isinstance(answers.made_up, Task):
        area.warn(
            name,
            "this gateway returns a task for an id that does not exist, so it cannot deny a task",
            "after a lost response the bot uses the list call, or the request ends as uncertain",
        )
        return
    proof = await _proof(kling, answers)
    known = learned.knows_external_id if proof is None else proof
    if known:
        how = (
            "detected with the bot's own tasks" if proof is None else "tested with an earlier task"
        )
        area.ok(name, f"supported: {how}")
    elif known is False:
        area.warn(
            name,
            "not supported: after a lost response the bot cannot look the task up by our id",
            "nothing is paid twice, but such a request may end as uncertain",
        )
    elif kling.provider.is_official:
        area.ok(name, "supported, according to Kling's documentation")
    else:
        area.open(name, "cannot be tested free of charge; the bot detects it with its first task")


async def _proof(kling: KlingClient, answers: Answers) -> bool | None:
    """Fetch a listed task by its external id; return whether the provider found it.

    Returns None if no listed task has an external id, or the response does not tell.
    """
    listed = answers.listed if isinstance(answers.listed, list) else []
    task = next((each for each in listed if each.external_task_id), None)
    if task is None or task.external_task_id is None:
        return None
    try:
        found = await kling.fetch(task.external_task_id, endpoint=task.endpoint)
    except KlingTaskUnknown:
        return False
    except KlingError:
        return None
    return found.task_id == task.task_id


def judge_clock(area: Area, kling: KlingClient, settings: Settings) -> None:
    """Compare the clocks by the Date header of the last response."""
    ahead = kling.server_ahead_s
    if ahead is None:
        area.open("clock", "the provider sends no time")
        return
    amount = f"{abs(ahead):.0f} s {'behind' if ahead > 0 else 'ahead of'} the provider's"
    signs = settings.kling_api_key is None
    mend = "set this computer's clock (NTP)"
    if abs(ahead) >= SKEW_BAD_S and signs:
        area.bad("clock", f"{amount}; signed tokens may be refused", mend)
    elif abs(ahead) >= SKEW_WARN_S:
        area.warn("clock", amount, mend)
    else:
        area.ok("clock", "agrees with the provider's")
