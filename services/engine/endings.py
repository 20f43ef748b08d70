"""Ends without a picture: one transition, units given back or kept, the member told afterwards."""

from __future__ import annotations

import logging

from services.engine.outcomes import end_state, outcome_of, reason_of
from services.engine.parts import Parts, Progress
from services.engine.submissions import goes_by_link
from services.errors import KlingError, KlingTaskFailed
from services.kling import Retry, is_foreign, rule_for
from services.models import Job, Outcome, State

log = logging.getLogger(__name__)

SLOT_TRIES = 5
"""How often a Job is submitted anew because its Task failed for want of a slot."""


async def end(
    parts: Parts, job: Job, state: State, outcome: Outcome, *, give_back: bool = True
) -> None:
    """End the Job from the state it is in; does nothing when it has ended already."""
    ended = await parts.store.jobs.end(
        job.id,
        state,
        come_from=[job.state],
        outcome=outcome,
        give_back=give_back,
        now=parts.clock.now(),
    )
    if ended:
        parts.meter.ended(state, reason=outcome.key)
        log.info("job %s: %s (%s, code %s)", job.id, state, outcome.key, outcome.code)


async def give_up(parts: Parts, job: Job, error: KlingError) -> None:
    """End the Job for what the provider said; a refusal is charged where the operator wants it."""
    state, rule = end_state(error), rule_for(error)
    charged = state is State.REFUSED and parts.rules.charge_refused
    await _close(parts, job, error)
    await end(parts, job, state, outcome_of(error), give_back=rule.gives_back and not charged)


async def _close(parts: Parts, job: Job, error: KlingError) -> None:
    """Close what the error closes, and tell the operators whom it concerns."""
    rule, asked_at = rule_for(error), job.claimed_at or 0.0
    if rule.pauses == "provider":
        key, reason = rule.operator or "account", reason_of(error, parts.kling.provider.name)
        await parts.provider.refuses_the_account(key, reason=reason, asked_at=asked_at)
    elif rule.pauses == "model":
        model = job.request.options.model
        await parts.provider.refuses_the_model(model, reason=str(error), asked_at=asked_at)
    elif rule.operator is not None:
        words = reason_of(error, parts.kling.provider.name) if is_foreign(error) else str(error)
        await parts.provider.alerts.once(rule.operator, reason=f"{job.id}, {words}")


async def task_failed(
    parts: Parts, job: Job, failure: KlingTaskFailed, *, is_own: bool = True
) -> None:
    """End the Job, or put it back to the front if its Task only found no slot (an aggregator's).

    So too, once, if Discord's link did not lead to a picture: it is sent itself then. Units that
    were given back are not reserved a second time, so such a Job is not sent again. Nor is one
    whose failure came under an id that is not its own (`is_own`): its Task may be going on.
    """
    rule, goes_on = rule_for(failure), is_own and not (job.given_back or job.forgotten)
    if goes_on and rule.retry is Retry.YES and job.attempt < SLOT_TRIES:
        chance = parts.chance.random()
        await parts.provider.busy(job, failure, chance=chance, spent_id=True)
    elif goes_on and rule.member == "bad_picture" and goes_by_link(parts, job):
        await parts.store.jobs.requeue(job, now=parts.clock.now(), spent_id=True)
    else:
        await give_up(parts, job, failure)
        return
    log.info("job %s: its task failed (%s), another one is made", job.id, rule.member)
    await parts.delivery.show(job, Progress(phase="queued"))
