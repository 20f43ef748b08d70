"""A user's data export names every image that they uploaded."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from services.db import Store
from services.history.privacy import PersonalData
from services.models import Source
from services.storage import LocalStorage
from tests.services.db.conftest import StoreHarness
from tests.support.requests import a_request
from tests.support.time import HandClock


async def test_export_contains_all_images_of_a_blend(tmp_path: Path) -> None:
    further = Source(url="https://cdn.example/two.png", name="two.png", size=7)
    request = replace(a_request(), kind="blend", more=(further,))
    async with Store(tmp_path / "repaint.db", provider="p") as store:
        await StoreHarness(store).accept(request)
        data = PersonalData(
            store=store,
            storage=LocalStorage(tmp_path),
            zone=ZoneInfo("UTC"),
            clock=HandClock(),
            wake=lambda: None,
        )
        body = json.loads((await data.export(request.user_id)).body)

    [job] = body["requests"]
    assert [each["name"] for each in job["sources"]] == [request.source.name, "two.png"]
