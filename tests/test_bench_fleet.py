"""The benchmark's parts for several processes: they count correctly and name missing programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import capacity, fleet
from bench.machine import memory_bytes
from bench.shared_store import take_part
from services.settings.types import Secret

LIVES = 10
ROOT = Path(__file__).resolve().parent.parent


async def test_job_takes_equal_transactions_on_both_databases(
    tmp_path: Path, postgresql_place: Secret
) -> None:
    of_file = await take_part(str(tmp_path / "bench.db"), 1, LIVES)
    of_server = await take_part(postgresql_place.reveal(), 1, LIVES)

    assert of_file["transactions"] == of_server["transactions"] == 7
    assert of_file["statements"] <= of_server["statements"] < of_file["statements"] + 6
    assert of_file["claim_statements"] <= of_server["claim_statements"]
    assert of_file["lives"] > 0


def test_bench_without_postgresql_says_so() -> None:
    figures = dict.fromkeys(
        ("claim_ms", "claim_statements", "life_ms", "statements", "transactions", "lives"), 1.0
    )
    bots = {("SQLite", 1): {"rate": 1.0, "cpu_ms": 1.0, "lost": 0.0}}
    table = fleet._table({("SQLite", 1): figures}, bots)

    assert len(table.rows) == 1
    assert table.aims == []
    assert "initdb, pg_ctl" in table.text()


@pytest.mark.proof
async def test_bench_times_guild_heartbeats() -> None:
    found = await capacity.time_heartbeats(50)

    assert found["create_us"] > found["update_us"] > 0
    assert found["bytes"] >= 0
    assert memory_bytes() > 0


@pytest.mark.parametrize("name", ["fleet", "capacity"])
def test_bench_results_are_stored(name: str) -> None:
    told = json.loads((ROOT / "bench" / "results" / f"{name}.json").read_text("utf-8"))

    assert any("PostgreSQL" in str(row[0]) for row in told["rows"])
    assert told["machine"]["cores"]
