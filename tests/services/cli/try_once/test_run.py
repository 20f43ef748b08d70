"""`try` from an image to results, and every other end, over real HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PIL import Image

from sandbox.faults import Rule
from sandbox.kling.contract import refusal_fault
from sandbox.kling.task_lifecycle import Fate
from services.cli.try_once.result import Exit
from tests.services.cli.conftest import FakeTerminal, InstantClock, Opened, TryHarness
from tests.services.kling.scripted_provider import Script, says, serve

POST = r"/images/generations$"


@pytest.mark.parametrize(
    "flavour",
    ["official", "dmxapi", "yunwu", "gpt-best", "crazyrouter-video", "kapon", "new-api", "duomi"],
)
async def test_every_gateway_delivers_addresses_and_files(
    flavour: str, opened: Opened, photo: str, tmp_path: Path
) -> None:
    async with opened(flavour=flavour) as shell:
        assert await shell.run(photo, "in oil", "--save", str(tmp_path / "out")) == Exit.DONE

        (url,) = shell.printed
        assert url.startswith(shell.url.removesuffix("/kling") + "/results/")
        (file,) = (tmp_path / "out").iterdir()
        with Image.open(file) as picture:
            assert (picture.format, picture.size) == ("PNG", (640, 480))
        assert shell.paid == 1


async def test_results_are_on_stdout_and_everything_else_on_stderr(
    shell: TryHarness, photo: str
) -> None:
    await shell.run(photo, "in oil", "--count", "3")

    assert len(shell.printed) == 3
    assert all(line.startswith("http") for line in shell.printed)
    assert shell.said.splitlines()[0].endswith("3 images, at Kling's list price of $0.084.")
    assert "Accepted as task " in shell.said
    assert shell.said.splitlines()[-1] == "Done: 3 images, 24 billing units."


async def test_json_says_it_all_in_one_object(
    shell: TryHarness, photo: str, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    await shell.run(photo, "in oil", "--watermark", "--save", str(folder), "--json")

    told = shell.json
    (image,) = told["images"]
    assert (told["status"], told["exit"], told["error"]) == ("done", 0, None)
    assert told["endpoint"] == "/v1/images/generations"
    assert told["unit_deduction"] == "8"
    assert image["url"].startswith("http")
    sizes = {str(path): path.stat().st_size for path in folder.iterdir()}
    for file in (image["file"], image["watermark_file"]):
        assert (file["width"], file["height"]) == (640, 480)
        assert sizes.pop(file["path"]) == file["size"]
    assert not sizes


async def test_a_prompt_alone_and_the_omni_path_deliver_too(shell: TryHarness, photo: str) -> None:
    assert await shell.run("-", "a harbour", "--negative-prompt", "rain") == Exit.DONE
    omni = ("--model", "kling-v3-omni", "--also", photo, "--series", "2")
    assert await shell.run(photo, "together", *omni) == Exit.DONE
    assert len(shell.printed) == 3


async def test_a_picture_of_another_form_is_converted_and_said_so(
    shell: TryHarness, tmp_path: Path
) -> None:
    path = tmp_path / "turned.webp"
    Image.effect_noise((200, 160), 80).save(path)

    assert await shell.run(str(path), "in oil") == Exit.DONE
    assert "converted for Kling: JPEG, 375x300." in shell.said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere.png", "oil"), "nowhere.png: No such file or directory."),
        (("/", "oil"), "/: Is a directory."),
        (("PHOTO", " "), "The prompt is empty."),
        (
            ("PHOTO", "oil", "--model", "kling-v9"),
            "There is no model kling-v9 for this provider. Available:",
        ),
        (("PHOTO", "oil", "--reference", "face"), "Models that support it: kling-v2-1 (--model)."),
        (
            ("PHOTO", "oil", "--ratio", "7:1"),
            "kling-v3 does not support --ratio. Allowed values: 16:9,",
        ),
        (("PHOTO", "oil", "--save", "/dev/null/x"), "/dev/null/x: Not a directory."),
    ],
)
async def test_what_can_not_work_is_refused_before_anything_is_sent(
    words: tuple[str, ...], said: str, shell: TryHarness, photo: str
) -> None:
    asked = [photo if word == "PHOTO" else word for word in words]

    assert await shell.run(*asked, "--json") == Exit.USAGE
    assert shell.said.startswith("Nothing was sent. ")
    assert said in shell.said
    assert (shell.json["status"], shell.json["exit"], shell.paid) == ("not_sent", 2, 0)
    assert shell.served is not None
    assert not shell.served.book.refusals


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("prohibited", "content rules. Change the prompt or the image. Its message: “Trigger"),
        ("forbidden", "Its message: “Failure to pass the risk control system”"),
    ],
)
async def test_moderation_is_a_refusal_in_words(
    prompt: str, said: str, shell: TryHarness, photo: str
) -> None:
    assert await shell.run(photo, prompt) == Exit.FAILED
    assert said in shell.said
    assert shell.printed == []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (1002, "belongs to another region or site"),
        (1102, "no money left"),
        (1203, "may not use this model"),
        (1303, "All slots of the account are in use"),
        (1304, "may not be used from this address"),
        (5001, "Nothing was accepted."),
    ],
)
async def test_what_the_provider_refuses_is_told_with_code_and_request(
    code: int, said: str, shell: TryHarness, photo: str
) -> None:
    assert shell.served is not None
    shell.served.plan.add(Rule.from_json(refusal_fault(code, path=POST, times=2)))

    assert await shell.run(photo, "in oil", "--json") == Exit.FAILED
    assert said in shell.said
    assert f"(code {code}, HTTP " in shell.said
    error = shell.json["error"]
    assert (error["code"], error["request_id"]) == (code, "b2f3-fault")


async def test_nobody_there_is_told_as_such(photo: str) -> None:
    shell = TryHarness("http://127.0.0.1:9/kling")

    assert await shell.run(photo, "in oil") == Exit.FAILED
    assert "127.0.0.1 did not answer." in shell.said
    assert "Nothing was accepted." in shell.said


async def test_a_task_that_takes_too_long_goes_on_and_can_be_picked_up(
    opened: Opened, photo: str, tmp_path: Path
) -> None:
    async with opened(min_seconds=300.0, max_seconds=300.0) as shell:
        shell.clock = InstantClock()
        assert await shell.run(photo, "in oil", "--timeout", "20", "--json") == Exit.UNFINISHED
        told = shell.json
        assert "Not done after 20 s. It has not failed and continues." in shell.said
        assert told["resume"] == f"python bot.py try --resume {told['task_id']}"
        assert f"To resume it: {told['resume']}" in shell.said

        assert shell.served is not None
        shell.served.clock.advance(400)
        later = TryHarness(shell.url, shell.served)
        folder = str(tmp_path / "out")
        for known_as in (told["task_id"], told["external_task_id"]):
            assert await later.run("--resume", known_as, "--save", folder) == Exit.DONE
        assert len(later.printed) == 2
        assert shell.paid == 1


async def test_a_task_on_another_path_is_picked_up_there(opened: Opened, photo: str) -> None:
    async with opened(min_seconds=300.0, max_seconds=300.0) as shell:
        shell.clock = InstantClock()
        await shell.run(photo, "oil", "--model", "kling-image-o1", "--timeout", "9", "--json")
        command = shell.json["resume"]
        assert command.endswith(" --endpoint omni-image")

        assert shell.served is not None
        shell.served.clock.advance(400)
        later = TryHarness(shell.url, shell.served)
        assert await later.run(*command.split()[3:]) == Exit.DONE
        assert await later.run("--resume", shell.json["task_id"]) == Exit.FAILED
        assert "It may have been sent to another path" in later.said


async def test_a_task_that_is_painted_while_nobody_answers_is_waited_for(
    shell: TryHarness, photo: str
) -> None:
    assert shell.served is not None
    shell.served.plan.add(Rule(action="drop_before", method="GET", times=3))
    shell.served.plan.add(Rule(action="garbage", method="GET", times=2))

    assert await shell.run(photo, "in oil") == Exit.DONE


async def test_trouble_with_the_account_while_waiting_does_not_end_the_task(
    shell: TryHarness, photo: str
) -> None:
    assert shell.served is not None
    shell.served.plan.add(Rule.from_json(refusal_fault(1102, method="GET", times=1)))

    assert await shell.run(photo, "in oil") == Exit.UNFINISHED
    assert "To resume it: python bot.py try --resume " in shell.said


async def test_done_without_a_picture_is_no_success(shell: TryHarness, photo: str) -> None:
    assert shell.served is not None
    shell.served.api.life.ordain(Fate(images=0))

    assert await shell.run(photo, "in oil") == Exit.FAILED
    assert "The task is done, but has no image." in shell.said


async def test_an_answer_that_was_lost_is_found_and_paid_once(
    shell: TryHarness, photo: str
) -> None:
    assert shell.served is not None
    shell.served.plan.add(Rule(action="drop_after", method="POST"))

    assert await shell.run(photo, "in oil") == Exit.DONE
    assert "The response was lost. Checking whether the task was accepted." in shell.said
    assert shell.paid == 1


async def test_when_nobody_can_tell_the_user_is_warned_of_paying_twice(
    opened: Opened, photo: str
) -> None:
    async with opened(flavour="forgetful") as shell:
        shell.clock = InstantClock()
        assert shell.served is not None
        shell.served.plan.add(Rule(action="drop_before", method="POST"))

        assert await shell.run(photo, "oil", "--external-id", "mine", "--json") == Exit.UNFINISHED
        assert "If you send it again, you may be billed twice." in shell.said
        assert (shell.json["status"], shell.json["task_id"]) == ("uncertain", None)
        assert shell.json["resume"] == "python bot.py try --resume mine"


@pytest.mark.parametrize("asked_for", ["url", "picture"])
async def test_a_gateway_that_paints_at_once_needs_no_waiting(
    asked_for: str, photo: str, shell: TryHarness
) -> None:
    await shell.run(photo, "in oil")
    url = shell.printed[0]
    async with serve(Script()) as script:
        script.say(says({"created": 1, "data": [{"url": url}]}))
        synchronous = TryHarness(f"{script.url}/v1", shell.served)

        assert await synchronous.run(photo, "in oil") == Exit.DONE
        assert synchronous.printed == [url]
        assert "Accepted as task" not in synchronous.said
        assert [asked.method for asked in script.asked] == ["POST"]


async def test_a_result_that_can_not_be_saved_leaves_its_address_and_a_way_back(
    shell: TryHarness, photo: str, tmp_path: Path
) -> None:
    assert shell.served is not None
    shell.served.plan.add(Rule(action="status", path="/results/", status=500, times=None))

    assert await shell.run(photo, "in oil", "--save", str(tmp_path / "out")) == Exit.FAILED
    assert len(shell.printed) == 1
    assert "Not saved. A result could not be fetched: HTTP 500." in shell.said
    assert "To resume it: python bot.py try --resume" in shell.said
    assert list((tmp_path / "out").iterdir()) == []


async def test_a_link_that_has_lapsed_is_asked_for_afresh(
    shell: TryHarness, photo: str, tmp_path: Path
) -> None:
    assert shell.served is not None
    shell.served.plan.add(Rule(action="status", path="/results/", status=403, times=1))

    assert await shell.run(photo, "in oil", "--save", str(tmp_path / "out")) == Exit.DONE


async def test_an_interruption_says_that_the_task_goes_on(opened: Opened, photo: str) -> None:
    async with opened(min_seconds=300.0, max_seconds=300.0) as shell:
        running = asyncio.create_task(shell.run(photo, "in oil", "--json"))
        async with asyncio.timeout(60):
            while "Accepted" not in shell.said:  # noqa: ASYNC110 -- no event to wait for
                await asyncio.sleep(0.01)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

        assert "Interrupted. The task continues and is billed when it is done." in shell.said
        assert (shell.json["status"], shell.json["exit"]) == ("interrupted", 130)
        assert f"To resume it: {shell.json['resume']}" in shell.said


async def test_an_interruption_while_sending_leads_to_our_own_id(
    shell: TryHarness, photo: str
) -> None:
    assert shell.served is not None
    shell.served.plan.add(Rule(action="silence", method="POST", processed=True))
    running = asyncio.create_task(shell.run(photo, "in oil", "--external-id", "mine"))
    async with asyncio.timeout(60):
        while shell.trial is None or shell.trial._sent_at is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert "The task may have been accepted just now." in shell.said
    assert "python bot.py try --resume mine" in shell.said


async def test_no_words_of_a_stranger_move_the_cursor(photo: str) -> None:
    async with serve(Script()) as script:
        evil = {"code": 1201, "message": "bad \x1b[2Jvalue\r\nFAKE LINE \u202e", "request_id": "R"}
        script.say(says(evil, status=400))
        shell = TryHarness(script.url)

        assert await shell.run(photo, "in oil") == Exit.FAILED
        assert not set(shell.said) & set("\x1b\r\u202e")
        assert "\nFAKE" not in shell.said


async def test_a_terminal_sees_a_bar_and_a_file_does_not(shell: TryHarness, photo: str) -> None:
    await shell.run(photo, "in oil")
    assert "\x1b" not in shell.said
    assert "Generating" not in shell.said

    shell.err = FakeTerminal(is_terminal=True)
    await shell.run(photo, "in oil")
    assert "\r\x1b[K" in shell.said
    assert shell.said.endswith("billing units.\n")


async def test_a_key_is_never_shown(shell: TryHarness, photo: str) -> None:
    shell.key = "sk-canary-0123456789"

    assert await shell.run(photo, "in oil", "--json") == Exit.FAILED
    assert "canary" not in shell.said + shell.out.getvalue()
