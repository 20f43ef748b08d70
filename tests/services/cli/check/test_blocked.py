"""`check` when a proxy or the like answers instead of the provider."""

from __future__ import annotations

import pytest

from sandbox.pages import PAGES
from services.cli.check.findings import Verdict
from tests.services.cli.check.conftest import Examine
from tests.services.kling.scripted_provider import Script, says_raw, serve


@pytest.mark.parametrize(
    "name", ["cloudflare 1010", "cloudflare challenge", "nginx 401", "kong", "login page, 200"]
)
async def test_block_on_the_way_is_told_with_host_and_words(examine: Examine, name: str) -> None:
    page = PAGES[name]
    async with serve(Script()) as script:
        script.say(says_raw(page.body.encode(), status=page.status))
        found = await examine(KLING_BASE_URL=script.url)

    assert found.verdict("reachable") is Verdict.BAD
    assert found["reachable"].found.startswith("Blocked on the way to 127.0.0.1")
    assert f"HTTP {page.status}" in found["reachable"].found
    assert "key accepted" not in found


async def test_provider_without_tls_names_host_and_remedy(examine: Examine) -> None:
    async with serve(Script()) as script:
        found = await examine(KLING_BASE_URL=script.url.replace("http:", "https:"))

    assert found.verdict("reachable") is Verdict.BAD
    assert found["reachable"].found.startswith("No secure connection to 127.0.0.1.")
    assert "serves https at this address" in found["reachable"].found
