"""Rows about reports and what moderators do about them, in the server where Report was clicked."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.discord.core.json_types import Json
from sandbox.discord.testclient.member import Member
from tests.system.moderation.harness import (
    ModerationHarness,
    ask,
    filled,
    form_text,
    id_of,
    ids_of,
    parts_of,
    spoilers_of,
    text_of,
)
from tests.system.moderation.table import Table

REPORTS, FORGOTTEN = Table(), Table()
ACTIONS = ("report_hide", "report_delete", "report_block", "report_dismiss")
STARTING = ("again", "edit", "use")
USER_REPORTS = 5


async def a_report(scene: ModerationHarness) -> tuple[Json, Json]:
    """Lin reports an image of Ada's by two forms at once, which result in one report."""
    await scene.mira.command("repaint-admin log-channel", channel_=scene.log)
    shown, before = await scene.generate(scene.ada), len(await scene.messages(scene.log))
    forms = [await scene.lin.press(shown, id_of(shown, "report")) for _ in range(2)]
    seen = len(scene.lin.history)
    await asyncio.gather(*(scene.lin.submit(one, reason="42") for one in forms))
    for key in ("report_told_moderators", "report_told_before"):
        await scene.lin.next_message(lambda one, key=key: scene.says(text_of(one), key), after=seen)
    [report] = (await scene.messages(scene.log))[before:]
    assert scene.says(text_of(report), "report_head", publicly=True)
    return shown, report


@REPORTS.row(a_report)
async def every_action_stays_under_a_report(scene: ModerationHarness, given: Any) -> None:
    shown, report = given
    mira, press = scene.mira, scene.mira.press
    for verb in ACTIONS:
        await scene.expect_refusal(
            scene.lin, "not_yours", scene.lin.press(report, id_of(report, verb))
        )
    closed = await press(report, id_of(report, "report_delete"))
    assert scene.says(form_text(closed), "form_delete_words")
    assert spoilers_of(await scene.now(shown)) == [False], "a form that is not sent does nothing"

    await press(report, id_of(report, "report_dismiss"))
    await scene.until(report, "report_dismissed")
    await press(report, id_of(report, "report_hide"))
    await scene.until(report, "report_hidden")
    assert spoilers_of(await scene.now(shown)) == [True]
    await post_again(scene, scene.ada, "repaint", shown)
    assert spoilers_of((await scene.messages(scene.ada.channel()))[-1]) == [True]

    form = await press(report, id_of(report, "report_delete"))
    await mira.submit(form)
    emptied = await scene.until(report, "report_deleted")
    assert spoilers_of(emptied) == []
    form = await press(emptied, id_of(emptied, "report_block"))
    await mira.submit(form, **filled(form, duration=["7"], reason="42"))
    await scene.until(report, "audit_block")
    await scene.expect_refusal(scene.ada, "member_blocked", ask(scene.ada))
    await mira.command("repaint-admin unblock", member="Ada")
    for verb in ("report_hide", "report_dismiss"):
        await press(emptied, id_of(emptied, verb))
    done = await scene.until(report, "report_dismissed")

    for key in ("report_dismissed", "report_hidden", "report_deleted", "audit_block"):
        assert scene.says(text_of(done), key, publicly=True)
    assert [id_of(done, verb) for verb in ACTIONS]
    assert f"<@{mira.id}>" in text_of(done)
    await scene.until(shown, "pictures_removed")


async def post_again(scene: ModerationHarness, who: Member, channel: str, shown: Json) -> Json:
    """Post a user's own result once more, visible to all; return the message."""
    job, channel_id = id_of(shown, "again").split(":")[2], who.channel(channel)
    before = {one["id"] for one in await scene.messages(channel_id)}
    seen = len(who.history)
    await who.command("jobs", channel=channel)
    listed = await who.next_message(lambda one: "rpj:open:" in str(one), after=seen)
    while job not in str(listed):
        pages = [one for one in ids_of(listed) if one.startswith("rpj:page:")]
        older, seen = max(pages, key=lambda one: int(one.split(":")[-1])), len(who.history)
        await who.press(listed, older)
        listed = await who.next_message(lambda one: "rpj:open:" in str(one), after=seen)
    seen = len(who.history)
    await who.press(listed, id_of(listed, "open", "rpj"), values=[job])
    single = await who.next_message(lambda one: f"rp:post:{job}" in str(one), after=seen)
    await who.press(single, id_of(single, "post"))
    posted = await who.next_message(
        lambda one: (
            one["id"] not in before
            and one["channel_id"] == channel_id
            and bool(spoilers_of(one))
            and not one["flags"] & 64
        ),
        after=seen,
    )
    return await scene.now(posted)


async def posted_there(scene: ModerationHarness) -> tuple[Json, Json]:
    """Ada asked privately in the first server and posts the image in the second one."""
    await scene.mira.command("repaint-admin log-channel", channel_=scene.log)
    await scene.lin.command(
        "repaint-admin log-channel", channel=scene.talk_there, channel_=scene.log_there
    )
    shown = await scene.generate(scene.ada, private=True)
    return shown, await post_again(scene, scene.ada, scene.talk_there, shown)


@REPORTS.row(posted_there)
async def what_was_posted_again_is_the_other_servers_affair(
    scene: ModerationHarness, given: Any
) -> None:
    _, posted = given
    lin, here = scene.lin, len(await scene.messages(scene.log))
    by_lin = "SELECT * FROM audit WHERE guild_id = ? AND set_by = ?"
    noted = scene.rows(by_lin, int(scene.here), int(lin.id))
    report = await scene.reported(scene.mira, posted, scene.log_there, why="https://evil.example")
    assert "https://evil" not in text_of(report), "no live link"
    assert posted["id"] in text_of(report)
    for verb in ACTIONS:
        pressing = scene.mira.press(report, id_of(report, verb))
        await scene.expect_refusal(scene.mira, "not_yours", pressing)

    form = await lin.press(report, id_of(report, "report_block"))
    await scene.expect_answer(
        lin, "report_blocked_hint", lin.submit(form, **filled(form, duration=["0"]))
    )
    await scene.expect_refusal(scene.ada, "member_blocked", ask(scene.ada, scene.talk_there))
    await scene.generate(scene.ada)
    form = await lin.press(report, id_of(report, "report_delete"))
    await lin.submit(form)
    await scene.until(report, "report_deleted_here")
    await scene.until(posted, "pictures_removed")
    await lin.command("repaint-admin unblock", channel=scene.talk_there, member=scene.ada.id)
    await scene.until_noted(scene.there, "unblock")

    assert len(await scene.messages(scene.log)) == here
    assert scene.rows(by_lin, int(scene.here), int(lin.id)) == noted
    done = scene.rows("SELECT DISTINCT action FROM audit WHERE guild_id = ?", int(scene.there))
    assert {("block",), ("delete_pictures",), ("unblock",)} <= set(done)


async def of_ada(scene: ModerationHarness) -> Json:
    return await scene.generate(scene.ada)


@REPORTS.row(of_ada)
async def that_nobody_receives_reports_is_said_before_the_form(
    scene: ModerationHarness, given: Any
) -> None:
    await scene.expect_answer(
        scene.mira, "state_no_reports", scene.mira.command("repaint-admin log-channel")
    )
    for who in (scene.lin, scene.mira):
        pressing = who.press(given, id_of(given, "report"))
        await scene.expect_refusal(who, "report_told_no_receiver", pressing)
    await scene.mira.command("repaint-admin log-channel", channel_=scene.log)


@REPORTS.row(of_ada)
async def one_member_reports_so_often_and_no_more(scene: ModerationHarness, given: Any) -> None:
    lin, shown = scene.lin, given
    recent = "SELECT count(*) FROM report WHERE user_id = ? AND at > unixepoch() - 599"
    while scene.rows(recent, int(lin.id)) < [(USER_REPORTS,)]:
        await scene.reported(lin, shown, scene.log)
        shown = await scene.generate(scene.ada)
    await scene.expect_refusal(
        lin, "report_told_too_many", lin.press(shown, id_of(shown, "report"))
    )
    await scene.reported(scene.mira, shown, scene.log)


async def forgotten(scene: ModerationHarness) -> tuple[Json, Json, Json]:
    """Ada deletes her data; Mira has the form of Delete open, and another image is shown."""
    await scene.mira.command("repaint-admin log-channel", channel_=scene.log)
    first, second, third = [await scene.generate(scene.ada) for _ in range(3)]
    seen = len(scene.ada.history)
    await scene.ada.command("forget-me")
    asked = await scene.ada.next_message(lambda one: "rp-forget" in str(one), after=seen)
    [go] = [one for one in ids_of(asked) if one.startswith("rp-forget")]
    seen = len(scene.ada.history)
    await scene.ada.press(asked, go)
    await scene.ada.next_message(
        lambda one: one["id"] == asked["id"] and "rp-forget" not in str(one), after=seen
    )
    return first, second, third


@FORGOTTEN.row(forgotten)
async def what_its_author_forgot_is_deleted_and_reported(
    scene: ModerationHarness, given: Any
) -> None:
    first, second, third = given
    lin, mira = scene.lin, scene.mira
    for verb in (*STARTING, "details", "compare"):
        pressing = lin.press(first, id_of(first, verb))
        await scene.expect_refusal(lin, "author_forgotten", pressing)
    await scene.expect_refusal(lin, "not_yours", lin.press(first, id_of(first, "delete")))
    form = await mira.press(first, id_of(first, "delete"))
    assert scene.says(form_text(form), "form_delete_words_forgotten")
    await mira.submit(form)
    await scene.until(first, "pictures_removed")

    report = await scene.reported(mira, second, scene.log, why="42")
    assert scene.says(text_of(report), "report_head_forgotten", publicly=True)
    for words in (second["id"], "42"):
        assert words in text_of(report)
    assert not [one for one in ids_of(report) if "report_block" in one]
    await mira.press(report, id_of(report, "report_hide"))
    await scene.until(report, "report_hidden")
    assert spoilers_of(await scene.now(second)) == [True]
    form = await mira.press(report, id_of(report, "report_delete"))
    await mira.submit(form)
    await scene.until(second, "pictures_removed")
    assert parts_of(await scene.now(third))
