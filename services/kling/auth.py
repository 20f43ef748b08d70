"""Who we are to the provider: an API key, or an access key with a secret key.

Both kinds go into the same header. A key belongs to one region: at the wrong host it looks like
a bad key (401, code 1002).
"""

from __future__ import annotations

import warnings
from typing import Protocol

import jwt
from jwt.warnings import InsecureKeyLengthWarning

from services.kling.error_codes import Code

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


# Access key and secret key, for accounts at Kling itself that have no API key.
#
# A module of its own: what signs tokens takes a tenth of a second to load, and few need it.

TOKEN_LIFE_S = 1800
"""A signed token's life (Kling, authentication page: exp = now + 1800 s)."""

_RENEW_EARLY_S = 60
"""Renewing at the very end would race the server's own clock."""

_NOT_BEFORE_S = 5
"""nbf lies in the past (Kling, authentication page: now - 5 s)."""

_NOT_BEFORE_AFTER_COMPLAINT_S = 120
"""How far nbf goes back once the server has called a token too young or too old."""


class AccessKeyPair:
    """Access key and secret key, from which tokens are signed: JWT, HS256, old image paths only.

    A token is kept until a minute before its end. When the server calls it too young (1003) or too
    old (1004), `renew` measures the server's clock by its Date header and signs by that afterwards.
    """

    def __init__(self, access_key: str, secret_key: str) -> None:
        """Take both keys as the console shows them."""
        self._access_key, self._secret_key = access_key.strip(), secret_key.strip()
        self._token, self._good_until = "", 0.0
        self._server_ahead_s, self._not_before_s = 0.0, _NOT_BEFORE_S

    def __repr__(self) -> str:
        """Show the kind, never a key."""
        return "AccessKeyPair(...)"

    def authorization(self, now: float) -> str:
        """Return the header's value, with a new token where the last one is near its end."""
        if now >= self._good_until:
            self._sign(now)
        return f"Bearer {self._token}"

    def renew(
        self, refused: str, *, code: Code | None, now: float, server_now: float | None
    ) -> bool:
        """Sign anew by the server's clock where it told the time, with an earlier nbf."""
        del refused
        if code not in CLOCK_CODES:
            return False
        if server_now is not None:
            self._server_ahead_s = server_now - now
        self._not_before_s = _NOT_BEFORE_AFTER_COMPLAINT_S
        self._sign(now)
        return True

    def _sign(self, now: float) -> None:
        at = int(now + self._server_ahead_s)
        claims = {
            "iss": self._access_key,
            "exp": at + TOKEN_LIFE_S,
            "nbf": at - self._not_before_s,
        }
        with warnings.catch_warnings():
            # The length of a key that Kling has issued is not ours to choose.
            warnings.simplefilter("ignore", InsecureKeyLengthWarning)
            self._token = jwt.encode(claims, self._secret_key, algorithm="HS256")
        self._good_until = now + TOKEN_LIFE_S - _RENEW_EARLY_S
