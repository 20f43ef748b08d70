"""Several processes on one database: membership, claims, a shared clock."""

from services.fleet.claims import Claims, OwnClaims, claims_of, machine_of
from services.fleet.member import IDENTIFY_EVERY_S, LEASE_S, FleetGate, FleetMember, member_of
from services.fleet.shared_clock import common_clock, keep_time
from services.fleet.single_instance import only_bot

__all__ = [
    "IDENTIFY_EVERY_S",
    "LEASE_S",
    "Claims",
    "FleetGate",
    "FleetMember",
    "OwnClaims",
    "claims_of",
    "common_clock",
    "keep_time",
    "machine_of",
    "member_of",
    "only_bot",
]
