"""Callback URLs for Kling: one per job, with a token that other parties cannot guess."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Self
from urllib.parse import urlsplit

from services.common.ids import is_job_id
from services.common.key_value import KeyValueStore

PATH = "/kling/callback"

_SECRET_NOTE = "callback_secret"  # noqa: S105 -- the note's name
_SECRET_BYTES = 32


class CallbackAddresses:
    """Creates and checks callback URLs, whose tokens are derived from a secret and never stored."""

    def __init__(self, public_url: str, *, secret: bytes) -> None:
        """`public_url`: where Kling reaches our port; `secret`: the key of the tokens."""
        self._base, self._secret = public_url.rstrip("/"), secret

    @classmethod
    async def load(cls, public_url: str, *, notes: KeyValueStore) -> Self:
        """Load the secret from the database, or create it once, so that URLs outlive a restart."""
        kept = await notes.get(_SECRET_NOTE)
        if kept is None:
            kept = secrets.token_hex(_SECRET_BYTES)
            await notes.put(_SECRET_NOTE, kept)
        return cls(public_url, secret=bytes.fromhex(kept))

    @property
    def paths(self) -> Sequence[str]:
        """URL paths of incoming calls: a proxy may remove PUBLIC_URL's own path, or leave it."""
        return tuple(dict.fromkeys((PATH, urlsplit(self._base).path + PATH)))

    def make_url(self, job_id: str) -> str:
        """Return the callback_url for a job's submission."""
        return f"{self._base}{PATH}/{job_id}/{self._token(job_id)}"

    def is_ours(self, job_id: str, token: str) -> bool:
        """Return, in constant time, whether the token is the one of this job's URL."""
        right = self._token(job_id) if is_job_id(job_id) else ""
        return bool(right) and hmac.compare_digest(right.encode(), token.encode(errors="replace"))

    def _token(self, job_id: str) -> str:
        digest = hmac.digest(self._secret, job_id.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
