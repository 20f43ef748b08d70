"""Buttons under a result: all readers may use them; only requester and moderators may delete it."""

from __future__ import annotations

from typing import Any

from tests.support.job_buttons import click
from tests.support.messages import Shown, gallery, text
from tests.system.acceptance.harness import PROMPT, AcceptanceHarness, Answer
from tests.system.acceptance.table import (
    feature,
    hidden,
    refusing,
    shown_to_all,
)  # fmt: skip


@feature("compare", wrong=hidden("compare"), before=shown_to_all)
async def compare(stage: AcceptanceHarness, given: Any) -> None:
    answer = await click(stage.bob, given[1], "rp:compare")
    assert answer.ephemeral
    assert len(gallery(answer.response)) == 1


@feature("details", wrong=hidden("details"), before=shown_to_all)
async def details(stage: AcceptanceHarness, given: Any) -> None:
    answer = await click(stage.bob, given[1], "rp:details")
    assert answer.ephemeral
    assert stage.says(answer.response, "details_title")
    assert PROMPT in text(answer.response)


@feature("links", wrong=hidden("links"), before=shown_to_all)
async def links(stage: AcceptanceHarness, given: Any) -> None:
    shown = await click(stage.bob, given[1], "rp:details")
    answer = await click(stage.bob, shown.response, "rp:links")
    assert answer.ephemeral
    assert stage.says(answer.response, "links_head")


async def report_form(stage: AcceptanceHarness) -> Any:
    job, message = await stage.generate(stage.ann)
    return job, await click(stage.bob, message, "rp:report")


@feature("report", wrong=hidden("report"), before=report_form)
async def report(stage: AcceptanceHarness, given: Any) -> None:
    answer = await stage.bob.submit_modal(given[1], {"reason": "42"})
    assert answer.ephemeral
    assert stage.says(answer.response, "report_told_moderators")
    assert stage.says(stage.server.log.last_message, "report_head", publicly=True)


async def reported(stage: AcceptanceHarness) -> Any:
    job, message = await stage.generate(stage.fay)
    form = await click(stage.bob, message, "rp:report")
    await stage.bob.submit_modal(form, {"reason": "42"})
    return job, stage.server.log.last_message


async def bob_hides(stage: AcceptanceHarness, given: Any) -> Answer:
    return await click(stage.bob, given[1], "rp:report_hide")


async def bob_dismisses(stage: AcceptanceHarness, given: Any) -> Answer:
    return await click(stage.bob, given[1], "rp:report_dismiss")


async def bob_blocks(stage: AcceptanceHarness, given: Any) -> Answer:
    return await click(stage.bob, given[1], "rp:report_block")


async def bob_removes(stage: AcceptanceHarness, given: Any) -> Answer:
    return await click(stage.bob, given[1], "rp:report_delete")


@feature("report_block", wrong=refusing("not_yours", bob_blocks), before=reported)
async def report_block(stage: AcceptanceHarness, given: Any) -> None:
    form = await click(stage.mod, given[1], "rp:report_block")
    answer = await stage.mod.submit_modal(form, {"duration": ["7"], "reason": "42"})
    [told] = answer.followups
    assert told.ephemeral
    assert stage.says(told, "report_blocked_hint")
    refused = await stage.asks(stage.fay)
    assert stage.says(refused.response, "member_blocked")
    await stage.server.admin("unblock", member=str(stage.fay.id))


@feature("report_delete", wrong=refusing("not_yours", bob_removes), before=reported)
async def report_delete(stage: AcceptanceHarness, given: Any) -> None:
    form = await click(stage.mod, given[1], "rp:report_delete")
    assert stage.says_in_form(form, "form_delete_words")
    await stage.mod.submit_modal(form, {})
    assert not (stage.world.settings.pictures_path / given[0].id).exists()
    assert stage.says(in_log(stage, given[1]), "report_deleted", publicly=True)


@feature("report_hide", wrong=refusing("not_yours", bob_hides), before=reported)
async def report_hide(stage: AcceptanceHarness, given: Any) -> None:
    await click(stage.mod, given[1], "rp:report_hide")
    assert stage.says(in_log(stage, given[1]), "report_hidden", publicly=True)


@feature("report_dismiss", wrong=refusing("not_yours", bob_dismisses), before=reported)
async def report_dismiss(stage: AcceptanceHarness, given: Any) -> None:
    await click(stage.mod, given[1], "rp:report_dismiss")
    assert stage.says(in_log(stage, given[1]), "report_dismissed", publicly=True)


def in_log(stage: AcceptanceHarness, message: Shown) -> Shown:
    """Return a report as it is in the log channel now."""
    [found] = [one for one in stage.server.log.history() if one.id == message.id]
    return found


async def delete_form(stage: AcceptanceHarness) -> Any:
    job, message = await stage.generate(stage.ann)
    return job, message, await click(stage.ann, message, "rp:delete")


async def bob_deletes(stage: AcceptanceHarness, given: Any) -> Answer:
    return await click(stage.bob, given[1], "rp:delete")


@feature("delete", wrong=refusing("not_yours", bob_deletes), before=delete_form)
async def delete(stage: AcceptanceHarness, given: Any) -> None:
    job, message, form = given
    await stage.ann.submit_modal(form, {})
    assert stage.says(message, "pictures_removed", publicly=True)
    assert not (stage.world.settings.pictures_path / job.id).exists()
