"""Edit prompt and Use as source: forms with the job's values, and the requests they make."""

from __future__ import annotations

from pathlib import Path

import pytest

from cogs.requests.edit_form import EditForms
from cogs.ui.buttons import FormValues
from sandbox.kling.options import Options as KlingOptions
from services.models import Job, Options, State
from tests.cogs.admin.guild_harness import restart_bot
from tests.support.bot_harness import BotHarness, make_image, simulated_bot
from tests.support.databases import change
from tests.support.messages import gallery, text
from tests.support.result_buttons import (
    delete_images,
    expire_links,
    fields,
    folder_of,
    form_values,
    generate,
    newest_message,
    preselected,
    private_text,
    submitted_image,
    submitted_size,
)

LONG = "a cat **and** @everyone " * 100


def options_of(job: Job, **changes: object) -> dict[str, object]:
    options = job.request.options
    return {name: getattr(options, name) for name in Options.__slots__} | changes


async def test_edit_form_has_the_values_of_the_job(world: BotHarness) -> None:
    await generate(
        world, prompt=LONG.strip(), count=3, style="oil", ratio="1:1", model="kling-v2-1"
    )

    shown = await world.bob.click(newest_message(world), label="Edit prompt")

    assert list(fields(shown)) == ["prompt", "model", "style", "ratio", "flags"]
    assert fields(shown)["prompt"]["value"] == LONG.strip()
    found = {name: preselected(fields(shown)[name]) for name in ("model", "style", "ratio")}
    assert found == {"model": "kling-v2-1", "style": "oil", "ratio": "1:1"}
    assert "3 images, as before." in str(shown.modal)


async def test_sent_unchanged_it_is_the_same_request(world: BotHarness) -> None:
    first = await generate(world, prompt="a duck", count=2, ratio="1:1", format="jpg")

    shown = await world.bob.click(newest_message(world), label="Edit prompt")
    await world.bob.submit_modal(shown, form_values(shown))
    [_, second] = await world.until_settled(2)

    assert options_of(second) == options_of(first, style="")
    assert second.request.prompt == "a duck"
    assert second.request.user_id == world.bob.id


async def test_edit_form_submits_the_changes(world: BotHarness) -> None:
    mine = make_image(700, 500)
    first = await generate(world, image=("cat.png", mine), spoiler=True)

    shown = await world.bob.click(newest_message(world), label="Edit prompt")
    sent = form_values(
        shown, prompt="a *dog*", model="kling-v2-1", style="oil", ratio="3:4", flags="spoiler"
    )
    answer = await world.bob.submit_modal(shown, sent)
    [_, second] = await world.until_settled(2)

    assert not answer.ephemeral
    chosen_anew = {"model": "kling-v2-1", "style": "oil", "ratio": "3:4"}
    words = second.request.options.style_words
    assert options_of(second) == options_of(first, **chosen_anew, style_words=words)
    assert world.orders[1]["prompt"].startswith("a *dog*, as an oil painting")
    assert submitted_image(world.orders[1]) == mine
    assert len(gallery(answer.response)) == 1


@pytest.mark.parametrize("flags", ["", "spoiler", "private", "spoiler private"])
async def test_edit_form_boxes_set_spoiler_and_private(world: BotHarness, flags: str) -> None:
    await generate(world, spoiler=True)
    shown = await world.bob.click(newest_message(world), label="Edit prompt")

    answer = await world.bob.submit_modal(shown, form_values(shown, flags=flags))
    [_, second] = await world.until_settled(2)

    options = second.request.options
    assert (options.spoiler, options.private) == ("spoiler" in flags, "private" in flags)
    assert answer.ephemeral == ("private" in flags)


async def test_edit_form_sent_without_boxes_keeps_spoiler_and_private(world: BotHarness) -> None:
    job = await generate(world, spoiler=True)
    forms = EditForms(models=world.bot.engine._parts.models, most_images=4)

    options = forms.edited(job, FormValues({"prompt": "a form of an earlier version"}))

    assert (options.spoiler, options.private) == (True, False)


async def test_edit_form_survives_a_restart(world: BotHarness) -> None:
    await generate(world)
    shown = await world.bob.click(newest_message(world), label="Edit prompt")
    async with restart_bot(world):
        answer = await world.bob.submit_modal(shown, form_values(shown, prompt="a dog"))

        assert "a dog" in text(answer.response)
        assert "next in line" in text(answer.response)


async def test_options_without_a_field_that_another_model_can_not_take_are_left_out_aloud(
    world: BotHarness,
) -> None:
    await generate(world, model="kling-v2-1", reference="subject", fidelity=0.5, human_fidelity=0.5)

    shown = await world.bob.click(newest_message(world), label="Edit prompt")
    answer = await world.bob.submit_modal(shown, form_values(shown, model="kling-v3"))
    [_, second] = await world.until_settled(2)

    assert second.state is State.DELIVERED
    assert (second.request.options.reference, second.request.options.fidelity) == (None, None)
    [told] = answer.followups
    assert told.ephemeral
    assert "reference, fidelity, human_fidelity" in text(told)


async def test_edit_form_with_the_same_model_keeps_its_options(world: BotHarness) -> None:
    await generate(world, model="kling-v2-1", reference="subject", fidelity=0.5)

    shown = await world.bob.click(newest_message(world), label="Edit prompt")
    answer = await world.bob.submit_modal(shown, form_values(shown, prompt="b"))
    [_, second] = await world.until_settled(2)

    assert second.request.options.fidelity == 0.5
    assert answer.followups == []


async def test_edit_form_refusal_returns_the_prompt(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, USER_DAILY_IMAGES=3) as world:
        await generate(world, who=world.bob, count=2)
        shown = await world.bob.click(newest_message(world), label="Edit prompt")

        answer = await world.bob.submit_modal(
            shown, form_values(shown, prompt="a `long` thought", style="ink")
        )

        assert "You have 1 of 3 pictures left today" in private_text(answer)
        assert "```\na ˋlongˋ thought\n```" in private_text(answer)


async def test_edit_form_refusal_of_the_longest_prompt_fits_a_message(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, USER_DAILY_IMAGES=1) as world:
        await generate(world, who=world.bob)
        shown = await world.bob.click(newest_message(world), label="Edit prompt")

        answer = await world.bob.submit_modal(shown, form_values(shown, prompt="x" * 2500))

        assert 1900 < len(private_text(answer)) <= 2000


async def test_edit_form_ratio_unsupported_by_the_model_is_refused(world: BotHarness) -> None:
    await generate(world)
    shown = await world.bob.click(newest_message(world), label="Edit prompt")

    answer = await world.bob.submit_modal(
        shown, form_values(shown, model="kling-v2-1", ratio="21:9")
    )

    assert "can't use the option “ratio” like that" in private_text(answer)


async def test_edit_form_of_a_missing_source_is_refused_before_it_opens(world: BotHarness) -> None:
    job = await generate(world)
    delete_images(world, job)
    change(world.settings, "source", job.id, url="")

    answer = await world.bob.click(newest_message(world), label="Edit prompt")

    assert answer.modal is None
    assert private_text(answer).startswith("I no longer keep that picture")


async def test_use_as_source_records_the_parent(world: BotHarness) -> None:
    first = await generate(world)
    replace_result(world, first, 1, make_image(800, 600))

    shown = await world.bob.click(newest_message(world), label="Use as source")
    assert list(fields(shown)) == ["prompt", "model", "style", "count"]
    answer = await world.bob.submit_modal(shown, form_values(shown, prompt="darker"))
    [_, second] = await world.until_settled(2)

    assert not answer.ephemeral
    assert submitted_size(world.orders[1]) == (800, 600)
    source = second.request.source
    assert (source.origin, source.job_id, source.position) == ("job", first.id, 0)
    assert second.request.user_id == world.bob.id


async def test_use_as_source_of_several_results_offers_a_choice(world: BotHarness) -> None:
    first = await generate(world, count=3)
    replace_result(world, first, 3, make_image(800, 600))

    shown = await world.bob.click(newest_message(world), label="Use as source")
    assert [one["label"] for one in fields(shown)["result"]["options"]] == [
        f"Picture {number}" for number in (1, 2, 3)
    ]
    await world.bob.submit_modal(shown, form_values(shown, result="2", prompt="darker", count="1"))
    [_, second] = await world.until_settled(2)

    assert submitted_size(world.orders[1]) == (800, 600)
    assert second.request.source.position == 2
    assert second.request.source.name.startswith(f"{first.id}_3.")


def replace_result(world: BotHarness, job: Job, number: int, content: bytes) -> None:
    """Replace a result's file, so that it differs from the others."""
    [path] = folder_of(world, job).glob(f"{job.id}_{number}.*")
    path.write_bytes(content)


async def test_use_as_source_after_retention_reads_the_message(
    world: BotHarness,
) -> None:
    mine = make_image(700, 500)
    first = await generate(world, image=("cat.png", mine))
    world.pass_time(30 * 24 * 3600)
    delete_images(world, first)

    shown = await world.bob.click(newest_message(world), label="Use as source")
    await world.bob.submit_modal(shown, form_values(shown, prompt="darker"))
    [_, second] = await world.until_settled(2)

    assert second.state is State.DELIVERED
    assert submitted_image(world.orders[1]) == mine
    assert second.request.source.job_id == first.id


async def test_use_as_source_of_a_missing_image_says_so(world: BotHarness) -> None:
    first = await generate(world)
    shown = await world.bob.click(newest_message(world), label="Use as source")
    delete_images(world, first)
    expire_links(world)

    answer = await world.bob.submit_modal(shown, form_values(shown))
    [_, second] = await world.until_settled(2)

    assert second.state is State.FAILED
    assert "no longer hands that picture out" in text(answer.response)
    assert await world.used(world.bob) == 0


@pytest.mark.parametrize("label", ["Edit prompt", "Use as source"])
async def test_forms_use_the_readers_language(world: BotHarness, label: str) -> None:
    await generate(world, count=2)
    world.says["locale"] = "zh-CN"

    shown = await world.bob.click(newest_message(world), label=label)

    assert shown.modal is not None
    words = [shown.modal["title"], *(part["label"] for part in shown.modal["components"])]
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in word) for word in words), words
    assert fields(shown)["style"]["options"][1]["label"] == "油画"


async def test_removed_model_is_replaced_by_the_default(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, kling=KlingOptions(painter="copy")) as world:
        job = await generate(world)
        change(world.settings, "options", job.id, model="kling-v0")

        again = await world.bob.click(newest_message(world), label="Again")
        shown = await world.bob.click(newest_message(world), label="Edit prompt")

        assert "I don't know a model called “kling-v0”" in private_text(again)
        assert preselected(fields(shown)["model"]) == "kling-v3"


@pytest.mark.parametrize("sent", ["", "abc", "-1", "99", "²"])
def test_form_values_number_reads_whole_numbers_only(sent: str) -> None:
    """A modified client may send anything where a list was offered."""
    assert FormValues({"count": sent}).number("count") == (99 if sent == "99" else None)
