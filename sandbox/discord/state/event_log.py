"""A log of what happened in the sandbox, for tests, the demo and benchmarks."""

from __future__ import annotations

from collections import Counter, deque

from sandbox.discord.core.api_errors import Refusal
from sandbox.discord.core.json_types import Json
from sandbox.discord.core.model import Pings

MAX_EVENTS = 10_000


class Ledger:
    """Counts requests by route; records every refusal and every ping."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.breaks: deque[Json] = deque(maxlen=MAX_EVENTS)
        self.pings: deque[Json] = deque(maxlen=MAX_EVENTS)

    def refused(self, refusal: Refusal, *, route: str, at: float) -> None:
        """Record a refusal; for a well-behaved bot this list stays empty."""
        entry: Json = {"at": at, "route": route, "status": refusal.status, "code": refusal.code}
        entry |= {"reason": refusal.message}
        if refusal.errors:
            entry["errors"] = refusal.errors
        self.breaks.append(entry)

    def pinged(self, message_id: str, *, pings: Pings) -> None:
        """Record whom a new message pinged, if it pinged a user, a role or everyone."""
        users = [user.id for user in pings.users]
        if users or pings.roles or pings.everyone:
            ping: Json = {"message_id": message_id, "users": users, "roles": pings.roles}
            self.pings.append(ping | {"everyone": pings.everyone})
