"""The job engine: due rows in, steps out; docs/architecture.md draws a Job's life."""

from services.engine.context import Delivery, Parts, Progress, Rules, SourceRoom
from services.engine.provider_health import ProviderWatch
from services.engine.transfer import openings_of
from services.engine.worker import Engine
from services.monitoring.alerts import Operators

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
