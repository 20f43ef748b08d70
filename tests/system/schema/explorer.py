"""A simulated member who uses each command, then every button and select of the answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.discord.testclient.member import Answer, Member, Refused, Unanswered
from tests.system.schema.limits import nested
from tests.system.schema.values import PickableObjects

CHAT, USER_MENU, MESSAGE_MENU = 1, 2, 3
IN_DM = 1
ADMINISTRATOR = 1 << 3
SUB_KINDS = (1, 2)
BUTTON, SELECTS, LINK = 2, (3, 5, 6, 7, 8), 5
OFTEN = 2
"""Clicks per kind of button and phase; its answer depends on its message."""

TAKEN = {"name", "channel", "context"}
"""Parameters of Member.command, which no option may replace."""

JOB_ID = r"[0-9a-z]{22}"


@dataclass(slots=True)
class ExplorationLog:
    """Everything that all members tried, and what went wrong."""

    answered: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    silent: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    pressed: set[str] = field(default_factory=set)


class Explorer:
    """One member at one page."""

    def __init__(self, member: Member, hands: PickableObjects, diary: ExplorationLog) -> None:
        self.member = member
        self.hands = hands
        self.diary = diary
        self._pressed: Counter[str] = Counter()

    async def use_all(self, *, only: str = "", without: str = "^$", where: str = "repaint") -> None:
        """Use every command whose path matches, with as few options as possible and with all."""
        for path, options in self.commands():
            if re.search(only, path) and not re.search(without, path):
                for boldly in (False, True):
                    place = self._place(path, where)
                    await self.use(path, options, boldly=boldly, where=place)

    def _place(self, path: str, where: str) -> str:
        """Return where this member finds a command.

        Discord hides administrators' commands from moderators; in a direct message a command needs
        no permission (Discord, application commands, permissions).
        """
        name = path.split(maxsplit=1)[0]
        command = next(one for one in self.member.commands if one["name"] == name)
        needed = int(command.get("default_member_permissions") or 0)
        is_kept = needed & ADMINISTRATOR and IN_DM in (command.get("contexts") or [IN_DM])
        return "dm" if is_kept else where

    def commands(self) -> Iterator[tuple[str, list[Any]]]:
        """Yield slash commands, sub-commands by their whole path."""
        for command in self.member.commands:
            if command["type"] == CHAT:
                yield from leaves(command["name"], command.get("options") or [])

    async def use(
        self,
        path: str,
        options: list[Any],
        *,
        boldly: bool,
        where: str = "repaint",
        **given: Any,
    ) -> Answer | None:
        """Use one command; `given` replaces values that would be made up."""
        context = given.pop("context", None)
        values: dict[str, Any] = {}
        for option in options:
            if option.get("required") or boldly:
                values[option["name"]] = await self._value(path, option, boldly=boldly, where=where)
        values |= given
        named = {f"{name}_" if name in TAKEN else name: value for name, value in values.items()}
        return await self._tried(
            path, self.member.command(path, channel=where, context=context, **named)
        )

    async def use_menus(self) -> None:
        """Use every menu: on each message with an image, and on a user."""
        for command in self.member.commands:
            name = command["name"]
            if command["type"] == USER_MENU:
                menu = self.member.user_menu(name, user_id=self.hands.user)
                await self._tried(name, menu)
            elif command["type"] == MESSAGE_MENU:
                for message in list(self.member.messages.values())[-OFTEN:]:
                    await self._tried(name, self.member.message_menu(name, message=message))

    def begin_phase(self) -> None:
        """Forget earlier clicks: the same buttons may answer differently now."""
        self._pressed.clear()

    async def click_all(self) -> bool:
        """Click whatever was not clicked often enough; return whether there was something."""
        todo = [
            (message, part)
            for message in list(self.member.messages.values())
            for part in pressable(message)
        ]
        found = False
        for message, part in todo:
            kind = kind_of(part["custom_id"])
            self.diary.seen.add(kind)
            if part.get("disabled") or self._pressed[kind] >= OFTEN:
                continue
            self._pressed[kind] += 1
            self.diary.pressed.add(kind)
            found = True
            await self._press(message, part, kind)
        return found

    async def _press(self, message: Any, part: Any, kind: str) -> None:
        values = self.hands.field(part) if part["type"] in SELECTS else None
        press = self.member.press(message, part["custom_id"], values=values)
        await self._tried(f"[{kind}]", press)

    async def _tried(self, what: str, doing: Any) -> Answer | None:
        try:
            answer: Answer = await doing
        except Refused as reason:
            self.diary.refused[what] = str(reason)
            return None
        except (Unanswered, TimeoutError) as reason:
            self.diary.silent.append(f"{what}: {reason or 'no answer'}")
            return None
        self.diary.answered.add(what)
        if answer.modal is not None:
            await self._fill(what, answer)
        return answer

    async def _fill(self, what: str, answer: Answer) -> None:
        assert answer.modal is not None
        parts = nested(answer.modal["components"])
        fields = {
            part["custom_id"]: self.hands.field(part) for part in parts if part.get("custom_id")
        }
        await self._tried(f"{what} (form)", self.member.submit(answer, **fields))

    async def _value(self, path: str, option: Any, *, boldly: bool, where: str) -> Any:
        if not option.get("autocomplete"):
            return self.hands.option(option, boldly=boldly)
        name = option["name"]
        try:
            offered = await self.member.autocomplete(path, option=name, text="", where=where)
        except (Refused, TimeoutError) as reason:
            self.diary.silent.append(f"{path} {name}: {reason}")
            offered = []
        self.diary.answered.add(f"{path} {name}…")
        return offered[0]["value"] if offered else self.hands.option(option, boldly=False)


def leaves(path: str, options: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Yield a command's usable sub-commands."""
    inner = [option for option in options if option["type"] in SUB_KINDS]
    if not inner:
        yield path, options
    for option in inner:
        yield from leaves(f"{path} {option['name']}", option.get("options") or [])


def pressable(message: Any) -> Iterator[Any]:
    """Yield the buttons and selects of a message."""
    for part in nested(message.get("components") or []):
        if part["type"] in (BUTTON, *SELECTS) and part.get("custom_id"):
            yield part


def kind_of(custom_id: str) -> str:
    """Return the kind of a button: its custom id without the job's or member's id."""
    return re.sub(rf"{JOB_ID}|\d+", "#", custom_id)
