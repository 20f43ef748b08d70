"""Small images are opened in this process, a large one in a child process that the bot ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.processes import ROOT
from services.errors import ImageTooHeavy, StoreUnavailable, UnsupportedImage
from services.images import Decoder, prepare
from services.images.decode_process import Child
from services.images.decode_step import Step
from services.images.memory_estimate import IN_CHILD, MemoryLimit, Outgrown
from services.images.open_counter import Opening
from services.images.resize import Thumbnailing
from tests.services.images.corpus import ACCEPTED, written
from tests.services.images.decompression_bombs import made

TIMEOUT_S = 20.0


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    with contextlib.closing(Decoder()) as one:
        yield one


class HeldStep:
    """A step that lasts until a test releases it."""

    def __init__(self, *, large: bool = False) -> None:
        self.large, self.began, self.go = large, threading.Event(), threading.Event()
        self.outgrew = threading.Event()

    def run(self, limit: MemoryLimit) -> str:
        if self.large and limit is not IN_CHILD:
            self.outgrew.set()
            raise Outgrown
        self.began.set()
        assert self.go.wait(TIMEOUT_S)
        return "done"

    def returns(self) -> type[str]:
        return str


class InProcessChild(Child):
    """A stand-in for the child process that runs steps in the calling thread."""

    def run(self, step: Step[str]) -> str:
        return step.run(IN_CHILD)


async def begun(step: HeldStep) -> None:
    assert await asyncio.to_thread(step.began.wait, TIMEOUT_S)


class RecordingOpening:
    """An Opening that records its calls."""

    def __init__(self, *, most: int = 99) -> None:
        self.open, self.most, self.told = 0, most, list[int]()

    async def begin(self) -> None:
        if self.open >= self.most:
            raise ImageTooHeavy
        self.open += 1
        self.told.append(self.open)

    async def finish(self) -> None:
        self.open -= 1


async def test_large_images_are_taken_one_at_a_time_and_in_order() -> None:
    decoder = Decoder(child=InProcessChild())
    steps = [HeldStep(large=True) for _ in range(3)]
    tasks = [asyncio.create_task(decoder.run(step)) for step in steps]
    for at, step in enumerate(steps):
        await begun(step)
        assert not any(later.began.is_set() for later in steps[at + 1 :])
        step.go.set()
        assert await tasks[at] == "done"
    decoder.close()


async def test_small_image_does_not_wait_for_large_ones() -> None:
    decoder = Decoder(child=InProcessChild())
    large = [HeldStep(large=True) for _ in range(5)]
    tasks = [asyncio.create_task(decoder.run(step)) for step in large]
    await begun(large[0])
    small = HeldStep()
    small.go.set()
    assert await decoder.run(small) == "done"
    for step in large:
        step.go.set()
    await asyncio.gather(*tasks)
    decoder.close()


async def test_image_whose_asker_gave_up_keeps_its_place_until_it_is_closed() -> None:
    decoder = Decoder(child=InProcessChild())
    first, second, opening = HeldStep(large=True), HeldStep(large=True), RecordingOpening()
    task = asyncio.create_task(decoder.run(first))
    await begun(first)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    waiting = asyncio.create_task(decoder.run(second, opening=opening))
    second.go.set()
    assert await asyncio.to_thread(second.outgrew.wait, TIMEOUT_S)
    small = HeldStep()
    small.go.set()
    assert await decoder.run(small) == "done"
    assert opening.told == [1], "no more than its header was read: the memory is still taken"
    first.go.set()
    assert await waiting == "done"
    decoder.close()


async def test_try_is_counted_before_an_image_is_opened_and_taken_back_after() -> None:
    decoder, opening = Decoder(child=InProcessChild()), RecordingOpening()
    step = HeldStep()
    task = asyncio.create_task(decoder.run(step, opening=opening))
    await begun(step)
    assert opening.open == 1
    step.go.set()
    await task
    assert opening.open == 0
    decoder.close()


async def test_try_is_taken_back_when_the_image_is_damaged(
    tmp_path: Path, decoder: Decoder
) -> None:
    opening = RecordingOpening()
    with pytest.raises(UnsupportedImage):
        await prepare(written(tmp_path, b"no"), folder=tmp_path, decoder=decoder, opening=opening)
    assert (opening.open, opening.told) == (0, [1])


async def test_image_that_may_not_be_opened_is_not(decoder: Decoder) -> None:
    opening: Opening = RecordingOpening(most=0)
    step = HeldStep()
    with pytest.raises(ImageTooHeavy):
        await decoder.run(step, opening=opening)
    assert not step.began.is_set()


def a_large_one(folder: Path) -> Path:
    return written(folder, made("webp rgba"))


def one_for_the_child(folder: Path, name: str = "avif") -> Path:
    """Write a small image in a format whose header does not show the memory it needs."""
    return written(folder, ACCEPTED[name]())


async def test_large_image_is_opened_in_another_process_that_is_used_again(
    tmp_path: Path, decoder: Decoder
) -> None:
    pids: set[int | None] = set()
    for name in ("avif", "tiff"):
        path = one_for_the_child(tmp_path, name)
        made_of_it = await prepare(path, folder=tmp_path, decoder=decoder, force=True)
        assert (made_of_it.width, made_of_it.height) == (480, 360)
        pids.add(decoder.child_pid)
    assert len(pids) == 1
    assert pids != {os.getpid()}


async def test_refusal_comes_back_from_the_child_as_it_was_raised(
    tmp_path: Path, decoder: Decoder
) -> None:
    path = written(tmp_path, ACCEPTED["avif"]()[:-40])
    with pytest.raises(UnsupportedImage) as caught:
        await prepare(path, folder=tmp_path, decoder=decoder)
    assert caught.value.found == "damaged"


async def test_missing_file_is_told_by_the_child(tmp_path: Path) -> None:
    with contextlib.closing(Child()) as child, pytest.raises(FileNotFoundError):
        child.run(Thumbnailing(tmp_path / "gone", tmp_path / "small", 100))


@pytest.mark.skipif(sys.platform != "linux", reason="only there the system limits a process so")
async def test_system_itself_keeps_the_child_within_its_memory(tmp_path: Path) -> None:
    child = Child(most=150_000_000)
    with (
        contextlib.closing(Decoder(child=child)) as decoder,
        pytest.raises((ImageTooHeavy, UnsupportedImage)),
    ):
        await prepare(a_large_one(tmp_path), folder=tmp_path, decoder=decoder)


async def test_image_that_takes_too_long_is_refused_and_the_next_one_opened(
    tmp_path: Path,
) -> None:
    child = Child(patience_s=0.01)
    with contextlib.closing(Decoder(child=child)) as decoder:
        with pytest.raises(ImageTooHeavy):
            await prepare(a_large_one(tmp_path), folder=tmp_path, decoder=decoder)
        small = written(tmp_path, ACCEPTED["png"](), name="small")
        assert (await prepare(small, folder=tmp_path, decoder=decoder)).width == 480


async def test_child_that_was_killed_once_is_started_anew(tmp_path: Path, decoder: Decoder) -> None:
    path = one_for_the_child(tmp_path)
    task = asyncio.create_task(prepare(path, folder=tmp_path, decoder=decoder))
    while decoder.child_pid is None:  # noqa: ASYNC110 -- a thread starts it
        await asyncio.sleep(0)
    first = decoder.child_pid
    os.kill(first, signal.SIGKILL)
    assert (await task).width == 480
    assert decoder.child_pid != first


async def test_closed_decoder_leaves_no_process(tmp_path: Path) -> None:
    decoder = Decoder()
    await prepare(one_for_the_child(tmp_path), folder=tmp_path, decoder=decoder)
    pid = decoder.child_pid
    assert pid is not None
    decoder.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_step_that_a_closed_decoder_did_not_take_is_for_later(tmp_path: Path) -> None:
    decoder = Decoder()
    task = asyncio.create_task(
        prepare(one_for_the_child(tmp_path), folder=tmp_path, decoder=decoder)
    )
    while decoder.child_pid is None:  # noqa: ASYNC110 -- a thread starts it
        await asyncio.sleep(0)
    decoder.close()
    with pytest.raises(StoreUnavailable):
        await task


HOLDER = """
import sys, time
from pathlib import Path
from services.images.decode_process import Child
from services.images.resize import Thumbnailing
child = Child()
child.run(Thumbnailing(Path(sys.argv[1]), Path(sys.argv[1] + ".jpg"), 100))
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills by POSIX's signals")
async def test_child_ends_with_a_bot_that_is_killed(tmp_path: Path) -> None:
    path = written(tmp_path, ACCEPTED["avif"]())
    words = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE) as bot:  # noqa: ASYNC220
        assert bot.stdout is not None
        pid = int(await asyncio.to_thread(bot.stdout.readline))
        assert is_alive(pid)
        bot.kill()
        async with asyncio.timeout(TIMEOUT_S):
            while is_alive(pid):  # noqa: ASYNC110 -- another process
                await asyncio.sleep(0)


def is_alive(pid: int) -> bool:
    """Return whether a process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
