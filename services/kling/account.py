"""The account's resource packs, as the official hosts report them (Kling, account-usage page)."""

from __future__ import annotations

from dataclasses import dataclass

from services.common.json_reading import decimal, instant, layers, mapping, rows, text

_MOST_PACKS = 100
_NAME = 200
"""Maximum characters read of a pack's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePack:
    """One resource pack; `total` and `remaining` in billing units, the latter up to 12 h behind."""

    name: str
    status: str
    """Kling's word: toBeOnline, online, expired or runOut."""
    total: float | None
    remaining: float | None
    ends_at: float | None
    """When the pack expires, in Unix seconds."""


def parse_packs(body: object) -> list[ResourcePack]:
    """Return the resource packs in a response; empty if the account has none."""
    listed = rows(layers(body)[1].get("resource_pack_subscribe_infos"))
    return [_pack(each) for each in listed[:_MOST_PACKS]]


def _pack(row: object) -> ResourcePack:
    pack = mapping(row)
    return ResourcePack(
        name=text(pack.get("resource_pack_name"), _NAME),
        status=text(pack.get("status"), _NAME),
        total=_number(pack.get("total_quantity")),
        remaining=_number(pack.get("remaining_quantity")),
        ends_at=instant(pack.get("invalid_time")),
    )


def _number(value: object) -> float | None:
    number = decimal(value) if isinstance(value, int | float) else None
    return None if number is None else float(number)
