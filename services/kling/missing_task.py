"""Recognizes the provider's own statement that it does not know a task."""

from __future__ import annotations

import re

from services.errors import KlingError, KlingTaskUnknown

_NO_SUCH_TASK = (1203, "task_not_exist", "task_not_found")
_NO_SUCH_TASK_WORDS = re.compile(
    r"\btask\b.{0,60}\bnot? ?(exist|found)|\bno such task|任务.{0,20}(不存在|未找到)", re.IGNORECASE
)


def says_no_such_task(error: KlingError) -> bool:
    """Return whether the provider itself, in its own format, says that there is no such task."""
    says_so = error.code in _NO_SUCH_TASK or bool(_NO_SUCH_TASK_WORDS.search(error.message))
    return isinstance(error, KlingTaskUnknown) and error.in_envelope and says_so
