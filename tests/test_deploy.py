"""The files shipped for running the bot name only metrics that exist, and are correct."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import Metric

from services.web.metrics import FLEET_WIDE, MetricsPage, PrometheusMetrics
from tests.support.time import HandClock

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
WORDS = re.compile(r"\b(?:repaint|process)_\w+")
SUFFIXES = re.compile(r"_(bucket|sum|count)$")


def collected() -> list[Metric]:
    """Every metric that there is."""
    meter = PrometheusMetrics()
    MetricsPage(
        meter,
        store=None,  # pyright: ignore[reportArgumentType]  -- nothing is read
        is_connected=bool,
        concurrency=1,
        disks={},
        clock=HandClock(),
    )
    return list(meter.registry.collect())


@pytest.fixture
def metrics() -> set[str]:
    """Every name that a query may use."""
    return {metric.name + "_total" * (metric.type == "counter") for metric in collected()}


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


def test_dashboard_uses_existing_metrics(metrics: set[str]) -> None:
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text("utf-8"))
    asked = list(expressions(dashboard))

    assert len(asked) > 20
    assert not [name for each in asked for name in unknown(each, metrics)]


def test_dashboard_panels_do_not_overlap() -> None:
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


def test_alerts_use_existing_metrics_and_say_what_to_do(metrics: set[str]) -> None:
    groups = yaml.safe_load((DEPLOY / "repaint-alerts.yml").read_text("utf-8"))["groups"]
    alerts = [rule for group in groups for rule in group["rules"]]

    assert len(alerts) > 8
    for alert in alerts:
        assert not unknown(alert["expr"].replace('job="repaint"', ""), metrics)
        assert alert["labels"]["severity"] in {"critical", "warning"}
        assert all(alert["annotations"][part] for part in ("summary", "action"))


def test_query_of_an_unknown_metric_is_noticed(metrics: set[str]) -> None:
    assert unknown("rate(repaint_gone_total[5m])", metrics) == ["repaint_gone_total"]


def queries() -> Iterator[str]:
    """Every query of the dashboard and of the alerts."""
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text("utf-8"))
    rules = yaml.safe_load((DEPLOY / "repaint-alerts.yml").read_text("utf-8"))
    for text in (*expressions(dashboard), *expressions(rules)):
        yield text.replace("$__rate_interval", "5m").replace("$__range", "1h")


def test_queries_are_valid_promql() -> None:
    parser = pytest.importorskip("promql_parser")

    for text in queries():
        parser.parse(text)
    with pytest.raises(ValueError, match="unclosed"):
        parser.parse("sum(repaint_jobs")


PARTS: dict[str, tuple[str, ...]] = {
    "VectorSelector": (),
    "NumberLiteral": (),
    "StringLiteral": (),
    "MatrixSelector": ("vector_selector",),
    "AggregateExpr": ("expr",),
    "ParenExpr": ("expr",),
    "UnaryExpr": ("expr",),
    "SubqueryExpr": ("expr",),
    "BinaryExpr": ("lhs", "rhs"),
    "Call": ("args",),
}
"""The parts of each kind of node in a parsed query."""


def selected(node: Any, within: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every metric of a parsed query, with the aggregations round it, the outermost first."""
    kind = type(node).__name__
    if kind == "VectorSelector":
        yield node.name, within
    if kind == "AggregateExpr":
        within = (*within, str(node.op))
    for part in PARTS[kind]:
        found = getattr(node, part)
        for each in found if isinstance(found, list) else [found]:
            yield from selected(each, within)


def wrongly_added(query: str, kinds: dict[str, str]) -> list[str]:
    """Return metrics that a query wrongly treats as one process's, or as the fleet's."""
    parser = pytest.importorskip("promql_parser")
    wrong: list[str] = []
    for name, within in selected(parser.parse(query)):
        if name in FLEET_WIDE and not (within and set(within) <= {"max", "min"}):
            wrong.append(f"{name} is read by every process alike: max, not {within or 'each'}")
        if kinds.get(name) == "counter" and "max" in within:
            wrong.append(f"{name} grows in each process by itself: sum, not {within}")
    return wrong


@pytest.fixture
def kinds() -> dict[str, str]:
    """Return the metric type of each sample, by its name."""
    made = {family.name: family.type for family in collected()}
    return (
        made
        | {f"{name}_total": "counter" for name, kind in made.items() if kind == "counter"}
        | {f"{name}_bucket": "counter" for name, kind in made.items() if kind == "histogram"}
    )


def test_queries_never_sum_fleet_gauges(kinds: dict[str, str]) -> None:
    assert len(list(queries())) > 30
    assert not [wrong for query in queries() for wrong in wrongly_added(query, kinds)]


def test_dashboard_sums_every_counter(kinds: dict[str, str]) -> None:
    parser = pytest.importorskip("promql_parser")
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text("utf-8"))
    asked = [one for text in expressions(dashboard) for one in selected(parser.parse(text))]

    assert not [name for name, within in asked if kinds[name] == "counter" and "sum" not in within]


@pytest.mark.parametrize(
    "query",
    [
        "sum(repaint_jobs)",
        "repaint_units_in_flight",
        "max(sum by (state) (repaint_jobs))",
        "repaint_provider_paused == 1",
        "max(rate(repaint_provider_calls_total[5m]))",
        "max(repaint_oldest_open_job_seconds) > 1800 and avg(repaint_bot_paused) == 0",
    ],
)
def test_query_that_sums_wrongly_is_noticed(query: str, kinds: dict[str, str]) -> None:
    assert len(wrongly_added(query, kinds)) == 1


def test_fleet_gauges_are_documented(kinds: dict[str, str]) -> None:
    page = (ROOT / "docs" / "scaling.md").read_text("utf-8")
    rows = {name: line for line in page.splitlines() for name in WORDS.findall(line)}

    assert set(FLEET_WIDE) <= {name for name, kind in kinds.items() if kind == "gauge"}
    ours = {name for name, kind in kinds.items() if kind == "gauge" and name.startswith("repaint_")}
    fleet_wide = {name for name, line in rows.items() if "| all processes" in line}
    assert fleet_wide == set(FLEET_WIDE)
    assert set(rows) & ours == ours


LOST = """
rule_files: [{rules}]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: 'repaint_jobs_ended_total{{state="uncertain",job="repaint"}}'
        values: '_x10 1x100'
    alert_rule_test:
      - {{eval_time: 5m, alertname: RepaintPicturesLost, exp_alerts: []}}
      - eval_time: 15m
        alertname: RepaintPicturesLost
        exp_alerts:
          - exp_labels: {{severity: warning, state: uncertain, job: repaint}}
            exp_annotations: {annotations}
      - {{eval_time: 90m, alertname: RepaintPicturesLost, exp_alerts: []}}
"""
"""The first request that is lost is its counter's first sample, which has increased by nothing."""


@pytest.mark.skipif(shutil.which("promtool") is None, reason="there is no promtool here")
def test_alerts_fire_as_intended(tmp_path: Path) -> None:
    rules = yaml.safe_load((DEPLOY / "repaint-alerts.yml").read_text("utf-8"))["groups"][0]["rules"]
    (lost,) = (rule for rule in rules if rule["alert"] == "RepaintPicturesLost")
    given = tmp_path / "lost.yml"
    annotations = json.dumps(lost["annotations"])
    text = LOST.format(rules=DEPLOY / "repaint-alerts.yml", annotations=annotations)
    given.write_text(text, encoding="utf-8")
    for words in (["check", "rules", str(DEPLOY / "repaint-alerts.yml")], ["test", "rules", given]):
        judged = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
        assert judged.returncode == 0, judged.stdout + judged.stderr
