"""The books hold whatever happens, and the test that says so would notice if they did not."""

from __future__ import annotations

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.services.store.machine import Books


def test_whatever_happens_the_store_agrees_with_the_ledger() -> None:
    run_state_machine_as_test(
        Books, settings=settings(max_examples=60, stateful_step_count=40, deadline=None)
    )
