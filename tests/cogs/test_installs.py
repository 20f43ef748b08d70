"""Direct messages, and the app installed by a member where the bot itself is not."""

from __future__ import annotations

from pathlib import Path

import pytest
import simcord

from sandbox.kling.options import Options as KlingOptions
from services.models import State
from tests.support.messages import gallery, text
from tests.support.simulated import World, picture, simulated

HALF_AN_HOUR = KlingOptions(painter="copy", min_seconds=1800, max_seconds=1800)


def installed_by_ann(world: World) -> None:
    """Let the app come with Ann, who may use it where the bot has no rights."""
    world.says = {
        "authorizing_integration_owners": {"1": str(world.ann.id)},
        "app_permissions": "0",
    }


def channel_routes(world: World) -> list[str]:
    """What was asked of Discord with the bot's own token."""
    return [one.path for one in world.env.http_requests if one.path.startswith("/channels/")]


async def by_direct_message(world: World) -> simcord.InteractionResult:
    return await world.ann.user.slash("repaint", image=("cat.png", picture()), prompt="a cat")


async def test_a_direct_message_is_answered_there(world: World) -> None:
    answer = await by_direct_message(world)
    [job] = await world.until_settled()

    assert (job.place.guild_id, job.place.can_post) == (None, True)
    assert len(gallery(answer.response)) == 1
    assert await world.used() == 1


async def test_a_direct_message_can_be_edited_when_the_token_is_old(tmp_path: Path) -> None:
    async with simulated(tmp_path, kling=HALF_AN_HOUR, KLING_TIMEOUT=1) as world:
        answer = await by_direct_message(world)
        [job] = await world.until_settled()

        assert job.state is State.DELIVERED
        assert len(gallery(answer.response)) == 1


async def test_a_server_quota_leaves_direct_messages_alone(tmp_path: Path) -> None:
    async with simulated(tmp_path, GUILD_DAILY_IMAGES=1) as world:
        await world.repaint(world.bob)
        await world.until_settled()

        answer = await by_direct_message(world)

        assert "next in line" in text(answer.response)


async def test_a_private_channel_is_reached_by_the_token_alone(world: World) -> None:
    world.says = {"context": 2, "authorizing_integration_owners": {"1": str(world.ann.id)}}

    answer = await by_direct_message(world)
    [job] = await world.until_settled()

    assert not job.place.can_post
    assert len(gallery(answer.response)) == 1
    assert channel_routes(world) == []


async def test_a_user_installed_app_never_uses_the_bots_own_token(world: World) -> None:
    installed_by_ann(world)

    answer = await world.repaint()
    [job] = await world.until_settled()

    assert not job.place.can_post
    assert len(gallery(answer.response)) == 1
    assert channel_routes(world) == []


async def test_a_user_installed_apps_result_is_kept_when_the_token_is_old(tmp_path: Path) -> None:
    async with simulated(tmp_path, kling=HALF_AN_HOUR, KLING_TIMEOUT=1) as world:
        installed_by_ann(world)
        await world.repaint()
        [job] = await world.until_settled()

        assert job.state is State.UNDELIVERED
        assert channel_routes(world) == []
        assert all(result.path.exists() for result in await world.store.jobs.results(job.id))


async def test_a_message_deleted_where_the_bot_is_not_is_followed_by_another(world: World) -> None:
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
async def test_where_the_bot_is_in_the_server_its_own_token_serves_later(
    tmp_path: Path, owners: str
) -> None:
    async with simulated(tmp_path, kling=HALF_AN_HOUR, KLING_TIMEOUT=1) as world:
        server, member = {"0": str(world.guild.id)}, {"1": str(world.ann.id)}
        world.says = {
            "authorizing_integration_owners": server if owners == "guild" else server | member
        }
        await world.repaint()
        [job] = await world.until_settled()

        assert job.state is State.DELIVERED


@pytest.mark.parametrize("name", ["repaint", "quota"])
async def test_members_may_bring_the_command_anywhere(world: World, name: str) -> None:
    [command] = [one for one in world.registered() if one["name"] == name]

    assert sorted(command["integration_types"]) == [0, 1]
    assert sorted(command["contexts"]) == [0, 1, 2]
