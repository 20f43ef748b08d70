"""Access key and secret key, for accounts at Kling itself that have no API key.

Few accounts need them, and the library that signs tokens takes a tenth of a second to load. So this
is a module of its own, and only code that needs it imports it.
"""

from __future__ import annotations

import warnings

import jwt
from jwt.warnings import InsecureKeyLengthWarning

from services.kling.auth import CLOCK_CODES
from services.kling.error_codes import Code

TOKEN_LIFE_S = 1800
"""Lifetime of a signed token in seconds (Kling, authentication page: exp = now + 1800 s)."""

_RENEW_EARLY_S = 60
"""A token is replaced so many seconds before its end, since the server's clock may be ahead."""

_NOT_BEFORE_S = 5
"""Seconds by which a token's nbf ("not before") lies in the past (Kling, authentication page: now -
5 s)."""

_NOT_BEFORE_AFTER_COMPLAINT_S = 120
"""Seconds by which nbf lies in the past once the server has refused a token as not valid yet, or no
longer."""


class AccessKeyPair:
    """Access key and secret key that sign tokens: JWT, HS256, for the old image paths only.

    A token is reused until a minute before its end. If the server refuses it as not valid yet
    (1003) or no longer (1004), `renew` measures the server's clock by its Date header and uses that
    time for later tokens.
    """

    def __init__(self, access_key: str, secret_key: str) -> None:
        """Take both keys as Kling's developer console shows them."""
        self._access_key, self._secret_key = access_key.strip(), secret_key.strip()
        self._token, self._good_until = "", 0.0
        self._server_ahead_s, self._not_before_s = 0.0, _NOT_BEFORE_S

    def __repr__(self) -> str:
        """Show the type, never a key."""
        return "AccessKeyPair(...)"

    def authorization(self, now: float) -> str:
        """Return the header's value; sign a new token if the last one is near its end."""
        if now >= self._good_until:
            self._sign(now)
        return f"Bearer {self._token}"

    def renew(
        self, refused: str, *, code: Code | None, now: float, server_now: float | None
    ) -> bool:
        """Sign a new token with an earlier nbf, by the server's clock if it sent its time.

        Return False if the token was refused for another reason than its age.
        """
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
            # The length of a key that Kling issued is not our choice.
            warnings.simplefilter("ignore", InsecureKeyLengthWarning)
            self._token = jwt.encode(claims, self._secret_key, algorithm="HS256")
        self._good_until = now + TOKEN_LIFE_S - _RENEW_EARLY_S
