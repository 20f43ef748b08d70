"""The bot's own HTTP port: /healthz and /metrics for whoever watches it, and Kling's callbacks."""

from services.web.callbacks import CallbackAddresses, Callbacks
from services.web.health import Health
from services.web.opening import addresses_of, door_of, meter_of
from services.web.server import open_door
from services.web.signatures import Signatures

__all__ = [
    "CallbackAddresses",
    "Callbacks",
    "Health",
    "Signatures",
    "addresses_of",
    "door_of",
    "meter_of",
    "open_door",
]
