"""Requests for images: every user may make them, except blocked users."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from services.models import Kind, State
from tests.support.job_buttons import click
from tests.support.messages import gallery
from tests.support.result_buttons import form_values
from tests.system.acceptance.harness import IMAGE, PROMPT, AcceptanceHarness, Answer
from tests.system.acceptance.table import (
    FEATURES,
    Before,
    Feature,
    Who,
    feature,
    nobody,
    nothing,
    refusing,
    shown_to_all,
)  # fmt: skip

Asking = Callable[[AcceptanceHarness, Who, Any], Awaitable[Answer]]


def asking(
    covers: str, ask: Asking, *, before: Before = nothing, kind: Kind = "repaint"
) -> Feature:
    """Return a row: Ann's request is public and spends her units; Bea is blocked and is refused."""

    async def right(stage: AcceptanceHarness, given: Any) -> None:
        used = await used_by(stage, stage.ann)
        answer = await ask(stage, stage.ann, given)
        assert not answer.ephemeral
        assert stage.says(answer.response, "asked_by", publicly=True)
        job = await stage.settled(stage.ann)
        assert (job.state, job.request.kind) == (State.DELIVERED, kind)
        assert job.request.user_id == stage.ann.id
        assert len(gallery(answer.response)) == job.units
        assert await used_by(stage, stage.ann) == used + job.units

    async def wrong(stage: AcceptanceHarness, given: Any) -> Answer:
        return await ask(stage, stage.bea, given)

    return Feature(covers, right, refusing("member_blocked", wrong), before)


async def used_by(stage: AcceptanceHarness, who: Who) -> int:
    return sum(job.units for job in await stage.world.jobs() if job.request.user_id == who.id)


async def command(
    name: str, options: dict[str, Any], stage: AcceptanceHarness, who: Who, _: Any
) -> Answer:
    return await who.slash(stage.channel, name, **options)


async def linked(stage: AcceptanceHarness, who: Who, _: Any) -> Answer:
    stored = stage.world.env.backend.cdn.store_attachment(7, 8, *IMAGE, None)
    link = str(stored["url"]).replace("https://cdn.simcord.invalid", stage.world.cdn_url)
    return await who.slash(stage.channel, "repaint-link", link=link, prompt=PROMPT)


def opened(open_form: Callable[[AcceptanceHarness, Who], Awaitable[Answer]]) -> Before:
    """Return a step in which Ann and Bea each open the form."""

    async def before(stage: AcceptanceHarness) -> dict[int, Answer]:
        return {who.id: await open_form(stage, who) for who in (stage.ann, stage.bea)}

    return before


async def sends(stage: AcceptanceHarness, who: Who, given: dict[int, Answer]) -> Answer:
    """Submit the form that was opened before."""
    form = given[who.id]
    return await who.submit_modal(form, form_values(form, prompt=PROMPT))


async def sends_files(_: AcceptanceHarness, who: Who, given: dict[int, Answer]) -> Answer:
    files = [("2.png", IMAGE[1]), ("3.png", IMAGE[1])]
    return await who.submit_modal(given[who.id], {"pictures": files, "prompt": PROMPT})


async def blend_form(stage: AcceptanceHarness, who: Who) -> Answer:
    return await who.slash(stage.channel, "blend", count=2)


async def picture_form(stage: AcceptanceHarness, who: Who) -> Answer:
    message = await stage.bob.send(stage.channel, "42", attachments=[IMAGE, IMAGE])
    return await who.context_menu(stage.channel, "Repaint this picture", message)


async def avatar_form(stage: AcceptanceHarness, who: Who) -> Answer:
    backend = stage.world.env.backend
    backend.users[stage.bob.id].avatar = "0123"
    url = f"https://cdn.simcord.invalid/avatars/{stage.bob.id}/0123.png"
    backend.cdn._blobs[url] = IMAGE[1]
    return await who.context_menu(stage.channel, "Repaint avatar", stage.bob)


async def button_form(verb: str, stage: AcceptanceHarness, who: Who) -> Answer:
    _, message = await shown_to_all(stage)
    return await click(who, message, f"rp:{verb}")


async def again(_: AcceptanceHarness, who: Who, given: Any) -> Answer:
    return await click(who, given[1], "rp:again")


TWO = {"first": IMAGE, "second": ("2.png", IMAGE[1])}
FEATURES += [
    asking("/repaint", partial(command, "repaint", {"image": IMAGE, "prompt": PROMPT})),
    asking("/repaint-link", linked),
    asking("/expand", partial(command, "expand", {"image": IMAGE, "left": 50}), kind="expand"),
    asking("/blend", partial(command, "blend", TWO), kind="blend"),
    asking("blend", sends_files, before=opened(blend_form), kind="blend"),
    asking("/Repaint this picture, paint", sends, before=opened(picture_form)),
    asking("/Repaint avatar", sends, before=opened(avatar_form)),
    asking("again", again, before=shown_to_all),
    asking("edit", sends, before=opened(partial(button_form, "edit"))),
    asking("use", sends, before=opened(partial(button_form, "use"))),
]


@feature("/repaint autocomplete", wrong=nobody, before=shown_to_all)
async def styles(stage: AcceptanceHarness, _: Any) -> None:
    """Ann's last style comes first, for her alone and in her language."""
    ink = {"en-US": "Ink drawing", "zh-CN": "水墨画"}[stage.locale]
    mine = await stage.ann.autocomplete(stage.channel, "repaint", "style", "")
    other = await stage.bob.autocomplete(stage.channel, "repaint", "style", "")
    assert mine[0]["value"] == "ink"
    assert other[0]["value"] != "ink"
    found = await stage.bob.autocomplete(stage.channel, "repaint", "style", ink[:2])
    assert {"name": mine[0]["name"], "value": "ink"} in [
        {"name": one["name"], "value": one["value"]} for one in found
    ]
