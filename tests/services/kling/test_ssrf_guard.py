"""No image is fetched from a private network, however its address leads there."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from services.common.ssrf import AddressRefused, Resolved, guarded_socket, is_public
from services.errors import DownloadFailed
from services.kling import BearerKey, KlingClient, Provider
from tests.services.kling.conftest import InstantClock, picture_bytes, provider_at
from tests.services.kling.scripted_provider import Script, says_raw
from tests.services.kling.test_download import leads_to


@dataclass
class CountingListener:
    """A port of this computer that counts its connections."""

    port: int = 0
    visits: int = 0

    def visited(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        writer.close()

    async def other_visits(self) -> int:
        """Connect ourselves: earlier connections have been counted when ours is closed."""
        before = self.visits
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        await reader.read()
        writer.close()
        assert self.visits > before
        return self.visits - 1


@pytest.fixture
async def private() -> AsyncIterator[CountingListener]:
    listener = CountingListener()
    server = await asyncio.start_server(listener.visited, "0.0.0.0", 0)
    listener.port = server.sockets[0].getsockname()[1]
    yield listener
    server.close()


PRIVATE_FORMS = [
    "127.0.0.1",
    "localhost",
    "0.0.0.0",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::]",
    "127.1",
    "2130706433",
    "0x7f.0.0.1",
    "sub.localhost",
]


@pytest.mark.parametrize("host", PRIVATE_FORMS)
async def test_guard_refuses_every_form_of_a_private_address(
    abroad: KlingClient, private: CountingListener, tmp_path: Path, host: str
) -> None:
    with pytest.raises(DownloadFailed):
        await abroad.download(f"https://{host}:{private.port}/a.png", tmp_path / "out")
    assert await private.other_visits() == 0


async def test_private_address_is_reached_without_the_guard(private: CountingListener) -> None:
    async with aiohttp.ClientSession() as plain:
        with pytest.raises(aiohttp.ClientError):
            await plain.get(f"https://127.0.0.1:{private.port}/a.png")
    assert await private.other_visits() == 1


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "169.254.169.254", "0.0.0.0", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]"]
)
async def test_guard_refuses_a_redirect_to_a_private_address(
    kling: KlingClient, script: Script, clock: InstantClock, tmp_path: Path, host: str
) -> None:
    """The provider's own host is trusted; a redirect's target is not, and nothing is repeated."""
    script.say(leads_to(f"https://{host}/a.png"))
    with pytest.raises(DownloadFailed, match="refused address"):
        await kling.download(f"{script.url}/a.png", tmp_path / "out")
    assert clock.slept == []


def other_names_of(url: str) -> list[str]:
    """Return other addresses of the same computer, or of the same port by another scheme."""
    port = url.rpartition(":")[2]
    return [
        f"http://localhost:{port}",
        f"http://127.0.0.2:{port}",
        f"http://[::1]:{port}",
        f"https://127.0.0.1:{port}",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
    ]


async def test_guard_on_loopback_allows_only_the_gateways_own_origin(
    script: Script, private: CountingListener, clock: InstantClock, tmp_path: Path
) -> None:
    """Another port is another program: a database, a cloud's metadata, an admin page."""
    others = [f"http://127.0.0.1:{private.port}", *other_names_of(script.url)]
    script.say(leads_to(f"http://127.0.0.1:{private.port}/a.png"))
    async with KlingClient(provider_at(script), clock=clock) as kling:
        for origin in (*others, script.url):
            with pytest.raises(DownloadFailed, match="refused"):
                await kling.download(f"{origin}/a.png", tmp_path / "out")

    assert await private.other_visits() == 0
    assert len(script.asked) == 1


async def test_guard_allows_an_origin_that_the_operator_named(
    script: Script, results: Script, clock: InstantClock, tmp_path: Path
) -> None:
    provider = provider_at(script, result_origins=(results.url,))
    results.say(leads_to(f"{results.url}/b.png"))
    results.say(says_raw(picture_bytes(), content_type="image/png"))
    async with KlingClient(provider, clock=clock) as kling:
        assert (await kling.download(f"{results.url}/a.png", tmp_path / "out")).width == 320


@pytest.mark.parametrize(
    "url",
    ["https://KLING.example/a", "https://kling.example:443/a", "https://files.lan:9000/a?x=%2F"],
)
def test_origin_is_compared_without_case_and_with_its_port(url: str) -> None:
    assert named_provider().hands_out(URL(url, encoded=True))


@pytest.mark.parametrize(
    "url",
    [
        "http://kling.example/a",
        "https://kling.example:8443/a",
        "https://files.lan/a",
        "https://sub.files.lan:9000/a",
        "https://kling.example.evil.example/a",
    ],
)
def test_origin_that_only_resembles_is_refused(url: str) -> None:
    assert not named_provider().hands_out(URL(url, encoded=True))


def named_provider() -> Provider:
    return Provider(
        base_url="https://kling.example/kling",
        credential=BearerKey("sk-canary-0123456789abcdef"),
        result_origins=("https://files.lan:9000",),
    )


class RebindingResolver(AbstractResolver):
    """A name that resolves to a public address when checked and to a private one when connected."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        address = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
        ]

    async def close(self) -> None:
        pass


async def test_guard_refuses_a_rebound_name_at_the_socket(
    abroad: KlingClient, private: CountingListener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def watched(found: Resolved) -> socket.socket:
        seen.append(str(found[4][0]))
        made = guarded_socket(found)
        made.close()
        raise OSError(errno.EHOSTUNREACH, "no test leaves this computer")

    connector = abroad._connections.guarded.connector
    monkeypatch.setattr(connector, "_resolver", RebindingResolver("1.1.1.1", "127.0.0.1"))
    monkeypatch.setattr(connector, "_use_dns_cache", False)
    monkeypatch.setattr(connector, "_socket_factory", watched)

    with pytest.raises(DownloadFailed, match="refused address"):
        await abroad.download(f"https://cdn.example:{private.port}/a.png", tmp_path / "out")

    assert seen == ["1.1.1.1", "127.0.0.1"]
    assert await private.other_visits() == 0


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:224.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
        "2002:a00:1::",
        "2001:0:a00:1::",
        "::127.0.0.1",
        "::1.1.1.1",
        "::ffff:0:127.0.0.1",
        "::ffff:0:1.1.1.1",
        "64:ff9b::1.1.1.1",
        "64:ff9b:1:fffe::1.1.1.1",
        "2002:7f00:1::1",
        "2002:808:808::1",
        "2001:0:101:101::",
        "2606:4700::5efe:127.0.0.1",
        "2606:4700::200:5efe:10.0.0.1",
        "fec0::1",
        "feff::1",
        "fdff::1",
        "100::1",
        "200::1",
        "4000::1",
        "5f00::1",
        "2001:db8::1",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "3fff::1",
        "3fff:fff::1",
        "ff0e::1",
        "1.1.1.1%eth0",
        "2606:4700:4700::1111%1",
        "192.0.0.192",
        "192.88.99.1",
        "100.100.100.200",
        "168.63.129.16",
        "198.18.0.1",
        "203.0.113.9",
        "239.1.2.3",
        "240.0.0.1",
    ],
)
def test_guarded_socket_refuses_private_addresses(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(AddressRefused):
        guarded_socket((2, 1, 6, "", (address, 443)))


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "100.63.255.255",
        "100.128.0.1",
        "172.32.0.1",
        "2606:4700:4700::1111",
        "2a00:1450:4001:800::200e",
        "240e::1",
        "::ffff:1.1.1.1",
    ],
)
def test_guarded_socket_allows_public_addresses(address: str) -> None:
    assert is_public(address)
