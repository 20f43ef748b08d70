"""A user's actions on the demo page, by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from playwright.async_api import Locator, Page


class Member:
    """One open page, seen as the person in front of it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def __getitem__(self, hook: str) -> Locator:
        """Return the element with a data-testid."""
        return self.page.get_by_test_id(hook)

    @property
    def last(self) -> Locator:
        """The newest message."""
        return self["message"].last

    def option(self, name: str) -> Locator:
        """The field of a command option."""
        return self.page.locator(f'[data-testid=command-option][data-option="{name}"]')

    def button(self, custom_id: str) -> Locator:
        """A button of some message."""
        return self.page.locator(f'[data-testid=button][data-custom-id="{custom_id}"]')

    def field(self, custom_id: str) -> Locator:
        """A field of the open modal."""
        return self.page.locator(f'[data-testid=modal-input][data-custom-id="{custom_id}"]')

    async def channel_id(self) -> str:
        """The open channel's id."""
        here = self.page.locator("[data-testid=channel][aria-current]")
        return await here.get_attribute("data-channel-id") or ""

    async def viewer_id(self, name: str) -> str:
        """Return the id of a viewer that can be chosen."""
        options = self["viewer-switch"].locator("option", has_text=name)
        return await options.first.get_attribute("value") or ""

    async def pick(self, command: str) -> None:
        """Type "/" and press a command of the list."""
        await self["composer-input"].fill("/")
        await self.page.locator(f'[data-testid=command-item][data-command="{command}"]').click()

    async def add(self, option: str) -> Locator:
        """Open an optional option and return its input."""
        chip = self.page.locator(f'[data-testid=add-option][data-option="{option}"]')
        await chip.click()
        return self.option(option).get_by_test_id("option-input")

    async def write(self, values: Mapping[str, str | Path]) -> None:
        """Fill open options: words, or a file's path."""
        for name, value in values.items():
            field = self.option(name).get_by_test_id("option-input")
            if isinstance(value, Path):
                await field.set_input_files(value)
            else:
                await field.fill(value)

    async def run(self, command: str, values: Mapping[str, str | Path] | None = None) -> None:
        """Pick a command, fill its required options, send it."""
        await self.pick(command)
        await self.write(values or {})
        await self["send"].click()

    async def choose(self, value: str) -> None:
        """Press one of the suggestions that are shown."""
        await self.page.locator(f'[data-testid=choice][data-value="{value}"]').click()

    async def say(self, words: str) -> None:
        """Write an ordinary message."""
        await self["composer-input"].fill(words)
        await self["composer-input"].press("Enter")

    async def menu(self, words: str) -> None:
        """Press an entry of the newest message's menu."""
        await self.last.get_by_test_id("message-menu").click()
        await self["menu-item"].filter(has_text=words).click()
