"""Payloads stay within the documented limits, and the package has one public interface."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import services.kling
from services.catalog.models import ModelTable
from services.kling import Endpoint, ImageGeneration, MultiImage, OmniImage, Outpainting

URL = "https://example.org/a.png"
ROOT = Path(__file__).parents[3]


def test_fields_omit_unset_options() -> None:
    assert ImageGeneration(model="kling-v3", prompt="x").fields() == {
        "model_name": "kling-v3",
        "prompt": "x",
    }


def test_model_row_determines_the_endpoint() -> None:
    table = ModelTable.load(ROOT / "data" / "models.toml")
    plain = ImageGeneration(model=table.get("kling-v2-1"), prompt="x", image=URL)
    omni = ImageGeneration(model=table.get("kling-image-o1"), prompt="x", image=URL)
    assert (plain.endpoint, plain.fields()["image"]) == (Endpoint.GENERATIONS, URL)
    assert (omni.endpoint, omni.fields()["image_list"]) == (Endpoint.OMNI, [{"image": URL}])
    assert "image" not in omni.fields()


def test_fields_have_klings_names() -> None:
    painting = ImageGeneration(
        model="kling-v2-1",
        prompt="x",
        image=URL,
        image_reference="subject",
        image_fidelity=0.4,
        human_fidelity=0.6,
        output_format="jpg",
        n=3,
        aspect_ratio="3:2",
        resolution="2k",
        negative_prompt="rain",
        element_ids=(7,),
        watermark=False,
        callback_url="https://bot.example/k",
        external_task_id="job1",
    )
    assert painting.fields() == {
        "model_name": "kling-v2-1",
        "prompt": "x",
        "image": URL,
        "image_reference": "subject",
        "image_fidelity": 0.4,
        "human_fidelity": 0.6,
        "output_format": "jpg",
        "n": 3,
        "aspect_ratio": "3:2",
        "resolution": "2k",
        "negative_prompt": "rain",
        "element_list": [{"element_id": 7}],
        "watermark_info": {"enabled": False},
        "callback_url": "https://bot.example/k",
        "external_task_id": "job1",
    }


@pytest.mark.parametrize("url", ["http://a/b", "https://a/b", "ftp://a/b", "HTTPS://a/b"])
def test_fields_send_a_url_unchanged(url: str) -> None:
    assert ImageGeneration(model="m", image=url).fields()["image"] == url


def test_fields_treat_other_text_as_a_path() -> None:
    assert ImageGeneration(model="m", image="a/b.png").fields()["image"] == Path("a/b.png")


def test_repr_of_a_payload_shows_no_prompt_or_address() -> None:
    painting = ImageGeneration(
        model="m", prompt="secret fox", image=URL, callback_url="https://t/oken"
    )
    assert repr(painting).count("secret fox") == 0
    assert "example.org" not in repr(painting)
    assert "oken" not in repr(painting)


@pytest.mark.parametrize("count", [0, 5])
def test_multi_image_accepts_one_to_four_subjects(count: int) -> None:
    with pytest.raises(ValueError, match="subjects"):
        MultiImage(subjects=(URL,) * count)


def test_omni_image_accepts_ten_images_and_elements() -> None:
    OmniImage(model="m", images=(URL,) * 7, element_ids=(1, 2, 3))
    with pytest.raises(ValueError, match="images and elements"):
        OmniImage(model="m", images=(URL,) * 8, element_ids=(1, 2, 3))


def test_omni_image_series_states_its_amount() -> None:
    form = OmniImage(model="m", images=(URL,), result_type="series", series_amount="auto")
    assert (form.fields()["result_type"], form.fields()["series_amount"]) == ("series", "auto")


@pytest.mark.parametrize(
    "sides", [{"up": 2.1}, {"left": -0.1}, {"up": 1, "down": 1.5}, {"up": 1, "left": 1}]
)
def test_outpainting_outside_its_bounds_is_refused(sides: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="is not within"):
        Outpainting(image=URL, **sides)


def test_outpainting_may_triple_the_area() -> None:
    Outpainting(image=URL, left=1, right=1)
    Outpainting(image=URL, up=0.5, left=1)


def test_package_exports_exactly_its_list() -> None:
    """Everything imported into `__init__` is listed, sorted, and has a docstring."""
    tree = ast.parse((ROOT / "services/kling/__init__.py").read_text("utf-8"))
    imported = {
        alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert imported == set(services.kling.__all__)
    assert len(services.kling.__all__) == len(imported)
    for name in services.kling.__all__:
        shown = getattr(services.kling, name)
        assert isinstance(shown, str) or name == "Submission" or shown.__doc__


def test_client_page_names_every_export() -> None:
    page = (ROOT / "docs" / "client.md").read_text("utf-8")
    assert [name for name in services.kling.__all__ if not re.search(rf"\b{name}\b", page)] == []


def test_client_imports_only_what_its_page_says() -> None:
    allowed = {f"services.{name}" for name in ("common", "errors", "images")}
    for path in (ROOT / "services/kling").glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        wanted = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        ours = {name for name in wanted if name.startswith("services")}
        others = {".".join(name.split(".")[:2]) for name in ours} - {"services.kling"}
        assert others <= allowed
    page = (ROOT / "docs" / "client.md").read_text("utf-8")
    assert [name for name in allowed if f"`{name}`" not in page] == []
