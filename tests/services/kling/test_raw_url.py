"""Result addresses are requested byte for byte, because signatures cover the exact text."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web

from services.errors import DownloadFailed
from services.kling import KlingClient
from tests.services.kling.conftest import picture_bytes
from tests.services.kling.scripted_provider import Script, Step, says_raw

PNG = picture_bytes()

WRITTEN = [
    "/a.png?x-oss-process=image%2Fresize%2Cw_1440",
    "/it%27s/a.png",
    "/%7E%21/a%2Fb.png?sign=%2B%3D%26",
    "/a'b(c)!~*.png?q='()!*~",
    "/a%2fb.png?lower=%2f%c3%a4",
    "/a/../b/./c.png",
    "//twice//a.png",
    "/a+b.png?q=a+b&plus=%2B",
    "/a;b=c,d@e:f$g.png?h=/?:@",
    "/a[1].png?b[]=c|d".replace("|", "%7C"),
    "/a.png?empty=&&=x&",
]
"""Addresses that RFC 3986 allows, which must stay as they are."""

UNENCODED = [
    ("/it is.png", "/it%20is.png"),
    ("/图片.png?词=é", "/%E5%9B%BE%E7%89%87.png?%E8%AF%8D=%C3%A9"),
    ('/a"b<c>d^e`f{g}h|i\\j.png', "/a%22b%3Cc%3Ed%5Ee%60f%7Bg%7Dh%7Ci%5Cj.png"),
    ("/100%.png?p=5%&q=%zz", "/100%25.png?p=5%25&q=%25zz"),
    ("/a%20b c.png", "/a%20b%20c.png"),
    ("/a.png#part", "/a.png"),
    ("?x=1", "/?x=1"),
    ("", "/"),
]


def gives(asked: list[str]) -> Step:
    """Return an image and record the raw path, before any library parses it."""

    async def step(request: web.Request) -> web.StreamResponse:
        asked.append(request.raw_path)
        return web.Response(body=PNG)

    return step


@pytest.mark.parametrize("path", WRITTEN)
async def test_download_requests_the_address_byte_for_byte(
    kling: KlingClient, results: Script, tmp_path: Path, path: str
) -> None:
    asked: list[str] = []
    results.say(gives(asked))
    await kling.download(f"{results.url}{path}", tmp_path / "out")
    assert asked == [path]


@pytest.mark.parametrize("path", WRITTEN)
async def test_download_follows_a_redirect_byte_for_byte(
    kling: KlingClient,
    script: Script,
    results: Script,
    tmp_path: Path,
    path: str,
) -> None:
    asked: list[str] = []
    script.say(says_raw(b"", status=302, Location=f"{results.url}{path}"))
    results.say(gives(asked))
    await kling.download(f"{script.url}/a.png", tmp_path / "out")
    assert asked == [path]


@pytest.mark.parametrize(("path", "sent"), UNENCODED)
async def test_download_of_an_unencoded_address_works(
    kling: KlingClient, results: Script, tmp_path: Path, path: str, sent: str
) -> None:
    asked: list[str] = []
    results.say(gives(asked))
    await kling.download(f"{results.url}{path}", tmp_path / "out")
    assert asked == [sent]


@pytest.mark.parametrize(
    ("target", "sent"),
    [
        ("/it%27s.png?a=%2C", "/it%27s.png?a=%2C"),
        ("next%2C1.png", "/some%2Cwhere/next%2C1.png"),
        ("?again=%27", "/some%2Cwhere/a%27.png?again=%27"),
        ("../up.png", "/up.png"),
        ("/it is.png", "/it%20is.png"),
    ],
)
async def test_download_of_a_relative_redirect_keeps_both_texts(
    kling: KlingClient, results: Script, tmp_path: Path, target: str, sent: str
) -> None:
    asked: list[str] = []
    results.say(says_raw(b"", status=307, Location=target), gives(asked))
    await kling.download(f"{results.url}/some%2Cwhere/a%27.png", tmp_path / "out")
    assert asked == [sent]


@pytest.mark.parametrize("size", [9_000, 30_000, 60_000])
async def test_download_with_long_headers_works(
    kling: KlingClient, results: Script, tmp_path: Path, size: int
) -> None:
    results.say(says_raw(PNG, X_Policy="x" * size))
    got = await kling.download(f"{results.url}/a.png", tmp_path / "out")
    assert got.width == 320


async def test_download_with_many_headers_works(
    kling: KlingClient, results: Script, tmp_path: Path
) -> None:
    results.say(says_raw(PNG, **{f"X_Trace_{n}": "x" * 50 for n in range(300)}))
    assert (await kling.download(f"{results.url}/a.png", tmp_path / "out")).width == 320


@pytest.mark.parametrize("address", ["https://[]@", "https://[]@/a.png", "https://[x/a.png"])
async def test_download_of_a_malformed_address_is_unusable(
    kling: KlingClient, results: Script, tmp_path: Path, address: str
) -> None:
    with pytest.raises(DownloadFailed) as direct:
        await kling.download(address, tmp_path / "out")
    results.say(says_raw(b"", status=302, Location=address))
    with pytest.raises(DownloadFailed) as redirected:
        await kling.download(f"{results.url}/a.png", tmp_path / "out")
    assert direct.value.unusable
    assert redirected.value.unusable
