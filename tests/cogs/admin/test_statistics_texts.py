"""The words on the statistics chart, in every language."""

from __future__ import annotations

import pytest

from cogs.admin.statistics import make_labels, make_title
from cogs.ui.locales import tags
from services.charts import Words, alt_text
from services.charts.figure import paint
from services.charts.spec import Order
from tests.support.statistics_samples import random_statistics


def test_labels_in_english_are_the_charts_defaults() -> None:
    assert make_labels("en-US") == Words()


def test_labels_in_chinese_are_translated() -> None:
    chinese = make_labels("zh-CN")

    assert chinese.painted == "已完成"
    assert "已完成 " not in alt_text(random_statistics(1), title="x", words=Words())
    assert "已绘制图片: " in alt_text(random_statistics(1), title="x", words=chinese)


@pytest.mark.parametrize("locale", sorted(tags()))
def test_chart_labels_are_not_cut(locale: str) -> None:
    words = make_labels(locale)

    figure = paint(Order(statistics=random_statistics(30), title="A server", words=words))

    assert not list(figure.findobj(match=_is_cut))


@pytest.mark.parametrize(
    ("days", "locale", "title"),
    [
        (1, "en-US", "Atelier: today"),
        (30, "en-US", "Atelier: last 30 days"),
        (1, "zh-CN", "Atelier：今天"),
        (30, "zh-CN", "Atelier：最近 30 天"),
        (21, "de", "Atelier: last 21 days"),
    ],
)
def test_title_names_the_days(days: int, locale: str, title: str) -> None:
    assert make_title("Atelier", days, locale) == title


def _is_cut(artist: object) -> bool:
    return str(getattr(artist, "get_text", str)()).endswith("…")
