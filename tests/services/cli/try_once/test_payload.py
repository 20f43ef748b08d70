"""From options to payload: nothing that a model does not support, nothing dropped silently."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from PIL import Image

from services.cli.try_once.payload import judged, made_ready, make_submission, others_that_carry
from services.errors import (
    CountTooHigh,
    OptionNotCarried,
    PromptMissing,
    PromptTooLong,
    RequestError,
    UnknownModel,
    UnsupportedImage,
)
from services.images import Decoder, Ready
from services.kling import ImageGeneration, OmniImage
from tests.services.cli.conftest import MODELS, parse_options


@pytest.mark.parametrize(
    "words",
    [
        "--reference face",
        "--fidelity 0",
        "--human-fidelity 0.5",
        "--ratio auto",
        "--resolution 4k",
        "--also b.png",
        "--series 3",
        "--negative-prompt rain",
        "--model kling-v2-1 --element 7",
        "--model kling-v2-1 --reference face --human-fidelity 0.5",
        "--model kling-v2 --ratio 1:1",
        "--model kling-v1-5 --resolution 2k",
        "--model kling-image-o1 --series 3",
    ],
)
def test_an_option_that_the_model_can_not_carry_is_refused(words: str) -> None:
    with pytest.raises(OptionNotCarried):
        judged(parse_options("cat.png", "oil", *words.split()), MODELS, is_official=False)


@pytest.mark.parametrize(
    "words",
    [
        "--reference subject",
        "--fidelity 0.5",
        "--also b.png",
        "--negative-prompt rain --model kling-v3-omni",
        "--model kling-v2-new",
    ],
)
def test_a_prompt_alone_carries_nothing_that_needs_a_picture(words: str) -> None:
    with pytest.raises(OptionNotCarried):
        judged(parse_options("-", "oil", *words.split()), MODELS, is_official=False)


@pytest.mark.parametrize(
    "words",
    [
        "cat.png oil --model kling-v2-1 --reference subject --human-fidelity 0.5 --fidelity 0",
        "cat.png oil --element 7 --resolution 2k --count 9",
        "cat.png oil --model kling-v3-omni --also b.png --series auto --resolution 4k",
        "cat.png oil --model kling-image-o1 --ratio auto --element 3",
        "- oil --negative-prompt rain --ratio 21:9",
        "- oil --model kling-v3-omni",
    ],
)
def test_what_the_model_carries_passes(words: str) -> None:
    judged(parse_options(*words.split()), MODELS, is_official=False)


def test_kling_itself_has_no_output_format() -> None:
    asked = parse_options("cat.png", "oil", "--format", "jpg")

    assert judged(asked, MODELS, is_official=False).name == "kling-v3"
    with pytest.raises(OptionNotCarried):
        judged(asked, MODELS, is_official=True)


@pytest.mark.parametrize(
    ("prompt", "words", "error"),
    [
        (" ", "", PromptMissing),
        ("x" * 2501, "", PromptTooLong),
        ("oil", "--model kling-v9", UnknownModel),
        ("oil", "--model kling-v3-omni " + "--also b.png " * 5 + "--element 1 " * 5, CountTooHigh),
    ],
)
def test_what_can_not_be_painted_is_refused(
    prompt: str, words: str, error: type[RequestError]
) -> None:
    with pytest.raises(error):
        judged(parse_options("cat.png", prompt, *words.split()), MODELS, is_official=False)


def test_models_that_would_take_the_wish_are_known() -> None:
    def others(*words: str) -> list[str]:
        return others_that_carry(parse_options("cat.png", "oil", *words), MODELS, is_official=False)

    assert others("--reference", "face") == ["kling-v2-1"]
    assert others("--resolution", "4k") == ["kling-v3-omni"]
    assert others("--reference", "face", "--resolution", "4k") == []


async def ready(path: str, folder: Path) -> Ready:
    with contextlib.closing(Decoder()) as decoder:
        return await made_ready(path, folder=folder, decoder=decoder)


async def test_an_address_goes_out_as_it_is(tmp_path: Path) -> None:
    made = await ready("HTTPS://pictures.example/cat.webp?sig=1", tmp_path)

    assert made.picture == "HTTPS://pictures.example/cat.webp?sig=1"
    assert not made.changed


async def test_a_file_within_the_rules_goes_out_untouched(photo: str, tmp_path: Path) -> None:
    made = await ready(photo, tmp_path / "x")

    assert (made.picture, made.changed) == (Path(photo), False)
    assert (made.width, made.height) == (640, 480)


async def test_another_file_is_made_acceptable(tmp_path: Path) -> None:
    path = tmp_path / "small.webp"
    Image.effect_noise((200, 100), 80).save(path)

    made = await ready(str(path), tmp_path / "x")

    assert made.changed
    assert (made.width, made.height) == (600, 300)
    assert isinstance(made.picture, Path)
    with Image.open(made.picture) as picture:
        assert picture.format == "JPEG"


async def test_what_is_no_picture_is_refused_and_what_is_not_there_is_an_os_error(
    tmp_path: Path,
) -> None:
    words = tmp_path / "words.png"
    words.write_text("not a picture")

    with pytest.raises(UnsupportedImage):
        await ready(str(words), tmp_path)
    for name in ("nowhere.png", ""):
        with pytest.raises(OSError, match=r"No such file|Is a directory"):
            await ready(str(tmp_path / name), tmp_path)


def picture(width: int = 640, height: int = 480) -> Ready:
    return Ready(picture=Path("cat.png"), width=width, height=height)


def test_a_painting_is_sent_with_what_was_asked_and_nothing_else() -> None:
    plain = make_submission(
        parse_options("cat.png", "oil"), MODELS.get("kling-v3"), [picture()], own_id="J"
    )

    assert isinstance(plain, ImageGeneration)
    assert plain.fields() == {
        "model_name": "kling-v3",
        "prompt": "oil",
        "image": Path("cat.png"),
        "aspect_ratio": "4:3",  # nearest to the picture: the default would crop it
        "external_task_id": "J",
    }


def test_the_reference_page_s_model_gets_the_reference_that_it_demands() -> None:
    asked = parse_options("cat.png", "oil", "--fidelity", "0.2")
    made = make_submission(asked, MODELS.get("kling-v1-5"), [picture()], own_id="J")

    assert made.fields()["image_reference"] == "subject"
    assert made.fields()["image_fidelity"] == 0.2


def test_several_pictures_and_a_series_take_the_omni_form() -> None:
    asked = parse_options("a.png", "oil", "--also", "b.png", "--series", "auto", "--watermark")
    made = make_submission(asked, MODELS.get("kling-v3-omni"), [picture(), picture()], own_id="J")

    assert isinstance(made, OmniImage)
    fields = made.fields()
    assert len(fields["image_list"]) == 2  # pyright: ignore[reportArgumentType]
    assert (fields["result_type"], fields["series_amount"]) == ("series", "auto")
    assert fields["watermark_info"] == {"enabled": True}
