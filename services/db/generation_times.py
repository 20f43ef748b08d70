"""Generation times of recent tasks: for the first poll, expected starts, and "usually takes"."""

from __future__ import annotations

from services.db.connection import DbConnection

RECENT = 50
"""Number of recent tasks per model and number of images on which estimates are based."""

CENSORED_PART = 0.75
"""A task that was finished at its first poll took at most the time until then. Its time counts as
this part of that, so that the next first polls come earlier, until one finds its task
unfinished."""

NOT_POLLED = "polled_at = NULL, generation_s = NULL, generation_censored = 0"
"""SQL that resets the columns about polls when a job gets a new task."""

LEARN_GENERATION = (
    "generation_censored = CASE WHEN job.generation_s IS NULL THEN :censored"
    " ELSE job.generation_censored END, generation_s = COALESCE(job.generation_s, :took)"
)
"""SQL that stores a generation time unless one is stored: only the first poll that finds a task
finished measures it, and later polls would overstate it."""

_RECENT = """
SELECT COALESCE(job.generation_s, job.ready_at - job.submitted_at),
       CASE WHEN job.generation_s IS NULL THEN 1 ELSE job.generation_censored END
FROM job
WHERE job.model = ? AND job.units = ? AND job.ready_at IS NOT NULL
ORDER BY job.ready_at DESC LIMIT ?
"""
"""Rows of older versions have no generation time. Their time from submission to `ready` counts as
an upper bound too."""


def recent_generations(db: DbConnection, *, model: str, units: int) -> list[float]:
    """Return how many seconds recent tasks of a model and number of images took, newest first.

    They are estimates: see CENSORED_PART.
    """
    rows = db.execute(_RECENT, [model, units, RECENT]).fetchall()
    times = ((took, CENSORED_PART if censored else 1.0) for took, censored in rows)
    return [took * part for took, part in times if took is not None and took > 0]
