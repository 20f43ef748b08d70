"""The format of a user's data export: its names are stable, and every figure is the row's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from services.db import Store
from services.history.privacy import PersonalData
from services.models import Result, Source
from services.storage import LocalStorage
from tests.services.db.conftest import StoreHarness
from tests.support.requests import NOON, a_request
from tests.support.time import HandClock

USER_ID = 1


async def file_of(store: Store, folder: Path, user_id: int = USER_ID) -> dict[str, Any]:
    data = PersonalData(
        store=store,
        storage=LocalStorage(folder),
        zone=ZoneInfo("UTC"),
        clock=HandClock(),
        wake=lambda: None,
    )
    export = await data.export(user_id)
    assert export.name == "my-data.json"
    return json.loads(export.body)


async def painted(harness: StoreHarness) -> str:
    """Bring a request with all fields set to its result."""
    source = Source(url="https://cdn.example/cat.png", name="cat.png", size=2048)
    request = replace(a_request(user_id=USER_ID, locale="zh-CN"), source=source)
    job = await harness.running(request)
    await harness.store.jobs.mark_acknowledged(job.id, 77)
    result = Result(
        position=0,
        path=Path(job.id) / "one.png",
        url="https://results.example/one.png",
        width=640,
        height=480,
        size=1000,
    )
    await harness.store.jobs.mark_ready(job.id, [result], now=NOON + 30)
    return job.id


async def test_file_has_every_name_and_figure(tmp_path: Path) -> None:
    async with Store(tmp_path / "repaint.db", provider="p") as store:
        harness = StoreHarness(store)
        job_id = await painted(harness)
        whole = await file_of(store, tmp_path)

    assert whole["user_id"] == str(USER_ID)
    assert whole["made_at"] == "2026-11-22T12:00:00+00:00"
    [job] = whole["requests"]
    options = job.pop("options")
    assert (options["model"], options["count"]) == ("kling-v3", 1)
    assert job.pop("asked_at").startswith("2026-11-22T12:00:00.01")
    assert job == {
        "id": job_id,
        "state": "ready",
        "done_at": "2026-11-22T12:00:30+00:00",
        "prompt": "as an oil painting",
        "images": 1,
        "counts": True,
        "images_counted": 1,
        "server_id": "5",
        "channel_id": "50",
        "message_id": "77",
        "language": "zh-CN",
        "task_id": f"task-{job_id}",
        "outcome": None,
        "sources": [{"name": "cat.png", "size": 2048}],
        "pictures": [
            {
                "name": "one.png",
                "width": 640,
                "height": 480,
                "bytes": 1000,
                "link": "https://results.example/one.png",
            }
        ],
    }


async def test_export_of_unknown_values_is_null(tmp_path: Path) -> None:
    async with Store(tmp_path / "repaint.db", provider="p") as store:
        await StoreHarness(store).accept(a_request(user_id=USER_ID, guild_id=None))
        [job] = (await file_of(store, tmp_path))["requests"]

    unknown = ("done_at", "server_id", "message_id", "task_id", "outcome")
    assert [job[name] for name in unknown] == [None] * 5
    assert (job["state"], job["pictures"]) == ("queued", [])


async def test_export_contains_no_requests_of_others(tmp_path: Path) -> None:
    async with Store(tmp_path / "repaint.db", provider="p") as store:
        await StoreHarness(store).accept(a_request(user_id=2))
        assert (await file_of(store, tmp_path))["requests"] == []
