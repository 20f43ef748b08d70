"""A host that cannot be resolved or reached may come back, so it does not count as a bad page."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

import pytest
from aiohttp.abc import ResolveResult

from services.errors import DownloadFailed
from services.kling import KlingClient
from tests.services.kling.conftest import InstantClock

URL = "https://cdn.example/a.png?sign=canary"


class FakeResolver:
    """A name service that knows an address, or fails in one of its ways."""

    def __init__(self, trouble: OSError | None = None) -> None:
        self.trouble, self.asked = trouble, 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        return [
            ResolveResult(hostname=host, host="1.1.1.1", port=port, family=family, proto=0, flags=0)
        ]

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""


def asks(client: KlingClient, monkeypatch: pytest.MonkeyPatch, names: FakeResolver) -> None:
    connector = client._connections.guarded.connector
    monkeypatch.setattr(connector, "_resolver", names)
    monkeypatch.setattr(connector, "_use_dns_cache", False)


async def test_download_from_an_unknown_name_passes_and_is_tried_three_times(
    abroad: KlingClient, clock: InstantClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, words in (
        (socket.EAI_NONAME, "Name or service not known"),
        (socket.EAI_AGAIN, "Temporary failure in name resolution"),
    ):
        names = FakeResolver(socket.gaierror(number, words))
        asks(abroad, monkeypatch, names)
        clock.slept.clear()

        with pytest.raises(DownloadFailed) as caught:
            await abroad.download(URL, tmp_path / "out")

        assert (names.asked, clock.slept) == (3, [0.5, 2.0])
        failure = caught.value
        assert (failure.unusable, failure.lapsed, failure.at_home) == (False, False, False)
        assert "canary" not in str(failure)


@pytest.mark.parametrize(
    "number", [errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ECONNREFUSED, errno.ETIMEDOUT]
)
async def test_download_from_a_host_out_of_reach_passes_and_is_tried_three_times(
    abroad: KlingClient,
    clock: InstantClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    dialled: list[object] = []

    def unreachable(found: tuple[object, ...]) -> socket.socket:
        dialled.append(found[4])
        raise OSError(number, "no test leaves this computer")

    names = FakeResolver()
    asks(abroad, monkeypatch, names)
    monkeypatch.setattr(abroad._connections.guarded.connector, "_socket_factory", unreachable)

    with pytest.raises(DownloadFailed) as caught:
        await abroad.download(URL, tmp_path / "out")

    failure = caught.value
    assert (failure.unusable, failure.lapsed, failure.at_home) == (False, False, False)
    assert (len(dialled), clock.slept) == (3, [0.5, 2.0])
