"""Memory of the images fetched so far, for jobs of which other images are still missing."""

from __future__ import annotations

from services.models import Result

MOST_FETCHED = 256
"""Maximum number of jobs whose fetched images are remembered."""


class FetchedImages:
    """The images fetched so far of jobs of which other images are still missing."""

    def __init__(self) -> None:
        self._jobs: dict[str, dict[int, Result]] = {}

    def get(self, job_id: str) -> dict[int, Result]:
        """Return a job's fetched images by the index of their address; the dict may be added to.

        When there are too many jobs, the oldest one is dropped.
        """
        images = self._jobs.setdefault(job_id, {})
        while len(self._jobs) > MOST_FETCHED:
            del self._jobs[next(iter(self._jobs))]
        return images

    def drop(self, job_id: str) -> None:
        """Forget a job's images: they are stored in its row now, or no longer needed."""
        self._jobs.pop(job_id, None)
