"""What the provider answered, or that it did not."""

from __future__ import annotations

from services.errors.base import BotError


class KlingError(BotError):
    """The provider's answer, or its absence.

    `code` is the service code (Kling's error table; None when there was none), `message` the
    provider's own words, cut to 300 characters, `retry_after_s` the wait it asked for, if it did.
    `in_envelope` tells that the answer had the provider's own form: a page of something in between
    says nothing about tasks, accounts or submissions.
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
        """Keep the fields; the message may quote the prompt, so it stays out of str()."""
        super().__init__(f"code={code} http={http_status} request_id={request_id}")
        self.message = message[:300]
        self.code = code
        self.request_id = request_id
        self.http_status = http_status
        self.retry_after_s = retry_after_s
        self.in_envelope = in_envelope


class KlingUnreachable(KlingError):
    """No answer or a 5xx; a POST that raises this was surely not accepted."""


class KlingBlocked(KlingUnreachable):
    """Something on the way answered in the provider's place; `message` holds its words.

    Says nothing about account, model, picture or task; a POST that raises this was surely not
    accepted.
    """


class KlingTooLarge(KlingError):
    """The submission is larger than what the gateway takes (HTTP 413); it was not accepted."""


class KlingBusy(KlingError):
    """A rate (1302) or concurrency (1303) limit."""


class SubmitUncertain(KlingError):
    """The POST went out whole and no usable answer came back: it may have been accepted."""


class KlingRefused(KlingError):
    """The request can not be painted: content, policy or a bad value (1200, 1201, 1300, 1301)."""


class KlingAccountProblem(KlingError):
    """Key, balance or address list (1000-1004, 1100-1102, 1304): the operator must act."""


class KlingModelUnavailable(KlingError):
    """No right to this model, or it does not exist (1103, 1203)."""


class KlingTaskUnknown(KlingError):
    """The provider knows no task of that id."""


class KlingTaskFailed(KlingError):
    """The task was accepted and failed while painting; `message` holds task_status_msg."""


class KlingProtocolError(KlingError):
    """An answer that can not be understood: not JSON, or done without a picture."""
