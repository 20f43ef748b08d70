"""A prompt is a user's text: shown, cut and never interpreted."""

from __future__ import annotations

import pytest

from cogs.ui.job_message import PROMPT_SHOWN
from tests.support.bot_harness import BotHarness
from tests.support.messages import gallery, text


async def shown(world: BotHarness, prompt: str) -> str:
    """The prompt as Markdown source, before its backslashes are read as escapes."""
    answer = await world.repaint(prompt=prompt)
    return text(answer.response).splitlines()[1].removeprefix("> ")


@pytest.mark.parametrize(
    ("prompt", "line"),
    [
        ("two cats", "two cats"),
        ("two\n\n  cats\tand a dog", "two cats and a dog"),
        ("**bold** _slanted_ ~~gone~~", r"\*\*bold\*\* \_slanted\_ \~\~gone\~\~"),
        ("`code` ||hidden||", r"\`code\` \|\|hidden\|\|"),
        ("# heading", r"\# heading"),
        ("-# small", r"\-\# small"),
        ("> quote", r"\> quote"),
        ("[here](https://evil.example)", r"\[here](https\://evil.example)"),
        ("[a](b) [here](https://evil.example)", r"\[a](b) \[here](https\://evil.example)"),
        (
            "https://good.example/)[here](https://evil.example)",
            r"https\://good\.example/)\[here](https\://evil.example)",
        ),
        ("<t:0:R> <:cat:1> </quota:1>", r"\<t:0:R> \<:cat:1> \</quota:1>"),
        (r"\*already\*", r"\\\*already\\\*"),
    ],
)
async def test_markdown_in_a_prompt_is_shown_as_text(
    world: BotHarness, prompt: str, line: str
) -> None:
    assert await shown(world, prompt) == line


@pytest.mark.parametrize("prompt", ["@everyone", "@here", "<@{bob}>", "<@!{bob}>", "<@&{role}>"])
async def test_prompt_with_a_mention_mentions_no_user(world: BotHarness, prompt: str) -> None:
    role = world.guild.create_role("painters", mentionable=True)
    prompt = prompt.format(bob=world.bob.id, role=role.id)

    answer = await world.repaint(prompt=f"hello {prompt}")
    await world.until_settled()

    assert prompt not in text(answer.response)
    [stored] = world.env.backend.messages[world.channel.id].values()
    assert (stored.ping_user_ids, stored.ping_role_ids) == ([], [])
    assert not stored.mention_everyone


async def test_messages_all_forbid_mentions(world: BotHarness) -> None:
    await world.repaint()
    await world.until_settled()

    sent = [body["data"] for body in world.requests("POST", "/callback")]
    sent += world.requests("PATCH", "@original")
    assert len(sent) == 3
    assert [body["allowed_mentions"]["parse"] for body in sent] == [[], [], []]


async def test_prompt_of_2500_characters_is_cut_in_message_and_alt_text(world: BotHarness) -> None:
    answer = await world.repaint(prompt="x" * 2500)
    await world.until_settled()

    [item] = gallery(answer.response)
    assert "x" * (PROMPT_SHOWN - 1) + "…" in text(answer.response)
    assert "x" * PROMPT_SHOWN not in text(answer.response)
    assert len(item["description"]) == 1024
    assert world.orders[0]["prompt"] == "x" * 2500


async def test_prompt_of_2500_escaped_characters_fits_the_message(world: BotHarness) -> None:
    answer = await world.repaint(prompt="*" * 2500)
    await world.until_settled()

    assert len(text(answer.response)) < 1000
    assert len(gallery(answer.response)) == 1
