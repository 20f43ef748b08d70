"""/repaint-link: the address is sent to the provider unchanged, and never opened here."""

from __future__ import annotations

from typing import Any

import pytest
import simcord

from services.models import State
from tests.support.bot_harness import BotHarness, make_image
from tests.support.messages import gallery, text
from tests.support.result_buttons import fields, preselected


async def repaint_link(world: BotHarness, link: str, **options: Any) -> simcord.InteractionResult:
    options = {"prompt": "as an oil painting"} | options
    return await world.ann.slash(world.channel, "repaint-link", link=link, **options)


def published(world: BotHarness) -> str:
    """Return the address of an image on this computer that the provider can open."""
    stored = world.env.backend.cdn.store_attachment(7, 8, "cat.png", make_image(), None)
    return str(stored["url"]).replace("https://cdn.simcord.invalid", world.cdn_url)


async def test_link_request_submits_address_and_options(world: BotHarness) -> None:
    link = published(world)
    answer = await repaint_link(world, f" <{link}> ", count=2, style="ink", ratio="1:1")
    [job] = await world.until_settled()

    [order] = world.orders
    assert (order["image"], order["n"], order["aspect_ratio"]) == (link, 2, "1:1")
    assert "ink drawing" in order["prompt"]
    assert (job.state, job.request.source.origin) == (State.DELIVERED, "link")
    assert len(gallery(answer.response)) == 2
    folder = world.settings.pictures_path / job.id
    assert not list(folder.glob("source*"))


@pytest.mark.parametrize(
    "link",
    [
        "http://example.com/cat.png",
        "https://user:pass@example.com/cat.png",
        "https://10.0.0.1/cat.png",
        "https://printer.local/cat.png",
        "cat.png",
    ],
)
async def test_link_that_is_not_public_https_is_refused_privately(
    world: BotHarness, link: str
) -> None:
    answer = await repaint_link(world, link)

    assert answer.ephemeral
    assert "public https address" in text(answer.response)
    assert await world.jobs() == []


@pytest.mark.parametrize(
    ("options", "sent", "told"),
    [
        ({}, "1:1", "**Width to height** 1:1"),
        ({"ratio": "3:4"}, "3:4", "**Width to height** 3:4"),
        ({"model": "kling-v3-omni"}, None, "**Width to height** As the picture"),
    ],
)
async def test_link_request_states_its_aspect_ratio(
    world: BotHarness, options: dict[str, str], sent: str | None, told: str
) -> None:
    answer = await repaint_link(world, published(world), **options)
    await world.until_settled()
    assert world.orders[0].get("aspect_ratio") == sent

    assert answer.response is not None
    details = await world.ann.click(answer.response, label="Details")
    shown = await world.ann.click(answer.response, label="Edit prompt")

    assert told in text(details.response)
    offered = fields(shown)["ratio"]
    assert preselected(offered) == (sent or "auto")
    assert "As the picture" not in [one["label"] for one in offered["options"]]


async def test_link_request_uses_the_preferred_ratio(world: BotHarness) -> None:
    await world.ann.slash(world.channel, "preferences set", ratio="2:3")
    await repaint_link(world, published(world))
    await world.until_settled()

    assert world.orders[0]["aspect_ratio"] == "2:3"


async def test_link_that_the_provider_cannot_open_is_refunded(world: BotHarness) -> None:
    answer = await repaint_link(world, published(world).replace("cat", "dog"))
    [job] = await world.until_settled()

    assert (job.state, job.given_back) == (State.REFUSED, True)
    assert "could not use that picture" in text(answer.response)
    assert await world.used() == 0


async def test_buttons_cope_without_a_source_of_our_own(world: BotHarness) -> None:
    await repaint_link(world, published(world))
    await world.until_settled()
    message = world.channel.last_message
    assert message is not None

    await world.bob.click(message, label="Again")
    jobs = await world.until_settled(2)
    assert [job.state for job in jobs] == [State.DELIVERED] * 2
    assert world.orders[0]["image"] == world.orders[1]["image"]

    compared = await world.ann.click(message, label="Before / after")
    assert compared.response is not None
    assert compared.ephemeral
