"""What the buttons do: the word between `rp:` and the Job's id."""

from __future__ import annotations

AGAIN, EDIT, USE = "again", "edit", "use"
"""What asks for pictures anew."""

COMPARE, DETAILS, LINKS, DELETE = "compare", "details", "links", "delete"
REPORT = "report"
"""Under a result."""

REPORT_HIDE, REPORT_DELETE = "report_hide", "report_delete"
REPORT_BLOCK, REPORT_DISMISS = "report_block", "report_dismiss"
"""Under a report of it."""
