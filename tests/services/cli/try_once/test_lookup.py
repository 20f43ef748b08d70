"""`try` looks a submission up if its refusal does not prove that no task exists."""

from __future__ import annotations

import pytest

from services.cli.try_once.result import Exit
from tests.services.cli.conftest import InstantClock, TryHarness
from tests.services.kling.scripted_provider import Script, says, serve


async def test_try_finds_the_task_if_its_id_is_refused_as_known(
    shell: TryHarness, photo: str
) -> None:
    assert await shell.run(photo, "in oil", "--external-id", "mine") == Exit.DONE

    assert await shell.run(photo, "in oil", "--external-id", "mine") == Exit.DONE
    assert "The provider already has a task with this id. Looking it up." in shell.said
    assert shell.paid == 1


@pytest.mark.parametrize("age", ["5", "0"])
async def test_try_believes_a_refusal_only_if_no_cache_repeats_it(photo: str, age: str) -> None:
    refusal = {"code": 1301, "message": "Trigger", "request_id": "R"}
    task = {"task_id": "T", "task_status": "succeed", "task_info": {"external_task_id": "mine"}}
    images = {"task_result": {"images": [{"index": 0, "url": "https://pictures.example/1.png"}]}}
    async with serve(Script()) as script:
        script.say(says(refusal, status=400, Age=age), says({"code": 0, "data": [task | images]}))
        shell = TryHarness(f"{script.url}/kling")
        shell.clock = InstantClock()

        ended = await shell.run(photo, "in oil", "--external-id", "mine")

        is_stored = age != "0"
        assert ended == (Exit.DONE if is_stored else Exit.FAILED)
        assert ("The response was lost." in shell.said) is is_stored
