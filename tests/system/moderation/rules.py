"""Rows about server settings: durations, members by name, required roles, warnings; opt-out."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import pytest

from sandbox.demo import list_image_urls
from sandbox.discord.core.json_types import Json
from sandbox.discord.testclient.member import Answer, Member, Refused
from tests.support.live_links import live_links
from tests.system.kill.members import small_picture
from tests.system.moderation.harness import (
    PROMPT,
    ModerationHarness,
    ask,
    filled,
    id_of,
    ids_of,
    parts_of,
    text_of,
)
from tests.system.moderation.table import Table, nothing

RULES = Table()
ADMIN = "repaint-admin"
THIS, AVATAR = "Repaint this picture", "Repaint avatar"
BAIT = "https://evil.example/a discord.gg/abcdef <https://evil.example> [x](https://evil.example)"
DAY_S = 86_400


@RULES.row(nothing)
async def durations_are_offered_as_they_are_read(scene: ModerationHarness, _: Any) -> None:
    async def offered(who: Member, text: str) -> list[tuple[str, str]]:
        """Return the meanings that are offered for a duration as typed."""
        path, others = f"{ADMIN} block", {"member": scene.lin.id}
        found = await who.autocomplete(path, option="duration", text=text, **others)
        return [(one["name"], one["value"]) for one in found]

    hours = "2 hours" if scene.locale == "en-US" else "2 小时"
    assert (await offered(scene.mira, "2h"))[0] == (hours, "2h")
    for invalid in ("abc", "0h", "2x", "-1d", "1e9h"):
        assert await offered(scene.mira, invalid) == []
    with pytest.raises(Refused):
        await offered(scene.lin, "2h")


@RULES.row(nothing)
async def members_are_named_by_name_mention_or_id(scene: ModerationHarness, _: Any) -> None:
    mira, lin, ada = scene.mira, scene.lin, scene.ada
    await mira.command(f"{ADMIN} role-limit", role=scene.painter, images=44)
    for name in ("Ada", "ada", ada.id, f"<@{ada.id}>", f"<@!{ada.id}>"):
        await mira.command(f"{ADMIN} block", member=ada.id, duration="2h", reason="42")
        [(until,)] = scene.rows("SELECT expires_at - at FROM member_block")
        assert until == pytest.approx(7_200, abs=1)
        await scene.expect_refusal(ada, "member_blocked", ask(ada))
        told = await scene.expect_answer(
            mira, "audit_unblock", mira.command(f"{ADMIN} unblock", member=name)
        )
        assert "44" in text_of(told), "the limit of the member's role"
        assert scene.rows("SELECT * FROM member_block") == []
        await mira.command(f"{ADMIN} grant", member=ada.id, images=33)
        told = await scene.expect_answer(
            mira, "audit_revoke_grant", mira.command(f"{ADMIN} revoke", member=name)
        )
        assert "44" in text_of(told)
    await scene.expect_refusal(
        mira, "expected_member", mira.command(f"{ADMIN} unblock", member="Nobody")
    )
    with pytest.raises(Refused):
        await lin.command(f"{ADMIN} unblock", member="Ada")
    await mira.command(f"{ADMIN} role-limit", role=scene.painter)


@RULES.row(nothing)
async def likely_mistakes_are_warned_of(scene: ModerationHarness, _: Any) -> None:
    mira = scene.mira
    warned = await scene.expect_answer(
        mira, "decide_block_self", mira.command(f"{ADMIN} block", member=mira.id, duration="1h")
    )
    assert scene.rows("SELECT * FROM member_block") == []
    [go] = [one for one in ids_of(warned) if one.startswith("rpa:decide:")]
    await scene.expect_answer(mira, "audit_block", mira.press(warned, go))
    await mira.command(f"{ADMIN} unblock", member="Mira")
    await scene.expect_answer(
        mira, "decide_common_word", mira.command(f"{ADMIN} words add", phrase="a")
    )
    assert scene.rows("SELECT * FROM blocked_word") == []
    await scene.expect_refusal(
        mira, "expected_count", mira.command(f"{ADMIN} settings", max_count=9)
    )
    with pytest.raises(Refused):
        await mira.command(f"{ADMIN} style add", name="Felt")


async def forms_of_lin(scene: ModerationHarness) -> tuple[Json, Json, list[Answer]]:
    """Lin opens every form; there is a result of Mira's and a message with an image."""
    shown = await scene.generate(scene.mira)
    image = await scene.mira.upload(small_picture())
    posted = await scene.mira.say("42", uploads=[image])
    forms = [await one for one in opening(scene, scene.lin, shown, posted)]
    assert all(form.modal is not None for form in forms)
    return shown, posted, forms


def opening(
    scene: ModerationHarness, who: Member, shown: Json, posted: Json
) -> list[Awaitable[Answer]]:
    """Return every command, menu and button that opens a form."""
    return [
        who.message_menu(THIS, message=posted),
        who.user_menu(AVATAR, user_id=scene.mira.id),
        who.press(shown, id_of(shown, "edit")),
        who.press(shown, id_of(shown, "use")),
        who.command("blend"),
    ]


async def at_once(who: Member, shown: Json) -> list[Awaitable[Answer]]:
    """Return every command and button that starts a job without a form."""
    image = await who.upload(small_picture())
    return [
        who.command("repaint", image=image, prompt=PROMPT),
        who.command("repaint-link", link="https://example.com/cat.png", prompt=PROMPT),
        who.command("expand", image=image, left=25),
        who.command("blend", first=image, second=image),
        who.press(shown, id_of(shown, "again")),
    ]


async def sent(who: Member, form: Answer) -> Answer:
    assert form.modal is not None
    names = [part.get("custom_id") for part in parts_of(form.modal)]
    if "pictures" not in names:
        return await who.submit(form, **filled(form))
    images = [await who.upload(small_picture()) for _ in range(2)]
    return await who.submit(form, **filled(form, pictures=images))


@RULES.row(forms_of_lin)
async def who_lacks_the_required_role_starts_nothing(scene: ModerationHarness, given: Any) -> None:
    shown, posted, forms = given
    mira, lin, ada = scene.mira, scene.lin, scene.ada
    with pytest.raises(Refused):
        await lin.command(f"{ADMIN} required-roles add", role=scene.painter)
    await mira.command(f"{ADMIN} required-roles add", role=scene.painter)
    for way in [*await at_once(lin, shown), *opening(scene, lin, shown, posted)]:
        await scene.expect_refusal(lin, "role_required", way)
    for form in forms:
        await scene.expect_refusal(lin, "role_required", sent(lin, form))

    for who, channel in ((ada, "repaint"), (mira, "repaint"), (lin, scene.talk_there)):
        await scene.generate(who, channel)
    seen = len(lin.history)
    await ask(lin, "dm")
    await lin.next_message(lambda one: bool(list_image_urls(one)), after=seen)
    await mira.command(f"{ADMIN} required-roles remove", role=f"<@&{scene.painter}>")
    await scene.generate(lin)


async def forms_about_ada(scene: ModerationHarness) -> tuple[Json, Json, list[Answer]]:
    """Lin opens forms about images of Ada's."""
    ada, lin = scene.ada, scene.lin
    shown, image = await scene.generate(ada), await ada.upload(small_picture())
    posted = await ada.say("42", uploads=[image])
    forms = [await one for one in of_ada(scene, lin, shown, posted)]
    return shown, posted, forms


def of_ada(
    scene: ModerationHarness, who: Member, shown: Json, posted: Json
) -> list[Awaitable[Answer]]:
    """Return every menu and button that opens a form with an image of Ada's."""
    return [
        who.message_menu(THIS, message=posted),
        who.user_menu(AVATAR, user_id=scene.ada.id),
        who.press(shown, id_of(shown, "edit")),
        who.press(shown, id_of(shown, "use")),
    ]


@RULES.row(forms_about_ada)
async def who_opted_out_is_left_alone_even_by_moderators(
    scene: ModerationHarness, given: Any
) -> None:
    shown, posted, forms = given
    ada, lin, mira = scene.ada, scene.lin, scene.mira
    setting = ada.command("preferences set", opt_out=True)
    await scene.expect_answer(ada, "preferences_opted_out", setting)
    for who in (lin, mira):
        for way in of_ada(scene, who, shown, posted):
            await scene.expect_refusal(who, "opted_out", way)
        await scene.expect_refusal(who, "opted_out", who.press(shown, id_of(shown, "again")))
    for form in forms:
        await scene.expect_refusal(lin, "opted_out", sent(lin, form))
    own = [await one for one in of_ada(scene, ada, shown, posted)]
    assert all(one.modal is not None for one in own)
    await scene.expect_answer(
        ada, "preferences_none", ada.command("preferences clear", only="opt_out")
    )
    assert (await lin.message_menu(THIS, message=posted)).modal is not None


@RULES.row(nothing)
async def addresses_in_prompts_are_text(scene: ModerationHarness, _: Any) -> None:
    for channel in ("repaint", "dm"):
        shown = await scene.generate(scene.ada, channel, prompt=BAIT)
        assert "evil" in text_of(shown)
        assert live_links(text_of(shown)) == []
        told = await scene.expect_answer(
            scene.ada, "details_title", scene.ada.press(shown, id_of(shown, "details"))
        )
        assert live_links(text_of(told)) == []
