"""Socket factory that refuses to connect to private networks (SSRF protection).

The check is made on the final address. Literal addresses bypass a check in the resolver, redirects
and re-bound names bypass a check of the URL, but every connection passes through this factory.
"""

from __future__ import annotations

import ipaddress
import socket

Resolved = tuple[int, int, int, str, tuple[object, ...]]
"""A result of getaddrinfo: family, kind, protocol, canonical name, address."""

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(*texts: str) -> tuple[_Network, ...]:
    return tuple(map(ipaddress.ip_network, texts))


_UNICAST = ipaddress.ip_network("2000::/3")
"""All IPv6 assigned for the public internet (IANA). Outside of it lie, among others, the forms that
carry an IPv4 address: compatible (::/96), translated (::ffff:0:0:0/96), NAT64 (64:ff9b::/96,
64:ff9b:1::/48); and the site-local, link-local and multicast ranges."""

_NEVER = _networks(
    # IANA's registries of special-purpose addresses; Python 3.11 knows only some of them.
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "168.63.129.16/32",  # a public number that means the host of an Azure machine
    "2001::/23",  # protocols: Teredo (2001::/32), benchmarks, ORCHID
    "2001:db8::/32",  # documentation
    "3fff::/20",  # documentation
    "2002::/16",  # 6to4
)

_ISATAP = (0x0000_5EFE, 0x0200_5EFE)
"""The 32 bits before an IPv4 address in an interface id (RFC 5214, 6.1)."""


REFUSED = "refused address"


class AddressRefused(OSError):
    """The address is not a public one."""


def is_public(address: str) -> bool:
    """Return whether a literal IP address is public.

    An address with a zone (`%eth0`) is not: it means a neighbour on one of our own links. Raises
    ValueError if the text is no IP address.
    """
    bare, has_zone, _ = address.partition("%")
    ip = ipaddress.ip_address(bare)
    if has_zone:
        return False
    if ip.version == 6:  # noqa: PLR2004 -- of the protocol
        if ip.ipv4_mapped is None and (ip not in _UNICAST or _embedding(ip) in _ISATAP):
            return False
        ip = ip.ipv4_mapped or ip
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _NEVER)


def _embedding(ip: ipaddress.IPv6Address) -> int:
    return int(ip) >> 32 & 0xFFFF_FFFF


def guarded_socket(found: Resolved) -> socket.socket:
    """Return a socket for a resolved address (TCPConnector's socket_factory).

    Raises AddressRefused if the address is not public.
    """
    family, kind, protocol, _, address = found
    if not is_public(str(address[0])):
        raise AddressRefused(f"{REFUSED} {address[0]}")
    return socket.socket(family, kind, protocol)
