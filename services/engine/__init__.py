"""The job engine: takes due jobs from the database and moves each to its end.

The states of a job are drawn in docs/architecture.md.
"""

from services.engine.context import Delivery, EngineConfig, EngineContext, Progress, SourceRoom
from services.engine.eta import Forecast
from services.engine.fetch_images import SUFFIXES
from services.engine.finish import make_error_key
from services.engine.interactive_priority import InteractivePriority
from services.engine.payload import make_payload
from services.engine.provider_health import ProviderHealth
from services.engine.transfer import make_openings
from services.engine.worker import Engine
from services.monitoring import Operators

__all__ = [
    "SUFFIXES",
    "Delivery",
    "Engine",
    "EngineConfig",
    "EngineContext",
    "Forecast",
    "InteractivePriority",
    "Operators",
    "Progress",
    "ProviderHealth",
    "SourceRoom",
    "make_error_key",
    "make_openings",
    "make_payload",
]
