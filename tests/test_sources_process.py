"""The bot as a process: photos of phones and other programs, as they reach the provider.

Each is uploaded, repainted, and read where it arrives: upright, of the right size, the image alone.
Half of the time the bot is killed when it has accepted all of them and submitted none.
"""

from __future__ import annotations

import asyncio
import io
import sqlite3
import struct
import zlib
from base64 import b64decode
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cogs.ui.text import sentence
from sandbox.demo import list_image_urls
from sandbox.discord.testclient.member import Answer, Member
from sandbox.kling.options import Options
from sandbox.kling.server import Served, serve
from sandbox.kling.task_lifecycle import Fate
from sandbox.processes import Child, bot_settings, running
from services.images import inspect
from tests.services.images.corpus import (
    animation,
    chunk,
    deep_png,
    encoded,
    located,
    noise,
    painted,
    turned,
    written,
)
from tests.services.images.decompression_bombs import segment
from tests.services.images.file_parts import SECRET, XMP, jpeg_with, png_with, spoilt
from tests.services.images.heic_images import AVIF_10_BIT, HEIC, HEIC_10_BIT
from tests.services.images.phone_heic import box, phone_heic
from tests.services.images.test_browser_images import large_profile, oriented_xmp, unpacking_to
from tests.services.images.test_foreign_formats import ios_png
from tests.support.bot_harness import record_submissions
from tests.support.timeouts import SLOW_ACKNOWLEDGEMENT
from tests.system.kill.members import small_picture
from tests.test_process import BOT, until

pytestmark = pytest.mark.proof

TIMEOUT_S = 400.0
ROOMY = {
    "USER_DAILY_IMAGES": "0",
    "USER_RUNNING_JOBS": "0",
    "USER_QUEUED_JOBS": "200",
}
BLOCKER = "the first"
UPRIGHT, TURNED = (480, 360), (360, 480)
LARGE = (2048, 1536)
Json = dict[str, Any]


@dataclass(frozen=True)
class AcceptedFile:
    """A file that is accepted: its name, and how it arrives."""

    make: Callable[[], bytes]
    filename: str = "photo.jpg"
    size: tuple[int, int] = UPRIGHT
    red: tuple[float, float] | None = (0.05, 0.05)
    """The position of its red place, as a share of its sides; None: it has none."""


@dataclass(frozen=True)
class UnusableFile:
    """A file that turns out to be unusable once it is accepted: its name, and the reason's key."""

    make: Callable[[], bytes]
    filename: str
    key: str
    found: str = ""


GPS_EXIF = located()[located().index(b"Exif\0\0") + 6 :][:200]


def large(width: int, height: int) -> AcceptedFile:
    return AcceptedFile(
        cache(lambda: encoded(painted(width, height), "JPEG", quality=60)), size=LARGE
    )


def packed(name: bytes, size: int) -> AcceptedFile:
    head = {b"zTXt": b"k\0\0", b"iTXt": b"k\0\1\0\0\0"}[name]
    return AcceptedFile(lambda: png_with(chunk(name, head + unpacking_to(size))), "ai.png")


def big_endian(**options: object) -> bytes:
    grey = Image.open(io.BytesIO(deep_png("L"))).convert("I").convert("I;16B")
    return encoded(grey, "TIFF", **options)


def profiled() -> bytes:
    return png_with(chunk(b"iCCP", b"monitor\0\0" + zlib.compress(large_profile(2_500_000))))


TAKEN: dict[str, AcceptedFile] = {
    "png iCCP 2.5 MB": AcceptedFile(profiled, "monitor.png", red=(0.95, 0.95)),
    "png zTXt 2.5 MB": packed(b"zTXt", 2_500_000),
    "png iTXt 1.5 MB": packed(b"iTXt", 1_500_000),
    "png bad checksum before": AcceptedFile(
        lambda: png_with(spoilt(chunk(b"tEXt", b"k\0v"))), "a.png"
    ),
    "png bad checksum behind": AcceptedFile(
        lambda: png_with(spoilt(chunk(b"tEXt", b"k\0v")), behind=True), "a.png"
    ),
    "png without IEND": AcceptedFile(lambda: encoded(painted(), "PNG")[:-12], "a.png"),
    "jpeg short of 100 bytes": AcceptedFile(lambda: encoded(painted(), "JPEG")[:-100]),
    "jpeg short of 4000 bytes": AcceptedFile(
        lambda: encoded(noise(900, 700), "JPEG")[:-4_000], size=(900, 700), red=None
    ),
    "jpeg XMP orientation": AcceptedFile(lambda: jpeg_with(segment(0xE1, XMP + oriented_xmp(6)))),
    "webp XMP orientation": AcceptedFile(
        lambda: encoded(painted(), "WEBP", xmp=oriented_xmp(6)), "a.webp"
    ),
    "jpeg EXIF orientation": AcceptedFile(lambda: turned(6)),
    "tiff 16 bits": AcceptedFile(big_endian, "scan.tif", red=None),
    "tiff 16 bits packed": AcceptedFile(
        lambda: big_endian(compression="tiff_adobe_deflate"), "scan.tiff", red=None
    ),
    "jpeg 48 MP": large(8064, 6048),
    "jpeg 50 MP": large(8192, 6144),
    "jpeg 64 MP": large(9248, 6936),
    "heic": AcceptedFile(lambda: HEIC, "IMG_0001.HEIC"),
    "heic named jpg": AcceptedFile(lambda: HEIC, "IMG_0001.jpg"),
    "heic named png": AcceptedFile(lambda: HEIC, "IMG_0001.png"),
    "heif": AcceptedFile(lambda: HEIC, "IMG_0001.heif"),
    "hif of a camera": AcceptedFile(lambda: HEIC_10_BIT, "DSC0001.HIF"),
    "phone heic": AcceptedFile(
        lambda: phone_heic(exif=GPS_EXIF + SECRET, brands=(b"tmap", b"mif1", b"heic")), "I.HEIC"
    ),
    "phone heic turned": AcceptedFile(
        lambda: phone_heic(turns=3, exif=GPS_EXIF + SECRET) + box(b"mpvd", SECRET),
        "I.HEIC",
        size=TURNED,
        red=(0.95, 0.05),
    ),
    "gps in EXIF": AcceptedFile(located),
    "gps in XMP": AcceptedFile(lambda: jpeg_with(segment(0xE1, XMP + SECRET))),
    "gps in IPTC": AcceptedFile(lambda: jpeg_with(segment(0xED, b"Photoshop 3.0\0" + SECRET))),
    "gps in a comment": AcceptedFile(lambda: jpeg_with(segment(0xFE, SECRET))),
    "gps in eXIf": AcceptedFile(
        lambda: png_with(chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\0" + SECRET)), "a.png"
    ),
    "gps in a raw profile": AcceptedFile(
        lambda: png_with(chunk(b"tEXt", b"Raw profile type exif\0" + SECRET)), "a.png"
    ),
    "motion photo": AcceptedFile(
        lambda: jpeg_with(tail=box(b"ftyp", b"mp42") + SECRET + bytes(90_000)), "PXL.MP.jpg"
    ),
    "text after IEND": AcceptedFile(lambda: encoded(painted(), "PNG") + SECRET, "a.png"),
    "apng": AcceptedFile(lambda: animation("PNG"), "a.png"),
    "webp animated": AcceptedFile(lambda: animation("WEBP"), "a.webp"),
    "avif 10 bits": AcceptedFile(lambda: AVIF_10_BIT, "a.avif"),
    "jpeg of a printer": AcceptedFile(lambda: encoded(painted(mode="CMYK"), "JPEG")),
}
"""Files that are accepted."""

UNUSABLE: dict[str, UnusableFile] = {
    "text named png": UnusableFile(lambda: b"see attached\n" * 9, "notes.png", "image_damaged"),
    "half a jpeg": UnusableFile(
        lambda: encoded(noise(900, 700), "JPEG")[:-90_000], "a.jpg", "image_damaged"
    ),
    "jpeg xl named png": UnusableFile(
        lambda: b"\xff\x0a" + bytes(99), "a.png", "image_format_not_read", "JPEG XL"
    ),
    "png of ios": UnusableFile(ios_png, "icon.png", "image_variant_not_read", "CgBI PNG"),
}
"""Files that are accepted by their names and turn out to be unusable."""


@dataclass
class SourcesHarness:
    """A Kling in this process, a Discord and a bot in others, one member."""

    kling: Served
    env: dict[str, str]
    folder: Path
    ada: Member
    orders: list[Json] = field(default_factory=list[Json])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.env["DATABASE_PATH"], timeout=30)) as db:
            return db.execute(query).fetchall()

    def states(self) -> list[str]:
        return [state for (state,) in self.rows("SELECT state FROM job ORDER BY id")]

    def arrived(self) -> dict[str, bytes]:
        """Return the images that the provider received, by the prompt."""
        return {str(one["prompt"]): b64decode(one["image"], validate=True) for one in self.orders}


@asynccontextmanager
async def scene(folder: Path, *, reader: str, server: str) -> AsyncGenerator[SourcesHarness]:
    quick = Options(painter="copy", min_seconds=0.1, max_seconds=0.1, concurrency=64)
    async with (
        serve(quick) as kling,
        running("-m", "sandbox", *SLOW_ACKNOWLEDGEMENT, "--locale", server) as process,
        asyncio.timeout(TIMEOUT_S),
    ):
        world = await process.first_line()
        env = bot_settings(world, folder) | ROOMY | {"KLING_BASE_URL": f"{kling.url}/kling"}
        async with Member(world["page"], viewer="Ada", locale=reader, patience=60) as ada:
            yield SourcesHarness(kling, env, folder, ada, record_submissions(kling))


@asynccontextmanager
async def bot_of(here: SourcesHarness, *, concurrency: int) -> AsyncGenerator[Child]:
    env = here.env | {"KLING_CONCURRENCY": str(concurrency)}
    async with running(BOT, env=env, cwd=here.folder) as bot:
        await here.ada.online()
        yield bot


async def ask(here: SourcesHarness, prompt: str, row: AcceptedFile | UnusableFile) -> None:
    upload = await here.ada.upload(row.make(), filename=row.filename)
    await here.ada.command("repaint", image=upload, prompt=prompt, count=1)


async def ask_for_all(here: SourcesHarness) -> None:
    for prompt, row in (TAKEN | UNUSABLE).items():
        await ask(here, prompt, row)
    form = await here.ada.user_menu("Repaint avatar", user_id=here.ada.id)
    await here.ada.submit(form, **chosen(form) | {"prompt": "avatar"})


def chosen(form: Answer) -> dict[str, object]:
    """Return the values that are preselected in a form's lists."""
    parts = [part.get("component", part) for part in (form.modal or {})["components"]]
    return {
        part["custom_id"]: [one["value"] for one in part["options"] if one.get("default")]
        for part in parts
        if part.get("options")
    }


@pytest.mark.parametrize("is_killed", [False, True], ids=["at once", "over a kill"])
@pytest.mark.parametrize(
    ("reader", "server"), [("en-US", "zh-CN"), ("zh-CN", "en-US")], ids=["english", "chinese"]
)
async def test_every_file_arrives_as_its_image_alone_or_is_refused_in_private(
    tmp_path: Path, reader: str, server: str, *, is_killed: bool
) -> None:
    count = len(TAKEN) + len(UNUSABLE) + 1
    async with scene(tmp_path, reader=reader, server=server) as here:
        if is_killed:
            await ask_before_a_kill(here, count)
        async with bot_of(here, concurrency=64) as bot:
            if not is_killed:
                await ask_for_all(here)
            await until(lambda: here.states().count("delivered") >= len(TAKEN) + 1)
            await until(lambda: here.states().count("failed") >= len(UNUSABLE))
            await told_in_private(here, reader)
            shown = [one for one in here.ada.messages.values() if list_image_urls(one)]
            cards = str([*here.ada.messages.values()])
        assert "Traceback" not in "\n".join(bot.lines)
    assert {*here.arrived()} - {BLOCKER} == {*TAKEN, "avatar"}
    for prompt, row in TAKEN.items():
        judge(here.arrived()[prompt], row, tmp_path)
    judge_avatar(here.arrived()["avatar"])
    assert len(shown) == len(TAKEN) + 1
    assert cards.count(sentence("outcome_source_unusable", server)) == len(UNUSABLE)


async def ask_before_a_kill(here: SourcesHarness, count: int) -> None:
    """Have the bot accept all of it while one task holds the account's only slot, then kill it."""
    async with bot_of(here, concurrency=1) as bot:
        here.kling.api.life.ordain(Fate(seconds=10_000))
        await ask(here, BLOCKER, AcceptedFile(small_picture, "a.png"))
        await until(lambda: here.states() == ["running"])
        await ask_for_all(here)
        assert here.states() == ["running", *["queued"] * count]
        bot.process.kill()
        await bot.ended()
    await here.ada.until(lambda: not here.ada.bot_online)


async def told_in_private(here: SourcesHarness, reader: str) -> None:
    """Check that each unusable file's reason is in a message that only the user sees."""
    for row in UNUSABLE.values():
        words = sentence(row.key, reader, found=row.found)
        await here.ada.next_message(
            lambda one, words=words: bool(one["flags"] & 64) and words in str(one), timeout=60
        )
    public = [one for one in here.ada.messages.values() if not one["flags"] & 64]
    for row in UNUSABLE.values():
        assert sentence(row.key, reader, found=row.found) not in str(public)


def judge(content: bytes, row: AcceptedFile, folder: Path) -> None:
    """Check that what arrived is the image and nothing else, of its size, and upright."""
    facts = inspect(written(folder, content, name="arrived"))
    assert not facts.has_extras
    assert facts.needs == ()
    for part in (SECRET, b"Exif", b"ftyp", b"http://ns.adobe.com", struct.pack(">I", 0x88250004)):
        assert part not in content
    with Image.open(io.BytesIO(content)) as image:
        picture = image.convert("RGB")
    assert picture.size == row.size
    if row.red is not None:
        width, height = picture.size
        found = picture.getpixel((int(row.red[0] * width), int(row.red[1] * height)))
        assert isinstance(found, tuple)
        assert found[0] > 190, found
        assert max(found[1:]) < 80, found


def judge_avatar(content: bytes) -> None:
    """Check that an avatar has its own colour in its corners, as Discord stores it."""
    with Image.open(io.BytesIO(content)) as image:
        picture = image.convert("RGB")
    corners = {picture.getpixel(at) for at in ((0, 0), (picture.width - 1, picture.height - 1))}
    assert len(corners) == 1
    assert corners & {(0, 0, 0), (255, 255, 255)} == set()
