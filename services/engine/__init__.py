"""The job engine: due rows in, steps out; docs/architecture.md draws a Job's life."""

from services.engine.alerts import Operators
from services.engine.carrying import openings_of
from services.engine.engine import Engine
from services.engine.parts import Delivery, Parts, Progress, Rules, SourceRoom
from services.engine.provider_watch import ProviderWatch

__all__ = [
    "Delivery",
    "Engine",
    "Operators",
    "Parts",
    "Progress",
    "ProviderWatch",
    "Rules",
    "SourceRoom",
    "openings_of",
]
