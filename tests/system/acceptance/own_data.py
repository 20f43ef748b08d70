"""A user's own jobs and settings, which other users cannot see or use."""

from __future__ import annotations

from typing import Any

from tests.support.job_buttons import click, menu, pick
from tests.support.messages import gallery, job_messages, text
from tests.support.result_buttons import form_values
from tests.system.acceptance.harness import IMAGE, PROMPT, AcceptanceHarness, Answer
from tests.system.acceptance.table import (
    exported,
    feature,
    nobody,
    nothing,
    refusing,
    shown_to_all,
)  # fmt: skip


async def listed(stage: AcceptanceHarness) -> Any:
    job, _ = await stage.generate(stage.ann)
    return job, await stage.ann.slash(stage.channel, "jobs")


async def bob_posts(stage: AcceptanceHarness, given: Any) -> Answer:
    """Bob sees none of Ann's jobs, and a forged button is refused."""
    mine = await stage.bob.slash(stage.channel, "jobs")
    assert given[0].id not in menu(mine.response)
    return await stage.forged("post", given[0])


@feature(
    "/jobs, page, open, post, direct", wrong=refusing("job_forgotten", bob_posts), before=listed
)
async def jobs(stage: AcceptanceHarness, given: Any) -> None:
    job, answer = given
    await pick(stage.ann, answer.response, [job.id])
    assert stage.says(answer.response, "job_counted")
    before = len(job_messages(stage.channel))
    await click(stage.ann, answer.response, "rp:post")
    assert len(job_messages(stage.channel)) == before + 1
    sent = await click(stage.ann, answer.response, "rp:direct")
    assert stage.says(sent.response, "direct_sent")
    await click(stage.ann, answer.response, "rpj:page:all:0")
    await click(stage.ann, answer.response, "rpj:page:here:0")
    assert stage.says(answer.response, "jobs_title_here")
    assert gallery(stage.ann.user.dm_channel.last_message)


async def bob_asks_for_ann(stage: AcceptanceHarness, _: Any) -> Answer:
    return await stage.bob.slash(stage.channel, "quota", member=stage.ann)


@feature("/quota", wrong=refusing("moderators_only", bob_asks_for_ann), before=nothing)
async def quota(stage: AcceptanceHarness, _: Any) -> None:
    mine = await stage.ann.slash(stage.channel, "quota")
    others = await stage.mod.slash(stage.channel, "quota", member=stage.ann)
    assert mine.ephemeral
    assert stage.says(mine.response, "quota_title")
    assert stage.ann.mention in text(others.response)


@feature("/about", wrong=nobody, before=nothing)
async def about(stage: AcceptanceHarness, _: Any) -> None:
    answer = await stage.ann.slash(stage.channel, "about")
    assert answer.ephemeral
    assert stage.says(answer.response, "about_rights")


async def bob_prefers_nothing(stage: AcceptanceHarness, _: Any) -> Answer:
    return await stage.bob.slash(stage.channel, "preferences show")


async def prefers(stage: AcceptanceHarness) -> None:
    wishes = {"style": "oil", "count": 2, "format": "jpg", "spoiler": False, "ratio": "1:1"}
    await stage.dee.slash(stage.channel, "preferences set", **wishes)


@feature(
    "/preferences set, /preferences show, /preferences clear",
    wrong=refusing("preferences_none", bob_prefers_nothing),
    before=prefers,
)
async def preferences(stage: AcceptanceHarness, _: Any) -> None:
    shown = await stage.dee.slash(stage.channel, "preferences show")
    assert "jpg" in text(shown.response)
    assert stage.says(shown.response, "preferences_hint")
    cleared = await stage.dee.slash(stage.channel, "preferences clear")
    assert stage.says(cleared.response, "preferences_none")


async def bobs_data(stage: AcceptanceHarness, given: Any) -> None:
    assert given[0].id not in await exported(stage, stage.bob)


@feature("/my-data", wrong=bobs_data, before=shown_to_all)
async def my_data(stage: AcceptanceHarness, given: Any) -> None:
    assert given[0].id in await exported(stage, stage.ann)


async def opted_out(stage: AcceptanceHarness) -> Any:
    """Fay excludes her images; Cyd and Fay opened forms with one of them before that."""
    message = await stage.fay.send(stage.channel, "42", attachments=[IMAGE])
    forms = {
        who.id: await who.context_menu(stage.channel, "Repaint this picture", message)
        for who in (stage.cyd, stage.fay)
    }
    _, shown = await stage.generate(stage.fay)
    answer = await stage.fay.slash(stage.channel, "preferences set", opt_out=True)
    assert stage.says(answer.response, "preferences_opted_out")
    return message, shown, forms


async def others_start_from_it(stage: AcceptanceHarness, given: Any) -> Answer:
    """Bob, a moderator and the operator all are refused."""
    message, shown, forms = given
    for who in (stage.bob, stage.mod, stage.operator):
        found = [await who.context_menu(stage.channel, "Repaint this picture", message)]
        found += [await click(who, shown, f"rp:{verb}") for verb in ("again", "edit", "use")]
        for answer in found:
            assert answer.ephemeral
            assert stage.says(answer.response, "opted_out")
    form = forms[stage.cyd.id]
    return await stage.cyd.submit_modal(form, form_values(form, prompt=PROMPT))


@feature(
    "/preferences opt_out", wrong=refusing("opted_out", others_start_from_it), before=opted_out
)
async def opting_out(stage: AcceptanceHarness, given: Any) -> None:
    message, shown, forms = given
    form = forms[stage.fay.id]
    assert not (await stage.fay.submit_modal(form, form_values(form, prompt=PROMPT))).ephemeral
    assert not (await click(stage.fay, shown, "rp:again")).ephemeral
    cleared = await stage.fay.slash(stage.channel, "preferences clear", only="opt_out")
    assert stage.says(cleared.response, "preferences_none")
    form = await stage.bob.context_menu(stage.channel, "Repaint this picture", message)
    assert form.modal is not None
