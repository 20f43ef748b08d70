"""What is shipped for running the bot: it names what exists, and keeps what it promises."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.web.metrics import Metrics, MetricsPage
from tests.support.time import HandClock

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
WORDS = re.compile(r"\b(?:repaint|process)_\w+")
SUFFIXES = re.compile(r"_(bucket|sum|count)$")


@pytest.fixture
def metrics() -> set[str]:
    """Every name that a query may use."""
    meter = Metrics()
    MetricsPage(
        meter,
        store=None,  # pyright: ignore[reportArgumentType]  -- nothing is read
        is_connected=bool,
        concurrency=1,
        disks={},
        clock=HandClock(),
    )
    return {
        metric.name + "_total" * (metric.type == "counter") for metric in meter.registry.collect()
    }


def expressions(node: Any) -> Iterator[str]:
    """Every PromQL expression of a dashboard, wherever it stands."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from [value] if name == "expr" else expressions(value)
    elif isinstance(node, list):
        for each in node:
            yield from expressions(each)


def unknown(text: str, metrics: set[str]) -> list[str]:
    names = {SUFFIXES.sub("", name) for name in WORDS.findall(text)}
    return sorted(names - metrics)


def test_the_dashboard_asks_for_metrics_that_exist(metrics: set[str]) -> None:
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text("utf-8"))
    asked = list(expressions(dashboard))

    assert len(asked) > 20
    assert not [name for each in asked for name in unknown(each, metrics)]


def test_the_dashboard_is_laid_out_without_overlaps() -> None:
    panels = json.loads((DEPLOY / "grafana-dashboard.json").read_text("utf-8"))["panels"]
    places = [panel["gridPos"] for panel in panels]
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_the_alerts_ask_for_metrics_that_exist_and_say_what_to_do(metrics: set[str]) -> None:
    groups = yaml.safe_load((DEPLOY / "repaint-alerts.yml").read_text("utf-8"))["groups"]
    alerts = [rule for group in groups for rule in group["rules"]]

    assert len(alerts) > 8
    for alert in alerts:
        assert not unknown(alert["expr"].replace('job="repaint"', ""), metrics)
        assert alert["labels"]["severity"] in {"critical", "warning"}
        assert all(alert["annotations"][part] for part in ("summary", "action"))


def test_a_query_for_what_is_not_there_is_noticed(metrics: set[str]) -> None:
    assert unknown("rate(repaint_gone_total[5m])", metrics) == ["repaint_gone_total"]
