"""The addresses that Kling calls back: one a Job, which nobody else can guess."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Self
from urllib.parse import urlsplit

from services.common.ids import is_job_id
from services.db.notes import Notes

PATH = "/kling/callback"

_SECRET_NOTE = "callback_secret"  # noqa: S105 -- the note's name
_SECRET_BYTES = 32


class CallbackAddresses:
    """One address a Job, with a token that nobody can guess and nothing has to keep."""

    def __init__(self, public_url: str, *, secret: bytes) -> None:
        """Take where Kling reaches our port, and the secret that tokens are made with."""
        self._base, self._secret = public_url.rstrip("/"), secret

    @classmethod
    async def load(cls, public_url: str, *, notes: Notes) -> Self:
        """Take the secret from the notes, made there once: old addresses outlive a restart."""
        kept = await notes.get(_SECRET_NOTE)
        if kept is None:
            kept = secrets.token_hex(_SECRET_BYTES)
            await notes.put(_SECRET_NOTE, kept)
        return cls(public_url, secret=bytes.fromhex(kept))

    @property
    def paths(self) -> Sequence[str]:
        """Where calls arrive: a proxy may take PUBLIC_URL's own path off, or leave it on."""
        return tuple(dict.fromkeys((PATH, urlsplit(self._base).path + PATH)))

    def url_of(self, job_id: str) -> str:
        """Return the callback_url that a Job's submission carries."""
        return f"{self._base}{PATH}/{job_id}/{self._token(job_id)}"

    def is_ours(self, job_id: str, token: str) -> bool:
        """Tell, in constant time, whether we made this address."""
        right = self._token(job_id) if is_job_id(job_id) else ""
        return bool(right) and hmac.compare_digest(right.encode(), token.encode(errors="replace"))

    def _token(self, job_id: str) -> str:
        digest = hmac.digest(self._secret, job_id.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
