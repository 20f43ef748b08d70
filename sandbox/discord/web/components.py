"""Components that a member uses on the page: buttons, selects and modals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from sandbox.discord.core.json_types import Json
from sandbox.discord.state.interaction_dispatch import Call, summon
from sandbox.discord.state.interactions import COMPONENT, SUBMIT
from sandbox.discord.state.server_state import Place
from sandbox.discord.state.viewers import Seat
from sandbox.discord.validation import components as kinds
from sandbox.discord.web.commands import seen_channel
from sandbox.discord.web.option_values import Picks, Unfit

TEXT_HIGH = 4000


def use_component(place: Place, seat: Seat, frame: Json) -> None:
    """Send a click or a selection to the bot."""
    channel = seen_channel(place, seat, frame.get("channel_id"))
    message = channel.messages.get(str(frame.get("message_id")))
    if message is None or message.owner_id not in (None, seat.viewer.id):
        raise Unfit("the message is gone")
    component = find(message.components, custom_id=frame.get("custom_id"))
    if component is None or component.get("disabled"):
        raise Unfit("that can not be used (any more)")
    payload: Json = {
        "custom_id": component["custom_id"],
        "component_type": component["type"],
        "id": component["id"],
    }
    picks = Picks(place, viewer=seat.viewer, channel=channel)
    if component["type"] in kinds.SELECTS:
        payload["values"] = _selected(component, frame.get("values"), picks=picks)
    if picks.resolved:
        payload["resolved"] = picks.resolved
    owners: Json = (message.metadata or {}).get("authorizing_integration_owners", {})
    call = Call(
        kind=COMPONENT,
        seat=seat,
        channel=channel,
        data=payload,
        nonce=frame.get("nonce"),
        source=message,
        installer_id=owners.get("1"),
    )
    summon(place, call)


def submit_modal(place: Place, seat: Seat, frame: Json) -> None:
    """Send a completed modal to the bot."""
    opener = place.interactions.by_id.get(str(frame.get("id")))
    if opener is None or opener.modal is None or opener.user is not seat.viewer:
        raise Unfit("the form is gone")
    picks = Picks(place, viewer=seat.viewer, channel=opener.channel)
    filled = {leaf["custom_id"]: leaf for leaf in leaves(frame.get("components"))}
    components = [
        _filled(component, filled=filled, picks=picks) for component in opener.modal["components"]
    ]
    payload: Json = {"custom_id": opener.modal["custom_id"], "components": components}
    if picks.resolved:
        payload["resolved"] = picks.resolved
    opener.modal = None
    call = Call(
        kind=SUBMIT,
        seat=seat,
        channel=opener.channel,
        data=payload,
        nonce=frame.get("nonce"),
        source=opener.source,
        opener=opener,
        installer_id=opener.installer_id,
    )
    summon(place, call)


def leaves(components: object) -> Iterator[Json]:
    """Yield all components with a custom id, at any depth."""
    if isinstance(components, list):
        for component in cast("list[object]", components):
            yield from leaves(component)
    elif isinstance(components, dict):
        component = cast("Json", components)
        if "custom_id" in component:
            yield component
        for key in ("components", "component", "accessory"):
            yield from leaves(component.get(key))


def find(components: list[Json], *, custom_id: object) -> Json | None:
    """Return the component with that custom id; None if there is none."""
    return next((one for one in leaves(components) if one["custom_id"] == custom_id), None)


def _filled(component: Json, *, filled: dict[str, Json], picks: Picks) -> Json:
    payload: Json = {"type": component["type"], "id": component["id"]}
    if component["type"] == kinds.LABEL:
        inner = component["component"]
        return payload | {"component": _filled(inner, filled=filled, picks=picks)}
    if component["type"] == kinds.ROW:
        children: list[Json] = component["components"]
        payload["components"] = [_filled(child, filled=filled, picks=picks) for child in children]
        return payload
    if component["type"] == kinds.TEXT:
        return payload
    given = filled.get(component["custom_id"], {})
    payload["custom_id"] = component["custom_id"]
    return payload | _answer(component, given, picks=picks)


def _answer(component: Json, given: Json, *, picks: Picks) -> Json:
    """Return the member's input: a `value`, or `values`."""
    kind = component["type"]
    if kind == kinds.INPUT:
        return {"value": _typed(component, given.get("value"))}
    if kind == kinds.CHECKBOX:
        return {"value": given.get("value") is True}
    if kind == kinds.RADIO:
        value = given.get("value")
        selected = _selected(component, [] if value is None else [value], picks=picks)
        return {"value": selected[0] if selected else None}
    return {"values": _selected(component, given.get("values"), picks=picks)}


def _typed(component: Json, value: object) -> str:
    text = value if isinstance(value, str) else ""
    if not text and component.get("required") is False:
        return ""
    low = max(component.get("min_length") or 0, 1)
    high = component.get("max_length") or TEXT_HIGH
    if not low <= len(text) <= high:
        raise Unfit(f"{low} to {high} characters are needed, not {len(text)}")
    return text


def _selected(component: Json, values: object, *, picks: Picks) -> list[str]:
    picked = [str(value) for value in cast("list[object]", values or [])]
    low, high = _bounds(component)
    if not low <= len(picked) <= high and (picked or component.get("required") is not False):
        raise Unfit(f"{low} to {high} have to be picked, not {len(picked)}")
    resolve = {
        kinds.USERS: picks.user,
        kinds.ROLES: picks.role,
        kinds.MENTIONABLES: picks.mentionable,
        kinds.CHANNELS: picks.resolve_channel,
        kinds.UPLOAD: picks.attachment,
    }.get(component["type"])
    if resolve is not None:
        return [resolve(value) for value in picked]
    offered = {option["value"] for option in component["options"]}
    if not offered.issuperset(picked):
        raise Unfit("that is none of the choices")
    return picked


def _bounds(component: Json) -> tuple[int, int]:
    low, high = component.get("min_values"), component.get("max_values")
    if component["type"] == kinds.CHECKBOXES:
        high = high or len(component["options"])
    return (1 if low is None else low), high or 1
