"""Stored jobs: access to them, the list for /jobs, export and deletion of a user's data."""

from services.history.access import JobAccess, JobWithResults, Viewer, leaves_disk
from services.history.comparisons import Comparisons
from services.history.member_jobs import MemberJobs
from services.history.privacy import PersonalData

__all__ = [
    "Comparisons",
    "JobAccess",
    "JobWithResults",
    "MemberJobs",
    "PersonalData",
    "Viewer",
    "leaves_disk",
]
