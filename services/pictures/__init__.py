"""Pictures: judged before they cost anything, made acceptable to Kling, and shown side by side.

Whatever opens an image is a step that a `Decoder` takes: within a budget of memory, small ones on
two threads, a large one in a process of its own (decoder.py, needs.py).
"""

from services.pictures.comparing import Labels, compare
from services.pictures.decoder import Decoder
from services.pictures.facts import Facts, inspect, judge_claim
from services.pictures.fitting import fit
from services.pictures.foreign import FOREIGN, VARIANTS
from services.pictures.opening import UNCOUNTED, Opening
from services.pictures.preparing import Prepared, Ready, prepare, prepared_path
from services.pictures.results import CheckedResult, check_result
from services.pictures.step import Decoding
from services.pictures.thumbnails import thumbnail

__all__ = [
    "FOREIGN",
    "UNCOUNTED",
    "VARIANTS",
    "CheckedResult",
    "Decoder",
    "Decoding",
    "Facts",
    "Labels",
    "Opening",
    "Prepared",
    "Ready",
    "check_result",
    "compare",
    "fit",
    "inspect",
    "judge_claim",
    "prepare",
    "prepared_path",
    "thumbnail",
]
