"""/quota: private, correct at every moment, in the reader's language."""

from __future__ import annotations

from pathlib import Path

import simcord

from tests.support.bot_harness import FIRST_DAY, BotHarness, simulated_bot
from tests.support.messages import text

MIDNIGHT = f"<t:{int(FIRST_DAY) + 86_400}:R>"


async def quota(world: BotHarness, who: simcord.MemberActor | None = None) -> str:
    answer = await (who or world.ann).slash(world.channel, "quota")
    assert answer.ephemeral
    return text(answer.response)


async def test_quota_of_an_unused_day_is_whole(world: BotHarness) -> None:
    assert f"**10 of 10** left today · resets {MIDNIGHT}" in await quota(world)


async def test_quota_counts_reserved_units(world: BotHarness) -> None:
    await world.repaint(count=3)

    told = await quota(world)
    assert "**7 of 10** left today" in told
    assert "In the works: 1" in told


async def test_pictures_given_back_do_not_count(world: BotHarness) -> None:
    await world.repaint(count=3, prompt="something forbidden")
    await world.until_settled()

    told = await quota(world)
    assert "**10 of 10** left today" in told
    assert "In the works" not in told


async def test_members_have_each_their_own(world: BotHarness) -> None:
    await world.repaint(world.ann, count=4)

    assert "**10 of 10** left today" in await quota(world, world.bob)


async def test_quota_is_whole_after_midnight(world: BotHarness) -> None:
    await world.repaint(count=4)
    await world.until_settled()
    world.pass_time(86_400)

    assert "**10 of 10** left today" in await quota(world)


async def test_quota_without_a_limit_shows_the_usage(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, USER_DAILY_IMAGES=0) as world:
        await world.repaint(count=2)

        assert "**2** today" in await quota(world)


async def test_quota_uses_the_readers_language(world: BotHarness) -> None:
    world.says = {"locale": "zh-CN", "guild_locale": "en-US"}

    assert "今天" in await quota(world)


async def test_quota_works_in_direct_messages(world: BotHarness) -> None:
    answer = await world.ann.user.slash("quota")

    assert "**10 of 10** left today" in text(answer.response)
