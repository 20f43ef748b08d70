"""Errors of connections and their explanations; parsing of URLs that other services send."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

import aiohttp
from yarl import URL

# How a missing response shows, whichever library made the call.

NO_ANSWER = (aiohttp.ClientError, OSError, TimeoutError)
"""All errors by which a connection can fail; discord.py raises them unchanged."""

NO_TLS = (aiohttp.ClientSSLError, ssl.SSLError)
"""Errors by which a TLS connection fails before any request was sent."""

_EXPIRED, _NOT_YET, _WRONG_HOST, _WRONG_ADDRESS, _SELF_SIGNED, _OWN_ROOT = 10, 9, 62, 64, 18, 19
_INTERCEPTED = (
    "if a proxy of this network decrypts connections, install its root certificate here"
    " (SSL_CERT_FILE names a file of them)"
)
_CERTIFICATES: Mapping[int, str] = {
    _EXPIRED: "has expired: the host's operator must renew it, unless this computer's clock is"
    " ahead",
    _NOT_YET: "is not valid yet: set this computer's clock (NTP)",
    _WRONG_HOST: f"is for another name: check the host's name in the settings; {_INTERCEPTED}",
    _WRONG_ADDRESS: f"is for another name: use the host's name and not its address; {_INTERCEPTED}",
    _SELF_SIGNED: f"is self-signed: {_INTERCEPTED}",
    _OWN_ROOT: f"comes from an authority that this computer does not know: {_INTERCEPTED}",
}
"""OpenSSL's verification errors and their remedies; other errors are treated like the last row."""


def tls_trouble(error: BaseException, host: str) -> str:
    """Explain why no TLS connection to a host was made, and what the operator can do."""
    found = _verification(error)
    if found is not None:
        words = _CERTIFICATES.get(found.verify_code, _CERTIFICATES[_OWN_ROOT])
        return f"the certificate of {host} {words}"
    inner = getattr(error, "os_error", error)
    reason = getattr(inner, "reason", None) or type(error).__name__
    return (
        f"{host} and this computer could not agree on a secure connection ({reason}): check that"
        " the host serves https at this address, and check proxies and firewalls on the way"
    )


def _verification(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """Return OpenSSL's verification error from inside the exceptions that wrap it, or None."""
    while error is not None:
        inner = getattr(error, "certificate_error", None) or getattr(error, "os_error", None)
        for one in (error, inner):
            if isinstance(one, ssl.SSLCertVerificationError):
                return one
        error = error.__cause__
    return None


def parse_url(text: str, *, encoded: bool = False) -> URL:
    """Return the URL in a text of another service; raise ValueError if it is not one.

    yarl 1.25 raises IndexError for `https://[]@`.
    """
    try:
        return URL(text, encoded=encoded)
    except IndexError as error:
        raise ValueError(text) from error
