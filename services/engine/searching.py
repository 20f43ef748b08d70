"""After a lost answer: ask the provider whether the Job's submission became a task."""

from __future__ import annotations

from services.engine.parts import Parts
from services.kling import Found, NotThere, Unknowable, find_submission
from services.models import Job

KNOWN_SINCE_S = 600.0
"""Tasks of ours from this long before the submission are no candidates for it."""


async def search(parts: Parts, job: Job) -> Found | NotThere | Unknowable:
    """Ask by our id for it, then by the list call; keep what the answers teach."""
    assert job.sent_at is not None
    endpoint = parts.endpoint_of(job)
    finding = await find_submission(
        parts.kling,
        job.external_task_id,
        endpoint=endpoint,
        sent_at=job.sent_at,
        known_task_ids=await parts.store.jobs.task_ids(since=job.sent_at - KNOWN_SINCE_S),
        knowledge=parts.provider.knowledge_of(endpoint),
    )
    await parts.provider.learn(finding.knowledge, endpoint)
    return finding
