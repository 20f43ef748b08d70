"""A client library for Kling's image API and compatible gateways: submit, fetch, wait, generate.

It is usable without the bot; docs/client.md describes it.
"""

from services.kling.account import ResourcePack
from services.kling.auth import BearerKey, Credential
from services.kling.blocked_responses import is_foreign, may_be_accepted, tells_at_once
from services.kling.capabilities import OwnTask, ProviderCapabilities
from services.kling.client import KlingClient
from services.kling.connections import read_bounded
from services.kling.download import Downloaded
from services.kling.error_codes import (
    RULES,
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
from services.kling.parsing import NO_PICTURE, make_failure, read_task
from services.kling.payloads import (
    MAX_COUNT,
    MAX_PROMPT,
    Endpoint,
    ImageGeneration,
    MultiImage,
    OmniImage,
    Outpainting,
    Picture,
    Submission,
    as_sent,
)
from services.kling.poll_schedule import FIRST_POLL_S, PollSchedule, next_wait
from services.kling.provider import Provider, Routes, Timeouts, is_official
from services.kling.reconcile import (
    OLD_ENOUGH_S,
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
    "FIRST_POLL_S",
    "MAX_COUNT",
    "MAX_PROMPT",
    "NO_PICTURE",
    "OLD_ENOUGH_S",
    "RULES",
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
    "Picture",
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
    "as_sent",
    "asked_wait",
    "could_not_fetch_picture",
    "could_not_read_picture",
    "find_submission",
    "has_known_code",
    "is_foreign",
    "is_inline",
    "is_known_already",
    "is_official",
    "is_surely_unknown",
    "learn",
    "make_failure",
    "may_be_accepted",
    "next_wait",
    "read_bounded",
    "read_task",
    "rule_for",
    "says_no_such_task",
    "tells_at_once",
    "wait_before_retry",
]
