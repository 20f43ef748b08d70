"""Every custom id that the bot answers is listed here; forging it shows and changes nothing.

The ids are read from the running bot: a new one that is not listed fails the first test.
"""

from __future__ import annotations

import inspect
from pathlib import Path

import simcord

from tests.cogs.admin.guild_harness import GuildHarness, furnish_other_guild, open_guild_harness
from tests.cogs.test_other_users_jobs import FORGED, PROMPT, books, disclosed, painted, pictures
from tests.cogs.test_other_users_jobs import filled_in as to_fill_in
from tests.support.bot_harness import BotHarness
from tests.support.job_buttons import click, click_stale, ids_of
from tests.support.result_buttons import form_values

OF_THE_PRESSER = {"rp-forget", "rpj:page", "rpj:open"}
"""Buttons that act on the user who clicks; their ids contain no user id."""


def patterns(world: BotHarness) -> list[str]:
    """Return every id pattern of buttons and menus that stay valid for ever."""
    items = world.bot.client._connection._view_store._dynamic_items
    return [one.pattern for one in items]


def forms(world: BotHarness) -> list[str]:
    """Return every id of a form that stays valid for ever, to be filled in with a job's."""
    listeners = world.bot.client.extra_events["on_interaction"]
    heard = [inspect.getclosurevars(one).nonlocals for one in listeners]
    assert all("form" in one for one in heard), "a listener that hears something else"
    return [to_fill_in(one["form"].pattern) for one in heard]


async def test_custom_ids_name_a_job_or_concern_the_clicking_user(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        others = {one for one in patterns(server.world) if "(?P<job>" not in one}

        assert {":".join(one.split(":(")[:1]) for one in others} == OF_THE_PRESSER
        assert all("{job}" in one for one in forms(server.world))
        assert not server.world.bot.client.persistent_views


async def painted_for(server: GuildHarness, who: simcord.MemberActor) -> simcord.InteractionResult:
    """Generate an image of the user's own; its message has buttons that open forms."""
    answer = await server.world.repaint(who, server.channel, prompt="my own")
    await server.world.until_settled(2)
    return answer


async def send_forged(
    by: simcord.MemberActor, own: simcord.InteractionResult, form_id: str
) -> simcord.InteractionResult:
    """Submit a form that the bot did open for this user, under another id."""
    shown = await click(by, own.response, "rp:edit")
    opened = shown._interaction.modal
    assert opened is not None
    opened["custom_id"] = form_id
    return await by.submit_modal(shown, form_values(shown))


async def test_forged_forms_of_another_members_job_are_refused(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        job = await painted(server, private=True)
        bob = server.world.bob
        own = await painted_for(server, bob)
        before, files = books(server.world), pictures(server.world)

        for job_id in (job.id, FORGED[0]):
            for form in forms(server.world):
                answer = await send_forged(bob, own, form.format(job=job_id))
                assert answer.ephemeral, form
                assert PROMPT not in disclosed(answer), form

        assert books(server.world) == before
        assert pictures(server.world) == files


async def test_forged_menu_values_open_no_job_of_another_member(tmp_path: Path) -> None:
    """The menu's values are jobs' ids, and a client may send any."""
    async with open_guild_harness(tmp_path) as server:
        job = await painted(server, private=True)
        await painted_for(server, server.world.bob)
        before = books(server.world)

        shown = await server.world.bob.slash(server.channel, "jobs")
        [menu] = [one for one in ids_of(shown.response) if one.startswith("rpj:open:")]
        forge_values(server, shown, (job.id, *FORGED))
        for job_id in (job.id, *FORGED):
            answer = await server.world.bob.select(shown.response, [job_id], custom_id=menu)
            assert PROMPT not in disclosed(answer) + disclosed(shown), job_id

        assert books(server.world) == before


def forge_values(
    server: GuildHarness, shown: simcord.InteractionResult, ids: tuple[str, ...]
) -> None:
    """Submit values to a menu that the bot never offered."""
    assert shown.response is not None
    message = server.world.env.backend.get_message(shown.response.channel_id, shown.response.id)
    for option_list in options_in(message.components):
        option_list += [{"label": one, "value": one} for one in ids]


def options_in(components: list[dict[str, object]]) -> list[list[dict[str, str]]]:
    found: list[list[dict[str, str]]] = []
    for part in components:
        found += [part["options"]] if "options" in part else []  # type: ignore[list-item]
        found += options_in(part.get("components", []))  # type: ignore[arg-type]
    return found


async def test_anothers_page_shows_the_pressers_own(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        job = await painted(server, private=True)
        other = furnish_other_guild(server)
        for place, who in ((server, server.world.bob), (other, other.mod)):
            for spot in ("all:7", "here:3", "all:99999"):
                shown = await who.slash(place.channel, "jobs")
                answer = await click_stale(server.world, who, shown.response, f"rpj:page:{spot}")
                for seen in (shown, answer):
                    assert PROMPT not in disclosed(seen)
                    assert job.id not in disclosed(seen)
