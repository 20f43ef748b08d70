"""Units are always accounted for correctly, and the test would notice if they were not."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.services.db.accounting_machine import AccountingMachine
from tests.services.db.planted_faults import FAULTS, Plant

pytestmark = pytest.mark.proof


SEARCH = settings(
    max_examples=800,
    stateful_step_count=40,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.generate,),
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
"""Searches for one counter-example with any number of steps; the same one every time."""


def test_store_agrees_with_the_ledger_after_any_calls() -> None:
    run_state_machine_as_test(
        AccountingMachine,
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],  # a busy computer is no fault
        ),
    )


@pytest.mark.parametrize("plant", FAULTS.values(), ids=FAULTS)
def test_accounting_machine_finds_each_planted_fault(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)

    with pytest.raises(AssertionError):
        run_state_machine_as_test(AccountingMachine, settings=SEARCH)
