"""What is counted while the bot works; the figures themselves are nobody's concern but a watcher's.

Those who count take a Meter and call it; the one here counts nothing. With an HTTP_PORT they get
the one of services/web/metrics.py, whose figures /metrics shows. No member, server, channel or
Job is ever named to it: a label has few values, and none of a person.
"""

from __future__ import annotations

from services.errors import DeliveryFailed, KlingError, LimitReached
from services.models import Job, State


class Metrics:
    """Counts nothing."""

    def accepted(self, job: Job) -> None:
        """Count a request that became a Job."""

    def refused(self, limit: LimitReached) -> None:
        """Count a request that a limit stood against."""

    def ended(self, state: State, *, reason: str) -> None:
        """Count a Job's end without pictures; the reason is its Outcome's key."""

    def delivered(self, job: Job, *, now: float) -> None:
        """Count pictures that are in their channel, and how long everything took."""

    def delivery_tried(self, failure: DeliveryFailed | None = None) -> None:
        """Count a try to put an Outcome into a channel, and how it went."""

    def asked(self, method: str, failure: KlingError | None = None) -> None:
        """Count a call to the provider ("GET", "POST"), and what it refused."""

    def background_failed(self, name: str) -> None:
        """Count an error of a background task or an event listener; `name` is one of a few."""

    def loop_was_late(self, seconds: float) -> None:
        """Note by how much the event loop woke a sleeper too late."""


NO_METRICS = Metrics()
