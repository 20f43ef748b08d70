"""From submission to result: sections 4, 7, 10, 12 and 13 of the contract."""

from __future__ import annotations

from itertools import pairwise

import aiohttp
import pytest

from tests.sandbox.kling.conftest import GENERATIONS, Kling, Opened, in_base64, photo

PHOTO = in_base64(photo())


async def test_a_task_goes_from_submitted_over_processing_to_succeed(kling: Kling) -> None:
    task_id = await kling.submit(n=2, image=PHOTO)
    assert (await kling.query(task_id))["task_status"] == "submitted"
    await kling.pass_time(50)
    assert (await kling.query(task_id))["task_status"] == "processing"
    await kling.finish()
    done = await kling.query(task_id)
    assert done["task_status"] == "succeed"
    assert [image["index"] for image in done["task_result"]["images"]] == [0, 1]


async def test_a_submission_answers_as_the_official_one(kling: Kling) -> None:
    _, body = await kling.post(GENERATIONS, {"prompt": "x", "external_task_id": "job-1"})
    assert (body["code"], body["message"]) == (0, "SUCCEED")
    content = body["data"]
    assert content["task_info"] == {"external_task_id": "job-1"}
    assert content["created_at"] == content["updated_at"] > 10**12
    assert content["task_id"].isdecimal()


async def test_the_prefix_is_optional(kling: Kling) -> None:
    task_id = await kling.submit()
    status, _ = await kling.get(f"/v1/images/generations/{task_id}")
    assert status == 200


async def test_our_external_id_finds_the_task_and_does_not_replace_its_id(kling: Kling) -> None:
    task_id = await kling.submit(external_task_id="01JOB")
    assert (await kling.query("01JOB"))["task_id"] == task_id


async def test_a_repeated_external_id_is_refused_and_starts_nothing(kling: Kling) -> None:
    await kling.submit(external_task_id="01JOB")
    status, body = await kling.post(GENERATIONS, {"prompt": "x", "external_task_id": "01JOB"})
    assert (status, body["code"]) == (400, 1201)
    assert "01JOB" in body["message"]
    assert (await kling.get("/sandbox/state"))[1]["submissions"] == 1


async def test_the_success_of_a_request_says_nothing_about_its_task(kling: Kling) -> None:
    task_id = await kling.submit(prompt="something forbidden")
    await kling.finish()
    status, body = await kling.get(f"{GENERATIONS}/{task_id}")
    assert (status, body["code"], body["message"]) == (200, 0, "SUCCEED")
    assert body["data"]["task_status"] == "failed"
    assert body["data"]["task_status_msg"] == "Failure to pass the risk control system"
    assert body["data"]["task_result"] == {}
    assert body["data"]["final_unit_deduction"] == "0"


async def test_units_are_held_until_the_end_and_over_the_limit_is_1303(kling: Kling) -> None:
    await kling.submit(n=5)
    await kling.submit(n=4)
    status, body = await kling.post(GENERATIONS, {"prompt": "x"})
    assert (status, body["code"]) == (429, 1303)
    assert body["message"] == "parallel task over resource pack limit"
    await kling.finish()
    await kling.submit(n=9)
    state = (await kling.get("/sandbox/state"))[1]
    assert (state["units_in_flight"], state["peak_units"]) == (9, 9)


async def test_a_failed_task_gives_its_units_of_concurrency_back(kling: Kling) -> None:
    await kling.submit(n=9, prompt="forbidden")
    await kling.finish()
    assert kling.served.book.in_flight == 0


@pytest.mark.parametrize(
    ("path", "order", "units"),
    [
        ("generations", {"prompt": "x", "n": 3}, "24"),
        ("generations", {"prompt": "x", "model_name": "kling-v2-1"}, "4"),
        ("generations", {"prompt": "x", "model_name": "kling-v2-1", "image": PHOTO}, "8"),
        ("omni-image", {"prompt": "x", "image_list": [{"image": PHOTO}]}, "8"),
        ("omni-image", {"prompt": "x", "model_name": "kling-v3-omni", "resolution": "4k"}, "16"),
        ("multi-image2image", {"subject_image_list": [{"subject_image": PHOTO}], "n": 2}, "32"),
        (
            "editing/expand",
            {"image": PHOTO}
            | {f"{s}_expansion_ratio": 0.1 for s in ("up", "down", "left", "right")},
            "8",
        ),
    ],
)
async def test_success_is_billed_by_the_price_table(
    kling: Kling, path: str, order: dict[str, object], units: str
) -> None:
    kling.path = f"/v1/images/{path}"
    done = await kling.painted(**order)
    assert done["final_unit_deduction"] == units
    assert float(done["final_balance_deduction"]["quota"]) == int(units) * 0.0035
    assert (await kling.get("/sandbox/state"))[1]["billed_units"] == int(units)


async def test_a_series_holds_and_returns_as_many_as_it_makes(kling: Kling) -> None:
    kling.path = "/v1/images/omni-image"
    done = await kling.painted(prompt="x", result_type="series", series_amount=3, n=9)
    assert len(done["task_result"]["series_images"]) == 3
    assert kling.served.book.peak == 3


async def test_a_watermarked_copy_comes_when_asked_for(kling: Kling) -> None:
    done = await kling.painted(image=PHOTO, watermark_info={"enabled": True})
    (image,) = done["task_result"]["images"]
    assert image["watermark_url"] != image["url"]
    assert done["watermark_info"] == {"enabled": True}


async def test_the_list_shows_the_newest_first_page_by_page(kling: Kling) -> None:
    ids = [await kling.submit() for _ in range(5)]
    first = (await kling.get(f"{GENERATIONS}?pageSize=2"))[1]["data"]
    third = (await kling.get(f"{GENERATIONS}?pageSize=2&pageNum=3"))[1]["data"]
    assert [task["task_id"] for task in first + third] == [ids[4], ids[3], ids[0]]
    for query in ("pageSize=501", "pageNum=0", "pageSize=many"):
        assert (await kling.get(f"{GENERATIONS}?{query}"))[1]["code"] == 1201


async def test_the_account_is_wrapped_twice_and_lags_behind(kling: Kling) -> None:
    await kling.painted()
    path = "/account/costs?start_time=0&end_time=1"
    _, body = await kling.get(path)
    (pack,) = body["data"]["resource_pack_subscribe_infos"]
    assert (body["data"]["code"], pack["remaining_quantity"]) == (0, 100_000)
    status, body = await kling.get(path)
    assert (status, body["code"]) == (429, 1302)
    kling.served.clock.advance(12 * 3600 + 1)
    (pack,) = (await kling.get(path))[1]["data"]["resource_pack_subscribe_infos"]
    assert pack["remaining_quantity"] == 100_000 - 8
    kling.served.clock.advance(2)
    assert (await kling.get("/account/costs?start_time=0"))[1]["code"] == 1201


async def test_a_result_is_downloaded_without_a_key(kling: Kling) -> None:
    done = await kling.painted(image=PHOTO)
    url = done["task_result"]["images"][0]["url"]
    async with aiohttp.request("GET", url) as answer:
        assert await answer.read() == photo()
        assert answer.content_type == "image/png"
    async with kling.session.get(url) as answer:
        assert answer.status == 403


async def test_a_result_needs_its_signature_and_expires_after_thirty_days(kling: Kling) -> None:
    url = (await kling.painted())["task_result"]["images"][0]["url"]
    async with aiohttp.request("GET", url[:-1] + "!") as answer:
        assert answer.status == 403
    kling.served.clock.advance(31 * 86_400)
    async with aiohttp.request("GET", url) as answer:
        assert (answer.status, await answer.text()) == (403, "the address has expired")


async def test_a_fate_can_be_ordained(kling: Kling) -> None:
    for fate in (
        {"reason": "Image pixel is invalid"},
        {"images": 0},
        {"images": 1},
        {"seconds": 7200},
    ):
        assert (await kling.post("/sandbox/fate", fate))[0] == 200
    failed, empty, short, slow, plain = [await kling.submit(n=1) for _ in range(5)]
    await kling.pass_time(200)
    await kling.pass_time(0)
    assert (await kling.query(failed))["task_status_msg"] == "Image pixel is invalid"
    assert (await kling.query(empty))["task_result"] == {"images": []}
    assert len((await kling.query(short))["task_result"]["images"]) == 1
    assert (await kling.query(slow))["task_status"] == "submitted"
    assert (await kling.query(plain))["task_status"] == "succeed"


async def test_a_fate_that_makes_no_sense_is_refused(kling: Kling) -> None:
    async with kling.session.post(
        kling.served.url + "/sandbox/fate", json={"colour": "red"}
    ) as answer:
        assert (answer.status, await answer.text()) == (400, "a fate has no colour")


async def test_the_state_tells_what_happened_and_hides_the_prompt(kling: Kling) -> None:
    await kling.painted(prompt="a secret garden", image=PHOTO)
    async with aiohttp.request("GET", kling.served.url + "/sandbox/state") as answer:
        text = await answer.text()
        (task,) = (await answer.json())["tasks"]
    assert "secret" not in text
    assert (task["prompt_length"], task["pictures"], task["queries"]) == (15, 1, 1)
    assert [status for status, _ in task["history"]] == ["submitted", "processing", "succeed"]
    assert all(before <= after for (_, before), (_, after) in pairwise(task["history"]))


async def test_chance_is_seeded(opened: Opened) -> None:
    async def durations() -> list[float]:
        async with opened(min_seconds=10, max_seconds=500, seed=3) as kling:
            for _ in range(3):
                await kling.submit()
            life = kling.served.api.life
            return [life._rng.random() for _ in range(2)]

    assert await durations() == await durations()
