"""The account's orders, tasks and sources, without a server around them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from sandbox.kling import fields
from sandbox.kling.contract import GENERATIONS, MODELS, OMNI, REFUSALS, Refused
from sandbox.kling.input_images import is_loopback, judge, load
from sandbox.kling.request_parsing import Order, Terms, read_order
from sandbox.kling.tasks import FAILED, SUCCEED, Book, Task, official_id
from tests.sandbox.kling.conftest import Kling, Opened, in_base64, photo

IDS: Iterator[int] = count(1)


def accepted(book: Book, **order: Any) -> Task:
    order = {"resource": GENERATIONS, **order}
    make_id = lambda: str(next(IDS))  # noqa: E731
    return book.accept(Order(**order), origin="http://x", now=0, make_id=make_id)


def refusal(body: object, *, resource: str = GENERATIONS, terms: Terms | None = None) -> Refused:
    with pytest.raises(Refused) as caught:
        read_order(body, resource=resource, terms=terms or Terms())
    return caught.value


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans()), max_size=40))
def test_units_in_flight_never_exceed_the_limit_and_return_to_nothing(
    orders: list[tuple[int, bool]],
) -> None:
    book = Book(concurrency=9, pack_units=10**6)
    running: list[Task] = []
    for n, ends in orders:
        with suppress(Refused):
            running.append(accepted(book, n=n))
        assert book.in_flight == sum(task.order.n for task in running) <= 9
        if ends and running:
            book.end(running.pop(0), status=SUCCEED, now=1)
    for task in running:
        book.end(task, status=FAILED, now=2)
    assert book.in_flight == 0


def test_a_repeated_external_id_is_refused_unless_told_otherwise() -> None:
    strict, lenient = (
        Book(concurrency=9, pack_units=100, takes_repeats=lenient) for lenient in (False, True)
    )
    accepted(strict, external_task_id="job")
    first = accepted(lenient, external_task_id="job")

    with pytest.raises(Refused) as caught:
        accepted(strict, external_task_id="job")

    assert caught.value.code == 1201
    assert accepted(lenient, external_task_id="job").id != first.id
    assert len(lenient.tasks) == 2


def test_only_success_is_billed() -> None:
    book = Book(concurrency=9, pack_units=100)
    good, bad = accepted(book, n=2, price=8), accepted(book, n=3, price=8)
    book.end(good, status=SUCCEED, now=1)
    book.end(bad, status=FAILED, now=1, reason="why")
    assert (book.billed, good.billed, bad.billed) == (16, 16, 0)
    assert bad.status_msg == "why"
    assert good.is_over
    assert bad.is_over


def test_a_task_keeps_no_pictures() -> None:
    task = accepted(Book(concurrency=9, pack_units=100), pictures=("x" * 1000,))
    assert (task.pictures, task.order.pictures) == (1, ())


def test_a_refused_order_leaves_its_external_id_free() -> None:
    book = Book(concurrency=1, pack_units=100)
    first = accepted(book)
    with pytest.raises(Refused):
        accepted(book, external_task_id="job")
    book.end(first, status=FAILED, now=1)
    assert accepted(book, external_task_id="job").order.external_task_id == "job"


def test_what_is_billed_shows_after_the_lag() -> None:
    book = Book(concurrency=9, pack_units=100)
    book.end(accepted(book, price=8), status=SUCCEED, now=50)
    assert (book.billed_before(50), book.billed_before(51)) == (0, 8)


def test_official_ids_are_eighteen_digits_and_differ() -> None:
    ids = {official_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(task_id) == 18 and task_id.isdecimal() for task_id in ids)


@pytest.mark.parametrize("model", [name for name, row in MODELS.items() if not row.is_retired])
def test_every_current_model_takes_every_ratio_of_its_row(model: str) -> None:
    row = MODELS[model]
    resource = next(iter(row.paths & {GENERATIONS, OMNI}))
    for ratio in row.text_ratios:
        body = {"model_name": model, "prompt": "x", "aspect_ratio": ratio}
        assert read_order(body, resource=resource, terms=Terms()).ratio == ratio


@pytest.mark.parametrize("model", [name for name, row in MODELS.items() if row.is_retired])
def test_a_retired_model_is_served_only_where_the_terms_say_so(model: str) -> None:
    body = {"model_name": model, "prompt": "x", "image": "p", "image_reference": "face"}
    if not MODELS[model].references:
        del body["image_reference"]
    assert refusal(body).code == 1203
    order = read_order(body, resource=GENERATIONS, terms=Terms(serves_retired=True))
    assert order.price == MODELS[model].image_price


def test_a_model_that_only_restyles_needs_a_picture() -> None:
    body = {"model_name": "kling-v2-new", "prompt": "x"}
    assert "image" in refusal(body, terms=Terms(serves_retired=True)).message


def test_a_restyled_picture_keeps_the_ratio_of_its_source() -> None:
    body = {"model_name": "kling-v2", "prompt": "x", "image": "p"}
    assert read_order(body, resource=GENERATIONS, terms=Terms(serves_retired=True)).ratio == "auto"


def test_defaults_are_the_documented_ones() -> None:
    order = read_order({"prompt": "x"}, resource=GENERATIONS, terms=Terms())
    assert (order.model, order.n, order.ratio, order.resolution) == ("kling-v3", 1, "16:9", "1k")
    omni = read_order({"prompt": "x", "image_list": [{"image": "p"}]}, resource=OMNI, terms=Terms())
    assert (omni.model, omni.ratio) == ("kling-image-o1", "auto")


def test_the_output_format_is_dmxapis_own() -> None:
    body = {"prompt": "x", "output_format": "jpg"}
    official = read_order(body, resource=GENERATIONS, terms=Terms())
    dmxapi = read_order(body, resource=GENERATIONS, terms=Terms(takes_format=True))
    assert (official.output_format, dmxapi.output_format) == ("png", "jpg")
    wrong = {"prompt": "x", "output_format": "webp"}
    assert refusal(wrong, terms=Terms(takes_format=True)).code == 1201


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=4))
def test_no_json_value_in_any_field_breaks_the_reader(value: object) -> None:
    names = ("prompt", "image", "n", "aspect_ratio", "image_fidelity", "element_list", "model_name")
    for name in (*names, "callback_url", "watermark_info", "external_task_id", "resolution"):
        with suppress(Refused):
            order = read_order({"prompt": "x", name: value}, resource=GENERATIONS, terms=Terms())
            assert 1 <= order.n <= 9


@given(st.integers() | st.floats(allow_nan=False) | st.booleans())
def test_a_fraction_lies_between_its_ends(value: float) -> None:
    try:
        read = fields.fraction({"f": value}, "f", high=2)
    except Refused:
        assert isinstance(value, bool) or not 0 <= value <= 2
    else:
        assert read == value


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("http://127.0.0.1:1/x", True),
        ("http://127.8.8.8/", True),
        ("http://[::1]/", True),
        ("http://localhost/", True),
        ("http://10.0.0.1/", False),
        ("http://localhost.example/", False),
        ("/relative", False),
    ],
)
def test_the_sandbox_reaches_this_computer_only(url: str, *, near: bool) -> None:
    assert is_loopback(URL(url)) is near


@pytest.mark.parametrize(("width", "height"), [(300, 300), (750, 300), (300, 750), (1500, 600)])
def test_a_picture_at_the_edge_of_the_rules_is_taken(width: int, height: int) -> None:
    judge(photo(width, height, kind="JPEG"))


@pytest.mark.parametrize(("width", "height"), [(299, 400), (400, 299), (760, 300), (300, 760)])
def test_a_picture_beyond_them_is_not(width: int, height: int) -> None:
    with pytest.raises(Refused):
        judge(photo(width, height))


async def test_base64_must_be_whole_and_bare() -> None:
    async with aiohttp.ClientSession() as session:
        good = in_base64(photo())
        assert await load(good, session=session) == photo()
        for bad in (good[:-3], good + "\n", " " + good, "data:image/png;base64," + good):
            with pytest.raises(Refused, match="valid base64"):
                await load(bad, session=session)


def test_a_refusal_knows_its_status_and_words() -> None:
    for code, (status, words) in REFUSALS.items():
        assert (Refused(code).status, Refused(code).message) == (status, words)
    assert Refused(1201, "own words").message == "own words"


async def test_hundreds_of_tasks_in_flight_end_on_one_push_of_the_clock(opened: Opened) -> None:
    async with opened(concurrency=300) as kling:
        ids = [await kling.submit(external_task_id=f"job-{k}") for k in range(300)]
        assert kling.served.book.in_flight == 300
        await kling.finish()
        assert kling.served.book.in_flight == 0
        assert (await kling.query(ids[-1]))["task_status"] == "succeed"


async def test_simultaneous_orders_can_not_share_one_external_id(kling: Kling) -> None:
    order = {"prompt": "x", "external_task_id": "job", "image": in_base64(photo())}
    answers = await asyncio.gather(*(kling.post("/v1/images/generations", order) for _ in range(5)))
    assert sorted(status for status, _ in answers) == [200, 400, 400, 400, 400]
