"""Credentials for the provider: an API key, or an access key with a secret key.

Both kinds are sent in the same header. A key belongs to one region: at the wrong host it looks like
an invalid key (401, code 1002).
"""

from __future__ import annotations

from typing import Protocol

from services.kling.error_codes import Code

CLOCK_CODES = (1003, 1004)
"""Service codes for a token that is not valid yet, or no longer (Kling, general page)."""


class Credential(Protocol):
    """Interface of a credential that authorizes requests."""

    def authorization(self, now: float) -> str:
        """Return the Authorization header's value for a request made at `now` (Unix seconds)."""
        ...

    def renew(
        self, refused: str, *, code: Code | None, now: float, server_now: float | None
    ) -> bool:
        """Change the header's value after `refused` was refused; return False if no other can help.

        `code` is the service code of the refusal, `now` our time and `server_now` that of the
        response (Unix seconds; None: unknown).
        """
        ...


class BearerKey:
    """A plain API key: for every gateway, and for Kling's own hosts since 2026-06-17.

    One gateway (Duomi) expects the key alone, without "Bearer". So if a key is refused with
    "Bearer", it is tried without, or the other way round; the form that is accepted is used from
    then on.
    """

    def __init__(self, key: str) -> None:
        """Take the key as the provider's console shows it."""
        self._key, self._scheme = key.strip(), "Bearer "

    def __repr__(self) -> str:
        """Show the type, never the key."""
        return "BearerKey(...)"

    def authorization(self, now: float) -> str:
        """Return the header's value; a key does not expire."""
        del now
        return self._scheme + self._key

    def renew(
        self, refused: str, *, code: Code | None, now: float, server_now: float | None
    ) -> bool:
        """Add or remove "Bearer", unless a concurrent call did so; a key has no clock error."""
        del server_now
        if code in CLOCK_CODES:
            return False
        if refused == self.authorization(now):
            self._scheme = "" if self._scheme else "Bearer "
        return True
