"""The privacy policy's template names every table and whose data is in it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.db import Store
from tests.support.sqlite import thread_of
from tests.test_architecture import commands_in, sources
from tests.test_documents import inline

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "privacy-policy.md").read_text("utf-8")
OF_PEOPLE = {"user_id", "set_by", "interaction_id"}

Tables = dict[str, set[str]]


@pytest.fixture
async def tables(tmp_path: Path) -> AsyncIterator[Tables]:
    """Every table of the newest version, with its columns."""
    async with Store(tmp_path / "repaint.db", provider="p") as store:
        thread = thread_of(store)
        yield await thread.run(
            lambda: {
                name: set(thread.db[name].columns_dict)
                for name in thread.db.table_names()
                if not name.startswith(("sqlite_", "_sqlite_"))
            }
        )


def rows() -> dict[str, str]:
    """Return the page's description of each table's content."""
    text = PAGE[PAGE.index("## Where it lies") :]
    found: dict[str, str] = {}
    for line in re.findall(r"^\| `.*$", text, re.MULTILINE):
        names, holds, _ = (cell.strip() for cell in line.strip("|").split("|"))
        found |= dict.fromkeys(inline(names), holds)
    return found


def test_every_table_is_in_the_list_and_no_other(tables: Tables) -> None:
    assert set(rows()) == set(tables)


def test_nobody_is_named_only_where_that_is_so(tables: Tables) -> None:
    speak_of_people = {name for name, columns in tables.items() if columns & OF_PEOPLE}

    assert speak_of_people == {
        name
        for name, holds in rows().items()
        if "nobody is named" not in holds and name not in {"result", "posting"}
    }


def test_the_ways_to_have_and_to_delete_ones_data_are_named() -> None:
    known = {name for path in sources("cogs") for name in commands_in(path)}

    assert {"/my-data", "/forget-me"} <= set(inline(PAGE))
    assert {"my-data", "forget-me"} <= known


def test_what_members_read_before_the_list_has_an_end_for_everything() -> None:
    policy = PAGE[: PAGE.index("## Who else gets it")]
    cells = [line.strip("|").split("|") for line in policy.splitlines() if line.startswith("| ")]

    assert len(cells) > 8
    assert all(len(row) == 3 and all(cell.strip() for cell in row) for row in cells)
