"""What is remembered of a Job some of whose images could be fetched, and others not yet."""

from __future__ import annotations

from services.models import Result

MOST_FETCHED = 256
"""Jobs whose images are remembered while others of theirs are out of reach."""


class FetchedImages:
    """Images that are here already, of Jobs that wait for the rest of theirs."""

    def __init__(self) -> None:
        """Begin with none."""
        self._jobs: dict[str, dict[int, Result]] = {}

    def of(self, job_id: str) -> dict[int, Result]:
        """Return a Job's images by the place of their address; the oldest Job is forgotten."""
        images = self._jobs.setdefault(job_id, {})
        while len(self._jobs) > MOST_FETCHED:
            del self._jobs[next(iter(self._jobs))]
        return images

    def forget(self, job_id: str) -> None:
        """Forget a Job's images: its row knows them now, or nobody needs them."""
        self._jobs.pop(job_id, None)
