"""Several processes on one database: membership, claims, a shared clock."""

from services.fleet.claims import Claims, OwnClaims, get_machine_name, make_claims
from services.fleet.member import IDENTIFY_EVERY_S, LEASE_S, FleetGate, FleetMember, make_member
from services.fleet.shared_clock import common_clock, keep_time
from services.fleet.single_instance import only_bot

__all__ = [
    "IDENTIFY_EVERY_S",
    "LEASE_S",
    "Claims",
    "FleetGate",
    "FleetMember",
    "OwnClaims",
    "common_clock",
    "get_machine_name",
    "keep_time",
    "make_claims",
    "make_member",
    "only_bot",
]
