"""Errors of the provider: error responses, or the lack of a response."""

from __future__ import annotations

from services.errors.base import BotError


class KlingError(BotError):
    """Base of the provider's errors: an error response, or the lack of a response.

    `code` is the service code (Kling's error table; None if there was none), `message` the
    provider's own text, cut to 300 characters, `retry_after_s` the seconds to wait that it asked
    for, if any. `in_envelope` is true if the response had the provider's own format: the page of a
    proxy or firewall says nothing about tasks, accounts or submissions.
    """

    def __init__(
        self,
        message: str = "",
        *,
        code: int | str | None = None,
        request_id: str | None = None,
        http_status: int | None = None,
        retry_after_s: float | None = None,
        in_envelope: bool = False,
    ) -> None:
        """Store the fields. The message may quote the prompt, so it is not part of str()."""
        super().__init__(f"code={code} http={http_status} request_id={request_id}")
        self.message = message[:300]
        self.code = code
        self.request_id = request_id
        self.http_status = http_status
        self.retry_after_s = retry_after_s
        self.in_envelope = in_envelope


class KlingUnreachable(KlingError):
    """No response or a 5xx; a POST that raises this was surely not accepted."""


class KlingBlocked(KlingUnreachable):
    """A proxy or firewall answered instead of the provider; `message` is its text.

    It says nothing about account, model, image or task. A POST that raises this was surely not
    accepted.
    """


class KlingTooLarge(KlingError):
    """The submission is larger than the gateway accepts (HTTP 413); it was not accepted."""


class KlingBusy(KlingError):
    """A rate limit (1302) or concurrency limit (1303) of the provider was reached."""


class SubmitUncertain(KlingError):
    """The POST was sent completely and no usable response came: it may have been accepted."""


class KlingRefused(KlingError):
    """The provider refuses the request: content, policy or a bad value (1200, 1201, 1300, 1301)."""


class KlingAccountProblem(KlingError):
    """The provider refuses the account (1000-1004, 1100-1102, 1304): the operator must act.

    The reason is the key, the balance or the list of allowed IP addresses.
    """


class KlingModelUnavailable(KlingError):
    """The account may not use this model, or it does not exist (1103, 1203)."""


class KlingTaskUnknown(KlingError):
    """The provider knows no task with this id."""


class KlingTaskFailed(KlingError):
    """A task failed after it was accepted; `message` is the reason (task_status_msg)."""


class KlingProtocolError(KlingError):
    """The response cannot be used: it is not JSON, or the task is done without an image."""
