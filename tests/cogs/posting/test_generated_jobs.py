"""Messages about images that were generated but cannot be fetched, or that never came."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import simcord

from sandbox.faults import Rule
from sandbox.kling.task_lifecycle import Fate
from services.common.durations import HOUR_S
from services.models import Job
from tests.support.bot_harness import BotHarness, simulated_bot
from tests.support.job_buttons import click, click_stale, ids_of, menu, pick
from tests.support.messages import gallery, parts, text

CANCEL = "rp:cancel"
NEVER = ("Painting", "never finished", "绘制中")


async def stuck(world: BotHarness, **options: Any) -> simcord.InteractionResult:
    """Request an image that is generated and whose download answers 404."""
    world.kling.plan.add(Rule(action="status", status=404, path="/results/", times=None))
    answer = await world.repaint(**options)
    await world.until(
        lambda: "Generated" in text(answer.response) or "已生成" in text(answer.response)
    )
    return answer


async def only_job(world: BotHarness) -> Job:
    [job] = await world.jobs()
    return job


async def test_generated_job_message_says_until_when_and_has_no_cancel(
    world: BotHarness,
) -> None:
    answer = await stuck(world)
    await world.at_rest()

    job = await only_job(world)
    until = int((job.submitted_at or 0) + 24 * HOUR_S)
    shown = text(answer.response)
    assert f"it can't be fetched from the service yet. I keep trying until <t:{until}:f>" in shown
    assert not any(word in shown for word in NEVER)
    assert not [one for one in ids_of(answer.response) if one.startswith(CANCEL)]


async def test_generated_job_given_up_says_it_could_not_be_fetched(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, KLING_GIVE_UP=1) as world:
        answer = await stuck(world)
        await world.until(lambda: "could not be fetched" in text(answer.response))

        shown = text(answer.response)
        assert "Nothing was counted against your limit" in shown
        assert not any(word in shown for word in NEVER)
        assert await world.used() == 0
        listed = await world.ann.slash(world.channel, "jobs")
        assert "Generated, could not be fetched" in text(listed.response)
        assert not any(word in text(listed.response) for word in NEVER)


async def test_generated_job_without_an_image_says_so(world: BotHarness) -> None:
    world.kling.plan.add(Rule(action="garbage", path="/results/", times=None))
    answer = await world.repaint()
    await world.until(lambda: "could not be fetched" in text(answer.response))

    assert "is no picture that can be used" in text(answer.response)
    assert await world.used() == 0


async def test_cancel_of_a_generated_job_says_it_is_generated(world: BotHarness) -> None:
    answer = await stuck(world)
    job = await only_job(world)

    told = await click_stale(world, world.ann, answer.response, f"{CANCEL}:{job.id}")

    assert "It is generated already" in text(told.response)
    assert "painting" not in text(told.response)
    await click(world.ann, told.response, "rp:withhold")
    await world.at_rest()
    world.kling.plan.clear()
    await world.until_settled()
    assert gallery(answer.response) == []


async def test_jobs_list_and_limit_call_the_job_generated(world: BotHarness) -> None:
    await stuck(world)
    job = await only_job(world)

    listed = await world.ann.slash(world.channel, "jobs")
    assert "**Generated, being fetched**" in text(listed.response)
    assert menu(listed.response) == [job.id]
    await pick(world.ann, listed.response, [job.id])
    assert "### Generated, being fetched" in text(listed.response)
    assert not [one for one in ids_of(listed.response) if one.startswith(CANCEL)]
    quota = await world.ann.slash(world.channel, "quota")
    assert "generated, being fetched" in text(quota.response)


async def test_generated_jobs_do_not_count_as_open(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, USER_RUNNING_JOBS=1, USER_QUEUED_JOBS=1) as world:
        answers = [await stuck(world) for _ in range(4)]

        assert all("Generated" in text(answer.response) for answer in answers)


async def test_generated_job_with_a_slow_download_says_being_fetched(world: BotHarness) -> None:
    world.kling.plan.add(Rule(action="silence", seconds=30.0, path="/results/"))
    answer = await world.repaint()
    await world.until(lambda: "being fetched" in text(answer.response))

    assert "**Generated** · being fetched from the service" in text(answer.response)
    await world.until_settled()
    assert len(gallery(answer.response)) == 1


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en-US", "2 of 3 came: the others were not generated, or could not be fetched. 1 picture"),
        ("zh-CN", "请求了 3 张，得到 2 张：其余的没有生成，或无法取回。已退还 1 张图片的额度。"),
    ],
)
async def test_partial_refund_is_shown_in_the_message(
    world: BotHarness, locale: str, words: str
) -> None:
    world.says = {"locale": locale, "guild_locale": locale}
    world.kling.api.life.ordain(Fate(images=2))
    answer = await world.repaint(count=3)
    await world.until_settled()

    assert words in text(answer.response)
    assert len(gallery(answer.response)) == 2
    assert await world.used() == 2


async def test_partial_refund_is_shown_in_jobs(world: BotHarness) -> None:
    world.kling.api.life.ordain(Fate(images=1))
    await world.repaint(count=3)
    [job] = await world.until_settled()

    listed = await world.ann.slash(world.channel, "jobs")
    await pick(world.ann, listed.response, [job.id])

    assert "It counts as 1 picture." in text(listed.response)


async def test_partial_refund_text_is_absent_if_all_images_came(world: BotHarness) -> None:
    answer = await world.repaint(count=2)
    await world.until_settled()

    assert "came" not in text(answer.response)
    assert parts(answer.response)
