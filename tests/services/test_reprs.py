"""No record with a secret, a prompt or a signed link shows it in its repr: a log may print any."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import cogs
import services
from services.kling import ImageGeneration
from services.settings.loading import rows
from services.settings.types import Secret

DELICATE = re.compile(r"(^|_)(prompt|token|secret|key|url|urls|images|password)$")
HARMLESS = {
    ("Outcome", "key"),  # which sentence
    ("Rule", "key"),  # which sentence
    ("Words", "images"),  # a label
    ("Picture", "url"),  # `try` prints it for the user who started it
    ("Picture", "watermark_url"),
    ("ProviderState", "pause_key"),  # which alert
    ("Checkup", "pause_key"),
    ("EngineConfig", "callback_url"),  # a function
    ("Provider", "base_url"),  # the operator's setting, without a secret
    ("Settings", "kling_base_url"),
    ("Settings", "public_url"),
    ("Settings", "pictures_url"),
    ("Settings", "aws_endpoint_url"),
    ("Settings", "discord_api_url"),
    ("Settings", "discord_gateway_url"),
    ("Settings", "source_url"),  # where the bot's own code is
    ("About", "source_url"),
    ("GuildStyle", "key"),  # a style's name
}


def classes() -> Iterator[type]:
    for package in (services, cogs):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(found.name)
            for thing in vars(module).values():
                if isinstance(thing, type) and thing.__module__ == module.__name__:
                    yield thing


RECORDS = sorted(
    {each for each in classes() if dataclasses.is_dataclass(each)}, key=lambda each: each.__name__
)


@pytest.mark.parametrize("record", RECORDS, ids=lambda each: each.__name__)
def test_repr_of_records_hides_delicate_fields(record: type) -> None:
    shown = [
        field.name
        for field in dataclasses.fields(record)
        if field.repr
        and DELICATE.search(field.name)
        and (record.__name__, field.name) not in HARMLESS
        and "Secret" not in str(field.type)
        and "str" in str(field.type)
    ]
    assert shown == []


def test_pictures_are_not_in_the_repr_of_what_is_sent() -> None:
    """An image in base64 has megabytes, and is private."""
    inline = "iVBORw0KGgo"
    for painting in (
        ImageGeneration(prompt="a cat", model="kling-v3", image=inline),
        ImageGeneration(prompt="a cat", model="kling-v3", image=inline, negative_prompt=inline),
    ):
        assert inline not in repr(painting)
        assert "cat" not in repr(painting)


OF_A_FORM = {
    "KLING_WEBHOOK_SECRET": "whsec_c2VjcmV0",
    "DATABASE_URL": "postgresql://repaint:canary@db.example/repaint",
}


def test_secret_settings_are_wrapped() -> None:
    for _, row in rows():
        if row.kind.secret:
            given = OF_A_FORM.get(row.name, "MTIz.canary.0123456789abcdef")
            assert isinstance(row.kind.parse(given), Secret), row.name
        else:
            assert not re.search(r"TOKEN|SECRET|_KEY$", row.name), row.name
