"""Images: checked before they cost anything, prepared for Kling, and compared side by side.

All code that opens an image is a step (decode_step.py) that a `Decoder` runs within a memory
budget: small images on two threads, a large one in a process of its own (decoder.py,
memory_estimate.py).
"""

from services.images.comparison import Labels, compare
from services.images.decode_step import Decoding
from services.images.decoder import Decoder
from services.images.foreign_formats import FOREIGN, VARIANTS
from services.images.header_parsers import read_header
from services.images.info import ImageInfo, inspect, validate_claim
from services.images.limits import SMALL_BYTES, SOURCE_BYTES
from services.images.open_counter import UNCOUNTED, Opening
from services.images.preparation import Prepared, Ready, prepare, prepared_path
from services.images.resize import shrink, thumbnail
from services.images.results import CheckedResult, check_result

__all__ = [
    "FOREIGN",
    "SMALL_BYTES",
    "SOURCE_BYTES",
    "UNCOUNTED",
    "VARIANTS",
    "CheckedResult",
    "Decoder",
    "Decoding",
    "ImageInfo",
    "Labels",
    "Opening",
    "Prepared",
    "Ready",
    "check_result",
    "compare",
    "inspect",
    "prepare",
    "prepared_path",
    "read_header",
    "shrink",
    "thumbnail",
    "validate_claim",
]
