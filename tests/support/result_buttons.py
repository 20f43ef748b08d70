"""Users who click the buttons under a result, in a simulated Discord."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import discord
import simcord
from PIL import Image

from services.models import Job
from tests.support.bot_harness import BotHarness
from tests.support.databases import ask
from tests.support.messages import Json, parts, text

Message = simcord.ResponseMessage | discord.Message


def labels(message: Message | None) -> list[list[str]]:
    """Return the labels of a message's buttons, row by row."""
    rows = [part for part in parts(message) if part["type"] == 1]
    return [[button["label"] for button in row["components"]] for row in rows]


def newest_message(world: BotHarness) -> discord.Message:
    message = world.channel.last_message
    assert message is not None
    return message


def private_text(answer: simcord.InteractionResult) -> str:
    """Return the text of a private response, which only the user who clicked can see."""
    assert answer.ephemeral, "for all to see"
    return text(answer.response)


def fields(shown: simcord.InteractionResult) -> dict[str, Json]:
    """Return the fields of the form that was opened, by their custom ids."""
    assert shown.modal is not None, "no form"
    found = [part["component"] for part in shown.modal["components"] if "component" in part]
    return {one["custom_id"]: one for one in found}


def form_values(shown: simcord.InteractionResult, **changes: str) -> dict[str, object]:
    """Return the values that a form is submitted with: its defaults and the changes."""
    values: dict[str, object] = {}
    for name, part in fields(shown).items():
        if part["type"] == 4:
            values[name] = part.get("value", "")
        else:
            values[name] = [one["value"] for one in part["options"] if one.get("default")]
    several = {name for name, part in fields(shown).items() if part["type"] == 22}
    return values | {
        name: value.split() if name in several else value if name == "prompt" else [value]
        for name, value in changes.items()
    }


def preselected(field: Json) -> str:
    """Return the value that is preselected in a list."""
    [found] = [option["value"] for option in field["options"] if option.get("default")]
    return str(found)


async def generate(world: BotHarness, **options: object) -> Job:
    """Generate images for Ann; return the job."""
    count = len(await world.jobs())
    await world.repaint(**options)
    return (await world.until_settled(count + 1))[-1]


def submitted_image(order: Json) -> bytes:
    """Return the image that a submission carried."""
    return base64.b64decode(order["image"])


def submitted_size(order: Json) -> tuple[int, int]:
    with Image.open(BytesIO(submitted_image(order))) as image:
        return image.size


def folder_of(world: BotHarness, job: Job) -> Path:
    return world.settings.pictures_path / job.id


def block_deletion(world: BotHarness, job: Job) -> None:
    """Replace a job's folder by a link, which the disk refuses to delete as a folder."""
    folder = folder_of(world, job)
    aside = folder.with_name("aside")
    folder.rename(aside)
    folder.symlink_to(aside)


def files_of(world: BotHarness, job: Job) -> Iterator[Path]:
    folder = folder_of(world, job)
    return folder.iterdir() if folder.is_dir() else iter(())


def delete_images(world: BotHarness, job: Job) -> None:
    """Delete a job's images, as retention does."""
    for path in files_of(world, job):
        path.unlink()
    folder_of(world, job).rmdir()


def delete_row(world: BotHarness, job: Job) -> None:
    """Delete a job's row."""
    ask(world.settings, "DELETE FROM job WHERE id = ?", job.id)


def expire_links(world: BotHarness) -> None:
    """Make every link of Discord's CDN expire."""
    world.env.backend.cdn._blobs.clear()


async def post_buttons(world: BotHarness, job: Job) -> discord.Message:
    """Post a job's buttons into the channel, visible to all."""
    row = {
        "type": 1,
        "components": [
            {"type": 2, "style": 2, "label": label, "custom_id": f"rp:{verb}:{job.id}"}
            for verb, label in (("details", "Details"), ("links", "Original links"))
        ],
    }
    env = world.env
    env.backend.create_message(
        world.channel.id, env.backend.bot_user.id, content="look", components=[row]
    )
    return newest_message(world)
