"""Decides whether a response comes from the provider, or from a proxy or firewall before it.

Proxies, firewalls, login pages and API gateways respond in formats of their own, also in JSON. Such
a response says nothing about an account, a model, an image or a task, so the format is checked
before anything else is read from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from services.common.json_reading import (
    Layer,
    code,
    decimal,
    first,
    identifier,
    layers,
    mapping,
    text,
)
from services.common.redaction import redacted
from services.kling.error_codes import OWN_CODES, RULES
from services.kling.parsing import has_failed, names_a_task, parse_task_id

PAGE_CHARACTERS = 100
"""Maximum characters of such a response's text that operators read."""

_READ_BYTES = 20_000
_SHORT_BYTES = 200
"""A plain text up to this size is an error's own text; a longer one may quote the request."""

_RPC_CODES = range(1, 17)
"""gRPC's status codes, which its JSON gateways write as `code` next to `details`."""

_HTTP_STATUSES = range(100, 600)
_BAD_REQUESTS = (400, 422)

_KNOWN = RULES.keys() - OWN_CODES
"""Service codes that the provider or a gateway sends."""

_PLAIN_TROUBLE = range(500, 505)
"""HTTP statuses of a gateway's own server when the service behind it is unavailable."""

_WALL = re.compile(
    rb"just a moment|challenge|attention required|captcha|access denied|error code: 1\d{3}\b"
    rb"|error 1\d{3}\b|incapsula|imperva|akamai|sucuri|web application firewall|request blocked"
    rb"|blocked by|\blog ?in\b|sign ?in",
    re.IGNORECASE,
)
"""Words in the pages of firewalls and login pages."""
_TITLE = re.compile(r"<(title|h1)\b[^>]*>(.*?)</\1", re.IGNORECASE | re.DOTALL)
_TAGS = re.compile(r"<[^>]*>")
_JSON_WORDS = ("title", "message", "error_msg", "detail", "error", "msg")


def is_providers(http_status: int, body: object) -> bool:
    """Return whether parsed JSON has the format of the provider, or of a gateway for it."""
    if not isinstance(body, dict):
        return False
    top, inner = layers(body)[:2]
    error = mapping(top.get("error"))
    if any(code(each.get("code")) in _KNOWN for each in (top, inner, error)):
        return True
    if any(identifier(each.get("task_id")) for each in (top, inner)):
        return True
    if _is_error_form(http_status, error) or is_failed_task(http_status, body):
        return True
    if HTTPStatus.OK <= http_status < HTTPStatus.MULTIPLE_CHOICES:
        return _is_good_form(http_status, top)
    return _is_service_code(http_status, top) and _says_something(top, inner)


def is_failed_task(http_status: int, body: object) -> bool:
    """Return whether it is a failed task under HTTP 400, as one of DMXAPI's routes answers."""
    return http_status == HTTPStatus.BAD_REQUEST and has_failed(body) and names_a_task(body)


def is_garbled(raw: bytes) -> bool:
    """Return whether a body is damaged JSON or empty, rather than a page of a proxy or firewall."""
    return raw.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"", b"{", b"[")


def is_wall(http_status: int, raw: bytes) -> bool:
    """Return whether a response that is not the provider's means that access is blocked.

    A plain 500 to 504 only means that the service behind is unavailable, unless its text has words
    of a firewall.
    """
    return http_status not in _PLAIN_TROUBLE or bool(_WALL.search(raw[:_READ_BYTES]))


def describe_page(body: object, raw: bytes, headers: Mapping[str, str]) -> str:
    """Describe for operators a response that is not the provider's: text, server, redirect."""
    words = _clean(_describe_body(body, raw))
    server = _clean(headers.get("Server", ""))
    target = urlsplit(headers.get("Location", "")).hostname
    parts = [
        f"“{words}”" if words else "no words",
        f"from {server}" if server else "",
        f"leads to {_clean(target)}" if target else "",
    ]
    return ", ".join(filter(None, parts))


def _is_good_form(http_status: int, top: Layer) -> bool:
    """Return whether a 2xx JSON object, its code missing or unknown, looks like the provider's."""
    if code(top.get("code")) is not None:
        return _is_service_code(http_status, top)
    keys = ("code", "data", "task_status", "images", "outputs", "success")
    return (
        parse_task_id(top) is not None
        or bool(text(top.get("status")))
        or any(key in top for key in keys)
    )


def _is_error_form(http_status: int, error: Layer) -> bool:
    """Return whether an error object has OpenAI's format, which gateways for Kling share.

    If its only code repeats the HTTP status, it belongs to another API.
    """
    has_code = code(error.get("code")) is not None
    if not has_code and not text(error.get("message")):
        return False
    is_openais = bool({"type", "param"} & error.keys())
    return is_openais or not has_code or _is_service_code(http_status, error)


def _is_service_code(http_status: int, layer: Layer) -> bool:
    """Return whether a layer's code says more than the HTTP status does, or is 400 or 422."""
    found, number = code(layer.get("code")), decimal(layer.get("code"))
    if found is None or found in OWN_CODES:
        return False
    if number is not None:
        is_rpc = number in _RPC_CODES and "details" in layer
        return number in _BAD_REQUESTS or (number not in _HTTP_STATUSES and not is_rpc)
    return _letters(str(found)) != _letters(_phrase(http_status))


def _says_something(top: Layer, inner: Layer) -> bool:
    places = (top, inner, mapping(inner.get("error")))
    return any(first(text, (each.get("message"), each.get("msg"))) for each in places)


def _phrase(http_status: int) -> str:
    try:
        return HTTPStatus(http_status).phrase
    except ValueError:
        return ""


def _letters(words: str) -> str:
    return re.sub(r"\W|_", "", words.lower())


def _describe_body(body: object, raw: bytes) -> str:
    if isinstance(body, dict):
        return first(text, (mapping(body).get(key) for key in _JSON_WORDS)) or ""
    page = raw[:_READ_BYTES].decode("utf-8", "replace")
    title = _TITLE.search(page)
    if title is not None:
        return title.group(2)
    return page if len(raw) <= _SHORT_BYTES else ""


def _clean(words: str) -> str:
    """Return a foreign text as one short line without tags, secrets or control characters."""
    line = " ".join(_TAGS.sub(" ", words).split())
    return redacted("".join(filter(str.isprintable, line)))[:PAGE_CHARACTERS]
