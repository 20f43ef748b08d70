"""The judge finds what Discord would refuse: by its schema, and by limits that no schema has."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.system.schema import spec
from tests.system.schema.judge import API, CALLBACK, COMMANDS, Judge, RecordedRequest

CHANNEL = f"POST {API}/channels/{{channel}}/messages"
EDIT = f"PATCH {API}/webhooks/{{application}}/{{token}}/messages/{{message}}"
QUIET = {"allowed_mentions": {"parse": []}}

Body = dict[str, Any]
Change = Callable[[Body], object]


@pytest.fixture(scope="module")
def judge() -> Judge:
    try:
        return Judge(spec.read())
    except FileNotFoundError:
        pytest.skip("Discord's schema is not here yet: make conformance fetches it")


def button(custom_id: str = "again:1", label: str = "Again") -> Body:
    return {"type": 2, "style": 2, "label": label, "custom_id": custom_id}


def picture(name: str = "1.png", alt: str = "A fox") -> Body:
    return {"media": {"url": f"attachment://{name}"}, "description": alt}


def result() -> Body:
    """Return a message as the bot sends it: text, an image, buttons, in a container."""
    parts = [
        {"type": 10, "content": "Ada asked for a fox"},
        {"type": 12, "items": [picture()]},
        {"type": 1, "components": [button("again:1"), button("edit:1", "Edit")]},
    ]
    return {
        "flags": 1 << 15,
        "components": [{"type": 17, "components": parts}],
        "attachments": [{"id": 0, "filename": "1.png", "description": "A fox"}],
        **QUIET,
    }


def modal() -> Body:
    field = {"type": 4, "custom_id": "prompt", "style": 2, "max_length": 2500, "value": "a fox"}
    parts = [{"type": 18, "label": "Prompt", "component": field}]
    return {"type": 9, "data": {"custom_id": "edit:1", "title": "Edit", "components": parts}}


def command() -> Body:
    image = {"type": 11, "name": "image", "description": "The picture", "required": True}
    style = {"type": 3, "name": "style", "description": "A style", "required": False}
    return {"name": "repaint", "description": "Paint anew", "type": 1, "options": [image, style]}


def parts(body: Body) -> list[Body]:
    return body["components"][0]["components"]


def found(judge: Judge, route: str, body: Any, **files: int) -> list[str]:
    sent = {str(number): (name, size) for number, (name, size) in enumerate(files.items())}
    return list(judge.problems(RecordedRequest(route, body, sent or None)))


@pytest.mark.parametrize(
    ("route", "body"),
    [
        (CHANNEL, {"content": "hello", "tts": False, "nonce": "1", "enforce_nonce": True, **QUIET}),
        (EDIT, result() | {"attachments": [{"id": 0, "filename": "1.png"}], "tts": False}),
        (EDIT, result() | {"attachments": [{"id": 12345678901, "filename": "1.png", "size": 5}]}),
        (CALLBACK, {"type": 4, "data": result()}),
        (CALLBACK, {"type": 5, "data": {"flags": 64}}),
        (CALLBACK, {"type": 6}),
        (CALLBACK, {"type": 7, "data": result()}),
        (CALLBACK, {"type": 8, "data": {"choices": [{"name": "Oil", "value": "oil"}]}}),
        (CALLBACK, modal()),
        (COMMANDS, [command()]),
        (f"POST {API}/users/@me/channels", {"recipient_id": 12345}),
    ],
)
def test_what_the_bot_sends_passes(judge: Judge, route: str, body: Any) -> None:
    assert found(judge, route, body) == []


MESSAGES: list[tuple[str, Change]] = [
    ("attributes", lambda body: body.update(atachments=[])),
    ("maxLength", lambda body: parts(body)[1]["items"][0].update(description="x" * 1025)),
    ("4000", lambda body: parts(body)[0].update(content="x" * 4001)),
    ("too long", lambda body: parts(body)[2].update(components=[button(str(n)) for n in range(6)])),
    ("too long", lambda body: parts(body)[1].update(items=[picture()] * 11)),
    ("type", lambda body: parts(body).append(button("third"))),
    ("accessory", lambda body: parts(body).append({"type": 9, "components": parts(body)[:1]})),
    ("too long", lambda body: parts(body)[2]["components"][0].update(custom_id="x" * 101)),
    ("flag", lambda body: body.update(flags=0)),
    ("beside", lambda body: body.update(content="and this")),
    ("nested", lambda body: parts(body).extend(copy.deepcopy(parts(body)[:1] * 37))),
    ("4000 characters", lambda body: parts(body).extend([{"type": 10, "content": "x" * 2000}] * 2)),
    ("custom_id", lambda body: parts(body)[2]["components"][0].pop("custom_id")),
    ("twice", lambda body: parts(body)[2].update(components=[button(), button()])),
    ("alt text", lambda body: parts(body)[1]["items"][0].pop("description")),
    ("label", lambda body: parts(body)[2]["components"][0].pop("label")),
    ("names no file", lambda body: parts(body)[1].update(items=[picture("2.png")])),
    ("mentions", lambda body: body.pop("allowed_mentions")),
]


@pytest.mark.parametrize(("words", "spoil"), MESSAGES)
def test_what_is_wrong_with_a_message_is_seen(judge: Judge, words: str, spoil: Change) -> None:
    body = result()
    spoil(body)

    problems = found(judge, CALLBACK, {"type": 4, "data": body})
    assert words in "\n".join(problems).replace("Additional properties", "attributes")


def test_what_is_wrong_with_a_plain_message_is_seen(judge: Judge) -> None:
    embed = {"description": "x" * 4000}

    assert "2000" in found(judge, CHANNEL, {"content": "x" * 2001, **QUIET})[-1]
    assert "6000" in found(judge, CHANNEL, {"embeds": [embed, embed], **QUIET})[-1]
    assert found(judge, CHANNEL, dict(QUIET)) == ["an empty message"]
    assert found(judge, CALLBACK, {"type": 5, "data": {"content": "soon"}})
    assert found(judge, CHANNEL, {"content": "x", **QUIET}, large=11 * 1024 * 1024)
    assert found(judge, CHANNEL, {"content": "x", **QUIET}, spent=0) == ["an empty file"]


@pytest.mark.parametrize("route", [CHANNEL, EDIT])
def test_file_that_is_not_listed_is_seen(judge: Judge, route: str) -> None:
    body = result()
    body["attachments"] = [] if route == EDIT else body["attachments"]
    body["components"][0]["components"][1]["items"].append(picture("2.png"))
    files = {"0": ("1.png", 5), "1": ("2.png", 5)}

    problems = list(judge.problems(RecordedRequest(route, body, files)))

    assert "files[1] is not listed" in problems
    assert not [one for one in problems if "names no file" in one]


@pytest.mark.parametrize(("route", "is_fine"), [(CHANNEL, False), (EDIT, True)])
def test_only_an_edit_keeps_a_file_that_does_not_come_with_it(
    judge: Judge, route: str, is_fine: bool
) -> None:
    body = result() | {"attachments": [{"id": 12345678901, "filename": "1.png"}]}

    problems = list(judge.problems(RecordedRequest(route, body, {})))

    lost = ["attachment 12345678901 of a new message has no file"]
    assert problems == ([] if is_fine else lost)


@pytest.mark.parametrize("route", [CHANNEL, EDIT])
def test_attachment_that_no_list_names_is_seen(judge: Judge, route: str) -> None:
    body = result()
    del body["attachments"]
    assert found(judge, route, body) == ["attachment://1.png names no file"]
    embed = {"image": {"url": "attachment://1.png"}}
    assert found(judge, route, {"embeds": [embed], **QUIET}) == ["attachment://1.png names no file"]


@pytest.mark.parametrize("route", [CHANNEL, EDIT])
def test_components_without_their_flag_are_seen_in_an_edit_too(judge: Judge, route: str) -> None:
    for flags in ({}, {"flags": 0}, {"flags": 1 << 2}):
        body = {key: value for key, value in result().items() if key != "flags"} | flags
        assert "Components V2 without their flag" in found(judge, route, body)


COMMANDS_SPOILT: list[tuple[str, Change]] = [
    ("no name", lambda one: one.update(name="Repaint")),
    ("no name", lambda one: one.update(name_localizations={"zh-CN": "重 绘"})),
    ("no locale", lambda one: one.update(description_localizations={"zh": "重绘"})),
    ("description", lambda one: one.update(description="x" * 101)),
    ("no description", lambda one: one.update(description="")),
    ("behind an optional", lambda one: one["options"].reverse()),
    ("too long", lambda one: one["options"].extend(copy.deepcopy(one["options"][1:] * 25))),
    ("8000", lambda one: one["options"][1].update(choices=[choice(n) for n in range(25)])),
    ("non-empty", lambda one: one.update(contexts=[])),
]


def choice(number: int) -> Body:
    return {"name": f"{number:0100}", "value": f"{number:0100}", "name_localizations": LONG}


LONG = {"zh-CN": "字" * 400}


@pytest.mark.parametrize(("words", "spoil"), COMMANDS_SPOILT)
def test_what_is_wrong_with_a_command_is_seen(judge: Judge, words: str, spoil: Change) -> None:
    one = command()
    spoil(one)

    assert words in "\n".join(found(judge, COMMANDS, [one]))


def test_what_is_wrong_with_a_modal_is_seen(judge: Judge) -> None:
    for change in ({"title": "x" * 46}, {"components": modal()["data"]["components"] * 6}):
        body = modal()
        body["data"] |= change
        assert found(judge, CALLBACK, body)
    long = modal()
    long["data"]["components"][0]["component"]["value"] = "x" * 2501
    assert "prefilled" in "\n".join(found(judge, CALLBACK, long))


def test_a_route_that_nobody_knows_is_a_problem(judge: Judge) -> None:
    assert found(judge, f"POST {API}/guilds", {}) == ["no schema is known for this route"]
