"""Capabilities of a provider's path: detected from its answers, valid for a week."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.faults import Rule
from sandbox.kling.options import Options as KlingOptions
from services.engine.provider_health import LESSONS, PROOF_LIFE_S, RENEW_S
from services.kling import Endpoint, ProviderCapabilities
from tests.support.engine_harness import EngineHarness, running_engine

SLOW = KlingOptions(painter="copy", min_seconds=120, max_seconds=120)
PATH = Endpoint.GENERATIONS
KNOWN = ProviderCapabilities(external_id=True, list_call=True)


def learned(here: EngineHarness) -> ProviderCapabilities:
    return here.parts.provider.get_detected(PATH)


def later(here: EngineHarness, seconds: float) -> None:
    here.clock.move_to(here.clock.now() + seconds)


async def test_capabilities_are_detected_from_a_running_task(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=SLOW) as here:
        await here.ask()

        await here.until(lambda: learned(here) == KNOWN)

        assert here.channel.posted == []


@pytest.mark.parametrize("fault", ["404 page not found", {"message": "Not Found"}])
async def test_capability_probe_answered_by_pages_detects_nothing(
    tmp_path: Path, fault: object
) -> None:
    """Earlier versions stored a 404 at that moment for ever as "not supported"."""
    async with running_engine(tmp_path, kling=SLOW) as here:
        asked = await here.ask()
        await here.until(lambda: here.kling.book.tasks)
        pages = [
            Rule(action="status", method="GET", path=path, status=404, body=fault, times=None)
            for path in (f"{asked.id}$", "/generations$")
        ]
        here.kling.plan.rules += pages

        await here.until_over(asked)

        assert all(page.met for page in pages)
        assert learned(here) == ProviderCapabilities()


async def test_capabilities_expire_after_a_week_and_are_detected_again(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=SLOW) as here:
        await here.store_capabilities(external_id=False, lists=False)
        later(here, PROOF_LIFE_S - 1)
        assert learned(here) == ProviderCapabilities(external_id=False, list_call=False)
        later(here, 2)
        assert learned(here) == ProviderCapabilities()

        await here.ask()

        await here.until(lambda: learned(here) == KNOWN)


async def test_capabilities_are_replaced_by_contrary_evidence(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=SLOW) as here:
        await here.store_capabilities(external_id=False, lists=True)
        later(here, RENEW_S + 1)

        await here.ask()

        await here.until(lambda: learned(here) == KNOWN)


async def test_capability_probes_are_limited_per_day(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        watch = here.parts.provider

        wanted = [watch.wants_a_lesson(PATH) for _ in range(LESSONS + 1)]

        assert wanted == [True] * LESSONS + [False]
        later(here, RENEW_S)
        assert watch.wants_a_lesson(PATH)
        await watch.learn(KNOWN, PATH)
        assert not watch.wants_a_lesson(PATH)


async def test_capabilities_without_an_instant_prove_nothing(tmp_path: Path) -> None:
    """Capabilities stored by earlier versions may come from a proxy's page."""
    async with running_engine(tmp_path) as here:
        await here.store_capabilities(external_id=True, lists=True)
        thread = here.store.providers._thread
        await thread.transact(
            lambda db: db.execute("UPDATE endpoint_knowledge SET external_id_at = NULL"),
            writes=True,
        )

        await here.parts.provider.load()

        assert learned(here) == ProviderCapabilities(list_call=True)
