"""Random faults: repeatable by seed, in both worlds, over real HTTP."""

from __future__ import annotations

from collections import Counter

import aiohttp
import pytest

from sandbox import discord
from sandbox.faults import Rule
from sandbox.kling.options import Options
from sandbox.kling.server import serve
from sandbox.random_faults import FAULTS, RandomFaults

STATUSES = ["status"]
"""Faults that differ without breaking connections, so that requests keep their order."""


def weather(seed: int, *, rate: float = 0.3, requests: int = 400) -> list[str | None]:
    storm = RandomFaults(seed=seed, rate=rate)
    struck = [storm.strike("/api/v10/x") for _ in range(requests)]
    return [None if fault is None else str(fault) for fault in struck]


def test_a_seed_repeats_itself() -> None:
    assert weather(7) == weather(7)
    assert weather(7) != weather(8)


def test_the_rate_is_kept_and_every_fault_occurs() -> None:
    struck = Counter(weather(7, requests=4000))

    assert 0.65 < struck.pop(None) / 4000 < 0.75
    assert len(struck) == len(FAULTS)


def test_every_fault_is_a_rule() -> None:
    assert all(Rule.from_json(fault).action == fault["action"] for fault in FAULTS)


@pytest.mark.parametrize("path", ["/page/socket", "/page/uploads", "/sandbox/state"])
def test_what_a_person_does_is_spared(path: str) -> None:
    assert RandomFaults(seed=1, rate=1.0).strike(path) is None


def test_a_gateway_is_only_kept_from_opening() -> None:
    storm = RandomFaults(seed=1, rate=1.0)
    met = {str(fault["action"]) for _ in range(200) if (fault := storm.strike("/gateway/"))}

    assert met == {"status", "page", "drop_before", "reset", "silence", "delay"}


def test_other_paths_neither_meet_it_nor_use_it_up() -> None:
    storm = RandomFaults(seed=1, rate=1.0, path=r"/images/")

    assert storm.strike("/results/x") is None
    assert storm.strike("/v1/images/generations") is not None
    assert (storm.requests, storm.struck) == (1, 1)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"seed": 1, "rate": 2}, "rate 2"),
        ({"seed": 1, "rate": 0.1, "actions": ["explode"]}, "explode"),
        ({"seed": 1, "rate": 0.1, "colour": "red"}, "colour"),
        ({"seed": 1}, "rate"),
        ({"seed": 1, "rate": "much"}, "str"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_in_words(
    order: dict[str, object], words: str
) -> None:
    with pytest.raises((ValueError, TypeError), match=words):
        RandomFaults.from_json(order)


async def breaks_and_repeats(url: str, path: str) -> None:
    """Order the same random faults twice and compare what the same requests meet."""
    order = {"seed": 3, "rate": 0.5, "actions": STATUSES}
    async with aiohttp.ClientSession() as session:
        seen: list[list[int]] = []
        for _ in range(2):
            async with session.post(f"{url}/sandbox/faults", json=order) as answer:
                assert (await answer.json())["storms"] == 1
            seen.append([(await session.get(url + path)).status for _ in range(20)])
            async with session.get(f"{url}/sandbox/faults") as answer:
                [shown] = await answer.json()
                assert shown["requests"] == 20
            await session.delete(f"{url}/sandbox/faults")
        assert seen[0] == seen[1]
        assert len(set(seen[0])) > 2
        calm = {(await session.get(url + path)).status for _ in range(20)}
        assert len(calm) == 1


async def test_kling_has_weather() -> None:
    async with serve(Options(painter="copy")) as served:
        await breaks_and_repeats(served.url, "/kling/v1/images/generations/1")


async def test_discord_has_weather() -> None:
    async with discord.serve() as served:
        await breaks_and_repeats(served.url, "/api/v10/gateway")


async def test_a_bad_order_is_refused_over_http() -> None:
    async with (
        serve(Options(painter="copy")) as served,
        aiohttp.ClientSession() as session,
        session.post(f"{served.url}/sandbox/faults", json={"seed": 1, "rate": 7}) as answer,
    ):
        assert (answer.status, await answer.text()) == (400, "rate 7 is not between 0 and 1")
