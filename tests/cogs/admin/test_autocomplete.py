"""Autocomplete, the chart of `stats`, and what follows when roles or channels are deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cogs.admin.guild_harness import open_guild_harness, restart_bot


async def test_unblock_autocomplete_offers_blocked_members_by_name(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("block", member=server.member)
        await server.admin("block", member=server.world.bob)

        assert sorted(await server.offered("unblock", "member")) == [
            f"ann={server.member.id}",
            f"bob={server.world.bob.id}",
        ]
        assert await server.offered("unblock", "member", "AN") == [f"ann={server.member.id}"]


async def test_somebody_who_left_can_be_unblocked_under_their_name(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("block", member=server.member)
        server.guild.remove_member(server.member)

        [found] = await server.offered("unblock", "member")
        answer = await server.admin("unblock", member=found.rpartition("=")[2])

        assert "unblocked" in answer


async def test_unblock_autocomplete_without_a_name_offers_the_id(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("block", member=server.member)
        async with restart_bot(server.world):
            server.world.env.inject_error("GET", "/users/*", status=503)

            member_id = server.member.id
            assert await server.offered("unblock", "member") == [f"{member_id}={member_id}"]


@pytest.mark.parametrize("written", ["{id}", "<@{id}>", "<@!{id}>", " ann ", "ANN", "@ann", "an"])
@pytest.mark.parametrize("command", ["unblock", "revoke"])
@pytest.mark.parametrize("is_gone", [False, True])
async def test_member_is_named_by_mention_name_or_id(
    tmp_path: Path, written: str, command: str, is_gone: bool
) -> None:
    async with open_guild_harness(tmp_path) as server:
        world = server.world
        for member in (server.member, world.bob):
            await server.admin("block", member=member)
            await server.admin("grant", member=member, images=3)
        if is_gone:
            server.guild.remove_member(server.member)
        typed = written.format(id=server.member.id)

        async with restart_bot(world):
            assert await server.offered(command, "member", typed) == [f"ann={server.member.id}"]
            answer = await server.admin(command, member=typed)

            assert server.member.mention in answer
            assert await server.offered(command, "member") == [f"bob={world.bob.id}"]


@pytest.mark.parametrize(
    ("typed", "says"),
    [("ann", "Several members"), ("anna", "unblocked"), ("x", "Pick a member"), ("", "Pick a")],
)
async def test_name_of_several_members_is_asked_about(
    tmp_path: Path, typed: str, says: str
) -> None:
    async with open_guild_harness(tmp_path) as server:
        env = server.world.env
        for name in ("Anna", "ann", "ANN"):
            member = server.guild.add_member(env.create_user(name))
            await server.admin("block", member=member)

        assert says in await server.admin("unblock", member=typed)


async def test_nickname_and_user_name_are_both_known(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        pia = server.guild.add_member(server.world.env.create_user("pia"), nick="The Painter")
        await server.admin("block", member=pia)

        for typed in ("painter", "pia"):
            assert await server.offered("unblock", "member", typed) == [f"The Painter={pia.id}"]


@pytest.mark.parametrize(("command", "first"), [("unblock", "block"), ("revoke", "grant")])
async def test_answer_shows_the_limit_of_the_members_role(
    tmp_path: Path, command: str, first: str
) -> None:
    async with open_guild_harness(tmp_path) as server:
        pia = server.guild.add_member(server.world.env.create_user("pia"), roles=[server.painters])
        await server.admin("limits", member=5)
        await server.admin("role-limit", role=server.painters, images=44)
        await server.admin(first, member=pia, **({"images": 3} if first == "grant" else {}))

        answer = await server.admin(command, member=str(pia.id))

        assert "44 of 44" in answer
        assert "role" in answer


@pytest.mark.parametrize("status", [404, 500, 503])
async def test_answer_comes_without_roles_where_discord_is_silent(
    tmp_path: Path, status: int
) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("block", member=server.member)
        path = f"/guilds/{server.guild.id}/members/{server.member.id}"
        server.world.env.inject_error("GET", path, status=status, code=10007)

        assert "unblocked" in await server.admin("unblock", member="ann")


async def test_models_and_styles_come_from_the_tables(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        assert "Kling 3=kling-v3" in await server.offered("settings", "default_model")
        assert await server.offered("settings", "default_model", "no such") == []
        assert len(await server.offered("settings", "default_style")) > 1


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("", ["1 hour=1h", "12 hours=12h", "1 day=1d", "7 days=7d", "30 days=30d"]),
        ("2h", ["2 hours=2h"]),
        ("1d", ["1 day=1d"]),
        ("90m", ["90 minutes=90m"]),
        ("2w", ["2 weeks=2w"]),
        ("1 day 12 hours", ["1 day 12 hours=1d12h"]),
        ("2", ["2 minutes=2m", "2 hours=2h", "2 days=2d", "2 weeks=2w"]),
        ("２天", ["2 days=2d"]),
        ("h", []),
        ("0m", []),
        ("soon", []),
        ("1.5h", []),
        ("-2h", []),
        ("3661d", []),
        ("1m" * 3_000, []),
    ],
)
async def test_typed_duration_is_offered_as_it_is_read(
    tmp_path: Path, typed: str, offered: list[str]
) -> None:
    async with open_guild_harness(tmp_path) as server:
        member = {"member": server.member}
        assert await server.offered("block", "duration", typed, **member) == offered
        assert await server.offered("grant", "duration", typed, **member, images=3) == offered


async def test_duration_is_offered_in_the_readers_language(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        server.world.says = {"locale": "zh-CN"}
        assert await server.offered("block", "duration", "1d2h", member=server.member) == [
            "1 天 2 小时=1d2h"
        ]


async def test_deleted_role_loses_its_limit(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("role-limit", role=server.painters, images=99)
        server.world.env.backend.delete_role(server.guild.id, server.painters.id)
        await server.world.env.settle()

        assert "99" not in await server.admin("limits")


@pytest.mark.proof
async def test_stats_is_a_private_chart_with_its_figures_as_text(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
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
