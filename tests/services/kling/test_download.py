"""Results are downloaded whole, within bounds, from public hosts, and never with our key."""

from __future__ import annotations

import asyncio
import base64
import gzip
from pathlib import Path

import pytest
from aiohttp import web

from services.errors import DownloadFailed
from services.kling import KlingClient
from tests.services.kling.conftest import InstantClock, picture_bytes, provider_at
from tests.services.kling.scripted_provider import (
    Script,
    Step,
    cuts,
    drops,
    is_silent,
    says_raw,
)

PNG = picture_bytes()
JPEG = picture_bytes("JPEG")
WEBP = picture_bytes("WEBP")
CANARY = "sk-canary-0123456789abcdef"


def gives(raw: bytes, **headers: str) -> Step:
    return says_raw(raw, content_type="application/octet-stream", **headers)


def leads_to(url: str) -> Step:
    return says_raw(b"", status=302, Location=url)


@pytest.mark.parametrize(
    ("kind", "content_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")]
)
async def test_download_detects_the_type_by_content(
    kling: KlingClient, results: Script, tmp_path: Path, kind: str, content_type: str
) -> None:
    raw = picture_bytes(kind)
    results.say(says_raw(raw, content_type="text/html"))
    got = await kling.download(f"{results.url}/a.mp4", tmp_path / "out")
    assert (got.content_type, got.width, got.height, got.size) == (content_type, 320, 300, len(raw))
    assert content(got.path) == raw
    assert files(tmp_path) == ["out"]


async def test_download_sends_the_key_to_no_host(
    kling: KlingClient, script: Script, results: Script, tmp_path: Path
) -> None:
    script.say(leads_to(f"{results.url}/b.png"))
    results.say(gives(PNG))
    await kling.download(f"{script.url}/a.png", tmp_path / "out")
    asked = [*script.asked, *results.asked]
    assert len(asked) == 2
    assert not any("Authorization" in one.headers for one in asked)
    assert not any(CANARY in str(one) for one in asked)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html>sign in</html>",
        b"GIF89a" + bytes(50),
        PNG[:40],
        PNG[: len(PNG) // 2],
        JPEG[: len(JPEG) // 2],
        WEBP[: len(WEBP) // 2],
        b"\x89PNG\r\n\x1a\n" + bytes(200),
    ],
)
async def test_download_of_no_image_stores_nothing(
    kling: KlingClient, results: Script, tmp_path: Path, raw: bytes
) -> None:
    results.say(gives(raw))
    with pytest.raises(DownloadFailed, match="not an image"):
        await kling.download(f"{results.url}/a.png", tmp_path / "out")
    assert files(tmp_path) == []


async def test_download_replaces_a_file_only_by_a_whole_image(
    kling: KlingClient, results: Script, tmp_path: Path
) -> None:
    path = tmp_path / "out"
    path.write_bytes(PNG)
    results.say(gives(PNG[:100]))
    with pytest.raises(DownloadFailed):
        await kling.download(f"{results.url}/a.png", path)
    assert content(path) == PNG


async def test_download_counts_bytes_after_decompression(
    kling: KlingClient, results: Script, tmp_path: Path
) -> None:
    bomb = gzip.compress(bytes(50 * 1024 * 1024))
    results.say(gives(bomb, Content_Encoding="gzip"))
    with pytest.raises(DownloadFailed, match="more than 1000000 bytes"):
        await kling.download(f"{results.url}/a.png", tmp_path / "out", max_bytes=1_000_000)
    assert len(results.asked) == 1
    assert files(tmp_path) == []


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_download_of_an_expired_link_is_marked_as_lapsed(
    kling: KlingClient, results: Script, tmp_path: Path, status: int
) -> None:
    results.say(says_raw(b"expired", status=status))
    with pytest.raises(DownloadFailed) as caught:
        await kling.download(f"{results.url}/a.png", tmp_path / "out")
    assert caught.value.lapsed
    assert len(results.asked) == 1


async def test_download_refused_otherwise_is_not_lapsed(
    kling: KlingClient, results: Script, tmp_path: Path
) -> None:
    results.say(says_raw(b"?", status=400))
    with pytest.raises(DownloadFailed) as caught:
        await kling.download(f"{results.url}/a.png", tmp_path / "out")
    assert not caught.value.lapsed
    assert len(results.asked) == 1


@pytest.mark.parametrize("trouble", [drops, cuts, is_silent, says_raw(b"", status=503)])
async def test_download_retries_transient_errors_three_times(
    kling: KlingClient,
    results: Script,
    clock: InstantClock,
    tmp_path: Path,
    trouble: Step,
) -> None:
    results.say(trouble)
    with pytest.raises(DownloadFailed):
        await kling.download(f"{results.url}/a.png", tmp_path / "out")
    assert clock.slept == [0.5, 2.0]
    assert files(tmp_path) == []
    results.say(trouble, gives(PNG))
    await kling.download(f"{results.url}/a.png", tmp_path / "out")
    assert files(tmp_path) == ["out"]


async def test_download_that_drips_is_given_up(
    results: Script, script: Script, clock: InstantClock, tmp_path: Path
) -> None:
    async def drips(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b".")
            await asyncio.sleep(0.01)

    results.say(drips)
    provider = provider_at(script)
    hasty = provider.timeouts.download.__class__(total=0.1)
    timeouts = provider.timeouts.__class__(download=hasty)
    async with KlingClient(provider_at(script, timeouts=timeouts), clock=clock) as client:
        with pytest.raises(DownloadFailed):
            await client.download(f"{results.url}/a.png", tmp_path / "out")
    assert files(tmp_path) == []


async def test_download_follows_three_redirects_at_most(
    kling: KlingClient, results: Script, tmp_path: Path
) -> None:
    onward = leads_to("/next.png")
    results.say(onward, onward, onward, gives(PNG))
    await kling.download(f"{results.url}/a.png", tmp_path / "out")
    results.say(onward, onward, onward, onward, gives(PNG))
    with pytest.raises(DownloadFailed, match="redirects"):
        await kling.download(f"{results.url}/a.png", tmp_path / "out2")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/a.png",
        "ftp://example.org/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "a.png",
        "",
        "https://",
        "https://user:word@example.org/a.png",
        "https://[::1/a.png",
        f"https://{'a' * 70}.example/a.png",
    ],
)
async def test_download_refuses_addresses_other_than_https(
    abroad: KlingClient, clock: InstantClock, tmp_path: Path, url: str
) -> None:
    with pytest.raises(DownloadFailed):
        await abroad.download(url, tmp_path / "out")
    assert clock.slept == []


@pytest.mark.parametrize("target", ["https://[::1/a.png", "ftp://example.org/a", "https://"])
async def test_download_of_an_invalid_redirect_fails_at_once(
    kling: KlingClient, script: Script, clock: InstantClock, tmp_path: Path, target: str
) -> None:
    script.say(leads_to(target))
    with pytest.raises(DownloadFailed):
        await kling.download(f"{script.url}/a.png", tmp_path / "out")
    assert clock.slept == []


async def test_download_to_an_unwritable_path_names_the_error(
    kling: KlingClient, results: Script, clock: InstantClock, tmp_path: Path
) -> None:
    results.say(gives(PNG))
    with pytest.raises(DownloadFailed, match="cannot write: No such file or directory") as caught:
        await kling.download(f"{results.url}/a.png", tmp_path / "gone" / "out")
    assert caught.value.at_home
    assert clock.slept == []


@pytest.mark.parametrize("head", ["data:image/png;base64", "DATA:;base64", "data:text/html;base64"])
async def test_download_of_a_data_url_stores_the_image(
    kling: KlingClient, tmp_path: Path, head: str
) -> None:
    got = await kling.download(f"{head},{base64.b64encode(PNG).decode()}", tmp_path / "out")
    assert (got.content_type, content(got.path)) == ("image/png", PNG)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("data:image/png,abc", "refused scheme data"),
        ("data:image/png;base64,A", "not an image"),
        (f"data:image/png;base64,{base64.b64encode(b'no').decode()}", "not an image"),
        (f"data:image/png;base64,{base64.b64encode(bytes(2000)).decode()}", "more than 1000 bytes"),
    ],
)
async def test_download_of_a_bad_data_url_stores_nothing(
    kling: KlingClient, tmp_path: Path, url: str, reason: str
) -> None:
    with pytest.raises(DownloadFailed, match=reason):
        await kling.download(url, tmp_path / "out", max_bytes=1000)
    assert files(tmp_path) == []


async def test_download_error_does_not_quote_a_signed_address(
    kling: KlingClient, tmp_path: Path
) -> None:
    with pytest.raises(DownloadFailed) as caught:
        await kling.download("http://127.0.0.1:9/a.png?sign=canary", tmp_path / "out")
    assert "canary" not in repr(caught.value)


def content(path: Path) -> bytes:
    return path.read_bytes()


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]
