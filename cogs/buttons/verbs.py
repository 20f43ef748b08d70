"""What the buttons do: the word between `rp:` and the Job's id."""

from __future__ import annotations

AGAIN, EDIT, USE = "again", "edit", "use"
"""What asks for pictures anew."""

COMPARE, DETAILS, LINKS, DELETE = "compare", "details", "links", "delete"
REPORT, REPORT_DELETE, REPORT_BLOCK = "report", "report_delete", "report_block"
"""Under a result, and under a report of it."""
