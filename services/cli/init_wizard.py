"""`bot.py init`: asks a few questions, checks each answer, and writes a .env for its owner only."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path

from services.catalog import provider_from_settings
from services.cli.check import Area, Verdict, check_key
from services.cli.check import provider as questions
from services.cli.invite import Application, fetch_application, links
from services.cli.prompts import Prompter, agrees
from services.common.clock import Clock
from services.errors import ConfigError
from services.kling import Endpoint, KlingClient
from services.settings import Secret, Settings, example, load, rows

PROVIDERS: Mapping[str, tuple[str, str]] = {
    "1": ("DMXAPI", "https://www.dmxapi.cn/kling"),
    "2": ("Kling itself, servers outside China", "https://api-singapore.klingai.com"),
    "3": ("Kling itself, servers in China", "https://api-beijing.klingai.com"),
}

Check = Callable[[Settings], Awaitable[bool]]
"""Checks the settings with a new answer among them, prints the result, and returns whether to
accept it."""


async def ask_for_settings(person: Prompter, *, target: Path, clock: Clock) -> int:
    """Ask for the settings, check them and write the file; return 0 if it was written, else 1."""
    there = await asyncio.to_thread(target.exists)
    if there and not agrees(person, f"{target} exists already. Replace it?"):
        person.show("Nothing was changed.")
        return 1
    person.show(
        "Press Enter to accept the value in brackets. Nothing is written before the last question."
    )
    inquiry = Inquiry(person, clock=clock)
    try:
        await inquiry.run()
    except EOFError:
        person.show("\nNo answer: nothing was written.")
        return 1
    write_settings(target, inquiry.answers)
    person.show(f"\n{target} was written; only you can read it.\n")
    if inquiry.application is not None:
        person.show(links(inquiry.application))
    person.show("Next: python bot.py check, then python bot.py")
    return 0


class Inquiry:
    """Asks the questions; `answers` has the answers by setting name, as the file will have them."""

    def __init__(self, person: Prompter, *, clock: Clock) -> None:
        """Values in the environment are the defaults of the answers."""
        self.answers: dict[str, str] = {}
        self.application: Application | None = None
        self._person, self._clock = person, clock
        self._settings = load(env_file=None)
        self._rows = {row.name: (attribute, row) for attribute, row in rows()}

    async def run(self) -> None:
        """Ask all questions; raises EOFError if the input ends."""
        self._person.show("\n1. Discord. The token: Developer Portal, your application, page Bot,")
        self._person.show("   Reset Token. It is not shown while you paste it.")
        await self._asked("DISCORD_TOKEN", "   Token: ", self._check_token, is_secret=True)
        self._person.show("\n2. Which provider generates the images?")
        for number, (name, address) in PROVIDERS.items():
            self._person.show(f"   {number}  {name} ({address})")
        self._person.show("   or the address of another gateway with Kling's API")
        base_url = self._settings.kling_base_url
        await self._asked("KLING_BASE_URL", f"   [{base_url}] ", default=base_url)
        self._person.show("\n3. That provider's API key. It is not shown while you paste it.")
        await self._asked("KLING_API_KEY", "   Key: ", self._check_key, is_secret=True)
        self._person.show(
            "\n4. Which operators are notified, by direct message, when the provider refuses the"
        )
        self._person.show("   account or the disk is full? Discord user ids, separated by commas.")
        owner = (self.application and self.application.owner_id) or ""
        hint = f"{owner}, the application's owner" if owner else "nobody"
        await self._asked("OPERATOR_IDS", f"   [{hint}] ", default=owner)
        self._person.show("\n5. How many images may a member request per day? 0 = no limit.")
        daily = str(self._settings.user_daily_images)
        await self._asked("USER_DAILY_IMAGES", f"   [{daily}] ", default=daily)

    async def _asked(
        self,
        name: str,
        question: str,
        check: Check | None = None,
        *,
        default: str = "",
        is_secret: bool = False,
    ) -> None:
        """Ask until an answer is valid and accepted."""
        attribute, row = self._rows[name]
        while True:
            ask = self._person.ask_secret if is_secret else self._person.ask
            given = ask(question) or default
            given = PROVIDERS.get(given, ("", given))[1] if name == "KLING_BASE_URL" else given
            try:
                value = row.kind.parse(given)
            except ValueError:
                value = None
            if value is None:
                self._person.show(f"   Expected: {row.kind.expected}.")
                continue
            settings = replace(self._settings, **{attribute: value})
            if check is None or await check(settings):
                self._settings = settings
                self.answers[name] = value.reveal() if isinstance(value, Secret) else given
                return

    async def _check_token(self, settings: Settings) -> bool:
        assert settings.discord_token is not None
        try:
            found = await fetch_application(
                settings.discord_token, api_url=settings.discord_api_url
            )
        except ConfigError as error:
            self._person.show(f"   {error.problems[0].partition(': ')[2]}.")
            return False
        self.application = found
        if found.name:
            self._person.show(f"   Accepted: the token of {found.name} ({found.id}).")
            return True
        self._person.show(
            "   It has the format of a token. Discord did not answer, so it could not be tested."
        )
        return agrees(self._person, "   Use it?", default=True)

    async def _check_key(self, settings: Settings) -> bool:
        area = Area("Provider")
        check_key(area, settings)
        async with KlingClient(provider_from_settings(settings), clock=self._clock) as kling:
            answers = await questions.asked(kling, endpoint=Endpoint.GENERATIONS)
            if questions.judge_reach(area, kling, answers):
                questions.judge_key(area, kling, answers)
        doubts = [each for each in area.findings if each.verdict is not Verdict.OK]
        for each in doubts:
            self._person.show(f"   {each.found}. {each.fix}" if each.fix else f"   {each.found}")
        if not doubts:
            self._person.show("   Accepted.")
        return not doubts or agrees(self._person, "   Use it anyway?")


def write_settings(target: Path, answers: Mapping[str, str]) -> None:
    """Write .env with these values and all other settings as comments, readable by its owner only.

    The file is written completely or not at all.
    """
    text = example()
    for name, value in answers.items():
        line = f"{name}={_quoted(value)}"
        # A function, since re.sub would read some values as group references.
        text = re.sub(rf"^#?{name}=.*$", lambda _, line=line: line, text, flags=re.MULTILINE)
    half = target.with_name(f"{target.name}.new")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    half.replace(target)


def _quoted(value: str) -> str:
    """Quote a value that python-dotenv would otherwise read differently."""
    if not re.search(r"[\s#'\"\\]", value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
