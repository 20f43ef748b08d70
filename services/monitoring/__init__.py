"""Alerts operators: about problems, scarce disk space, and storage that cannot be written."""

from services.monitoring.alerts import Alerts, Operators
from services.monitoring.disk_space import DiskSpaceCheck, measure_free_space
from services.monitoring.notices import OperatorNotices
from services.monitoring.write_check import WriteCheck

__all__ = [
    "Alerts",
    "DiskSpaceCheck",
    "OperatorNotices",
    "Operators",
    "WriteCheck",
    "measure_free_space",
]
