"""Kling's refusals and their form: sections 5, 6 and 11 of the contract."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox.kling.contract import MODELS, REFUSALS, refusal_fault
from tests.sandbox.kling.conftest import GENERATIONS, Kling, Opened, in_base64, photo

PHOTO = in_base64(photo())
OMNI = "/v1/images/omni-image"
MULTI = "/v1/images/multi-image2image"
EXPAND = "/v1/images/editing/expand"
EVEN = {f"{side}_expansion_ratio": 0.2 for side in ("up", "down", "left", "right")}
STRETCHED = EVEN | {"up_expansion_ratio": 2, "left_expansion_ratio": 2}

BAD_GENERATIONS: dict[str, tuple[dict[str, Any], int, str]] = {
    "no prompt": ({"prompt": ""}, 1201, "prompt"),
    "a prompt of 2501": ({"prompt": "x" * 2501}, 1201, "2500"),
    "a prompt that is a number": ({"prompt": 7}, 1201, "prompt"),
    "a data prefix": ({"image": f"data:image/png;base64,{PHOTO}"}, 1201, "valid base64 format"),
    "no base64": ({"image": "*" * 80}, 1201, "valid base64 format"),
    "no picture": ({"image": in_base64(b"hello" * 50)}, 1201, "valid base64 format"),
    "a GIF": ({"image": in_base64(photo(kind="GIF"))}, 1201, "valid base64 format"),
    "too small": ({"image": in_base64(photo(400, 299))}, 1201, "300px"),
    "too wide": ({"image": in_base64(photo(900, 320))}, 1201, "2.5:1"),
    "a foreign address": ({"image": "http://198.51.100.7/a.png"}, 1201, "download"),
    "n of 0": ({"n": 0}, 1201, "n value '0'"),
    "n of 10": ({"n": 10}, 1201, "n value '10'"),
    "n in words": ({"n": "2"}, 1201, "n value '2'"),
    "a strange ratio": ({"aspect_ratio": "5:4"}, 1201, "aspect_ratio"),
    "auto off the omni path": ({"aspect_ratio": "auto"}, 1201, "aspect_ratio"),
    "4k on a 2k model": ({"resolution": "4k"}, 1201, "resolution"),
    "fidelity above 1": ({"image_fidelity": 1.1}, 1201, "image_fidelity"),
    "human fidelity below 0": ({"human_fidelity": -0.1}, 1201, "human_fidelity"),
    "a negative prompt with a picture": (
        {"negative_prompt": "rain", "image": PHOTO},
        1201,
        "negative_prompt",
    ),
    "a reference without a picture": (
        {"model_name": "kling-v2-1", "image_reference": "face"},
        1201,
        "image can not be empty",
    ),
    "a reference the model has not": (
        {"image": PHOTO, "image_reference": "subject"},
        1201,
        "image_reference",
    ),
    "an unknown reference": (
        {"model_name": "kling-v2-1", "image": PHOTO, "image_reference": "hat"},
        1201,
        "image_reference",
    ),
    "21:9 with a picture on v2-1": (
        {"model_name": "kling-v2-1", "image": PHOTO, "aspect_ratio": "21:9"},
        1201,
        "aspect_ratio",
    ),
    "eleven references": ({"element_list": [{"element_id": 1}] * 11}, 1201, "elements"),
    "elements without ids": ({"element_list": [{"id": 1}]}, 1201, "element_id"),
    "an unknown model": ({"model_name": "kling-v9"}, 1203, "kling-v9"),
    "a retired model": ({"model_name": "kling-v1-5"}, 1203, "offline"),
    "a model of another path": ({"model_name": "kling-image-o1"}, 1203, "kling-image-o1"),
    "moderation at the door": ({"prompt": "something prohibited"}, 1301, "content security"),
}

BAD_SIBLINGS: dict[str, tuple[str, dict[str, Any], int]] = {
    "omni with a reference": (OMNI, {"prompt": "x", "image_reference": "face"}, 1201),
    "omni with a negative prompt": (OMNI, {"prompt": "x", "negative_prompt": "y"}, 1201),
    "omni with eleven": (OMNI, {"prompt": "x", "image_list": [{"image": PHOTO}] * 11}, 1201),
    "omni series of one": (
        OMNI,
        {"prompt": "x", "result_type": "series", "series_amount": 1},
        1201,
    ),
    "omni, no list": (OMNI, {"prompt": "x", "image_list": PHOTO}, 1201),
    "v3-omni auto without a picture": (
        OMNI,
        {"prompt": "x", "model_name": "kling-v3-omni", "aspect_ratio": "auto"},
        1201,
    ),
    "multi without subjects": (MULTI, {"prompt": "x"}, 1201),
    "multi with five": (MULTI, {"subject_image_list": [{"subject_image": PHOTO}] * 5}, 1201),
    "multi with a bare list": (MULTI, {"subject_image_list": [PHOTO]}, 1201),
    "multi with another model": (MULTI, {"model_name": "kling-v3"}, 1203),
    "expand without a picture": (EXPAND, EVEN, 1201),
    "expand with `bottom`": (EXPAND, {"image": PHOTO, "bottom_expansion_ratio": 0.1}, 1201),
    "expand above 2": (EXPAND, EVEN | {"image": PHOTO, "up_expansion_ratio": 2.1}, 1201),
    "expand beyond 3 times": (EXPAND, STRETCHED | {"image": PHOTO}, 1201),
}


@pytest.mark.parametrize("case", BAD_GENERATIONS)
async def test_an_order_outside_the_contract_is_refused(kling: Kling, case: str) -> None:
    fields, code, words = BAD_GENERATIONS[case]
    status, body = await kling.post(GENERATIONS, {"prompt": "a cat", **fields})
    assert (status, body["code"]) == (REFUSALS[code][0], code)
    assert words in body["message"]
    assert body["request_id"]
    assert "data" not in body


@pytest.mark.parametrize("case", BAD_SIBLINGS)
async def test_the_sibling_endpoints_have_rules_of_their_own(kling: Kling, case: str) -> None:
    path, fields, code = BAD_SIBLINGS[case]
    _, body = await kling.post(path, fields)
    assert body["code"] == code


async def test_a_refused_order_takes_no_units_and_is_counted_by_its_code(kling: Kling) -> None:
    await kling.post(GENERATIONS, {"prompt": ""})
    await kling.post(GENERATIONS, {"prompt": "x", "model_name": "kling-v2"})
    _, state = await kling.get("/sandbox/state")
    assert state["refusals"] == {"1201": 1, "1203": 1}
    assert (state["submissions"], state["peak_units"], state["billed_units"]) == (0, 0, 0)


async def test_a_picture_over_ten_megabytes_is_refused(kling: Kling) -> None:
    heavy = photo() + b"\0" * (10 * 1024 * 1024)
    _, body = await kling.post(GENERATIONS, {"prompt": "x", "image": in_base64(heavy)})
    assert (body["code"], body["message"]) == (1201, "The size of the image must not exceed 10MB")


async def test_a_body_that_is_not_a_json_object_is_a_bad_request(kling: Kling) -> None:
    _, listed = await kling.post(GENERATIONS, ["prompt"])
    async with kling.session.post(kling.served.url + GENERATIONS, data=b"{") as answer:
        broken = await answer.json()
    assert (listed["code"], broken["code"]) == (1200, 1200)


async def test_the_older_field_model_is_ignored(kling: Kling) -> None:
    await kling.submit(model="kling-v1")
    assert (await kling.get("/sandbox/state"))[1]["tasks"][0]["model"] == "kling-v3"


async def test_unknown_paths_and_methods_answer_404_with_1202(kling: Kling) -> None:
    for path in ("/v1/images/nothing", "/kling/v2/images", "/"):
        status, body = await kling.get(path)
        assert (status, body["code"]) == (404, 1202)
    async with kling.session.delete(kling.served.url + GENERATIONS) as answer:
        assert (answer.status, (await answer.json())["code"]) == (404, 1202)


async def test_a_task_nobody_knows_answers_404_with_1203(kling: Kling) -> None:
    status, body = await kling.get(f"{GENERATIONS}/made-up")
    assert (status, body["code"]) == (404, 1203)


async def test_a_task_is_known_on_its_own_path_only(kling: Kling) -> None:
    task_id = await kling.submit()
    _, body = await kling.get(f"{OMNI}/{task_id}")
    assert body["code"] == 1203


async def test_an_empty_pack_refuses_with_1102_which_is_a_429(opened: Opened) -> None:
    async with opened(pack_units=10) as kling:
        await kling.painted()
        status, body = await kling.post(GENERATIONS, {"prompt": "x"})
    assert (status, body["code"]) == (429, 1102)


async def test_a_picture_by_address_is_fetched_from_this_computer(kling: Kling) -> None:
    async def give(_: web.Request) -> web.Response:
        return web.Response(body=photo(), content_type="image/png")

    app = web.Application()
    app.add_routes([web.get("/p.png", give)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    await kling.submit(image=f"{base}/p.png")
    _, missing = await kling.post(GENERATIONS, {"prompt": "x", "image": f"{base}/none.png"})
    await runner.cleanup()
    assert missing["code"] == 1201


@pytest.mark.parametrize("code", REFUSALS)
async def test_every_code_of_the_error_table_can_be_ordered(kling: Kling, code: int) -> None:
    fault = refusal_fault(code, path="generations", headers={"Retry-After": "2"})
    await kling.post("/sandbox/faults", fault)
    async with kling.session.get(f"{kling.served.url}{GENERATIONS}/x") as answer:
        assert answer.status == REFUSALS[code][0]
        assert answer.headers["Retry-After"] == "2"
        assert (await answer.json())["code"] == code


def test_the_current_models_are_those_of_september_2026() -> None:
    current = {name for name, model in MODELS.items() if not model.is_retired}
    assert current == {"kling-v3", "kling-v2-1", "kling-image-o1", "kling-v3-omni"}


async def test_control_is_reached_without_a_key(kling: Kling) -> None:
    async with aiohttp.request("GET", kling.served.url + "/sandbox/state") as answer:
        assert answer.status == 200
