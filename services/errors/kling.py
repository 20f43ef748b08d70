"""Errors of the provider: its error responses, or the lack of a response."""

from __future__ import annotations

from services.errors.base import BotError


class KlingError(BotError):
    """The provider's error response, or the lack of a response.

    `code` is the service code (Kling's error table; None if there was none), `message` the
    provider's own text, cut to 300 characters, `retry_after_s` the wait it asked for, if any.
    `in_envelope` is true if the response had the provider's own format: a page from something in
    between says nothing about tasks, accounts or submissions.
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
    """Something in between answered instead of the provider; `message` holds its text.

    It says nothing about account, model, image or task. A POST that raises this was surely not
    accepted.
    """


class KlingTooLarge(KlingError):
    """The submission is larger than the gateway accepts (HTTP 413); it was not accepted."""


class KlingBusy(KlingError):
    """A rate (1302) or concurrency (1303) limit."""


class SubmitUncertain(KlingError):
    """The POST was sent completely and no usable response came: it may have been accepted."""


class KlingRefused(KlingError):
    """The provider refuses the request: content, policy or a bad value (1200, 1201, 1300, 1301)."""


class KlingAccountProblem(KlingError):
    """Key, balance or IP allowlist (1000-1004, 1100-1102, 1304): the operator must act."""


class KlingModelUnavailable(KlingError):
    """The account may not use this model, or it does not exist (1103, 1203)."""


class KlingTaskUnknown(KlingError):
    """The provider knows no task with this id."""


class KlingTaskFailed(KlingError):
    """The task was accepted and failed during generation; `message` holds task_status_msg."""


class KlingProtocolError(KlingError):
    """A response that cannot be parsed: not JSON, or done without an image."""
