"""Before / after, Details, Original links and Delete, for the right and the wrong person."""

from __future__ import annotations

import io
import re
from pathlib import Path

import discord
import pytest
import simcord
from PIL import Image

from services.models import Job
from tests.cogs.admin.servers import a_server, elsewhere, restarted
from tests.support.messages import gallery, parts, text
from tests.support.presses import (
    files_of,
    filled_in,
    folder_of,
    forget,
    labels,
    newest,
    painted,
    said,
    tidy,
)
from tests.support.simulated import World, picture, simulated

DAY_S = 24 * 3600.0
UNKNOWN = "I no longer know this picture."
NOT_YOURS = "Only the member who asked for this picture, and moderators, can do that."
BUTTONS = [
    ["Again", "Edit prompt", "Use as source", "Before / after"],
    ["Details", "Delete", "Report"],
]
MANAGE_MESSAGES = discord.Permissions(manage_messages=True)


async def test_two_rows_hang_under_a_result(world: World) -> None:
    await painted(world)

    assert labels(newest(world)) == BUTTONS


async def test_a_private_result_has_all_but_report(world: World) -> None:
    answer = await world.repaint(private=True)
    await world.until_settled()

    assert labels(answer.response) == [BUTTONS[0], ["Details", "Delete"]]


async def test_none_hang_under_what_is_still_painted(world: World) -> None:
    answer = await world.repaint()

    assert labels(answer.response) == []
    await world.until_settled()


async def test_the_buttons_speak_the_servers_language(world: World) -> None:
    world.says["guild_locale"] = "zh-CN"
    await painted(world)

    assert labels(newest(world))[0] == ["再来一次", "修改提示词", "用作原图", "前后对比"]


async def test_before_and_after_is_one_picture_only_the_presser_sees(world: World) -> None:
    job = await painted(world, count=2, prompt="a **cat**")

    answer = await world.bob.click(newest(world), label="Before / after")

    assert answer.ephemeral
    [shown] = gallery(answer.response)
    assert shown["description"] == (
        "Before and after: the picture that came in, and the 2 that kling-v3 painted of it"
        " from the prompt: a **cat**"
    )
    assert not shown["spoiler"]
    assert answer.response is not None
    [attached] = answer.response.attachments
    with Image.open(io.BytesIO(world.env.backend.cdn.get(attached.url) or b"")) as sheet:
        assert sheet.format == "JPEG"
        assert sheet.width > 1000
    assert (folder_of(world, job) / "before-after-en-US.jpg").is_file()


async def test_it_is_drawn_once_for_each_language(world: World) -> None:
    job = await painted(world)
    await world.bob.click(newest(world), label="Before / after")
    kept = folder_of(world, job) / "before-after-en-US.jpg"
    before = kept.stat().st_mtime_ns

    await world.ann.click(newest(world), label="Before / after")
    world.says["locale"] = "zh-CN"
    answer = await world.bob.click(newest(world), label="Before / after")

    assert kept.stat().st_mtime_ns == before
    assert (folder_of(world, job) / "before-after-zh-CN.jpg").is_file()
    assert gallery(answer.response)[0]["description"].startswith("前后对比")


async def test_of_a_hidden_picture_before_and_after_is_hidden_too(world: World) -> None:
    await painted(world, spoiler=True)

    answer = await world.bob.click(newest(world), label="Before / after")

    assert gallery(answer.response)[0]["spoiler"]


async def test_a_long_prompt_is_cut_to_what_a_description_takes(world: World) -> None:
    await painted(world, prompt="x" * 2500)

    answer = await world.bob.click(newest(world), label="Before / after")

    assert len(gallery(answer.response)[0]["description"]) == 1024


async def test_without_the_pictures_there_is_nothing_to_compare(world: World) -> None:
    job = await painted(world)
    (folder_of(world, job) / "source").unlink()

    no_source = await world.bob.click(newest(world), label="Before / after")
    tidy(world, job)
    nothing = await world.bob.click(newest(world), label="Before / after")

    assert "The picture that it was painted from is not on my disk" in said(no_source)
    assert said(nothing).startswith("These pictures are no longer on my disk")


async def test_details_tell_everything_privately(world: World) -> None:
    prompt = "a **cat** for @everyone with `ticks`"
    job = await painted(
        world, prompt=prompt, count=2, model="kling-v2-1", reference="subject", fidelity=0.5
    )

    told = said(await world.bob.click(newest(world), label="Details"))

    assert "```\na **cat** for @everyone with ˋticksˋ\n```" in told
    for fact in (
        f"Asked by {world.ann.mention}",
        "State: posted",
        "Model: kling-v2-1",
        "Style: No style",
        "Pictures: 2 of 2",
        "Reference: subject",
        "Fidelity: 0.5",
        "Human fidelity: The model's own",
        "Format: png",
        "Source: cat.png, 640 × 480",
        "Result 2: 640 × 480, 0.0 MB",
        f"Task: `{job.task_id}`",
        f"Our id at the service: `{job.id}`",
    ):
        assert fact in told, fact
    assert re.search(r"Waited \d+ s, painted \d+ s, \d+ s in all", told)
    assert re.search(r"Cost: (about )?\$0\.0\d+", told)


async def test_the_whole_of_the_longest_prompt_is_there(world: World) -> None:
    prompt = "".join(chr(0x4E00 + number) for number in range(2500))
    await painted(world, prompt=prompt, count=4)

    told = said(await world.bob.click(newest(world), label="Details"))

    assert prompt in told
    assert len(told) <= 4000


async def test_details_after_a_restart_and_when_the_pictures_are_gone(world: World) -> None:
    tidy(world, await painted(world))
    world.pass_time(40 * DAY_S)
    async with restarted(world):
        told = said(await world.bob.click(newest(world), label="Details"))

        assert "State: posted" in told


async def test_details_of_what_failed(world: World) -> None:
    world.refuse_submissions(1301, "risk control", times=None)
    answer = await world.repaint()
    await world.until_settled()
    assert answer.response is not None

    told = said(await world.bob.click(answer.response, label="Details"))

    assert "State: refused" in told
    assert "Task: none known" in told
    assert "Waited " in told


async def test_details_count_what_the_provider_really_took(world: World) -> None:
    job = await painted(world)
    await world.store.costs.note(job.id, deduction=6.0, cost_micro=21_000)

    told = said(await world.bob.click(newest(world), label="Details"))

    assert "Cost: $0.021, 6 billing units as the service reports; estimated: $0.028" in told


async def use(world: World, who: simcord.MemberActor, prompt: str) -> Job:
    """Let somebody start from the newest result; return the Job that comes of it."""
    count = len(await world.jobs())
    shown = await who.click(newest(world), label="Use as source")
    await who.submit_modal(shown, filled_in(shown, prompt=prompt))
    return (await world.until_settled(count + 1))[-1]


async def test_details_tell_the_history_with_links(world: World) -> None:
    first = await painted(world, prompt="a cat")
    message = newest(world)
    second = await use(world, world.bob, "the cat, *darker*")
    middle = newest(world)
    await use(world, world.ann, "the cat, at night")

    told = said(await world.bob.click(newest(world), label="Details"))

    history = told[told.index("**History**") :].splitlines()
    assert len(history) == 3
    assert history[1].startswith(f"1. Result 1 of [this message]({middle.jump_url})")
    assert history[1].endswith(r"the cat, \*darker\*")
    assert history[2].startswith(f"2. Result 1 of [this message]({message.jump_url})")
    assert history[2].endswith("a cat")
    assert {first.place.message_id, second.place.message_id} == {message.id, middle.id}


async def test_again_belongs_to_the_same_generation(world: World) -> None:
    await painted(world, prompt="a cat")
    message = newest(world)
    await use(world, world.bob, "darker")
    await world.ann.click(newest(world), label="Again")
    await world.until_settled(3)

    told = said(await world.bob.click(newest(world), label="Details"))

    history = told[told.index("**History**") :].splitlines()
    assert len(history) == 2
    assert message.jump_url in history[1]


async def test_a_forgotten_or_private_ancestor_stays_unseen(world: World) -> None:
    answer = await world.repaint(prompt="a secret cat", private=True)
    [first] = await world.until_settled()
    shown = await world.ann.click(answer.response, label="Use as source")
    assert answer.response is not None
    await world.ann.submit_modal(shown, filled_in(shown, prompt="darker"))
    [_, second] = await world.until_settled(2)
    await make_public(world, second)

    hers = said(await world.ann.click(await posted_anew(world, second), label="Details"))
    his = said(await world.bob.click(newest(world), label="Details"))
    forget(world, first)
    later = said(await world.ann.click(newest(world), label="Details"))

    assert "Result 1 of a private answer" in hers
    assert "a secret cat" in hers
    for told in (his, later):
        assert "1. A picture that I can't show here." in told
        assert "secret" not in told


async def make_public(world: World, job: Job) -> None:
    thread = world.store._thread
    await thread.run(
        lambda: thread.db.execute(
            "UPDATE job SET place = json_set(place, '$.ephemeral', json('false')) WHERE id = ?",
            [job.id],
        )
    )


async def posted_anew(world: World, job: Job) -> discord.Message:
    """Put a Job's buttons into the channel for all to see."""
    row = {
        "type": 1,
        "components": [
            {"type": 2, "style": 2, "label": label, "custom_id": f"rp:{verb}:{job.id}"}
            for verb, label in (("details", "Details"), ("links", "Original links"))
        ],
    }
    env = world.env
    env.backend.create_message(
        world.channel.id, env.backend.bot_user.id, content="look", components=[row]
    )
    return newest(world)


async def test_the_original_links_live_for_thirty_days(world: World) -> None:
    job = await painted(world, count=2)
    [first, _] = await world.store.jobs.results(job.id)
    details = await world.bob.click(newest(world), label="Details")
    assert labels(details.response) == [["Original links"]]
    assert details.response is not None

    answer = await world.bob.click(details.response, label="Original links")
    world.pass_time(31 * DAY_S)
    late = await world.bob.click(details.response, label="Original links")

    assert job.ready_at is not None
    assert f"[Picture 1](<{first.url}>)" in said(answer)
    assert f"<t:{int(job.ready_at + 30 * DAY_S)}:f>" in said(answer)
    assert "keeps pictures for about 30 days" in said(late)
    assert first.url not in said(late)


async def test_links_too_long_for_a_message_come_in_a_file(world: World) -> None:
    job = await painted(world, count=4)
    thread = world.store._thread
    await thread.run(
        lambda: thread.db.execute("UPDATE result SET url = url || '?' || hex(zeroblob(400))")
    )
    links = await posted_anew(world, job)

    answer = await world.bob.click(links, label="Original links")

    assert "so they are in the file" in said(answer)
    assert answer.response is not None
    [file] = answer.response.attachments
    results = await world.store.jobs.results(job.id)
    paper = (world.env.backend.cdn.get(file.url) or b"").decode()
    assert all(one.url in paper for one in results)


@pytest.mark.parametrize("label", ["Before / after", "Details", "Use as source", "Edit prompt"])
async def test_a_job_that_was_forgotten_is_said_to_be(world: World, label: str) -> None:
    forget(world, await painted(world))

    assert said(await world.ann.click(newest(world), label=label)) == UNKNOWN


async def test_another_server_learns_and_changes_nothing(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server:
        job = await painted(server.world)
        other = elsewhere(server)
        row = {
            "type": 1,
            "components": [
                {"type": 2, "style": 2, "label": verb, "custom_id": f"rp:{verb}:{job.id}"}
                for verb in ("again", "edit", "use", "compare", "details")
            ],
        }
        more = {
            "type": 1,
            "components": [
                {"type": 2, "style": 2, "label": verb, "custom_id": f"rp:{verb}:{job.id}"}
                for verb in ("links", "delete")
            ],
        }
        env = server.world.env
        env.backend.create_message(
            other.channel.id, env.backend.bot_user.id, content="look", components=[row, more]
        )
        for part in (*row["components"], *more["components"]):  # type: ignore[misc]
            pretended = other.channel.last_message
            answer = await other.mod.click(pretended, label=part["label"])  # type: ignore[index]
            assert said(answer) == UNKNOWN
        assert list(files_of(server.world, job))
        assert len(await server.world.jobs()) == 1


async def delete(
    who: simcord.MemberActor, message: discord.Message | simcord.ResponseMessage
) -> simcord.InteractionResult:
    shown = await who.click(message, label="Delete")
    assert shown.modal is not None
    assert "for good" in str(shown.modal["components"])
    return await who.submit_modal(shown, {})


async def test_delete_asks_once_and_empties_message_disk_and_books(world: World) -> None:
    job = await painted(world)

    shown = await world.ann.click(newest(world), label="Delete")
    assert shown.modal is not None
    assert list(files_of(world, job))
    await world.ann.submit_modal(shown, {})

    message = newest(world)
    assert text(message) == "These pictures were removed."
    assert not gallery(message)
    assert not message.attachments
    assert labels(message) == []
    assert not folder_of(world, job).exists()
    assert await world.store.jobs.results(job.id) == []
    assert await world.used(world.ann) == 1


async def test_what_was_deleted_can_not_be_gone_on_from(world: World) -> None:
    job = await painted(world)
    thread = world.store._thread
    old = newest(world)
    await delete(world.ann, old)
    message = await posted_anew(world, job)
    details = said(await world.bob.click(message, label="Details"))
    links = said(await world.bob.click(message, label="Original links"))

    assert "Original links" not in str(parts(message)[0].get("never"))
    assert "Pictures: 0 of 1" in details
    assert links == "The service gave no addresses for these pictures."
    url = await thread.run(
        lambda: thread.db.execute("SELECT source ->> '$.url' FROM job").fetchone()[0]
    )
    assert url == ""


async def test_a_private_result_is_deleted_too(world: World) -> None:
    answer = await world.repaint(private=True)
    [job] = await world.until_settled()
    assert answer.response is not None

    await delete(world.ann, answer.response)

    assert text(answer.response) == "These pictures were removed."
    assert not folder_of(world, job).exists()


async def test_others_can_not_delete(world: World) -> None:
    job = await painted(world)

    answer = await world.bob.click(newest(world), label="Delete")

    assert said(answer) == NOT_YOURS
    assert list(files_of(world, job))


async def test_a_moderator_deletes_and_it_is_written_down(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server:
        world = server.world
        await server.admin("log-channel", channel=server.log)
        job = await painted(world)
        role = server.guild.create_role("Helpers", permissions=MANAGE_MESSAGES)
        helper = server.guild.add_member(world.env.create_user("helper"), roles=[role])

        await delete(helper, newest(world))

        line = f"{helper.mention} deleted pictures of {world.ann.mention}."
        assert text(newest(world)) == "These pictures were removed."
        assert not folder_of(world, job).exists()
        assert line in server.logged()[-1]
        assert line in await server.admin("history")


async def test_ones_own_deletion_is_nobodys_business(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server:
        await server.admin("log-channel", channel=server.log)
        before = len(server.logged())
        await painted(server.world)

        await delete(server.world.ann, newest(server.world))

        assert len(server.logged()) == before


async def test_delete_outlives_a_restart_and_finds_it_done_already(world: World) -> None:
    job = await painted(world)
    shown = await world.ann.click(newest(world), label="Delete")
    async with restarted(world):
        await world.ann.submit_modal(shown, {})
        assert text(newest(world)) == "These pictures were removed."
        assert not folder_of(world, job).exists()


async def test_a_result_in_a_direct_message_is_its_members_own(world: World) -> None:
    dm = world.ann.user
    answer = await dm.slash("repaint", image=("cat.png", picture()), prompt="a cat")
    [job] = await world.until_settled()
    assert answer.response is not None
    assert labels(answer.response) == BUTTONS

    again = await dm.click(answer.response, label="Again")
    await world.until_settled(2)

    assert len(gallery(again.response)) == 1
    told = await dm.click(answer.response, label="Details")
    assert f"`{job.id}`" in text(told.response)


async def test_a_user_installed_bots_result_is_gone_on_from(world: World) -> None:
    world.says["authorizing_integration_owners"] = {"1": str(world.ann.id)}
    answer = await world.repaint()
    await world.until_settled()
    assert answer.response is not None

    again = await world.bob.click(answer.response, label="Again")
    jobs = await world.until_settled(2)

    assert not jobs[-1].place.can_post
    assert len(gallery(again.response)) == 1


async def test_pictures_too_big_for_the_message_still_compare(tmp_path: Path) -> None:
    async with simulated(tmp_path) as world:
        world.env.inject_error("PATCH", "/webhooks/*", status=413, code=40005)
        await painted(world)

        assert "too big" in text(newest(world)) or labels(newest(world)) == BUTTONS
        answer = await world.bob.click(newest(world), label="Before / after")

        assert len(gallery(answer.response)) == 1
