"""The job engine: due rows in, steps out; docs/architecture.md draws a Job's life."""

from services.engine.context import Delivery, EngineConfig, EngineContext, Progress, SourceRoom
from services.engine.provider_health import ProviderHealth
from services.engine.transfer import openings_of
from services.engine.worker import Engine
from services.monitoring.alerts import Operators

__all__ = [
    "Delivery",
    "Engine",
    "EngineConfig",
    "EngineContext",
    "Operators",
    "Progress",
    "ProviderHealth",
    "SourceRoom",
    "openings_of",
]
