"""Submissions that the sandbox's Kling refuses in the provider's own form."""

from __future__ import annotations

from typing import Any

from sandbox.faults import Rule

SUBMIT = r"/images/generations$"


def refusal_rule(status: int, code: int, message: str, **how: Any) -> Rule:
    """Return a rule that refuses submissions with an HTTP status and one of Kling's codes.

    `how` is passed on to Rule.
    """
    body = {"code": code, "message": message, "request_id": "r"}
    return Rule(action="status", method="POST", path=SUBMIT, status=status, body=body, **how)
