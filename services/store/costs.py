"""What Jobs really cost, where the provider says so."""

from __future__ import annotations

from services.store.db import Db, Transactions
from services.store.thread import writing


class Costs:
    """Writes into Jobs what was taken for them."""

    def __init__(self, thread: Transactions) -> None:
        """Take the database."""
        self._thread = thread

    @writing
    def note(self, db: Db, job_id: str, *, deduction: float, cost_micro: int) -> None:
        """Keep the billing units that the provider took, and the cost that follows from them.

        Not for a Job that goes to the provider once more: what it will cost stays reserved.
        """
        db.execute(
            "UPDATE job SET deduction = ?, cost_micro = ?"
            " WHERE job.id = ? AND job.state NOT IN ('queued', 'submitting')",
            [deduction, cost_micro, job_id],
        )
