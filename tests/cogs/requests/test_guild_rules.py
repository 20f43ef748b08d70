"""A server's rules: they judge Discord's facts about member and channel; refusals say why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import discord
import simcord

from tests.cogs.admin.guild_harness import GuildHarness, open_guild_harness

DAY_S = 24 * 3600


async def asked(
    server: GuildHarness,
    where: simcord.ChannelHandle | None = None,
    who: simcord.MemberActor | None = None,
    **options: Any,
) -> str | None:
    """Request an image; return None if it is accepted, else the refusal's text."""
    answer = await server.world.repaint(who, where, **options)
    assert answer.response is not None
    return answer.response.content or None


def mark_as_age_restricted(server: GuildHarness, where: simcord.ChannelHandle) -> None:
    """Change the bot's cache as Discord's CHANNEL_UPDATE does; simcord has no such channels."""
    channel = server.world.bot.client.get_channel(where.id)
    assert isinstance(channel, discord.TextChannel)
    channel.nsfw = True


async def test_requests_are_taken_in_allowed_channels_their_threads_and_categories(
    tmp_path: Path,
) -> None:
    async with open_guild_harness(tmp_path, USER_QUEUED_JOBS=9) as server:
        category = server.guild.create_category("art")
        inside = server.guild.create_text_channel("sketches", category=category)
        await server.admin("channels allow", channel=server.channel)
        await server.admin("channels allow", channel=category)

        assert await asked(server, server.channel) is None
        assert await asked(server, inside) is None
        refusal = await asked(server, server.world.channel)

        assert refusal is not None
        assert refusal.startswith("Pictures can't be asked for here, only in:")
        assert server.channel.mention in refusal


async def test_requests_are_taken_in_age_restricted_channels_only(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        restricted = server.guild.create_text_channel("adults")
        mark_as_age_restricted(server, restricted)
        await server.admin("settings", age_restricted_only=True)

        refusal = await asked(server)

        assert (
            refusal == "In this server, pictures can be asked for in age-restricted channels only."
        )
        assert await asked(server, restricted) is None


async def test_min_membership_days_refuses_new_members(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        joined_at = server.world.clock.now()
        await server.admin("settings", min_membership_days=2)

        refusal = await asked(server)

        assert refusal is not None
        assert f"You can ask <t:{int(joined_at) + 2 * DAY_S}:R>" in refusal
        server.world.pass_time(2 * DAY_S + 1)
        assert await asked(server) is None


async def test_blocked_word_is_refused_without_naming_it(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("words add", phrase="black magic")

        refusal = await asked(server, prompt="some BL4CK  mágic, please")

        assert refusal == "The moderators of this server do not allow something in that prompt."
        assert await asked(server, prompt="a black cat") is None


async def test_blocked_member_is_shown_until_when_and_why(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("block", member=server.member, duration="12h", reason="*spam*")

        refusal = await asked(server)

        until = int(server.world.clock.now()) + 12 * 3600
        assert refusal is not None
        assert f"until: <t:{until}:f>. Reason: \\*spam\\*" in refusal
        assert await asked(server, who=server.world.bob) is None
        server.world.pass_time(12 * 3600 + 1)
        assert await asked(server) is None


async def test_paused_server_shows_the_reason(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("pause", reason="party")

        refusal = await asked(server)

        assert refusal == ("The moderators of this server take no requests for now. Reason: party")
        await server.admin("resume")
        assert await asked(server) is None


async def test_role_limit_of_the_best_role_counts_and_is_named(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path, USER_QUEUED_JOBS=9) as server:
        painter = server.guild.add_member(
            server.world.env.create_user("pia"), roles=[server.painters, server.mods]
        )
        await server.admin("limits", member=1)
        await server.admin("role-limit", role=server.mods, images=1)
        await server.admin("role-limit", role=server.painters, images=3)

        assert await asked(server, who=painter, count=2) is None
        refusal = await asked(server, who=painter, count=2)

        assert refusal is not None
        assert "You have 1 of 3 pictures left today and asked for 2." in refusal
        assert "resets <t:1767312000:R>" in refusal
        assert "This limit comes with a role." in refusal
        assert await asked(server) is None
        assert "This limit is the server's." in str(await asked(server))


async def test_reset_and_grant_apply_at_once(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path, USER_QUEUED_JOBS=9) as server:
        await server.admin("limits", member=1)
        assert await asked(server) is None
        assert await asked(server) is not None

        server.world.pass_time(60)
        await server.admin("reset", member=server.member)
        assert await asked(server) is None
        assert await asked(server) is not None

        await server.admin("grant", member=server.member, images=5)
        assert await asked(server, count=3) is None


async def test_server_cap_is_named_in_the_refusal(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("limits", server=1)
        assert await asked(server) is None

        refusal = await asked(server, who=server.world.bob)

        assert refusal is not None
        assert refusal.startswith("This server has 0 of 1 pictures left today")


async def test_cost_cap_is_named_in_money(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path, BOT_DAILY_COST="0.01") as server:
        refusal = await asked(server)

        assert refusal is not None
        assert refusal.startswith("The bot's pictures may cost $0.01 a day in all; $0.01 are left")


async def test_max_count_of_the_server_refuses_more(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("settings", max_count=2)

        assert "2 is the most here" in str(await asked(server, count=3))
        assert await asked(server, count=2) is None


async def test_private_only_and_spoiler_are_the_servers_to_set(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("settings", private_only=True, spoiler=True)

        answer = await server.world.repaint()
        [job] = await server.world.until_settled()

        assert answer.ephemeral
        assert job.place.ephemeral
        assert job.request.options.spoiler
        assert not server.world.channel.history()


async def test_default_model_and_style_are_taken_where_none_is_named(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path, USER_QUEUED_JOBS=9) as server:
        [style, *_] = await server.offered("settings", "default_style")
        key = style.rpartition("=")[2]
        await server.admin("settings", default_model="kling-v2-1", default_style=key)

        await server.world.repaint()
        await server.world.repaint(model="kling-v3")
        first, second = await server.world.jobs()

        assert first.request.options.model == "kling-v2-1"
        assert first.request.options.style == key
        assert second.request.options.model == "kling-v3"


async def test_grant_ends_after_its_duration(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path, USER_QUEUED_JOBS=9) as server:
        await server.admin("limits", member=1)
        await server.admin("grant", member=server.member, images=3, duration="2h")
        assert await asked(server, count=2) is None

        server.world.pass_time(2 * 3600)

        refusal = str(await asked(server))
        assert refusal.startswith("You have 0 of 1 pictures left today and asked for 1.")
        assert "This limit is the server's." in refusal
        quota = await server.mod.slash(server.channel, "quota", member=server.member)
        assert quota.response is not None
        assert "**0 of 1** left today" in quota.response.content
        assert "of their own" not in quota.response.content


async def test_more_than_the_provider_takes_at_once_is_not_even_offered(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path, MAX_COUNT=9, KLING_CONCURRENCY=3) as server:
        kept = server.world.env.backend.commands[None].values()
        repaint = next(one for one in kept if one["name"] == "repaint")

        [most] = [one["max_value"] for one in repaint["options"] if one["name"] == "count"]

        assert most == 3
