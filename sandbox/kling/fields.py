"""Reads single fields of a request body; raises Refused 1201 for invalid values."""

from __future__ import annotations

from collections.abc import Collection

from sandbox.kling.contract import Json, Refused


def text(body: Json, name: str, *, longest: int | None = None, required: bool = False) -> str:
    """Return a string field, "" if absent; `longest` in characters."""
    value = body.get(name)
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise Refused(1201, f"{name} must be a string")
    if required and not value.strip():
        raise Refused(1201, f"{name} can not be empty")
    if longest is not None and len(value) > longest:
        raise Refused(1201, f"Length of {name} must be less than or equal to {longest}")
    return value


def choice(body: Json, name: str, *, among: Collection[str], default: str) -> str:
    """Return one of `among`; `default` if the field is absent or empty."""
    value = text(body, name) or default
    if value not in among:
        raise Refused(1201, f"{name} value '{value}' is invalid")
    return value


def whole(body: Json, name: str, *, low: int, high: int, default: int) -> int:
    """Return an integer within `low`..`high`."""
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Refused(1201, f"{name} value '{value}' is invalid, must be in [{low}, {high}]")
    return value


def fraction(body: Json, name: str, *, high: float = 1.0, default: float | None = None) -> float:
    """Return a number within 0..`high`; without a `default` the field is required."""
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= high:
        raise Refused(1201, f"{name} value '{value}' is invalid, must be in [0, {high:g}]")
    return float(value)


def pictures(body: Json, name: str, *, key: str) -> list[str]:
    """Return the images of a list such as `[{"image": "..."}]`; [] if absent."""
    value = body.get(name) or []
    if not isinstance(value, list):
        raise Refused(1201, f"{name} must be an array")
    rows: list[object] = list(value)
    return [_picture(row, name=name, key=key) for row in rows]


def _picture(row: object, *, name: str, key: str) -> str:
    picture: object = row.get(key) if isinstance(row, dict) else None
    if not isinstance(picture, str) or not picture:
        raise Refused(1201, f"{name}.{key} can not be empty")
    return picture


def elements(body: Json) -> int:
    """Return the number of elements in `element_list`."""
    value = body.get("element_list") or []
    if not isinstance(value, list):
        raise Refused(1201, "element_list must be an array")
    rows: list[object] = list(value)
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("element_id"), int):
            raise Refused(1201, "element_list.element_id must be a long")
    return len(rows)
