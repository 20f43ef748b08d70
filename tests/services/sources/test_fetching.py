"""Sources are fetched from Discord once, complete or not at all, and only the image."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from services.errors import (
    DownloadFailed,
    ImageTooLarge,
    SourceGone,
    StoreUnavailable,
)
from services.storage.sources import fetch_source
from tests.services.sources.conftest import (
    IMPATIENT,
    PICTURE,
    SIGNED,
    Answer,
    FakeCdn,
    InstantClock,
    falls_silent,
    moves_to,
    never_ends,
    sends,
    sends_half,
)


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_fetch_source_streams_to_disk(
    cdn: FakeCdn, session: aiohttp.ClientSession, clock: InstantClock, tmp_path: Path
) -> None:
    size = await fetch_source(session, cdn.url + SIGNED, tmp_path / "source", clock=clock)
    assert size == len(PICTURE)
    assert (tmp_path / "source").read_bytes() == PICTURE
    assert files_in(tmp_path) == ["source"]


@pytest.mark.parametrize("wrong", [PICTURE[:-1], b"<html>bad gateway</html>", bytes(200_000)])
async def test_fetch_source_of_another_size_is_repeated(
    cdn: FakeCdn, session: aiohttp.ClientSession, clock: InstantClock, tmp_path: Path, wrong: bytes
) -> None:
    cdn.answers = [sends(wrong), sends(PICTURE)]
    path, told = tmp_path / "source", len(PICTURE)

    size = await fetch_source(
        session, cdn.url + SIGNED, path, clock=clock, stated_bytes=told, max_bytes=100_000
    )

    assert size == told
    assert path.read_bytes() == PICTURE


async def test_fetch_source_of_a_constantly_other_size_fails(
    cdn: FakeCdn, session: aiohttp.ClientSession, clock: InstantClock, tmp_path: Path
) -> None:
    path, told = tmp_path / "source", len(PICTURE) + 1

    with pytest.raises(DownloadFailed, match="but Discord stated"):
        await fetch_source(session, cdn.url + SIGNED, path, clock=clock, stated_bytes=told)

    assert files_in(tmp_path) == []


@pytest.mark.parametrize("told", [1, len(PICTURE) - 1])
async def test_fetch_source_larger_than_stated_is_accepted(
    cdn: FakeCdn, session: aiohttp.ClientSession, clock: InstantClock, tmp_path: Path, told: int
) -> None:
    size = await fetch_source(
        session, cdn.url + SIGNED, tmp_path / "source", clock=clock, stated_bytes=told
    )

    assert size == len(PICTURE)
    assert clock.slept == []


async def test_fetch_source_over_the_limit_is_refused_at_once(
    cdn: FakeCdn, session: aiohttp.ClientSession, clock: InstantClock, tmp_path: Path
) -> None:
    cdn.answers = [sends(PICTURE + bytes(4_000_000))]
    with pytest.raises(ImageTooLarge) as refusal:
        await fetch_source(
            session,
            cdn.url + SIGNED,
            tmp_path / "source",
            clock=clock,
            stated_bytes=100,
            max_bytes=3_000_000,
        )

    assert (refusal.value.allowed, refusal.value.unit) == (3_000_000, "bytes")
    assert refusal.value.found > 3_000_000
    assert clock.slept == []
    assert files_in(tmp_path) == []


async def test_page_that_is_too_large_is_fetched_again(
    cdn: FakeCdn, session: aiohttp.ClientSession, clock: InstantClock, tmp_path: Path
) -> None:
    cdn.answers = [sends(b"<" * 4_000_000), sends(PICTURE)]
    size = await fetch_source(
        session,
        cdn.url + SIGNED,
        tmp_path / "source",
        clock=clock,
        stated_bytes=len(PICTURE),
        max_bytes=3_000_000,
    )

    assert size == len(PICTURE)


async def test_fetch_source_requests_the_signed_link_byte_for_byte(
    cdn: FakeCdn, session: aiohttp.ClientSession, clock: InstantClock, tmp_path: Path
) -> None:
    await fetch_source(session, cdn.url + SIGNED, tmp_path / "source", clock=clock)
    (request,) = cdn.requests
    assert request.raw_path == SIGNED
    assert {"Authorization", "Cookie"}.isdisjoint(request.headers)


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_fetch_source_of_an_expired_link_is_gone(
    status: int, cdn: FakeCdn, session: aiohttp.ClientSession, clock: InstantClock, tmp_path: Path
) -> None:
    cdn.answers = [sends(b"This content is no longer available.", status=status)]
    with pytest.raises(SourceGone):
        await fetch_source(session, cdn.url + SIGNED, tmp_path / "source", clock=clock)
    assert len(cdn.requests) == 1
    assert files_in(tmp_path) == []


PAGE = b"<html><title>Just a moment...</title></html>"


@pytest.mark.parametrize(
    "stumble",
    [
        sends(b"", status=500),
        sends(b"", status=429),
        sends(b"", status=403),
        sends(b"error code: 1010", status=403),
        sends(PAGE, status=403),
        sends(PAGE, status=404, kind="text/html"),
        sends_half,
        falls_silent,
    ],
)
async def test_fetch_source_retries_transient_errors(
    stumble: Answer,
    cdn: FakeCdn,
    session: aiohttp.ClientSession,
    clock: InstantClock,
    tmp_path: Path,
) -> None:
    cdn.answers = [stumble, stumble, sends(PICTURE)]
    path = tmp_path / "source"
    await fetch_source(session, cdn.url + SIGNED, path, clock=clock, timeout=IMPATIENT)
    assert path.read_bytes() == PICTURE
    assert clock.slept == [0.5, 2.0]


@pytest.mark.parametrize("stumble", [sends(b"", status=503), sends_half])
async def test_fetch_source_fails_after_three_tries(
    stumble: Answer,
    cdn: FakeCdn,
    session: aiohttp.ClientSession,
    clock: InstantClock,
    tmp_path: Path,
) -> None:
    cdn.answers = [stumble]
    with pytest.raises(DownloadFailed) as caught:
        await fetch_source(session, cdn.url + SIGNED, tmp_path / "source", clock=clock)
    assert len(cdn.requests) == 3
    assert "hm=" not in str(caught.value)
    assert files_in(tmp_path) == []


async def test_fetch_source_from_an_invalid_address_fails(
    session: aiohttp.ClientSession, clock: InstantClock, tmp_path: Path
) -> None:
    for nowhere in ("http://127.0.0.1:9/cat.png", "http://127.0.0.1:99999/cat.png", "cat.png"):
        with pytest.raises(DownloadFailed):
            await fetch_source(session, nowhere, tmp_path / "source", clock=clock)


@pytest.mark.parametrize("answer", [sends(bytes(5000)), never_ends])
async def test_too_much_is_broken_off(
    answer: Answer,
    cdn: FakeCdn,
    session: aiohttp.ClientSession,
    clock: InstantClock,
    tmp_path: Path,
) -> None:
    cdn.answers = [answer]
    with pytest.raises(ImageTooLarge) as caught:
        await fetch_source(
            session, cdn.url + SIGNED, tmp_path / "source", clock=clock, max_bytes=4999
        )
    assert caught.value.found < 500_000
    assert files_in(tmp_path) == []


async def test_fetch_source_follows_a_redirect_on_the_same_host(
    cdn: FakeCdn, session: aiohttp.ClientSession, clock: InstantClock, tmp_path: Path
) -> None:
    cdn.answers = [moves_to("/elsewhere.png"), sends(PICTURE)]
    await fetch_source(session, cdn.url + SIGNED, tmp_path / "source", clock=clock)
    assert cdn.requests[1].raw_path == "/elsewhere.png"


@pytest.mark.parametrize(
    "address",
    ["http://localhost:1/x", "http://169.254.169.254/", "file:///etc/passwd", "/loop", ""],
)
async def test_fetch_source_refuses_other_redirects(
    address: str, cdn: FakeCdn, session: aiohttp.ClientSession, clock: InstantClock, tmp_path: Path
) -> None:
    cdn.answers = [moves_to(address)]
    with pytest.raises(DownloadFailed):
        await fetch_source(session, cdn.url + SIGNED, tmp_path / "source", clock=clock)
    assert len(cdn.requests) <= 3 * 4


async def test_fetch_source_to_an_unwritable_path_is_unavailable(
    cdn: FakeCdn, session: aiohttp.ClientSession, clock: InstantClock, tmp_path: Path
) -> None:
    with pytest.raises(StoreUnavailable):
        await fetch_source(session, cdn.url + SIGNED, tmp_path / "none" / "source", clock=clock)


# --- A Job's folder
