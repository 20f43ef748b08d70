"""Links to addresses from outside: no character in one ends the link early."""

from __future__ import annotations

import pytest

from cogs.ui.escaping import link


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://a.example/b.png?x=%2F&y=1", "https://a.example/b.png?x=%2F&y=1"),
        ("https://a.example/it%27s~!.png", "https://a.example/it%27s~!.png"),
        ("https://a.example/b) [free](https://evil.example", None),
        ("https://a.example/b>) @everyone", None),
        ("https://a.example/b\n# heading", None),
        ("https://a.example/b\\) c", None),
        ("https://a.example/\u202egnp.exe", None),
        ("https://a.example/`code`|spoiler|*x*", None),
        ("https://a.example/\ud800", None),
    ],
)
def test_link_address_has_no_delimiters(address: str, shown: str | None) -> None:
    written = link("1", address)
    inside = written.removeprefix("[1](<").removesuffix(">)")
    assert written == f"[1](<{inside}>)"
    assert not set(inside) & set("<>()[]\\`|* \n\u202e")
    assert inside.encode()
    assert shown in (None, inside)
