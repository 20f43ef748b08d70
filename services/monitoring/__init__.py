"""Notifications of operators: alerts, disk space, failing writes."""

from services.monitoring.alerts import Alerts, Operators
from services.monitoring.disk_space import DiskSpaceCheck, room_of
from services.monitoring.notices import OperatorNotices
from services.monitoring.write_check import WriteCheck

__all__ = [
    "Alerts",
    "DiskSpaceCheck",
    "OperatorNotices",
    "Operators",
    "WriteCheck",
    "room_of",
]
