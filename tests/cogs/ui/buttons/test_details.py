"""Details: every parameter, the history, and the provider's own links."""

from __future__ import annotations

import re
from pathlib import Path

import simcord

from services.models import Job
from tests.cogs.admin.guild_harness import restart_bot
from tests.support.bot_harness import BotHarness, make_image, simulated_bot
from tests.support.databases import ask, change
from tests.support.messages import parts
from tests.support.result_buttons import (
    delete_images,
    delete_row,
    form_values,
    generate,
    labels,
    newest_message,
    post_buttons,
    private_text,
)

DAY_S = 24 * 3600.0


async def test_details_tell_everything_privately(world: BotHarness) -> None:
    prompt = "a **cat** for @everyone with `ticks`"
    job = await generate(
        world, prompt=prompt, count=2, model="kling-v2-1", reference="subject", fidelity=0.5
    )

    told = private_text(await world.bob.click(newest_message(world), label="Details"))

    assert "```\na **cat** for @everyone with ˋticksˋ\n```" in told
    for fact in (
        f"Asked by {world.ann.mention}",
        "**State** posted",
        "**Model** kling-v2-1",
        "**Style** No style",
        "**Pictures** 2 of 2",
        "**Reference** subject",
        "**Fidelity** 0.5",
        "**Human fidelity** The model's own",
        "**Format** png",
        "**Source** cat.png, 640 × 480",
        "**Result 2** 640 × 480, 0.0 MB",
        f"**Task** `{job.task_id}`",
        f"**Our id at the service** `{job.id}`",
    ):
        assert fact in told, fact
    assert re.search(r"Waited \d+ s, painted \d+ s, \d+ s in all", told)
    assert re.search(r"\*\*Cost\*\* (about )?\$0\.0\d+", told)


async def test_details_show_the_whole_longest_prompt(world: BotHarness) -> None:
    prompt = "".join(chr(0x4E00 + number) for number in range(2500))
    await generate(world, prompt=prompt, count=4)

    told = private_text(await world.bob.click(newest_message(world), label="Details"))

    assert prompt in told
    assert len(told) <= 4000


async def test_details_of_the_longest_values_fit_a_message(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, MAX_COUNT=9) as world:
        names = ("first", "second", "third", "fourth", "scene", "look")
        signs = {name: (f"{'_' * 80}{name}.png", make_image(400, 400)) for name in names}
        await world.ann.slash(world.channel, "blend", **signs, prompt="*" * 2450, count=9)
        await world.until_settled()

        details = await world.ann.click(newest_message(world), label="Details")

        assert 3000 < sum(len(part.get("content", "")) for part in parts(details.response)) <= 4000


async def test_details_work_after_a_restart_without_images(world: BotHarness) -> None:
    delete_images(world, await generate(world))
    world.pass_time(40 * DAY_S)
    async with restart_bot(world):
        told = private_text(await world.bob.click(newest_message(world), label="Details"))

        assert "**State** posted" in told


async def test_details_of_what_failed(world: BotHarness) -> None:
    world.refuse_submissions(1301, "risk control", times=None)
    answer = await world.repaint()
    await world.until_settled()
    assert answer.response is not None

    told = private_text(await world.bob.click(answer.response, label="Details"))

    assert "**State** refused" in told
    assert "**Task** none known" in told
    assert "Waited " in told


async def test_details_count_what_the_provider_really_took(world: BotHarness) -> None:
    job = await generate(world)
    await world.store.costs.record(job.id, deduction=6.0, cost_micro=21_000)

    told = private_text(await world.bob.click(newest_message(world), label="Details"))

    assert "**Cost** $0.021, 6 billing units as the service reports; estimated: $0.028" in told


async def use(world: BotHarness, who: simcord.MemberActor, prompt: str) -> Job:
    """Start a request from the newest result by "Use as source"; return the resulting job."""
    count = len(await world.jobs())
    shown = await who.click(newest_message(world), label="Use as source")
    await who.submit_modal(shown, form_values(shown, prompt=prompt))
    return (await world.until_settled(count + 1))[-1]


async def test_details_tell_the_history_with_links(world: BotHarness) -> None:
    first = await generate(world, prompt="a cat")
    message = newest_message(world)
    second = await use(world, world.bob, "the cat, *darker*")
    middle = newest_message(world)
    await use(world, world.ann, "the cat, at night")

    told = private_text(await world.bob.click(newest_message(world), label="Details"))

    history = told[told.index("**History**") :].splitlines()
    assert len(history) == 3
    assert history[1].startswith(f"1. Result 1 of [this message]({middle.jump_url})")
    assert history[1].endswith(r"the cat, \*darker\*")
    assert history[2].startswith(f"2. Result 1 of [this message]({message.jump_url})")
    assert history[2].endswith("a cat")
    assert {first.place.message_id, second.place.message_id} == {message.id, middle.id}


async def test_again_belongs_to_the_same_generation(world: BotHarness) -> None:
    await generate(world, prompt="a cat")
    message = newest_message(world)
    await use(world, world.bob, "darker")
    await world.ann.click(newest_message(world), label="Again")
    await world.until_settled(3)

    told = private_text(await world.bob.click(newest_message(world), label="Details"))

    history = told[told.index("**History**") :].splitlines()
    assert len(history) == 2
    assert message.jump_url in history[1]


async def test_details_hide_a_forgotten_or_private_ancestor(world: BotHarness) -> None:
    answer = await world.repaint(prompt="a secret cat", private=True)
    [first] = await world.until_settled()
    shown = await world.ann.click(answer.response, label="Use as source")
    assert answer.response is not None
    await world.ann.submit_modal(shown, form_values(shown, prompt="darker"))
    [_, second] = await world.until_settled(2)
    change(world.settings, "place", second.id, ephemeral=False)

    hers = private_text(await world.ann.click(await post_buttons(world, second), label="Details"))
    his = private_text(await world.bob.click(newest_message(world), label="Details"))
    delete_row(world, first)
    later = private_text(await world.ann.click(newest_message(world), label="Details"))

    assert "Result 1 of a private answer" in hers
    assert "a secret cat" in hers
    for told in (his, later):
        assert "1. A picture that I can't show here." in told
        assert "secret" not in told


async def test_original_links_are_shown_for_thirty_days(world: BotHarness) -> None:
    job = await generate(world, count=2)
    [first, _] = await world.store.jobs.results(job.id)
    details = await world.bob.click(newest_message(world), label="Details")
    assert labels(details.response) == [["Original links"]]
    assert details.response is not None

    answer = await world.bob.click(details.response, label="Original links")
    world.pass_time(31 * DAY_S)
    late = await world.bob.click(details.response, label="Original links")

    assert job.ready_at is not None
    assert f"[Picture 1](<{first.url}>)" in private_text(answer)
    assert f"<t:{int(job.ready_at + 30 * DAY_S)}:f>" in private_text(answer)
    assert "keeps pictures for about 30 days" in private_text(late)
    assert first.url not in private_text(late)


async def test_links_too_long_for_a_message_come_in_a_file(world: BotHarness) -> None:
    job = await generate(world, count=4)
    ask(world.settings, "UPDATE result SET url = url || ?", "?" + 800 * "0")
    links = await post_buttons(world, job)

    answer = await world.bob.click(links, label="Original links")

    assert "so they are in the file" in private_text(answer)
    assert answer.response is not None
    [file] = answer.response.attachments
    results = await world.store.jobs.results(job.id)
    paper = (world.env.backend.cdn.get(file.url) or b"").decode()
    assert all(one.url in paper for one in results)
