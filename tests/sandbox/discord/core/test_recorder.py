"""Requests can be recorded exactly as they arrived, refused or not, for a later check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.discord import Options, Served

CHANNEL = "/api/v10/channels/{channel}/messages"


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options(record=tmp_path / "recorded")


def recorded(folder: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in folder.glob("*.jsonl")
        for line in path.read_text("utf-8").splitlines()
    ]


async def say(web: aiohttp.ClientSession, served: Served, **body: object) -> int:
    channel = served.place.world.studio.channels[0]
    headers = {"Authorization": f"Bot {served.place.options.token}"}
    path = CHANNEL.format(channel=channel)
    async with web.post(path, json=body, headers=headers) as answer:
        return answer.status


async def test_a_body_is_kept_with_its_route_and_the_answer(
    served: Served, web: aiohttp.ClientSession, tmp_path: Path
) -> None:
    await say(web, served, content="hello", misspelt=1)
    await say(web, served, content="hello")

    first, second = recorded(tmp_path / "recorded")
    assert first["body"] == {"content": "hello", "misspelt": 1}
    assert (first["status"], second["status"]) == (400, 200)
    assert second["route"] == f"POST {CHANNEL}"


async def test_of_files_only_names_and_sizes_are_kept(
    served: Served, web: aiohttp.ClientSession, tmp_path: Path
) -> None:
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps({"attachments": [{"id": 0}]}))
    form.add_field("files[0]", b"12345", filename="cat.png")
    path = CHANNEL.format(channel=served.place.world.studio.channels[0])
    headers = {"Authorization": f"Bot {served.place.options.token}"}
    async with web.post(path, data=form, headers=headers):
        pass

    assert [entry["files"] for entry in recorded(tmp_path / "recorded")] == [{"0": ["cat.png", 5]}]


async def test_nothing_is_kept_unless_wished(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SANDBOX_RECORD", raising=False)
    assert Options().record is None
    monkeypatch.setenv("SANDBOX_RECORD", str(tmp_path))
    assert Options().record == tmp_path
