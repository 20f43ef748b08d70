"""How long recent tasks took: what the first poll, the forecast and "usually takes" go by."""

from __future__ import annotations

from services.db.connection import DbConnection

RECENT = 50
"""Tasks of a kind that say how long the next one takes."""

CENSORED_PART = 0.75
"""A task that was done at its first poll took at most so long: it counts as this part of that, so
that the next first polls come sooner, until one finds its task not done."""

NOT_POLLED = "polled_at = NULL, generation_s = NULL, generation_censored = 0"
"""What is set where a Job has a new Task."""

LEARN_GENERATION = (
    "generation_censored = CASE WHEN job.generation_s IS NULL THEN :censored"
    " ELSE job.generation_censored END, generation_s = COALESCE(job.generation_s, :took)"
)
"""The first poll that finds a Task done says how long it took; later ones say it too late."""

_RECENT = """
SELECT COALESCE(job.generation_s, job.ready_at - job.submitted_at),
       CASE WHEN job.generation_s IS NULL THEN 1 ELSE job.generation_censored END
FROM job
WHERE job.model = ? AND job.units = ? AND job.ready_at IS NOT NULL
ORDER BY job.ready_at DESC LIMIT ?
"""
"""Rows of older programs have no generation time; what they have is an upper bound too."""


def recent_generations(db: DbConnection, *, model: str, units: int) -> list[float]:
    """Estimate for recent tasks of a model and size how long each took, in seconds."""
    rows = db.execute(_RECENT, [model, units, RECENT]).fetchall()
    times = ((took, CENSORED_PART if censored else 1.0) for took, censored in rows)
    return [took * part for took, part in times if took is not None and took > 0]
