"""Statistics as a chart, as alt text for readers who cannot see it, and as a table.

The chart is drawn in a separate process; nothing here imports matplotlib.
"""

from services.charts.captions import alt_text
from services.charts.command import add_stats_options, report
from services.charts.render import draw
from services.charts.spec import Words

__all__ = [
    "Words",
    "add_stats_options",
    "alt_text",
    "draw",
    "report",
]
