"""Who we are to the provider: an API key, or an access key with a secret key (`access_keys.py`).

Both kinds go into the same header. A key belongs to one region: at the wrong host it looks like
a bad key (401, code 1002).
"""

from __future__ import annotations

from typing import Protocol

from services.kling.codes import Code

CLOCK_CODES = (1003, 1004)
"""A token that is not yet, or no longer valid (Kling, general page)."""


class Credential(Protocol):
    """Something that can sign a request."""

    def authorization(self, now: float) -> str:
        """Return the Authorization header's value for a request made at `now` (Unix seconds)."""
        ...

    def renew(
        self, refused: str, *, code: Code | None, now: float, server_now: float | None
    ) -> bool:
        """Change what will be sent after the value `refused` was; False: there is no other."""
        ...


class BearerKey:
    """A plain API key: every gateway, and Kling's own hosts since 2026-06-17.

    One gateway (Duomi) wants the key alone, without "Bearer". A key that is refused in one form is
    therefore tried in the other, and the form that was taken is kept.
    """

    def __init__(self, key: str) -> None:
        """Take the key as the console shows it."""
        self._key, self._scheme = key.strip(), "Bearer "

    def __repr__(self) -> str:
        """Show the kind, never the key."""
        return "BearerKey(...)"

    def authorization(self, now: float) -> str:
        """Return the header's value; the key does not age."""
        del now
        return self._scheme + self._key

    def renew(
        self, refused: str, *, code: Code | None, now: float, server_now: float | None
    ) -> bool:
        """Take the other form, unless a call beside this one has done so; a key has no clock."""
        del server_now
        if code in CLOCK_CODES:
            return False
        if refused == self.authorization(now):
            self._scheme = "" if self._scheme else "Bearer "
        return True
