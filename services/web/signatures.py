"""Standard Webhooks signatures, which Kling makes once the operator has created a secret there.

The secret belongs to one account. Behind a gateway the calls come from Kling on the gateway's
account, signed by the gateway's secret or by none: there nothing can be verified, and
KLING_WEBHOOK_SECRET has to stay unset (the token in each address remains).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Mapping

from services.clock import Clock

SKEW_S = 300.0
"""How old, or how far ahead, a call's time stamp may be (Kling, callbacks page: 5 minutes)."""

REMEMBERED = 4096
"""Calls known by their id; one older than SKEW_S is refused anyway."""

_PREFIX = "whsec_"
_VERSION = "v1"


class Signatures:
    """Tell genuine calls from others, and first ones from repetitions."""

    def __init__(self, secret: str, *, clock: Clock) -> None:
        """Take the secret as Kling's console shows it: whsec_ and base64."""
        self._key = base64.b64decode(secret.removeprefix(_PREFIX))
        self._clock = clock
        self._seen: OrderedDict[str, None] = OrderedDict()

    def vouch_for(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Tell whether one of the call's signatures is right and its time stamp recent."""
        message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not message_id or not re.fullmatch(r"[0-9]{1,12}", stamp):
            return False
        if abs(self._clock.now() - int(stamp)) > SKEW_S:
            return False
        signed = f"{message_id}.{stamp}.".encode(errors="replace") + body
        right = base64.b64encode(hmac.digest(self._key, signed, hashlib.sha256))
        # Two secrets are valid for a week while one replaces the other: each signs.
        given = [each.partition(",") for each in headers.get("webhook-signature", "").split()]
        return any(
            hmac.compare_digest(right, value.encode(errors="replace"))
            for version, _, value in given
            if version == _VERSION
        )

    def has_seen(self, headers: Mapping[str, str]) -> bool:
        """Tell whether a call with this id has been taken before."""
        return headers.get("webhook-id", "") in self._seen

    def remember(self, headers: Mapping[str, str]) -> None:
        """Keep the id of a call that was taken, the oldest make room."""
        self._seen[headers.get("webhook-id", "")] = None
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
