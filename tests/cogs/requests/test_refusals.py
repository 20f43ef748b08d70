"""Refusals are private and in words; a refused request holds no units and sends nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import simcord

from services.models import State
from tests.support.bot_harness import BotHarness, make_image, simulated_bot
from tests.support.messages import text

CARRYING = "kling-v2-1"


async def assert_refused(
    world: BotHarness, answer: simcord.InteractionResult, words: str, *, used: int = 0
) -> None:
    assert answer.ephemeral
    assert answer.followups == []
    assert words in text(answer.response)
    await world.at_rest()
    assert await world.used() == used
    assert len(world.orders) == len(await world.jobs())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"image": ("cat.png", make_image(63, 100))}, "too small (63 × 100)"),
        ({"image": ("cat.png", make_image(1001, 400))}, "long and thin (1,001 × 400)"),
        ({"prompt": " \n\t "}, "what the picture should become"),
        ({"prompt": "x" * 2490, "style": "oil"}, "2,500 is the most"),
        ({"style": "nonsense"}, "a style called “nonsense”"),
        ({"model": "kling-v3", "reference": "face"}, "can't use the option “reference”"),
        ({"model": "kling-v3", "fidelity": 0.5}, "can't use the option “fidelity”"),
        ({"model": "kling-v3", "human_fidelity": 0.5}, "the option “human_fidelity”"),
        (
            {"model": CARRYING, "reference": "face", "human_fidelity": 0.5},
            "the option “human_fidelity”",
        ),
        ({"model": CARRYING, "ratio": "21:9"}, "It takes: 16:9, 9:16"),
    ],
)
async def test_request_that_cannot_be_generated_is_refused(
    world: BotHarness, options: dict[str, Any], words: str
) -> None:
    await assert_refused(world, await world.repaint(**options), words)


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"size": 50_000_001}, "50.0 MB is the most"),
        ({"width": 6000, "height": 6000}, "36.0 megapixels where 25.0 megapixels is the most"),
        ({"content_type": "video/mp4"}, "can't read that file"),
        ({"filename": "notes.txt", "content_type": "text/plain"}, "can't read that file"),
    ],
)
async def test_image_description_by_discord_is_checked_before_the_fetch(
    world: BotHarness, claims: dict[str, Any], words: str
) -> None:
    world.claims = claims

    await assert_refused(world, await world.repaint(), words)


async def test_request_above_the_users_daily_limit_is_refused(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, USER_DAILY_IMAGES=3) as world:
        await world.repaint(count=2)
        await world.until_settled()

        answer = await world.repaint(count=2)

        await assert_refused(world, answer, "You have 1 of 3 pictures left today", used=2)
        assert "resets <t:1767312000:R>" in text(answer.response)


async def test_request_above_the_servers_daily_limit_is_refused(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, GUILD_DAILY_IMAGES=2) as world:
        await world.repaint(world.bob, count=2)
        await world.until_settled()

        await assert_refused(world, await world.repaint(), "This server has 0 of 2 pictures left")


async def test_request_above_the_bots_daily_limit_is_refused(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, BOT_DAILY_IMAGES=2) as world:
        await world.repaint(world.bob, count=2)
        await world.until_settled()

        await assert_refused(world, await world.repaint(), "The bot has 0 of 2 pictures left")


async def test_more_requests_than_one_member_may_have_open(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, USER_RUNNING_JOBS=1, USER_QUEUED_JOBS=1) as world:
        for _ in range(2):
            await world.repaint()

        answer = await world.repaint()

        assert answer.ephemeral
        assert "You have 2 requests in the works" in text(answer.response)
        assert await world.used() == 2
        assert not (await world.repaint(world.bob)).ephemeral


async def test_request_within_the_cooldown_is_refused(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, USER_COOLDOWN=30) as world:
        asked_at = int(world.clock.now())
        await world.repaint()

        answer = await world.repaint()

        assert answer.ephemeral
        assert f"You can ask again <t:{asked_at + 30}:R>" in text(answer.response)
        world.pass_time(31)
        assert not (await world.repaint()).ephemeral


async def test_nothing_is_taken_while_the_provider_refuses_the_account(world: BotHarness) -> None:
    await world.store.providers.pause(key="balance", now=world.clock.now())

    await assert_refused(world, await world.repaint(), "Painting is paused")


async def test_nothing_is_taken_for_a_model_that_is_closed(world: BotHarness) -> None:
    world.refuse_submissions(1203, "model kling-v3 is not exist")
    await world.repaint()
    await world.until_settled()

    answer = await world.repaint()
    other = await world.repaint(model=CARRYING)

    assert answer.ephemeral
    assert "does not open the model kling-v3" in text(answer.response)
    assert not other.ephemeral


@pytest.mark.parametrize("locale", ["zh-CN", "zh-TW"])
async def test_refusal_uses_the_readers_language(world: BotHarness, locale: str) -> None:
    world.says = {"locale": locale}

    answer = await world.repaint(style="nonsense")

    assert "没有" in text(answer.response)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (lambda: b"no picture", "is damaged, of an unusual kind, or no picture"),
        (lambda: make_image(60, 60), "turned out to be too small"),
        (lambda: make_image(1200, 300), "turned out to be too long and thin"),
        (lambda: make_image(5100, 5000), "turned out to be too large"),
    ],
    ids=["no picture", "small", "thin", "large"],
)
async def test_image_found_unusable_after_acceptance_is_reported_privately(
    world: BotHarness, body: Callable[[], bytes], words: str
) -> None:
    world.claims = {"content_type": "image/png", "width": 640, "height": 480}

    answer = await world.repaint(image=("cat.png", body()))
    [job] = await world.until_settled()

    assert job.given_back
    assert words not in text(answer.response)
    assert "That file could not be used. Nothing was counted" in text(answer.response)
    [reason] = answer.followups
    assert reason.ephemeral
    assert words in reason.content
    assert "PNG" not in reason.content
    assert world.orders == []


async def test_reason_after_acceptance_uses_the_requesters_language(world: BotHarness) -> None:
    world.claims = {"content_type": "image/png", "width": 640, "height": 480}
    world.says = {"locale": "zh-CN"}

    answer = await world.repaint(image=("cat.png", b"no picture"))
    await world.until_settled()

    [reason] = answer.followups
    assert "这个文件已损坏" in reason.content


async def test_private_request_names_the_reason_in_its_own_message(world: BotHarness) -> None:
    world.claims = {"content_type": "image/png", "width": 640, "height": 480}

    answer = await world.repaint(image=("cat.png", b"no picture"), private=True)
    await world.until_settled()

    assert answer.ephemeral
    assert "is damaged, of an unusual kind, or no picture" in text(answer.response)
    assert answer.followups == []


async def test_image_gone_at_the_fetch_is_refunded(world: BotHarness) -> None:
    world.claims = {"url": f"{world.cdn_url}/attachments/1/2/gone.png"}

    answer = await world.repaint()
    [job] = await world.until_settled()

    assert job.given_back
    assert "no longer hands that picture out" in text(answer.response)
    assert world.orders == []


@pytest.mark.parametrize("name", ["cat.png", "cat.jpg"])
async def test_empty_attachment_is_refused_in_private(world: BotHarness, name: str) -> None:
    await assert_refused(world, await world.repaint(image=(name, b"")), "That file is empty")


async def test_picture_larger_than_discord_said_is_generated_from(world: BotHarness) -> None:
    world.claims = {"size": 100}
    await world.repaint()
    [job] = await world.until_settled()

    assert job.state is State.DELIVERED
