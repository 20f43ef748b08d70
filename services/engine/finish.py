"""Ends of jobs without images: one transition, refunded or not; then the user is notified."""

from __future__ import annotations

import logging
import re

from services.catalog import UNIT_PRICE_USD
from services.engine.context import EngineContext, Progress
from services.engine.payload import goes_by_link
from services.errors import BotError, KlingError, KlingRefused, KlingTaskFailed, UnknownModel
from services.kling import Retry, Task, is_foreign, rule_for
from services.models import MICRO, Job, Outcome, State

# Conversion of an error to the outcome that is stored and shown.


def outcome_from_error(error: BotError) -> Outcome:
    """Return an error as the outcome that is stored and shown to the user.

    Of the provider's errors: text key, service code, the provider's words, and its request id.
    """
    if isinstance(error, KlingError):
        return Outcome(
            key=rule_for(error).member,
            code=None if error.code is None else str(error.code),
            words=error.message or None,
            reference=error.request_id,
        )
    return Outcome(key=make_error_key(error), words=str(error) or None)


def describe_kling_error(error: KlingError, provider: str) -> str:
    """Return an error's text for operators, with the provider's name.

    An error of a proxy is quoted with its HTTP status and the sender's words.
    """
    if not is_foreign(error):
        return f"{provider}, {error}"
    status = f"HTTP {error.http_status}, " if error.http_status else ""
    return f"{provider}: {status}{error.message}"


def make_error_key(error: BotError) -> str:
    """Return an error type's text key: `image_too_small` for ImageTooSmall."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()


def end_state(error: BotError) -> State:
    """Return REFUSED if the provider refused the request's content or values, else FAILED."""
    refused = isinstance(error, KlingRefused) or (
        isinstance(error, KlingTaskFailed) and rule_for(error).member.startswith("refused")
    )
    return State.REFUSED if refused else State.FAILED


log = logging.getLogger(__name__)

SLOT_TRIES = 5
"""How often a job is submitted again because the provider had no free slot for its task."""


async def end(
    parts: EngineContext, job: Job, state: State, outcome: Outcome, *, give_back: bool = True
) -> None:
    """End the job from its present state; do nothing if it has moved on or ended already.

    `give_back`: refund its units.
    """
    ended = await parts.store.jobs.finish(
        job.id,
        state,
        from_states=[job.state],
        outcome=outcome,
        give_back=give_back,
        now=parts.clock.now(),
    )
    if ended:
        parts.meter.ended(state, reason=outcome.key)
        log.info("job %s: %s (%s, code %s)", job.id, state, outcome.key, outcome.code)


async def give_up(parts: EngineContext, job: Job, error: KlingError) -> None:
    """End the job with the provider's error; refund its units, except for charged refusals.

    A refusal is charged if the operator set CHARGE_REFUSED.
    """
    state, rule = end_state(error), rule_for(error)
    charged = state is State.REFUSED and parts.rules.charge_refused
    await _close(parts, job, error)
    await end(
        parts, job, state, outcome_from_error(error), give_back=rule.gives_back and not charged
    )


async def _close(parts: EngineContext, job: Job, error: KlingError) -> None:
    """Pause the provider or the model, if the error requires it, and notify the operators."""
    rule, asked_at = rule_for(error), job.claimed_at or 0.0
    if rule.pauses == "provider":
        key, reason = (
            rule.operator or "account",
            describe_kling_error(error, parts.kling.provider.name),
        )
        await parts.provider.refuses_the_account(key, reason=reason, asked_at=asked_at)
    elif rule.pauses == "model":
        model = job.request.options.model
        await parts.provider.refuses_the_model(model, reason=str(error), asked_at=asked_at)
    elif rule.operator is not None:
        words = (
            describe_kling_error(error, parts.kling.provider.name)
            if is_foreign(error)
            else str(error)
        )
        await parts.provider.alerts.alert_once(rule.operator, reason=f"{job.id}, {words}")


async def task_failed(
    parts: EngineContext, job: Job, failure: KlingTaskFailed, *, is_own: bool = True
) -> None:
    """End the job, or submit another task if this one failed for a passing reason.

    Another task is submitted if the provider had no free slot. It is also submitted, once, if
    Discord's link did not lead to an image: then the image itself is sent. A job is not submitted
    again if its units were refunded, since they are not reserved a second time, or if its user
    deleted their data; nor if the failure has an id that is not the job's (`is_own` is False),
    since its own task may still run.
    """
    rule, goes_on = rule_for(failure), is_own and not (job.given_back or job.forgotten)
    if goes_on and rule.retry is Retry.YES and job.attempt < SLOT_TRIES:
        rng = parts.rng.random()
        await parts.provider.busy(job, failure, jitter=rng, spent_id=True)
    elif goes_on and rule.member == "bad_picture" and goes_by_link(parts, job):
        await parts.store.jobs.requeue(job, now=parts.clock.now(), spent_id=True)
    else:
        await give_up(parts, job, failure)
        return
    log.info("job %s: its task failed (%s), submitting another one", job.id, rule.member)
    await parts.delivery.update_progress(job, Progress(phase="queued"))


# The actual cost of a task, if the provider reports it.

FACTOR = 10
"""A reported cost above this multiple of the list price is ignored as implausible, since cost caps
are computed from reported costs."""


async def note_deduction(parts: EngineContext, job: Job, task: Task) -> None:
    """Store the billing units that the provider deducted; their price replaces the expected cost.

    Errors here do not delay the images: they are logged, and the expected cost stays.
    """
    deduction = task.unit_deduction
    if deduction is None or not task.status.is_terminal:
        return
    most = _estimate_micro(parts, job) / MICRO / UNIT_PRICE_USD * FACTOR
    if not 0 <= deduction <= most:
        log.warning(
            "job %s: the reported deduction of %.3g units is ignored as implausible",
            job.id,
            deduction,
        )
        return
    taken = float(deduction)
    cost_micro = round(taken * UNIT_PRICE_USD * MICRO)
    try:
        await parts.store.costs.record(job.id, deduction=taken, cost_micro=cost_micro)
    except BotError as error:
        log.warning("job %s: its cost was not stored: %s", job.id, type(error).__name__)


def _estimate_micro(parts: EngineContext, job: Job) -> int:
    """Return a job's list price in micro-dollars; its expected cost if the model is unknown."""
    options = job.request.options
    try:
        price = parts.models.get(options.model).price_usd(with_image=True)
    except UnknownModel:
        return job.cost_micro
    return max(round(price * MICRO) * options.count, job.cost_micro if job.deduction is None else 0)
