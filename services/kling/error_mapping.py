"""Converts an unsuccessful response to a typed error."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from services.common.json_reading import (
    GOOD_WORDS,
    code,
    identifier,
    layers,
    mapping,
    parse,
    parse_events,
    text,
)
from services.errors import (
    KlingBlocked,
    KlingError,
    KlingProtocolError,
    KlingTooLarge,
    KlingUnreachable,
    SubmitUncertain,
)
from services.kling.error_codes import BLOCKED, RULES, Code, find_rule, is_clear_refusal
from services.kling.moderation import named
from services.kling.parsing import has_failed
from services.kling.response_origin import (
    describe_page,
    is_failed_task,
    is_garbled,
    is_providers,
    is_wall,
)

PARSED_AT_ONCE = 128 * 1024
"""Bytes of JSON up to which a response is parsed on the event loop, within a millisecond or two."""

_WHO = (1000, 1001, 1002, 1003, 1004)
"""Service codes that refuse our credential."""
UNREADABLE = "unreadable"
"""Our own code for a 2xx response that is not a JSON object."""

DECISIVE = frozenset({401, 402, 403, 413, 429})
"""Statuses about the account, the size or the rate: the response means that, even if it names a
task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorResponse:
    """One HTTP response, successful or not: status, relevant headers, and JSON (None: not JSON)."""

    http_status: int
    body: object = field(repr=False)
    retry_after_s: float | None = None
    """The delay that the Retry-After header asks for."""
    server_now: float | None = None
    """The server's time by its Date header, in Unix seconds."""
    is_providers: bool = True
    """Whether the JSON has the provider's format, or that of a gateway for it."""
    is_garbled: bool = False
    """Whether the body of a 2xx response is damaged JSON, or empty."""
    blocks: bool = False
    """Whether a proxy or firewall answered in the provider's place."""
    is_stored: bool = False
    """Whether a cache answered: the content may be outdated."""
    page: str = field(default="", repr=False)
    """For operators: what the text of a response says that is not the provider's."""

    @property
    def is_2xx(self) -> bool:
        """Whether the HTTP status is a success."""
        return HTTPStatus.OK <= self.http_status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def refuses_credential(self) -> bool:
        """Whether the provider refuses our credential (1000-1004, or 401)."""
        says_so = self.http_status == HTTPStatus.UNAUTHORIZED or find_code(self.body) in _WHO
        return self.is_providers and says_so

    @property
    def is_good(self) -> bool:
        """Whether it is a success: 2xx, a JSON object, and no code or one that means success.

        An unknown code next to a task id is a success too, since the task exists and may be billed.
        So is a failed task under HTTP 400, since the call itself succeeded.
        """
        if not self.is_providers or not (self.is_2xx or self._is_failed_task):
            return False
        found = find_code(self.body)
        return found is None or (found not in RULES and _names_a_task(self.body))

    @property
    def _is_failed_task(self) -> bool:
        return is_failed_task(self.http_status, self.body)


def read_answer(
    http_status: int, headers: Mapping[str, str], raw: bytes, *, now: float
) -> ErrorResponse:
    """Return the response as a record; `raw` is its body, `now` our time in Unix seconds."""
    server_now, body = _date(headers.get("Date", "")), parse(raw)
    is_2xx = HTTPStatus.OK <= http_status < HTTPStatus.MULTIPLE_CHOICES
    if body is None and is_2xx:
        body = parse_events(raw)
    ours = is_providers(http_status, body)
    garbled = is_2xx and not isinstance(body, dict) and is_garbled(raw)
    return ErrorResponse(
        http_status=http_status,
        body=body,
        retry_after_s=_retry_after(headers.get("Retry-After", ""), now=server_now or now),
        server_now=server_now,
        is_providers=ours,
        is_garbled=garbled,
        blocks=not ours and not garbled and is_wall(http_status, raw),
        is_stored=bool(re.fullmatch(r"0*[1-9]\d*", headers.get("Age", "").strip())),
        page="" if ours else describe_page(body, raw, headers),
    )


async def read_aside(
    http_status: int, headers: Mapping[str, str], raw: bytes, *, now: float
) -> ErrorResponse:
    """Do the same as `read_answer`, but parse a large body in a thread."""
    if len(raw) <= PARSED_AT_ONCE:
        return read_answer(http_status, headers, raw, now=now)
    return await asyncio.to_thread(read_answer, http_status, headers, raw, now=now)


def find_code(body: object) -> Code | None:
    """Return the service code of a refusal; None if the response refuses nothing.

    It is searched in `code`, `data.code` and `error.code`; a code of the table in error_codes.py is
    preferred to an unknown one. A code next to a failed task belongs to that task and is no
    refusal.
    """
    top, inner = layers(body)[:2]
    outer = code(top.get("code"))
    if has_failed(body):
        return outer
    error = top.get("error")
    codes = (
        outer,
        inner.get("code"),
        *(mapping(error).get(name) for name in ("code", "type", "status")),
    )
    found = named(list(filter(None, map(code, codes))))
    says_no = (isinstance(error, dict | str) and error) or top.get("success") is False
    return found or ("error" if says_no else None)


def join_messages(body: object) -> str:
    """Return all texts of the provider about a refusal, those of nested objects included."""
    top, inner = layers(body)[:2]
    places = (mapping(top.get("error")), mapping(inner.get("error")), top, inner)
    said = [text(each.get(key)) for each in places for key in ("message", "msg", "error", "detail")]
    words = [each for each in said if each and each.lower() not in GOOD_WORDS]
    return " | ".join(dict.fromkeys(words))


def refusal(answer: ErrorResponse, *, submitted: bool, whole: bool = True) -> KlingError:
    """Return the error for an unsuccessful response; `submitted`: it answers a POST.

    SubmitUncertain if a POST was sent completely (`whole`) and not clearly refused, also if the
    response names a task and has no code that is known: it may have been accepted. A POST that
    was not sent completely was not accepted: KlingUnreachable.
    """
    if not answer.is_providers:
        return _not_the_providers(answer, submitted=submitted, whole=whole)
    found = find_code(answer.body)
    status, message = answer.http_status, join_messages(answer.body)
    rule = find_rule(found, http_status=status, message=message, submitted=submitted)
    is_open = found not in RULES and status not in DECISIVE and _names_a_task(answer.body)
    if submitted and (is_open or not is_clear_refusal(rule, found, status, message=message)):
        return _made(SubmitUncertain if whole else KlingUnreachable, answer, found)
    return _made(rule.raises, answer, found)


def _not_the_providers(answer: ErrorResponse, *, submitted: bool, whole: bool) -> KlingError:
    """Return the error for a response of a proxy or firewall, which proves almost nothing.

    It may have forwarded a complete submission before. Only a submission that is too large for it
    was never forwarded.
    """
    if submitted and answer.http_status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _made(KlingTooLarge, answer, None)
    if submitted and whole:
        kind = SubmitUncertain
    elif answer.is_garbled:
        kind = KlingProtocolError
    else:
        kind = KlingBlocked if answer.blocks else KlingUnreachable
    return _made(
        kind, answer, UNREADABLE if answer.is_garbled else BLOCKED if answer.blocks else None
    )


def _made(kind: type[KlingError], answer: ErrorResponse, found: Code | None) -> KlingError:
    return kind(
        join_messages(answer.body) if answer.is_providers else answer.page,
        code=found,
        request_id=identifier(mapping(answer.body).get("request_id")),
        http_status=answer.http_status,
        retry_after_s=answer.retry_after_s,
        in_envelope=answer.is_providers and not answer.is_stored,
    )


def _names_a_task(body: object) -> bool:
    return any(identifier(layer.get("task_id")) for layer in layers(body)[:2])


def _date(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError):
        return None


def _retry_after(value: str, *, now: float) -> float | None:
    """Return the seconds of a Retry-After header: a number or an HTTP date (RFC 9110, 10.2.3)."""
    if re.fullmatch(r"\d{1,9}", value.strip()):
        return float(value)
    at = _date(value)
    return None if at is None else max(at - now, 0.0)
