"""Pictures: judged before they cost anything, made acceptable to Kling, and shown side by side.

Whatever decodes runs in the executor passed in. Two threads are right: while it is worked on, a
picture of 24 megapixels takes 50 MB as JPEG, 130 as PNG and 370 as WebP (measured).
"""

from services.pictures.comparing import Labels, compare
from services.pictures.facts import Facts, Probe, inspect, judge_claim, probe_result
from services.pictures.fitting import fit
from services.pictures.preparing import Prepared, Ready, prepare, prepared_path
from services.pictures.thumbnails import thumbnail

__all__ = [
    "Facts",
    "Labels",
    "Prepared",
    "Probe",
    "Ready",
    "compare",
    "fit",
    "inspect",
    "judge_claim",
    "prepare",
    "prepared_path",
    "probe_result",
    "thumbnail",
]
