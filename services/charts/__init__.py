"""Statistics for people: a picture, the same in words for those who do not see it, a table.

The picture is drawn in a process of its own; nothing here imports matplotlib.
"""

from services.charts.captions import alt_text
from services.charts.render import draw
from services.charts.spec import Words

__all__ = ["Words", "alt_text", "draw"]
