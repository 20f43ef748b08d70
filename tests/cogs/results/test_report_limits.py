"""Reports that are too many, sent twice, or would reach no moderator."""

from __future__ import annotations

from pathlib import Path

import discord
import pytest
import simcord

from services.models import AuditEntry
from tests.cogs.admin.guild_harness import GuildHarness, restart_bot
from tests.cogs.results.test_reports import field_of, newest, posted, report, result_in
from tests.support.messages import text
from tests.support.result_buttons import private_text


async def crowd(server: GuildHarness, count: int) -> list[simcord.MemberActor]:
    create = server.world.env.create_user
    return [server.guild.add_member(create(f"member {n}")) for n in range(count)]


async def test_report_by_two_open_forms_is_one(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        before = len(server.logged())
        forms = [await bob.click(result_in(server), label="Report") for _ in range(2)]
        for one in forms:
            await bob.submit_modal(one, {field_of(one): "x"})

        assert len(server.logged()) == before + 1


async def test_second_report_is_refused_after_a_restart(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        await report(server, bob, result_in(server))
        async with restart_bot(server.world):
            again = await bob.click(result_in(server), label="Report")

            assert again.modal is None
            assert private_text(again) == "You have reported these pictures already."


async def test_twelve_reports_of_one_job_make_four_messages(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, _):
        before = len(server.logged())
        members = await crowd(server, 12)
        shown = [await one.click(result_in(server), label="Report") for one in members]
        answers = [
            await who.submit_modal(form, {}) for who, form in zip(members, shown, strict=True)
        ]

        assert len(server.logged()) == before + 4
        told = [one.response.content for one in answers if one.response is not None]
        assert len([one for one in told if "Several members" in one]) == 8


async def test_report_limit_is_five_in_ten_minutes_per_member(tmp_path: Path) -> None:
    async with posted(tmp_path, USER_QUEUED_JOBS=50, USER_DAILY_IMAGES=0) as (server, bob):
        for number in range(2, 8):
            await server.world.repaint(prompt=f"cat {number}")
            await server.world.until_settled(number)
        results = [one for one in server.world.channel.history() if "rp:report" in ids(one)]
        before = len(server.logged())
        for message in results[:5]:
            await report(server, bob, message)
        sixth = await bob.click(results[5], label="Report")
        async with restart_bot(server.world):
            seventh = await bob.click(results[6], label="Report")

            for refused in (sixth, seventh):
                assert refused.modal is None
                assert "many reports at once" in private_text(refused)
            assert len(server.logged()) == before + 5
            server.world.pass_time(601)
            assert (await bob.click(results[6], label="Report")).modal is not None


def ids(message: discord.Message) -> str:
    return str([part.to_dict() for part in message.components])


async def test_report_limit_applies_to_an_open_form(tmp_path: Path) -> None:
    async with posted(tmp_path, USER_QUEUED_JOBS=50, USER_DAILY_IMAGES=0) as (server, bob):
        for number in range(2, 9):
            await server.world.repaint(prompt=f"cat {number}")
            await server.world.until_settled(number)
        results = [one for one in server.world.channel.history() if "rp:report" in ids(one)]
        before = len(server.logged())
        forms = [await bob.click(one, label="Report") for one in results]
        for one in forms:
            await bob.submit_modal(one, {})

        assert len(server.logged()) == before + 5


@pytest.mark.parametrize("why", ["none is set", "it was deleted", "the bot may not write there"])
async def test_report_without_a_recipient_is_refused_before_the_form(
    tmp_path: Path, why: str
) -> None:
    async with posted(tmp_path) as (server, bob):
        if why == "none is set":
            await server.admin("log-channel")
        elif why == "it was deleted":
            server.world.env.backend.delete_channel(server.log.id)
        else:
            denied = discord.PermissionOverwrite(send_messages=False)
            me = server.guild.me
            assert me is not None
            silent = server.guild.create_text_channel("silent", overwrites={me: denied})
            await server.world.store.community.apply(chosen(server, silent.id))
            server.world.pass_time(6)
        await server.world.at_rest()

        answer = await bob.click(result_in(server), label="Report")

        assert answer.modal is None
        assert "Nobody here receives reports" in private_text(answer)


def chosen(server: GuildHarness, channel_id: int) -> AuditEntry:
    """A log channel that lost its rights after it was chosen."""
    details = {"log_channel_id": channel_id}
    at = server.world.clock.now()
    return AuditEntry(guild_id=server.guild.id, at=at, by=1, action="change", details=details)


async def test_report_that_reached_no_moderator_can_be_repeated(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        path = f"/channels/{server.log.id}/messages"
        server.world.env.inject_error("POST", path, status=404, code=10003)
        assert "Please tell a moderator" in await report(server, bob, result_in(server))

        assert "have your report" in await report(server, bob, result_in(server))
        assert "Reported by" in text(newest(server))


async def test_forgetting_oneself_forgets_ones_reports(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        await report(server, bob, result_in(server))
        assert len((await server.world.store.personal.read_rows(bob.id))["report"]) == 1

        await server.world.store.personal.erase(bob.id, now=0.0)

        assert (await server.world.store.personal.read_rows(bob.id))["report"] == []
