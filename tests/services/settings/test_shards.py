"""SHARD_COUNT and SHARD_IDS: ranges, and combinations that are refused."""

from __future__ import annotations

import pytest

from services.settings.loading import load
from tests.services.settings.test_loading import loaded, problems_with


@pytest.mark.parametrize(
    ("text", "ids"),
    [("0", (0,)), ("0-3,7", (0, 1, 2, 3, 7)), ("7, 1-2 2-3", (1, 2, 3, 7)), ("", None)],
)
def test_shards_are_ranges(text: str, ids: tuple[int, ...] | None) -> None:
    environ = {"SHARD_COUNT": "8", "SHARD_IDS": text}
    settings = load(environ, env_file=None)
    assert (settings.shard_count, settings.shard_ids) == (8, ids)


@pytest.mark.parametrize("text", ["3-1", "a", "1-", "-1", "1--2", "0-99999999999"])
def test_shard_ids_that_are_no_range_are_refused(text: str) -> None:
    (problem,) = problems_with({"SHARD_COUNT": "8", "SHARD_IDS": text})
    assert problem.startswith("SHARD_IDS: expected numbers of shards")


def test_shards_belong_to_a_count() -> None:
    assert loaded("SHARD_COUNT", "AUTO") == "auto"
    assert loaded("SHARD_COUNT", "") is None
    for count in ("0", "many", "1.5"):
        assert problems_with({"SHARD_COUNT": count})[0].startswith("SHARD_COUNT: expected auto")
    assert problems_with({"SHARD_IDS": "0"})[0].startswith("SHARD_COUNT: expected a number")
    assert problems_with({"SHARD_COUNT": "auto", "SHARD_IDS": "0"})
    (problem,) = problems_with({"SHARD_COUNT": "4", "SHARD_IDS": "2-4"})
    assert problem == "SHARD_IDS: expected numbers below SHARD_COUNT, 4"
