"""Interface for metrics; the default implementation does nothing.

Code that counts something calls a Metrics object. With an HTTP_PORT it gets the implementation of
services/web/metrics.py, whose figures /metrics shows. Labels have few values and never identify a
member, server, channel or job.
"""

from __future__ import annotations

from services.errors import DeliveryFailed, KlingError, LimitReached
from services.models import Job, State


class Metrics:
    """Metrics that count nothing."""

    def accepted(self, job: Job) -> None:
        """Count a request that was accepted as a job."""

    def refused(self, limit: LimitReached) -> None:
        """Count a request that was refused by a limit."""

    def ended(self, state: State, *, reason: str) -> None:
        """Count a job that ended without images; the reason is its outcome's key."""

    def delivered(self, job: Job, *, now: float) -> None:
        """Count images posted in their channel, and the total time of their job."""

    def delivery_tried(self, failure: DeliveryFailed | None = None) -> None:
        """Count an attempt to post an outcome in a channel, and its failure if there was one."""

    def asked(self, method: str, failure: KlingError | None = None) -> None:
        """Count a call to the provider ("GET", "POST"), and its error if there was one."""

    def background_failed(self, name: str) -> None:
        """Count an error of a background task or an event listener.

        `name` is one of a fixed few.
        """

    def loop_was_late(self, seconds: float) -> None:
        """Record by how many seconds the event loop woke a sleeping task too late."""


NO_METRICS = Metrics()
