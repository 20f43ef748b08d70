"""What autocomplete offers, what `stats` draws, and what follows when things leave a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cogs.admin.servers import a_server, restarted


async def test_the_blocked_are_offered_by_name(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server:
        await server.admin("block", member=server.member)
        await server.admin("block", member=server.world.bob)

        assert sorted(await server.offered("unblock", "member")) == [
            f"ann={server.member.id}",
            f"bob={server.world.bob.id}",
        ]
        assert await server.offered("unblock", "member", "AN") == [f"ann={server.member.id}"]


async def test_somebody_who_left_can_be_unblocked_under_their_name(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server:
        await server.admin("block", member=server.member)
        server.guild.remove_member(server.member)

        [found] = await server.offered("unblock", "member")
        answer = await server.admin("unblock", member=found.rpartition("=")[2])

        assert "unblocked" in answer


async def test_a_name_that_discord_does_not_tell_is_an_id(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server:
        await server.admin("block", member=server.member)
        async with restarted(server.world):
            server.world.env.inject_error("GET", "/users/*", status=503)

            member_id = server.member.id
            assert await server.offered("unblock", "member") == [f"{member_id}={member_id}"]


async def test_models_and_styles_come_from_the_tables(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server:
        assert "Kling 3=kling-v3" in await server.offered("settings", "default_model")
        assert await server.offered("settings", "default_model", "no such") == []
        assert len(await server.offered("settings", "default_style")) > 1


async def test_durations_are_offered_and_others_can_be_typed(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server:
        member = {"member": server.member}
        assert "7 days=7d" in await server.offered("block", "duration", **member)
        assert await server.offered("block", "duration", "90m", **member) == ["90m=90m"]


async def test_a_role_that_is_deleted_takes_its_limit_along(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server:
        await server.admin("role-limit", role=server.painters, images=99)
        server.world.env.backend.delete_role(server.guild.id, server.painters.id)
        await server.world.env.settle()

        assert "99" not in await server.admin("limits")


@pytest.mark.proof
async def test_stats_is_a_private_picture_with_its_figures_as_words(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server:
        await server.world.repaint()
        await server.world.until_settled()

        for theme in ("dark", "light"):
            answer = await server.mod.slash(
                server.channel, "repaint-admin stats", days=7, theme=theme
            )

            assert answer.ephemeral
            assert answer.response is not None
            [picture] = answer.response.attachments
            assert picture.filename == "figures.png"
            assert picture.description is not None
            assert "images painted: 1" in picture.description
            assert "ann: 1" in picture.description
