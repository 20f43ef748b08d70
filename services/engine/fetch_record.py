"""Memory of images already fetched, for jobs that wait for their remaining images."""

from __future__ import annotations

from services.models import Result

MOST_FETCHED = 256
"""Maximum number of jobs whose fetched images are remembered."""


class FetchedImages:
    """Fetched images of jobs that wait for the rest of theirs."""

    def __init__(self) -> None:
        self._jobs: dict[str, dict[int, Result]] = {}

    def get(self, job_id: str) -> dict[int, Result]:
        """Return a job's fetched images by the index of their address.

        When there are too many jobs, the oldest one is dropped.
        """
        images = self._jobs.setdefault(job_id, {})
        while len(self._jobs) > MOST_FETCHED:
            del self._jobs[next(iter(self._jobs))]
        return images

    def drop(self, job_id: str) -> None:
        """Drop a job's images: its row has them now, or they are no longer needed."""
        self._jobs.pop(job_id, None)
