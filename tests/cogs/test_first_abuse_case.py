"""docs/moderating.md, "The first abuse case": three lines that are true step by step."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cogs.admin.servers import a_server, restarted
from tests.support.presses import folder_of, newest, painted, said

PAGE = Path(__file__).resolve().parents[2] / "docs" / "moderating.md"


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_delete_block_and_word_end_the_first_abuse_case(tmp_path: Path, locale: str) -> None:
    async with a_server(tmp_path) as server:
        world, mod = server.world, server.mod
        world.says = {"locale": locale}
        job = await painted(world, prompt="a purple duck")
        async with restarted(world):
            shown = await mod.click(newest(world), custom_id=f"rp:delete:{job.id}")
            await mod.submit_modal(shown, {})
            await server.admin("block", member=world.ann, duration="7d")
            await server.admin("words add", phrase="purple duck")

            assert not folder_of(world, job).exists()
            assert "rp:" not in str([one.to_dict() for one in newest(world).components])
            blocked, refused = (
                await world.repaint(),
                await world.repaint(world.bob, prompt="A Purple Duck"),
            )
            assert len(await world.jobs()) == 1
            assert said(blocked) != said(refused)
            assert (await world.repaint(world.bob, prompt="a cat")).response is not None
            assert len(await world.jobs()) == 2


def test_the_page_says_it_in_three_lines() -> None:
    _, _, section = PAGE.read_text("utf-8").partition("### The first abuse case\n\n")
    lines = section.partition("\n\n")[0].splitlines()

    assert [line.partition("**")[2].partition("**")[0] for line in lines] == [
        "Delete",
        "Block",
        "Word",
    ]
