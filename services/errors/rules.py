"""Errors of the rules that moderators set for their server: one error for each rule.

Modules import them from here, not from the package: so a new rule adds its error in one place only.
"""

from __future__ import annotations

from services.errors.requests import RequestError


class ChannelNotAllowed(RequestError):
    """The server accepts requests only in certain channels."""

    def __init__(self, channel_ids: tuple[int, ...]) -> None:
        """Store the ids of the allowed channels and categories."""
        super().__init__(", ".join(map(str, channel_ids)))
        self.channel_ids = channel_ids


class AgeRestrictedOnly(RequestError):
    """The server accepts requests only in age-restricted channels."""


class RoleRequired(RequestError):
    """The server accepts requests only of members with certain roles."""

    def __init__(self, role_ids: tuple[int, ...]) -> None:
        """Store the ids of the roles of which the member needs one."""
        super().__init__(", ".join(map(str, role_ids)))
        self.role_ids = role_ids


class MemberTooNew(RequestError):
    """The member has not been in the server for long enough."""

    def __init__(self, *, until: float) -> None:
        """Store when the member may request images, in Unix seconds."""
        super().__init__(f"until {until:.0f}")
        self.until = until


class WordBlocked(RequestError):
    """The prompt contains a word that the moderators blocked."""
