"""A socket that refuses to dial into private networks.

Checked where the address is final: literals skip a resolver's guard, redirects and re-bound names
skip a check of the URL; all of them come by here.
"""

from __future__ import annotations

import ipaddress
import socket

Resolved = tuple[int, int, int, str, tuple[object, ...]]
"""A row of getaddrinfo: family, kind, protocol, canonical name, address."""

_NEVER = (
    ipaddress.ip_network("64:ff9b::/96"),  # NAT64
    ipaddress.ip_network("64:ff9b:1::/48"),  # NAT64, local use
    ipaddress.ip_network("2002::/16"),  # 6to4
    ipaddress.ip_network("2001::/32"),  # Teredo
)
"""Ways to a private IPv4 address that Python 3.11's is_global calls public."""


REFUSED = "refused address"


class AddressRefused(OSError):
    """The address is not a public one."""


def is_public(address: str) -> bool:
    """Tell whether a literal IP address lies in the open internet."""
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _NEVER)


def guarded_socket(found: Resolved) -> socket.socket:
    """Make the socket for a resolved address (TCPConnector's socket_factory), or AddressRefused."""
    family, kind, protocol, _, address = found
    if not is_public(str(address[0])):
        raise AddressRefused(f"{REFUSED} {address[0]}")
    return socket.socket(family, kind, protocol)
