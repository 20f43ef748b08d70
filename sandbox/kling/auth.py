"""Checks the Authorization header: an API key, or a JWT of access and secret key (section 3)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import cast

from sandbox.kling.contract import Refused
from sandbox.kling.options import Options

PARTS_OF_JWT = 3


def admit(header: str | None, *, options: Options, now: float, bare_key: bool = False) -> None:
    """Return if the credential is valid, otherwise raise Refused 1000..1004.

    `bare_key`: the header holds the key without "Bearer".
    """
    if not header:
        raise Refused(1001)
    scheme, _, credential = header.partition(" ")
    if bare_key:
        credential = header
    elif scheme != "Bearer":
        raise Refused(1000)
    if hmac.compare_digest(credential.encode(), options.key.encode()):
        return
    if credential.count(".") != PARTS_OF_JWT - 1:
        raise Refused(1002)
    _admit_jwt(credential, options=options, now=now)


def sign(signed: bytes, *, secret: str) -> str:
    """Return the HS256 signature as unpadded base64url."""
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _admit_jwt(token: str, *, options: Options, now: float) -> None:
    """Check signature, issuer, `nbf` and `exp`; official samples have no `iat`."""
    signed, _, signature = token.rpartition(".")
    head, _, claims_part = signed.partition(".")
    if _part(head).get("alg") != "HS256":
        raise Refused(1000)
    claims = _part(claims_part)
    if claims.get("iss") != options.access_key:
        raise Refused(1002, "access key not found")
    if not hmac.compare_digest(signature, sign(signed.encode(), secret=options.secret_key)):
        raise Refused(1000, "signature is invalid")
    if _instant(claims, "nbf", default=0) > now:
        raise Refused(1003)
    if _instant(claims, "exp", default=0) <= now:
        raise Refused(1004)


def _part(encoded: str) -> dict[str, object]:
    try:
        part = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except (binascii.Error, ValueError) as problem:
        raise Refused(1000) from problem
    if not isinstance(part, dict):
        raise Refused(1000)
    return cast("dict[str, object]", part)


def _instant(claims: dict[str, object], name: str, *, default: float) -> float:
    value = claims.get(name, default)
    return float(value) if isinstance(value, int | float) else default
