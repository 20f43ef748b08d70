"""`bot.py init`: its questions, on a sandbox Discord and Kling, by a person and through a pipe."""

from __future__ import annotations

import asyncio
import os
import pty
import stat
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import discord
from sandbox.discord.core.options import Options
from sandbox.kling.options import KEY
from sandbox.kling.options import Options as KlingOptions
from sandbox.kling.server import serve
from sandbox.processes import ROOT
from services.cli.init_wizard import ask_for_settings, write_settings
from services.common.clock import SystemClock
from services.settings.loading import load, rows
from tests.support.tokens import TOKEN

TIMEOUT_S = 60.0


@dataclass
class ScriptedPrompter:
    """A person who types given answers."""

    answers: list[str]
    asked: list[str] = field(default_factory=list)
    secret: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def ask(self, question: str) -> str:
        self.asked.append(question)
        if not self.answers:
            raise EOFError
        return self.answers.pop(0)

    def ask_secret(self, question: str) -> str:
        self.secret.append(question)
        return self.ask(question)

    def show(self, words: str = "") -> None:
        self.heard.append(words)

    @property
    def saw(self) -> str:
        return "\n".join([*self.heard, *self.asked])


@dataclass
class WizardHarness:
    """A Discord and a Kling, and how they are reached."""

    token: str
    api: str
    kling: str

    @property
    def settings(self) -> dict[str, str]:
        return {"DISCORD_API_URL": self.api, "KLING_BASE_URL": self.kling}


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WizardHarness]:
    for _, row in rows():
        monkeypatch.delenv(row.name, raising=False)
    async with discord.serve(Options()) as served, serve(KlingOptions()) as kling:
        addresses = served.addresses
        made = WizardHarness(token=addresses["token"], api=addresses["api"], kling=kling.url)
        for name, value in made.settings.items():
            monkeypatch.setenv(name, value)
        yield made


async def answered(target: Path, *answers: str) -> tuple[int, ScriptedPrompter]:
    person = ScriptedPrompter(list(answers))
    return await ask_for_settings(person, target=target, clock=SystemClock()), person


async def test_good_answers_make_a_file_that_the_bot_starts_from(
    world: WizardHarness, tmp_path: Path
) -> None:
    target = tmp_path / ".env"
    status, person = await answered(target, world.token, "", KEY, "5, 6", "3")
    settings = load({}, env_file=target, discord=True, provider=True)

    assert (status, person.answers) == (0, [])
    assert settings.discord_token is not None
    assert settings.discord_token.reveal() == world.token
    assert settings.kling_api_key is not None
    assert settings.kling_api_key.reveal() == KEY
    assert settings.kling_base_url == world.kling
    assert (settings.operator_ids, settings.user_daily_images) == ((5, 6), 3)
    assert "https://discord.com/oauth2/authorize?client_id=" in person.saw


async def test_only_the_owner_can_read_the_file(world: WizardHarness, tmp_path: Path) -> None:
    target = tmp_path / ".env"
    await answered(target, world.token, "", KEY, "", "")

    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert not (tmp_path / ".env.new").exists()


async def test_secrets_are_asked_for_unseen_and_never_repeated(
    world: WizardHarness, tmp_path: Path
) -> None:
    wrong = "sk-wrong-key-of-somebody"
    _, person = await answered(tmp_path / ".env", world.token, "", wrong, "n", KEY, "", "")

    assert len(person.secret) == 3
    for secret in (world.token, wrong, KEY):
        assert secret not in person.saw


async def test_a_wrong_token_is_asked_for_again(world: WizardHarness, tmp_path: Path) -> None:
    target, wrong = tmp_path / ".env", "MTIz.abcdef.ghijklmnopqrstuvwxyz01234567"
    status, person = await answered(
        target, "with spaces in it", wrong, world.token, "", KEY, "", ""
    )

    assert status == 0
    assert "Expected: the bot's token" in person.saw
    assert "does not accept this token" in person.saw
    assert wrong not in target.read_text("utf-8")


async def test_a_wrong_key_is_told_and_only_kept_on_demand(
    world: WizardHarness, tmp_path: Path
) -> None:
    target = tmp_path / ".env"
    status, person = await answered(target, world.token, "", "sk-wrong", "y", "", "")

    assert status == 0
    assert "does not" in person.saw
    assert "KLING_API_KEY=sk-wrong" in target.read_text("utf-8")


async def test_a_file_that_is_there_stays_unless_the_person_says_so(
    world: WizardHarness, tmp_path: Path
) -> None:
    target = tmp_path / ".env"
    target.write_text("OPERATOR_IDS=1\n", encoding="utf-8")
    refused = await answered(target, "")
    kept = target.read_text("utf-8")
    agreed = await answered(target, "maybe", "y", world.token, "", KEY, "", "")

    assert (refused[0], kept) == (1, "OPERATOR_IDS=1\n")
    assert agreed[0] == 0
    assert world.token in target.read_text("utf-8")


async def test_who_leaves_in_the_middle_leaves_no_file(
    world: WizardHarness, tmp_path: Path
) -> None:
    status, person = await answered(tmp_path / ".env", world.token)

    assert status == 1
    assert "nothing was written" in person.saw
    assert not (tmp_path / ".env").exists()


async def test_the_owner_of_the_application_is_offered_as_operator(
    world: WizardHarness, tmp_path: Path
) -> None:
    target = tmp_path / ".env"
    _, person = await answered(target, world.token, "", KEY, "", "")
    settings = load({}, env_file=target)

    assert "the application's owner" in person.saw
    assert len(settings.operator_ids) == 1


async def test_without_discord_a_token_is_judged_by_its_shape(
    world: WizardHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_API_URL", "http://127.0.0.1:9")
    status, person = await answered(tmp_path / ".env", TOKEN, "y", "", KEY, "", "")

    assert status == 0
    assert "Discord did not answer" in person.saw
    assert "client_id=123456789012345678&" in person.saw


def test_a_provider_can_be_chosen_by_number(tmp_path: Path) -> None:
    write_settings(tmp_path / ".env", {"KLING_BASE_URL": "https://api-singapore.klingai.com"})

    assert "singapore" in load({}, env_file=tmp_path / ".env").kling_base_url


@pytest.mark.proof
@given(key=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1))
def test_whatever_a_key_consists_of_is_read_back(
    key: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    target = tmp_path_factory.mktemp("env") / ".env"
    bare = key.strip("\"'")
    if not bare:
        return
    write_settings(target, {"KLING_API_KEY": bare})
    found = load({}, env_file=target).kling_api_key

    assert found is not None
    assert found.reveal() == bare


@pytest.mark.proof
async def test_at_a_real_terminal_nothing_secret_is_echoed(
    world: WizardHarness, tmp_path: Path
) -> None:
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "bot.py"), "init"),
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **world.settings},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    screen = ""

    async def until(words: str) -> None:
        nonlocal screen
        while words not in screen:
            try:
                screen += (await asyncio.to_thread(os.read, ours, 4096)).decode()
            except OSError:
                return

    async with asyncio.timeout(TIMEOUT_S):
        for question, answer in (
            ("Token: ", world.token),
            ("gateway with Kling's API", ""),
            ("Key: ", KEY),
            ("by commas.", ""),
            ("0 = no limit.", ""),
        ):
            await until(question)
            await asyncio.sleep(0.3)  # getpass empties the line's buffer when it starts
            os.write(ours, f"{answer}\n".encode())
        await until("Next: ")
        status = await process.wait()
    os.close(ours)

    assert status == 0, screen
    assert world.token not in screen
    assert KEY not in screen
    assert load({}, env_file=tmp_path / ".env", discord=True, provider=True)
