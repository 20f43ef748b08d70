"""Again: the same request once more, by and at the expense of the user who clicks."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.models import State
from tests.cogs.admin.guild_harness import open_guild_harness, restart_bot
from tests.support.bot_harness import BotHarness, make_image, simulated_bot
from tests.support.databases import change
from tests.support.messages import gallery, text
from tests.support.result_buttons import (
    delete_images,
    delete_row,
    expire_links,
    files_of,
    generate,
    labels,
    newest_message,
    private_text,
    submitted_image,
)

GONE = "I no longer keep that picture"


async def test_again_repeats_the_request_for_the_clicking_user(world: BotHarness) -> None:
    first = await generate(world, prompt="a *cat*", count=2, ratio="1:1", format="jpg")

    answer = await world.bob.click(newest_message(world), label="Again")

    assert not answer.ephemeral
    assert world.bob.mention in text(answer.response)
    [_, second] = await world.until_settled(2)
    assert second.state is State.DELIVERED
    assert second.request.user_id == world.bob.id
    assert second.request.prompt == first.request.prompt
    assert second.request.options == first.request.options.__class__(
        **{**vars_of(first.request.options), "style": ""}
    )
    assert await world.used(world.ann) == await world.used(world.bob) == 2
    assert len(gallery(answer.response)) == 2


def vars_of(record: object) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__slots__}  # type: ignore[attr-defined]


async def test_again_uses_the_source_on_our_disk(world: BotHarness) -> None:
    mine = make_image(700, 500)
    await generate(world, image=("cat.png", mine))
    expire_links(world)

    await world.bob.click(newest_message(world), label="Again")
    await world.until_settled(2)

    assert [submitted_image(order) for order in world.orders] == [mine, mine]


async def test_again_works_repeatedly(world: BotHarness) -> None:
    mine = make_image(700, 500)
    await generate(world, image=("cat.png", mine))
    for count in (2, 3):
        await world.bob.click(newest_message(world), label="Again")
        jobs = await world.until_settled(count)
        assert jobs[-1].state is State.DELIVERED

    assert [submitted_image(order) for order in world.orders] == [mine] * 3


async def test_again_works_after_a_restart_and_a_month(world: BotHarness) -> None:
    await generate(world)
    world.pass_time(30 * 24 * 3600)
    async with restart_bot(world):
        answer = await world.bob.click(newest_message(world), label="Again")

        assert not answer.ephemeral
        assert "next in line" in text(answer.response)


async def test_again_after_retention_says_the_images_are_gone(world: BotHarness) -> None:
    delete_images(world, await generate(world))
    expire_links(world)

    first = await world.bob.click(newest_message(world), label="Again")
    # Discord's link may outlive the file on our disk, so the bot tries it.
    assert not first.ephemeral
    [_, second] = await world.until_settled(2)
    assert second.state is State.FAILED
    assert "no longer hands that picture out" in text(first.response)


async def test_again_does_not_fetch_an_expired_link(world: BotHarness) -> None:
    job = await generate(world)
    delete_images(world, job)
    expired = f"{job.request.source.url}?ex={int(world.clock.now()) - 1:x}&is=1&hm=ab"
    change(world.settings, "source", job.id, url=expired)

    answer = await world.bob.click(newest_message(world), label="Again")

    assert private_text(answer).startswith(GONE)
    assert len(await world.jobs()) == 1


async def test_again_of_an_unknown_job_says_so(world: BotHarness) -> None:
    delete_row(world, await generate(world))

    answer = await world.ann.click(newest_message(world), label="Again")

    assert private_text(answer) == "I no longer know this picture."


async def test_again_within_the_cooldown_is_refused(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, USER_COOLDOWN=10) as world:
        await generate(world)
        await world.bob.click(newest_message(world), label="Again")
        message = next(one for one in world.channel.history() if gallery(one))

        second = await world.bob.click(message, label="Again")

        assert private_text(second).startswith("That was quick!")
        assert len(await world.jobs()) == 2


async def test_again_received_twice_is_one_job(world: BotHarness) -> None:
    await generate(world)
    await world.bob.click(newest_message(world), label="Again")
    payload = [
        payload for _, name, payload in world.env.backend.transcript if name == "INTERACTION_CREATE"
    ][-1]

    world.env.backend.emit("INTERACTION_CREATE", payload)
    await world.env.settle()
    await world.until_settled(2)

    assert len(await world.jobs()) == len(world.orders) == 2
    assert await world.used(world.bob) == 1


async def test_again_while_stopping_is_refused(world: BotHarness) -> None:
    await generate(world)
    world.stop.ask()

    answer = await world.bob.click(newest_message(world), label="Again")

    assert "restarting" in private_text(answer)
    assert len(await world.jobs()) == 1


async def test_again_by_a_blocked_member_is_refused(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await generate(server.world)
        await server.admin("block", member=server.world.bob, reason="spam", duration="7d")

        answer = await server.world.bob.click(newest_message(server.world), label="Again")

        assert "take no requests of yours" in private_text(answer)
        assert len(await server.world.jobs()) == 1


async def test_again_of_a_private_result_is_private(world: BotHarness) -> None:
    answer = await world.repaint(private=True)
    await world.until_settled()
    assert answer.response is not None

    again = await world.ann.click(answer.response, label="Again")
    await world.until_settled(2)

    assert again.ephemeral
    assert len(gallery(again.response)) == 1
    assert world.channel.history(viewer=world.bob) == []


async def test_again_ignores_a_later_default_style(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await generate(server.world, prompt="a duck")
        await server.admin("settings", default_style="oil")

        await server.world.bob.click(newest_message(server.world), label="Again")
        await server.world.until_settled(2)

        assert [order["prompt"] for order in server.world.orders] == ["a duck", "a duck"]


@pytest.mark.parametrize(
    ("code", "message", "offered"),
    [
        (1301, "risk control", ["Edit prompt", "Details"]),
        (5001, "server error", ["Again", "Edit prompt", "Details"]),
        (1201, "image pixel is invalid", ["Details"]),
    ],
)
async def test_failed_job_offers_fitting_buttons(
    world: BotHarness, code: int, message: str, offered: list[str]
) -> None:
    world.refuse_submissions(code, message, times=None)
    answer = await world.repaint()
    await world.until_settled()

    assert labels(answer.response) == [offered]


async def test_again_of_a_failed_job_submits_it(world: BotHarness) -> None:
    world.refuse_submissions(5001, "server error", times=None)
    answer = await world.repaint()
    await world.until_settled()
    world.kling.plan.clear()
    assert answer.response is not None

    again = await world.ann.click(answer.response, label="Again")
    jobs = await world.until_settled(2)

    assert jobs[-1].state is State.DELIVERED
    assert len(gallery(again.response)) == 1
    assert list(files_of(world, jobs[-1]))
