"""What is one's own: for nobody else."""

from __future__ import annotations

from typing import Any

from tests.cogs.mine_world import menu, pick, press
from tests.support.messages import gallery, letters, text
from tests.walk.stage import Answer, Stage
from tests.walk.table import (
    exported,
    feature,
    nobody,
    nothing,
    refusing,
    shown_to_all,
)  # fmt: skip


async def listed(stage: Stage) -> Any:
    job, _ = await stage.painted(stage.ann)
    return job, await stage.ann.slash(stage.channel, "jobs")


async def bob_posts(stage: Stage, given: Any) -> Answer:
    """Bob sees none of Ann's, and a forged button is refused."""
    mine = await stage.bob.slash(stage.channel, "jobs")
    assert given[0].id not in menu(mine.response)
    return await stage.forged("post", given[0])


@feature(
    "/jobs, page, open, post, direct", wrong=refusing("job_forgotten", bob_posts), before=listed
)
async def jobs(stage: Stage, given: Any) -> None:
    job, answer = given
    await pick(stage.ann, answer.response, [job.id])
    assert stage.says(answer.response, "job_counted")
    before = len(letters(stage.channel))
    await press(stage.ann, answer.response, "rp:post")
    assert len(letters(stage.channel)) == before + 1
    sent = await press(stage.ann, answer.response, "rp:direct")
    assert stage.says(sent.response, "direct_sent")
    await press(stage.ann, answer.response, "rpj:page:all:0")
    await press(stage.ann, answer.response, "rpj:page:here:0")
    assert stage.says(answer.response, "jobs_title_here")
    assert gallery(stage.ann.user.dm_channel.last_message)


async def bob_asks_for_ann(stage: Stage, _: Any) -> Answer:
    return await stage.bob.slash(stage.channel, "quota", member=stage.ann)


@feature("/quota", wrong=refusing("moderators_only", bob_asks_for_ann), before=nothing)
async def quota(stage: Stage, _: Any) -> None:
    mine = await stage.ann.slash(stage.channel, "quota")
    others = await stage.mod.slash(stage.channel, "quota", member=stage.ann)
    assert mine.ephemeral
    assert stage.says(mine.response, "quota_title")
    assert stage.ann.mention in text(others.response)


@feature("/about", wrong=nobody, before=nothing)
async def about(stage: Stage, _: Any) -> None:
    answer = await stage.ann.slash(stage.channel, "about")
    assert answer.ephemeral
    assert stage.says(answer.response, "about_rights")


async def bob_prefers_nothing(stage: Stage, _: Any) -> Answer:
    return await stage.bob.slash(stage.channel, "preferences show")


async def prefers(stage: Stage) -> None:
    wishes = {"style": "oil", "count": 2, "format": "jpg", "spoiler": False, "ratio": "1:1"}
    await stage.dee.slash(stage.channel, "preferences set", **wishes)


@feature(
    "/preferences set, /preferences show, /preferences clear",
    wrong=refusing("preferences_none", bob_prefers_nothing),
    before=prefers,
)
async def preferences(stage: Stage, _: Any) -> None:
    shown = await stage.dee.slash(stage.channel, "preferences show")
    assert "jpg" in text(shown.response)
    assert stage.says(shown.response, "preferences_hint")
    cleared = await stage.dee.slash(stage.channel, "preferences clear")
    assert stage.says(cleared.response, "preferences_none")


async def bobs_data(stage: Stage, given: Any) -> None:
    assert given[0].id not in await exported(stage, stage.bob)


@feature("/my-data", wrong=bobs_data, before=shown_to_all)
async def my_data(stage: Stage, given: Any) -> None:
    assert given[0].id in await exported(stage, stage.ann)
