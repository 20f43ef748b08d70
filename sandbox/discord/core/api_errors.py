"""Discord's error responses: an HTTP status, a numeric code and a message."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.discord.core.json_types import Json

INVALID_FORM = 50035

CODES: Mapping[int, tuple[int, str]] = {
    0: (404, "404: Not Found"),
    10002: (404, "Unknown Application"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10011: (404, "Unknown Role"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    20016: (429, "This action cannot be performed due to slowmode rate limit"),
    30032: (400, "Maximum number of application commands reached"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    40094: (400, "Maximum number of follow-up messages reached"),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50027: (401, "Invalid Webhook Token"),
    50033: (400, "Invalid Recipient(s)"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    160002: (400, "Cannot reply without permission to read message history"),
    160005: (400, "Thread is locked"),
}


class Refusal(Exception):
    """A request that Discord refuses: `code` with its HTTP `status`, `message` and `errors`."""

    def __init__(
        self, code: int, *, errors: Json | None = None, message: str | None = None
    ) -> None:
        self.code = code
        self.status, words = CODES[code]
        self.message = message or words
        self.errors = errors
        super().__init__(self.message)

    def body(self) -> Json:
        """Return the JSON body of the response."""
        body: Json = {"message": self.message, "code": self.code}
        if self.errors:
            body["errors"] = self.errors
        return body


class Unauthorized(Refusal):
    """The bot token is missing or wrong: 401 with code 0."""

    def __init__(self) -> None:
        super().__init__(0, message="401: Unauthorized")
        self.status = 401
