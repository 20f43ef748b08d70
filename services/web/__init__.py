"""The bot's own HTTP port: /healthz and /metrics for whoever watches it, and Kling's callbacks."""

from services.web.addresses import CallbackAddresses
from services.web.opening import addresses_of, door_of, meter_of

__all__ = ["CallbackAddresses", "addresses_of", "door_of", "meter_of"]
