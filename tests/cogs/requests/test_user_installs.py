"""Direct messages, and the app installed by a user in servers without the bot."""

from __future__ import annotations

from pathlib import Path

import pytest
import simcord

from services.models import State
from tests.support.bot_harness import BotHarness, make_image, simulated_bot
from tests.support.messages import gallery, text
from tests.support.task_durations import LONGER_THAN_TOKEN


def installed_by_ann(world: BotHarness) -> None:
    """Make the app installed by Ann, who may use it where the bot has no permissions."""
    world.says = {
        "authorizing_integration_owners": {"1": str(world.ann.id)},
        "app_permissions": "0",
    }


def channel_routes(world: BotHarness) -> list[str]:
    """Return the Discord routes that were called with the bot's own token."""
    return [one.path for one in world.env.http_requests if one.path.startswith("/channels/")]


async def by_direct_message(world: BotHarness) -> simcord.InteractionResult:
    return await world.ann.user.slash("repaint", image=("cat.png", make_image()), prompt="a cat")


async def test_direct_message_request_is_answered_there(world: BotHarness) -> None:
    answer = await by_direct_message(world)
    [job] = await world.until_settled()

    assert (job.place.guild_id, job.place.can_post) == (None, True)
    assert len(gallery(answer.response)) == 1
    assert await world.used() == 1


async def test_direct_message_is_edited_after_the_token_expired(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, kling=LONGER_THAN_TOKEN, KLING_TIMEOUT=1) as world:
        answer = await by_direct_message(world)
        [job] = await world.until_settled()

        assert job.state is State.DELIVERED
        assert len(gallery(answer.response)) == 1


async def test_server_quota_does_not_count_in_direct_messages(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, GUILD_DAILY_IMAGES=1) as world:
        await world.repaint(world.bob)
        await world.until_settled()

        answer = await by_direct_message(world)

        assert "next in line" in text(answer.response)


async def test_group_channel_is_reached_by_the_token_only(world: BotHarness) -> None:
    world.says = {"context": 2, "authorizing_integration_owners": {"1": str(world.ann.id)}}

    answer = await by_direct_message(world)
    [job] = await world.until_settled()

    assert not job.place.can_post
    assert len(gallery(answer.response)) == 1
    assert channel_routes(world) == []


async def test_user_install_never_uses_the_bot_token(world: BotHarness) -> None:
    installed_by_ann(world)

    answer = await world.repaint()
    [job] = await world.until_settled()

    assert not job.place.can_post
    assert len(gallery(answer.response)) == 1
    assert channel_routes(world) == []


async def test_user_install_result_after_the_token_is_stored(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, kling=LONGER_THAN_TOKEN, KLING_TIMEOUT=1) as world:
        installed_by_ann(world)
        await world.repaint()
        [job] = await world.until_settled()

        assert job.state is State.UNDELIVERED
        assert channel_routes(world) == []
        assert all(result.path.exists() for result in await world.store.jobs.results(job.id))


async def test_user_install_deleted_message_is_followed_by_another(
    world: BotHarness,
) -> None:
    installed_by_ann(world)
    answer = await world.repaint()
    await world.until(lambda: "Painting" in text(answer.response))
    assert answer.response is not None
    world.env.backend.delete_message(world.channel.id, answer.response.id)

    await world.until_settled()

    [followup] = answer.followups
    assert not followup.ephemeral
    assert len(gallery(followup)) == 1
    assert channel_routes(world) == []


@pytest.mark.parametrize("owners", ["guild", "both"])
async def test_user_install_with_the_bot_in_the_server_uses_the_bot_token_later(
    tmp_path: Path, owners: str
) -> None:
    async with simulated_bot(tmp_path, kling=LONGER_THAN_TOKEN, KLING_TIMEOUT=1) as world:
        server, member = {"0": str(world.guild.id)}, {"1": str(world.ann.id)}
        world.says = {
            "authorizing_integration_owners": server if owners == "guild" else server | member
        }
        await world.repaint()
        [job] = await world.until_settled()

        assert job.state is State.DELIVERED


@pytest.mark.parametrize("name", ["repaint", "quota"])
async def test_members_may_bring_the_command_anywhere(world: BotHarness, name: str) -> None:
    [command] = [one for one in world.registered() if one["name"] == name]

    assert sorted(command["integration_types"]) == [0, 1]
    assert sorted(command["contexts"]) == [0, 1, 2]


async def test_user_install_without_external_apps_is_private(
    tmp_path: Path,
) -> None:
    async with simulated_bot(tmp_path, kling=LONGER_THAN_TOKEN, KLING_TIMEOUT=1) as world:
        installed_by_ann(world)
        world.external_apps = False
        world.says |= {"guild_locale": "zh-CN", "locale": "en-US"}

        answer = await world.repaint()
        [job] = await world.until_settled()

        assert job.place.ephemeral
        assert "In the queue" in text(answer.response) or "Still painting" in text(answer.response)
        assert channel_routes(world) == []
        assert world.channel.history(viewer=world.bob) == []


async def test_user_install_counts_units_for_the_requester(world: BotHarness) -> None:
    """The installer may be another user: quotas count for the user who runs the command."""
    installed_by_ann(world)

    await world.repaint(world.bob)
    [job] = await world.until_settled()

    assert job.request.user_id == world.bob.id
    assert (await world.used(world.bob), await world.used(world.ann)) == (1, 0)


async def test_follow_ups_that_are_used_up_leave_the_result_in_jobs(world: BotHarness) -> None:
    """Discord allows five where only the member brought the app (40094)."""
    installed_by_ann(world)
    answer = await world.repaint()
    await world.until(lambda: "Painting" in text(answer.response))
    assert answer.response is not None
    world.env.backend.delete_message(world.channel.id, answer.response.id)
    world.env.inject_error("POST", "/webhooks/*/*", status=400, code=40094)

    [job] = await world.until_settled()
    listed = await world.ann.slash(world.channel, "jobs")

    assert job.state is State.UNDELIVERED
    assert "Done, not posted" in text(listed.response)


@pytest.mark.parametrize("name", ["jobs", "about", "my-data", "forget-me"])
async def test_private_commands_work_in_direct_messages(world: BotHarness, name: str) -> None:
    answer = await world.ann.user.slash(name)

    assert answer.ephemeral
    assert text(answer.response)
