"""Commands that Discord would refuse, and how commands replace each other."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sandbox.discord import Options, Served
from sandbox.discord.core.api_errors import Refusal
from sandbox.discord.core.json_types import Json
from sandbox.discord.core.snowflake import Snowflakes
from sandbox.discord.state.command_registry import Registry
from sandbox.discord.state.server_state import Place


@pytest.fixture
def registry() -> Registry:
    return Registry(Snowflakes(lambda: 1.8e9))


def command(name: str = "paint", **more: Any) -> Json:
    return {"name": name, "description": "d", "type": 1, **more}


def option(name: str = "o", kind: int = 3, **more: Any) -> Json:
    return {"name": name, "description": "d", "type": kind, **more}


def with_options(*options: Json) -> Json:
    return command(options=list(options))


def choices(count: int, value: str = "v") -> list[Json]:
    return [{"name": "n", "value": value} for _ in range(count)]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (command("Paint"), "0.name"),
        (command("two words"), "0.name"),
        (command("x" * 33), "0.name"),
        (command(description="x" * 101), "0.description"),
        (command(description=""), "0.description"),
        ({"name": "paint"}, "0.description"),
        (command(descripton="x"), "0.descripton"),
        (command(name_localizations={"xx": "a"}), "0.name_localizations.xx"),
        (command(contexts=[]), "0.contexts"),
        (command(integration_types=[2]), "0.integration_types"),
        ({"name": "menu", "type": 3, "description": "d"}, "0.description"),
        (with_options(*[option(f"o{n}") for n in range(26)]), "0.options"),
        (with_options(option(), option()), "0.options.1.name"),
        (with_options(option("a"), option("b", required=True)), "0.options.1.required"),
        (with_options(option(choices=choices(26))), "0.options.0.choices"),
        (with_options(option(kind=4, choices=choices(1))), "0.options.0.choices.0.value"),
        (with_options(option(kind=11, choices=choices(1))), "0.options.0.choices"),
        (with_options(option(autocomplete=True, choices=choices(1))), "0.options.0.autocomplete"),
        (with_options(option(kind=4, min_length=1)), "0.options.0.min_length"),
        (with_options(option(kind=12)), "0.options.0.type"),
        (with_options(option(kind=1), option("b")), "0.options"),
        (with_options(option(kind=1, options=[option(kind=2)])), "0.options.0.options.0.type"),
    ],
)
def test_a_bad_command_is_refused_at_the_right_place(
    registry: Registry, body: Json, path: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        registry.replace([body], guild_id=None)
    place = refusal.value.errors
    for step in path.split("."):
        place = place[step]
    assert place["_errors"]


def test_a_command_may_weigh_8000_characters_and_no_more(registry: Registry) -> None:
    heavy = [option(f"o{n}", choices=choices(4, value="v" * 70)) for n in range(25)]
    registry.replace([with_options(*heavy)], guild_id=None)
    heavy = [option(f"o{n}", choices=choices(5, value="v" * 70)) for n in range(25)]
    with pytest.raises(Refusal, match="Form"):
        registry.replace([with_options(*heavy)], guild_id=None)


@pytest.mark.parametrize(("kind", "allowed"), [(1, 100), (2, 15), (3, 15)])
def test_each_kind_has_its_number(registry: Registry, kind: int, allowed: int) -> None:
    bodies = [command(f"c{n}", type=kind, description="d" * (kind == 1)) for n in range(allowed)]
    registry.replace(bodies, guild_id=None)
    bodies.append(command("more", type=kind, description="d" * (kind == 1)))
    with pytest.raises(Refusal) as refusal:
        registry.replace(bodies, guild_id=None)
    assert refusal.value.code == 30032


def test_two_commands_of_one_name_are_refused_unless_of_two_kinds(registry: Registry) -> None:
    registry.replace([command(), {"name": "paint", "type": 2}], guild_id=None)
    with pytest.raises(Refusal):
        registry.replace([command(), command()], guild_id=None)


def test_a_command_keeps_its_id_when_it_is_replaced(registry: Registry) -> None:
    (first,) = registry.replace([command()], guild_id=None)
    (second,) = registry.replace([command(description="new")], guild_id=None)
    assert (first["id"], first["description"]) == (second["id"], "d")
    assert second["version"] != first["version"]
    again, is_new = registry.add(command(description="newer"), guild_id=None)
    assert (again["id"], is_new) == (first["id"], False)


def test_a_guilds_command_hides_its_global_namesake(registry: Registry) -> None:
    registry.replace([command(), command("about")], guild_id=None)
    registry.replace([command(description="here")], guild_id="5")
    assert {one["description"] for one in registry.visible("5")} == {"here", "d"}
    assert len(registry.visible(None)) == 2


async def test_the_routes_create_change_and_delete(
    served: Served, web: aiohttp.ClientSession, options: Options, place: Place
) -> None:
    headers = {"Authorization": f"Bot {options.token}"}
    base = f"/api/v10/applications/{served.addresses['application_id']}/commands"

    async def call(method: str, path: str = "", body: Json = None) -> tuple[int, Any]:
        async with web.request(method, base + path, json=body, headers=headers) as response:
            told = None if response.status == 204 else await response.json()
            return response.status, told

    status, made = await call("POST", body=command())
    assert (status, (await call("POST", body=command()))[0]) == (201, 200)
    status, changed = await call("PATCH", f"/{made['id']}", {"description": "new"})
    assert (changed["id"], changed["description"]) == (made["id"], "new")
    assert (await call("GET", f"/{made['id']}"))[1] == changed
    assert await call("DELETE", f"/{made['id']}") == (204, None)
    assert (await call("GET"))[1] == []
    assert (await call("GET", "/5"))[1]["code"] == 10063
    assert (await call("PUT", body={}))[1]["code"] == 50109
