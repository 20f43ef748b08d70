"""Kling's image API and every gateway shaped like it: submit, fetch, wait, generate.

Usable without the bot: docs/client.md is its page.
"""

from services.kling.account import ResourcePack
from services.kling.auth import BearerKey, Credential
from services.kling.blocked_responses import is_foreign, tells_at_once
from services.kling.capabilities import OwnTask, ProviderCapabilities
from services.kling.client import KlingClient
from services.kling.download import Downloaded
from services.kling.error_codes import (
    CodeRule,
    Retry,
    asked_wait,
    could_not_fetch_picture,
    could_not_read_picture,
    has_known_code,
    is_known_already,
    rule_for,
    wait_before_retry,
)
from services.kling.inline_images import is_inline
from services.kling.parsing import NO_PICTURE, failure_of
from services.kling.payloads import (
    Endpoint,
    ImageGeneration,
    MultiImage,
    OmniImage,
    Outpainting,
    Submission,
)
from services.kling.poll_schedule import PollSchedule, next_wait
from services.kling.provider import Provider, Routes, Timeouts
from services.kling.reconcile import (
    SETTLED_S,
    TaskFound,
    TaskMissing,
    Unknown,
    find_submission,
    is_surely_unknown,
    learn,
    says_no_such_task,
)
from services.kling.task import Task, TaskImage, TaskLate, TaskPage, TaskStatus

__all__ = [
    "NO_PICTURE",
    "SETTLED_S",
    "BearerKey",
    "CodeRule",
    "Credential",
    "Downloaded",
    "Endpoint",
    "ImageGeneration",
    "KlingClient",
    "MultiImage",
    "OmniImage",
    "Outpainting",
    "OwnTask",
    "PollSchedule",
    "Provider",
    "ProviderCapabilities",
    "ResourcePack",
    "Retry",
    "Routes",
    "Submission",
    "Task",
    "TaskFound",
    "TaskImage",
    "TaskLate",
    "TaskMissing",
    "TaskPage",
    "TaskStatus",
    "Timeouts",
    "Unknown",
    "asked_wait",
    "could_not_fetch_picture",
    "could_not_read_picture",
    "failure_of",
    "find_submission",
    "has_known_code",
    "is_foreign",
    "is_inline",
    "is_known_already",
    "is_surely_unknown",
    "learn",
    "next_wait",
    "rule_for",
    "says_no_such_task",
    "tells_at_once",
    "wait_before_retry",
]
