"""Gateways in front of Kling: section 8 of the contract, one test for each deviation."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kling.dialects import FLAVOURS, RESHAPED
from tests.sandbox.kling.conftest import GENERATIONS, Kling, Opened, in_base64, photo

Answers = dict[str, dict[str, Any]]


async def talk(kling: Kling, **order: object) -> Answers:
    """Submit and query to the end; return the whole answers by name."""
    _, submitted = await kling.post(GENERATIONS, {"prompt": "x", "n": 2, **order})
    inner = submitted.get("data", submitted)
    key = inner["task_id"]
    _, waiting = await kling.get(f"{GENERATIONS}/{key}")
    await kling.finish()
    _, done = await kling.get(f"{GENERATIONS}/{key}")
    return {"submitted": submitted, "waiting": waiting, "done": done}


ELSEWHERE = {"duomi", "qiniu", "tencent", "synchronous", "progress", "long-headers", *RESHAPED}
"""Flavours with another key, other paths or no query, and other forms, which the bot reads in
tests/services/kling/test_sandbox.py and tests/services/engine/test_gateways.py."""


@pytest.mark.parametrize("flavour", sorted(set(FLAVOURS) - ELSEWHERE))
async def test_every_flavour_brings_a_task_to_its_end(opened: Opened, flavour: str) -> None:
    async with opened(flavour=flavour) as kling:
        answers = await talk(kling)
        assert kling.served.book.billed == 16
        assert all(answers.values())


async def test_dmxapi_gives_the_task_id_as_request_id(opened: Opened) -> None:
    async with opened(flavour="dmxapi") as kling:
        answers = await talk(kling)
    assert answers["done"]["request_id"] == answers["done"]["data"]["task_id"]


async def test_dmxapi_serves_the_reference_models_and_formats(opened: Opened) -> None:
    source = in_base64(photo(kind="JPEG"))
    async with opened(flavour="dmxapi") as kling:
        done = await kling.painted(
            model_name="kling-v1-5", image=source, image_reference="subject", output_format="jpg"
        )
        (task,) = (await kling.get("/sandbox/state"))[1]["tasks"]
        _, body = await kling.post(
            GENERATIONS, {"prompt": "x", "image": source, "model_name": "kling-v1-5"}
        )
    assert ".jpg?" in done["task_result"]["images"][0]["url"]
    assert (task["model"], task["format"]) == ("kling-v1-5", "jpg")
    assert "image_reference" in body["message"]


async def test_dmxapi_paints_words_alone_as_a_square(opened: Opened) -> None:
    async with opened(flavour="dmxapi") as kling:
        await kling.submit()
        await kling.submit(image=in_base64(photo()))
        tasks = (await kling.get("/sandbox/state"))[1]["tasks"]
    assert [task["ratio"] for task in tasks] == ["1:1", "16:9"]


async def test_the_new_api_family_gives_images_without_index(opened: Opened) -> None:
    async with opened(flavour="yunwu") as kling:
        images = (await talk(kling))["done"]["data"]["task_result"]["images"]
    assert [set(image) for image in images] == [{"id", "url"}] * 2
    assert images[0]["id"] == ""


async def test_gpt_best_types_code_and_times_as_strings(opened: Opened) -> None:
    async with opened(flavour="gpt-best") as kling:
        done = (await talk(kling))["done"]
    assert done["code"] == "0"
    assert done["data"]["created_at"].isdecimal()


async def test_crazyrouter_names_its_tasks(opened: Opened) -> None:
    async with opened(flavour="crazyrouter") as kling:
        assert (await kling.submit()).startswith("kling_img_")


async def test_crazyrouters_other_page_says_success_to_a_failed_task(opened: Opened) -> None:
    async with opened(flavour="crazyrouter-video") as kling:
        good = await talk(kling)
        bad = (await talk(kling, prompt="forbidden"))["done"]
    assert [good[step]["data"]["status"] for step in good] == ["queued", "queued", "succeeded"]
    assert good["done"]["data"]["url"].startswith("http://127.0.0.1")
    assert good["done"]["data"]["format"] == "mp4"
    assert (bad["code"], bad["data"]["status"]) == ("success", "failed")
    assert "risk control" in bad["data"]["error"]["message"]


async def test_302_leaves_the_request_id_out(opened: Opened) -> None:
    async with opened(flavour="302ai") as kling:
        answers = await talk(kling)
        status, _ = await kling.get(
            f"/klingai/v1/images/generations/{answers['done']['data']['task_id']}"
        )
    assert all("request_id" not in answer for answer in answers.values())
    assert status == 200


@pytest.mark.parametrize("flavour", ["openai-next", "kapon"])
async def test_some_say_success_in_their_own_word(opened: Opened, flavour: str) -> None:
    async with opened(flavour=flavour) as kling:
        assert (await talk(kling))["done"]["message"] == "success"


async def test_kapon_gives_ulids_and_takes_the_external_id(opened: Opened) -> None:
    async with opened(flavour="kapon") as kling:
        task_id = await kling.submit(external_task_id="job")
        assert (len(task_id), task_id[:5]) == (31, "task_")
        assert (await kling.query("job"))["task_id"] == task_id


async def test_stock_new_api_wraps_klings_whole_answer(opened: Opened) -> None:
    async with opened(flavour="new-api") as kling:
        answers = await talk(kling)
        failed = (await talk(kling, prompt="forbidden"))["done"]["data"]
    waiting, done = answers["waiting"]["data"], answers["done"]["data"]
    assert (waiting["status"], waiting["finish_time"]) == ("SUBMITTED", 0)
    assert (done["status"], done["progress"]) == ("SUCCESS", "100%")
    assert done["data"]["data"]["task_status"] == "succeed"
    assert done["submit_time"] < 10**11
    assert (failed["status"], "risk control" in failed["fail_reason"]) == ("FAILURE", True)


async def test_stock_new_api_refuses_in_its_own_shapes(opened: Opened) -> None:
    async with opened(flavour="new-api", pack_units=1) as kling:
        unknown = await kling.get(f"{GENERATIONS}/none")
        poor = await kling.post(GENERATIONS, {"prompt": "x"})
        wrong = await kling.post(GENERATIONS, {"prompt": ""})
    assert (unknown[0], unknown[1]["code"]) == (400, "task_not_exist")
    assert (poor[0], poor[1]["code"]) == (403, "insufficient_user_quota")
    assert (wrong[0], wrong[1]["error"]["code"]) == (400, "1201")


async def test_new_apis_documents_show_a_flat_answer(opened: Opened) -> None:
    async with opened(flavour="new-api-documented") as kling:
        done = (await talk(kling))["done"]
    assert done["status"] == "completed"
    assert done["url"].startswith("http://127.0.0.1")


async def test_duomi_takes_the_key_bare(opened: Opened) -> None:
    async with opened(flavour="duomi") as kling:
        url = kling.served.url + GENERATIONS
        for key, expected in (("sk-sandbox", 200), ("Bearer sk-sandbox", 401)):
            headers = {"Authorization": key}
            async with kling.session.post(url, json={"prompt": "x"}, headers=headers) as answer:
                assert answer.status == expected


async def test_a_forgetful_gateway_drops_the_external_id_and_has_no_list(opened: Opened) -> None:
    async with opened(flavour="forgetful") as kling:
        task_id = await kling.submit(external_task_id="job")
        await kling.submit(external_task_id="job")
        assert (await kling.query(task_id))["task_info"] == {"external_task_id": ""}
        assert (await kling.get(f"{GENERATIONS}/job"))[1]["code"] == 1203
        assert (await kling.get(GENERATIONS))[1]["code"] == 1202


async def test_qiniu_takes_model_and_answers_flat_on_one_query_path(opened: Opened) -> None:
    async with opened(flavour="qiniu") as kling:
        order = {"prompt": "x", "n": 2, "model": "kling-v2-1"}
        _, submitted = await kling.post("/kling/v1/images/generations", order)
        assert list(submitted) == ["task_id"]
        path = f"/kling/v1/images/tasks/{submitted['task_id']}"
        _, waiting = await kling.get(path)
        await kling.finish()
        _, done = await kling.get(path)
        [task] = kling.served.book.tasks.values()
    assert (waiting["status"], done["status"]) == ("processing", "completed")
    assert [list(image) for image in done["data"]] == [["url"]] * 2
    assert task.order.model == "kling-v2-1"


async def test_tencent_has_paths_and_names_of_its_own(opened: Opened) -> None:
    async with opened(flavour="tencent") as kling:
        order = {"prompt": "x", "model": "kling-image-v3"}
        status, submitted = await kling.post("/kling/v1/wand/kling-image/generation", order)
        assert status == 200
        status, _ = await kling.get(f"/kling/v1/wand/kling/tasks/{submitted['data']['task_id']}")
        assert status == 200
        [task] = kling.served.book.tasks.values()
    assert task.order.model == "kling-v3"


async def test_a_synchronous_gateway_answers_when_it_has_painted(opened: Opened) -> None:
    async with opened(flavour="synchronous", min_seconds=0, max_seconds=0) as kling:
        _, done = await kling.post(GENERATIONS, {"prompt": "x", "n": 2})
        status, refused = await kling.post(GENERATIONS, {"prompt": "forbidden"})
    assert [list(image) for image in done["data"]] == [["url"]] * 2
    assert (status, refused["error"]["code"]) == (500, "task_failed")
    assert "risk control" in refused["error"]["message"]


async def test_one_gateway_lists_what_it_does_not_find_by_external_id(opened: Opened) -> None:
    async with opened(flavour="lists-only") as kling:
        await kling.submit(external_task_id="job")
        status, _ = await kling.get(f"{GENERATIONS}/job")
        _, listed = await kling.get(GENERATIONS)
    assert status == 404
    assert [row["task_info"]["external_task_id"] for row in listed["data"]] == ["job"]
