"""Validates a JSON body field by field and collects problems in Discord's nested format.

A body with problems is refused as a whole, with every problem at its path:
    {"code": 50035, "message": "Invalid Form Body",
     "errors": {"embeds": {"0": {"title": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", ...}]}}}}}
"""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from sandbox.discord.core.api_errors import INVALID_FORM, Refusal
from sandbox.discord.core.json_types import Json

SNOWFLAKE_DIGITS = 20


def names(text: str) -> frozenset[str]:
    """Return the field names listed in `text`."""
    return frozenset(text.split())


class Form:
    """One object of a body that is validated: its value, its path, and the problems found."""

    def __init__(
        self, value: object, *, path: tuple[str, ...] = (), errors: Json | None = None
    ) -> None:
        self.path = path
        self.errors: Json = {} if errors is None else errors
        self.value: Json = cast("Json", value) if isinstance(value, dict) else {}
        if not isinstance(value, dict):
            self.wrong("", "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a DictType")

    def wrong(self, key: str, code: str, message: str) -> None:
        """Record a problem with the field `key`, or with the object itself if `key` is empty."""
        place = self.errors
        for step in (*self.path, key) if key else self.path:
            place = place.setdefault(step, {})
        place.setdefault("_errors", []).append({"code": code, "message": message})

    def settle(self) -> None:
        """Raise Refusal (50035) if any problem was recorded."""
        if self.errors:
            raise Refusal(INVALID_FORM, errors=self.errors)

    def only(self, known: Collection[str]) -> None:
        """Record a problem for every field not in `known`: Discord would ignore a misspelt one."""
        for key in self.value.keys() - known:
            self.wrong(key, "UNKNOWN_FIELD", f"The sandbox knows no field {key!r} here")

    def text(self, key: str, *, high: int, low: int = 0, required: bool = False) -> str | None:
        """Return a string of `low` to `high` characters; None if it is absent or null."""
        value = self._value(key, required=required)
        if value is None:
            return None
        if not isinstance(value, str):
            return self.wrong(key, "STRING_TYPE_CONVERT", f"Could not interpret {value!r} as str.")
        if not low <= len(value) <= high:
            words = f"Must be between {low} and {high} in length."
            if low <= len(value):
                self.wrong(key, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")
            else:
                self.wrong(key, "BASE_TYPE_BAD_LENGTH", words)
        return value

    def whole(
        self, key: str, *, low: int = 0, high: int = 1 << 53, required: bool = False
    ) -> int | None:
        """Return an integer from `low` to `high`; None if it is absent or null."""
        value = self._value(key, required=required)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            return self.wrong(key, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        if not low <= value <= high:
            self.wrong(key, "NUMBER_TYPE_RANGE", f"Must be between {low} and {high}.")
        return value

    def one_of(self, key: str, choices: Collection[int], *, required: bool = False) -> int | None:
        """Return an integer that is one of `choices`."""
        value = self.whole(key, required=required)
        if value is not None and value not in choices:
            known = ", ".join(map(str, sorted(choices)))
            self.wrong(key, "BASE_TYPE_CHOICES", f"Value must be one of ({known}).")
        return value

    def flag(self, key: str) -> bool:
        """Return a boolean; absent and null count as false."""
        value = self._value(key, required=False)
        if value is not None and not isinstance(value, bool):
            self.wrong(key, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
        return value is True

    def snowflake(self, key: str, *, required: bool = False) -> str | None:
        """Return an id, sent as a string or as a number."""
        value = self._value(key, required=required)
        if value is None:
            return None
        text = str(value)
        if not (text.isdecimal() and len(text) <= SNOWFLAKE_DIGITS):
            return self.wrong(key, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
        return text

    def part(self, key: str, *, required: bool = False) -> Form | None:
        """Return the object in field `key` as a form with the same list of problems."""
        value = self._value(key, required=required)
        if value is None:
            return None
        return Form(value, path=(*self.path, key), errors=self.errors)

    def parts(self, key: str, *, high: int, low: int = 0, required: bool = False) -> list[Form]:
        """Return the `low` to `high` objects listed in field `key`."""
        return [
            Form(value, path=(*self.path, key, str(index)), errors=self.errors)
            for index, value in enumerate(self.listed(key, low=low, high=high, required=required))
        ]

    def listed(self, key: str, *, high: int, low: int = 0, required: bool = False) -> list[object]:
        """Return the `low` to `high` values listed in field `key`."""
        value = self._value(key, required=required)
        if value is None:
            return []
        if not isinstance(value, list):
            self.wrong(key, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return []
        values = cast("list[object]", value)
        if not low <= len(values) <= high:
            words = f"Must be between {low} and {high} in length."
            self.wrong(key, "BASE_TYPE_BAD_LENGTH", words)
        return values

    def _value(self, key: str, *, required: bool) -> object:
        value: object = self.value.get(key)
        if value is None and required:
            self.wrong(key, "BASE_TYPE_REQUIRED", "This field is required")
        return value
