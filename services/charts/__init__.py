"""Statistics for people: a picture, the same in words for those who do not see it, a table.

The picture is drawn in a process of its own; nothing here imports matplotlib.
"""

from services.charts.drawing import draw
from services.charts.order import Words
from services.charts.reading import alt_text

__all__ = ["Words", "alt_text", "draw"]
