"""Kling's API contract as data: refusal codes, models and their features, limits, prices.

Sections are those of the official API as collected in the project's notes: 4 the endpoints, 5 the
fields, 6 the models, 11 the codes, 13 the prices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
"""A JSON object that was received or is sent; `fields` validates single fields."""

LONGEST_PROMPT = 2500
"""Characters; official since 2025. The 500 or 200 of older clients is outdated."""
LARGEST_PICTURE = 10 * 1024 * 1024
"""Bytes of a decoded image."""
SHORTEST_SIDE = 300
"""Pixels."""
WIDEST = 2.5
"""Ratio of the longer to the shorter side."""
MOST_IMAGES = 9
MOST_REFERENCES = 10
"""Images and elements together."""

REFUSALS: Mapping[int, tuple[int, str]] = {
    1000: (401, "Authentication failed"),
    1001: (401, "Authorization is empty"),
    1002: (401, "api key not found"),
    1003: (401, "Authorization is not yet valid"),
    1004: (401, "Authorization has expired"),
    1100: (429, "Account exception"),
    1101: (429, "Account in arrears"),
    1102: (429, "Account balance not enough"),
    1103: (403, "No permission to access the requested resource"),
    1200: (400, "Invalid request parameters"),
    1201: (400, "Invalid parameters"),
    1202: (404, "The requested method is invalid"),
    1203: (404, "The requested resource does not exist"),
    1300: (400, "Trigger strategy of the platform"),
    1301: (400, "Trigger the content security policy of the platform"),
    1302: (429, "API request too fast, exceeding the rate limit"),
    1303: (429, "parallel task over resource pack limit"),
    1304: (429, "Trigger the IP whitelist policy of the platform"),
    5000: (500, "Internal server error"),
    5001: (503, "Server temporarily unavailable, usually under maintenance"),
    5002: (504, "Server internal timeout, usually due to backlog"),
}
"""Service code -> HTTP status and message. 429 means rate limit, no balance or a wrong IP."""

RISK_CONTROL = "Failure to pass the risk control system"
"""The reason of a task that moderation stopped; its envelope still says code 0, SUCCEED."""


class Refused(Exception):
    """A request that the provider refuses: service `code`, HTTP `status`, `message`."""

    def __init__(self, code: int, message: str = "") -> None:
        self.code = code
        self.status, words = REFUSALS[code]
        self.message = message or words
        super().__init__(f"{code} {self.message}")


def refusal_body(code: int, *, request_id: str, message: str = "") -> Json:
    """Return the official body of refusal `code`; it has no `data`."""
    return {"code": code, "message": message or REFUSALS[code][1], "request_id": request_id}


def refusal_fault(code: int, **rule: object) -> Json:
    """Return a fault rule that responds with refusal `code`; `rule` adds path, times, headers."""
    body = refusal_body(code, request_id="b2f3-fault")
    return {"action": "status", "status": REFUSALS[code][0], "body": body, **rule}


GENERATIONS = "generations"
OMNI = "omni-image"
MULTI = "multi-image2image"
EXPAND = "editing/expand"

SEVEN = frozenset({"16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3"})
EIGHT = SEVEN | {"21:9"}
AUTO = EIGHT | {"auto"}
REFERENCES = frozenset({"subject", "face"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Features of one model (section 6) and its price in billing units per image (section 13)."""

    paths: frozenset[str]
    text_price: int = 8
    image_price: int = 8
    price_4k: int = 0
    takes_text: bool = True
    references: frozenset[str] = frozenset()
    needs_reference: bool = False
    text_ratios: frozenset[str] = EIGHT
    image_ratios: frozenset[str] = EIGHT
    resolutions: frozenset[str] = frozenset({"1k", "2k"})
    keeps_size: bool = False
    """Whether an edited image has the size of its source."""
    is_retired: bool = False

    def price(self, *, with_image: bool, resolution: str) -> int:
        """Return billing units for one image."""
        if resolution == "4k":
            return self.price_4k
        return self.image_price if with_image else self.text_price


ONE_K = frozenset({"1k"})
PLAIN = frozenset({GENERATIONS})

MODELS: Mapping[str, Model] = {
    "kling-v3": Model(paths=PLAIN),
    "kling-v2-1": Model(
        paths=frozenset({GENERATIONS, MULTI}),
        text_price=4,
        references=REFERENCES,
        image_ratios=SEVEN,
    ),
    "kling-image-o1": Model(paths=frozenset({OMNI}), text_ratios=AUTO, image_ratios=AUTO),
    "kling-v3-omni": Model(
        paths=frozenset({OMNI}),
        price_4k=16,
        image_ratios=AUTO,
        resolutions=frozenset({"1k", "2k", "4k"}),
    ),
    # Retired on 2026-09-15; a gateway of flavour `dmxapi` still serves the first two.
    "kling-v1-5": Model(
        paths=PLAIN,
        text_price=4,
        references=REFERENCES,
        needs_reference=True,
        resolutions=ONE_K,
        is_retired=True,
    ),
    "kling-v1": Model(
        paths=PLAIN,
        text_price=1,
        image_price=1,
        references=REFERENCES,
        text_ratios=SEVEN,
        image_ratios=SEVEN,
        resolutions=ONE_K,
        is_retired=True,
    ),
    "kling-v2": Model(
        paths=frozenset({GENERATIONS, MULTI}), text_price=4, keeps_size=True, is_retired=True
    ),
    "kling-v2-new": Model(
        paths=PLAIN, takes_text=False, keeps_size=True, resolutions=ONE_K, is_retired=True
    ),
}

DEFAULT_MODELS: Mapping[str, str] = {
    GENERATIONS: "kling-v3",
    OMNI: "kling-image-o1",
    MULTI: "kling-v2-1",
}
MULTI_PRICE = 16
EXPAND_PRICE = 8
UNIT_DOLLARS = 0.0035
"""Price of one billing unit in dollars."""
