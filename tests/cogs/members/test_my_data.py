"""/about, /my-data and /forget-me: what is stored, all of it, and its deletion."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import simcord

from services.common.version import VERSION
from services.models import State
from tests.cogs.admin.guild_harness import restart_bot
from tests.support.bot_harness import BotHarness, simulated_bot
from tests.support.job_buttons import click
from tests.support.messages import gallery, text
from tests.support.task_durations import FIVE_MINUTES

ROOT = Path(__file__).resolve().parent.parent.parent.parent


async def my_data(world: BotHarness, who: simcord.MemberActor | None = None) -> dict[str, Any]:
    answer = await (who or world.ann).slash(world.channel, "my-data")
    assert answer.ephemeral
    assert answer.response is not None
    [file] = answer.response.attachments
    body = world.env.backend.cdn.get(file.url)
    assert body is not None
    return json.loads(body)


async def forget(world: BotHarness) -> str:
    asked = await world.ann.slash(world.channel, "forget-me")
    assert asked.ephemeral
    assert "Shall I forget you?" in text(asked.response)
    await click(world.ann, asked.response, "rp-forget")
    await world.at_rest()
    return text(asked.response)


async def test_about_names_the_provider_and_the_stored_data(world: BotHarness) -> None:
    answer = await world.ann.slash(world.channel, "about")

    shown = text(answer.response)
    assert answer.ephemeral
    assert "**Who paints:** 127.0.0.1" in shown
    assert "Kling" in shown
    assert "after 7 days" in shown
    assert f"Version {VERSION}" in shown
    assert "Source" not in shown


async def test_about_links_the_source_where_the_operator_names_it(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, SOURCE_URL="https://example.com/repaint") as world:
        world.says = {"locale": "zh-CN"}
        answer = await world.ann.slash(world.channel, "about")

        assert "源代码：https://example.com/repaint" in text(answer.response)


def test_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert project["version"] == VERSION


async def test_my_data_is_everything_of_mine_and_nothing_of_others(world: BotHarness) -> None:
    await world.repaint(prompt="my own cat", count=2)
    await world.until_settled()
    await world.repaint(world.bob, prompt="bobs dog")
    await world.until_settled(2)

    mine = await my_data(world)

    [request] = mine["requests"]
    assert (request["prompt"], request["images"], request["state"]) == (
        "my own cat",
        2,
        "delivered",
    )
    assert len(request["pictures"]) == 2
    assert request["server_id"] == str(world.guild.id)
    assert "token" not in json.dumps(mine)
    assert "bobs dog" not in json.dumps(mine)


async def test_forget_me_deletes_texts_images_and_rows_but_no_usage(world: BotHarness) -> None:
    await world.repaint(prompt="an unmistakable secret", count=2)
    [job] = await world.until_settled()
    folder = world.settings.pictures_path / job.id
    assert folder.exists()

    assert await forget(world) == "Done. 1 request is forgotten."

    assert not folder.exists()
    assert await world.used() == 2
    assert (await my_data(world))["requests"] == []
    answer = await world.ann.slash(world.channel, "jobs")
    assert "Nothing yet" in text(answer.response)
    [row] = await world.jobs()
    assert "secret" not in repr(row.request.prompt)


async def test_forget_me_cancels_waiting_and_discards_running_jobs(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, kling=FIVE_MINUTES, KLING_CONCURRENCY=1) as world:
        painted = await world.repaint(prompt="first secret")
        await world.until(lambda: "Painting" in text(painted.response))
        waiting = await world.repaint(prompt="second secret")

        await forget(world)
        first, second = await world.until_settled(2)

        assert (first.state, second.state) == (State.UNDELIVERED, State.CANCELLED)
        assert (first.given_back, second.given_back) == (False, True)
        assert gallery(painted.response) == gallery(waiting.response) == []
        assert not (world.settings.pictures_path / first.id).exists()
        assert await world.store.jobs.results(first.id) == []
        assert len(world.orders) == 1
        assert await world.used() == 1


async def test_forgetting_works_after_a_restart_and_asks_before(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path) as world:
        await world.repaint()
        await world.until_settled()
        asked = await world.ann.slash(world.channel, "forget-me")
        assert len((await my_data(world))["requests"]) == 1

        async with restart_bot(world):
            await click(world.ann, asked.response, "rp-forget")
            assert (await my_data(world))["requests"] == []


async def test_button_of_a_forgotten_job_says_so(world: BotHarness) -> None:
    answer = await world.repaint()
    await world.until_settled()
    await forget(world)

    told = await world.bob.click(answer.response, label="Details")

    assert "deleted their data" in text(told.response)
