"""docs/moderating.md, "The first abuse case": its three lines are true step by step."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.models import State
from tests.cogs.admin.guild_harness import open_guild_harness, restart_bot
from tests.support.job_buttons import click
from tests.support.result_buttons import folder_of, generate, newest_message, private_text

PAGE = Path(__file__).resolve().parents[3] / "docs" / "moderating.md"


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_delete_block_and_word_end_the_first_abuse_case(tmp_path: Path, locale: str) -> None:
    async with open_guild_harness(tmp_path) as server:
        world, mod = server.world, server.mod
        world.says = {"locale": locale}
        job = await generate(world, prompt="a purple duck")
        async with restart_bot(world):
            shown = await mod.click(newest_message(world), custom_id=f"rp:delete:{job.id}")
            await mod.submit_modal(shown, {})
            await server.admin("block", member=world.ann, duration="7d")
            await server.admin("words add", phrase="purple duck")

            assert not folder_of(world, job).exists()
            assert "rp:" not in str([one.to_dict() for one in newest_message(world).components])
            blocked, refused = (
                await world.repaint(),
                await world.repaint(world.bob, prompt="A Purple Duck"),
            )
            assert len(await world.jobs()) == 1
            assert private_text(blocked) != private_text(refused)
            assert (await world.repaint(world.bob, prompt="a cat")).response is not None
            assert len(await world.jobs()) == 2


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_first_abuse_case_can_be_handled_from_its_report(tmp_path: Path, locale: str) -> None:
    async with open_guild_harness(tmp_path) as server:
        world, mod = server.world, server.mod
        await server.admin("log-channel", channel=server.log)
        world.says = {"locale": locale}
        job = await generate(world, prompt="a purple duck")
        form = await click(world.bob, newest_message(world), "rp:report:")
        await world.bob.submit_modal(form, {})
        async with restart_bot(world):
            shown = await click(mod, server.log.last_message, "rp:report_delete:")
            assert folder_of(world, job).exists(), "only the form that is sent deletes"
            await mod.submit_modal(shown, {})
            await server.admin("block", member=world.ann)
            await server.admin("words add", phrase="purple duck")

            assert not folder_of(world, job).exists()
            assert "rp:" not in str([one.to_dict() for one in newest_message(world).components])
            for days in (0, 3650):
                world.pass_time(days * 86_400)
                private_text(await world.repaint())
                for prompt in ("A Purple Duck", "one pùrple-duck, please"):
                    private_text(await world.repaint(world.bob, prompt=prompt))
            assert len(await world.jobs()) == 1


async def test_job_accepted_before_a_block_is_posted_unless_cancelled(
    tmp_path: Path,
) -> None:
    async with open_guild_harness(tmp_path, USER_RUNNING_JOBS=1, USER_QUEUED_JOBS=9) as server:
        world, mod = server.world, server.mod
        answers = [await world.repaint() for _ in range(3)]
        await server.admin("block", member=world.ann)
        await click(mod, answers[-1].response, "rp:cancel:")

        jobs = await world.until_settled(3)
        assert [job.state for job in jobs] == [State.DELIVERED, State.DELIVERED, State.CANCELLED]


def test_first_abuse_case_page_has_three_lines() -> None:
    _, _, section = PAGE.read_text("utf-8").partition("### The first abuse case\n\n")
    lines = section.partition("\n\n")[0].splitlines()

    assert [line.partition("**")[2].partition("**")[0] for line in lines] == [
        "Delete",
        "Block",
        "Word",
    ]
