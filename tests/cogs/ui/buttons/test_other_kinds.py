"""Buttons under the results of links, expansions and blends."""

from __future__ import annotations

from pathlib import Path

from services.models import Padding, State
from tests.cogs.admin.guild_harness import open_guild_harness
from tests.support.bot_harness import BotHarness, make_image
from tests.support.messages import gallery
from tests.support.result_buttons import fields, form_values, generate, newest_message, private_text

FIRST, SECOND = make_image(700, 500), make_image(500, 700)


async def test_again_of_an_expansion_keeps_its_sides(world: BotHarness) -> None:
    await world.ann.slash(
        world.channel, "expand", image=("cat.png", FIRST), left=50, right=50, prompt="a meadow"
    )
    [first] = await world.until_settled()
    assert first.state is State.DELIVERED

    await world.bob.click(newest_message(world), label="Again")
    [_, second] = await world.until_settled(2)

    assert second.state is State.DELIVERED
    assert second.request.kind == "expand"
    assert second.request.options.sides == first.request.options.sides != Padding()
    assert world.orders[0]["image"] == world.orders[1]["image"]


async def test_edit_form_of_an_expansion_shows_its_options(world: BotHarness) -> None:
    await world.ann.slash(world.channel, "expand", image=("cat.png", FIRST), left=50, right=50)
    await world.until_settled()

    shown = await world.bob.click(newest_message(world), label="Edit prompt")
    assert list(fields(shown)) == ["prompt", "count", "flags"]
    answer = await world.bob.submit_modal(shown, form_values(shown, prompt="", count="2"))
    [_, second] = await world.until_settled(2)

    assert second.state is State.DELIVERED
    assert second.request.kind == "expand"
    assert len(gallery(answer.response)) == 2


async def test_use_as_source_of_an_expansion_generates(world: BotHarness) -> None:
    await world.ann.slash(world.channel, "expand", image=("cat.png", FIRST), left=50, right=50)
    await world.until_settled()

    shown = await world.bob.click(newest_message(world), label="Use as source")
    await world.bob.submit_modal(shown, form_values(shown, prompt="darker"))
    [first, second] = await world.until_settled(2)

    assert second.state is State.DELIVERED
    assert (second.request.kind, second.request.options.sides) == ("repaint", None)
    assert second.request.options.model == "kling-v3"
    assert second.request.source.job_id == first.id


async def test_again_of_a_blend_keeps_all_images(world: BotHarness) -> None:
    await world.ann.slash(
        world.channel, "blend", first=("a.png", FIRST), second=("b.png", SECOND), prompt="both"
    )
    [first] = await world.until_settled()
    assert first.state is State.DELIVERED

    compared = await world.bob.click(newest_message(world), label="Before / after")
    await world.bob.click(newest_message(world), label="Again")
    [_, second] = await world.until_settled(2)

    assert second.state is State.DELIVERED
    assert second.request.kind == "blend"
    assert len(second.request.more) == 1
    assert world.orders[0]["subject_image_list"] == world.orders[1]["subject_image_list"]
    assert len(gallery(compared.response)) == 1


async def test_again_of_a_link_works_and_has_no_comparison(world: BotHarness) -> None:
    stored = world.env.backend.cdn.store_attachment(7, 8, "cat.png", FIRST, None)
    address = str(stored["url"]).replace("https://cdn.simcord.invalid", world.cdn_url)
    await world.ann.slash(world.channel, "repaint-link", link=address, prompt="a duck")
    jobs = await world.until_settled()
    assert jobs[0].request.source.origin == "link"

    compared = await world.bob.click(newest_message(world), label="Before / after")
    await world.bob.click(newest_message(world), label="Again")
    await world.until_settled(2)

    assert "one given as a link never gets there" in private_text(compared)
    assert [order["image"] for order in world.orders] == [address, address]


async def test_server_styles_are_offered_in_forms_and_named(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("style add", name="Stained glass", words="as a stained glass window")
        world = server.world
        await generate(world)
        shown = await world.bob.click(newest_message(world), label="Edit prompt")
        names = {one["label"]: one["value"] for one in fields(shown)["style"]["options"]}
        await world.bob.submit_modal(shown, form_values(shown, style=names["Stained glass"]))
        await world.until_settled(2)

        assert world.orders[1]["prompt"].endswith("as a stained glass window")
        told = private_text(await world.bob.click(newest_message(world), label="Details"))
        assert "**Style** Stained glass" in told
