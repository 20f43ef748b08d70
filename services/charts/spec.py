"""Input of a chart, and its labels, which are English by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.models import Statistics


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Labels of a chart; each fits into a third of a phone's width, a heading into all of it."""

    title: str = "Statistics"
    """Default title, used if the given title has letters that cannot be drawn."""
    images: str = "images painted"
    requests: str = "requests"
    members: str = "members"
    cost: str = "cost"
    wait_median: str = "median wait"
    wait_p95: str = "95 % within"
    by_day: str = "Images per day"
    by_week: str = "Images per 7 days"
    top_members: str = "Top members, images"
    painted: str = "painted"
    open: str = "open"
    refused: str = "refused"
    failed: str = "failed"
    cancelled: str = "cancelled"
    nothing: str = "No requests in these days."


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Input of one chart."""

    statistics: Statistics
    title: str
    dark: bool = False
    names: Mapping[int, str] = field(default_factory=dict[int, str])
    """Member names by id; a member without a name is shown by id."""
    words: Words = field(default_factory=Words)
