"""Discord's markdown becomes elements, and no input becomes HTML."""

from __future__ import annotations

import pytest

from tests.sandbox.page.conftest import PageHarness

pytestmark = [
    pytest.mark.proof,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
]

RENDER = """async (texts) => {
    const { markdown } = await import("/js/markdown.js");
    const users = new Map([["1", { id: "1", username: "ada", global_name: "Ada" }]]);
    const channels = new Map([["2", { id: "2", name: "lounge" }]]);
    const scope = { users, channels, roles: new Map(), locale: "en-US" };
    return texts.map((text) => {
        const node = markdown(text, scope);
        for (const one of node.querySelectorAll("*")) {
            const names = one.getAttributeNames().filter((name) => name !== "href");
            for (const name of names) one.removeAttribute(name);
        }
        return node.innerHTML;
    });
}"""

INLINE = {
    "**bold** *it* _it_ __under__ ~~gone~~": (
        "<strong>bold</strong> <em>it</em> <em>it</em> <u>under</u> <s>gone</s>"
    ),
    "***both***": "<strong><em>both</em></strong>",
    "**bold *and* more**": "<strong>bold <em>and</em> more</strong>",
    "a snake_case_name": "a snake_case_name",
    "2 * 3 * 4": "2 * 3 * 4",
    "**open": "**open",
    r"\*not\* \\": "*not* \\",
    "`a *b* <i>`": "<code>a *b* &lt;i&gt;</code>",
    "``a ` b``": "<code>a ` b</code>",
    "||secret||": "<span><span>secret</span></span>",
    "<@1> <@!1> <@9> <#2> <#9>": (
        "<span>@Ada</span> <span>@Ada</span> <span>@9</span> <span>#lounge</span> <span>#9</span>"
    ),
    "</repaint:123> <:wave:5>": "<span>/repaint</span> :wave:",
    "@everyone": "<span>@everyone</span>",
    "<t:0:D>": "<time>January 1, 1970</time>",
    "<t:99999999999999999999:R>": "&lt;t:99999999999999999999:R&gt;",
    "[here](https://example.com/a_(b))": '<a href="https://example.com/a_(b)">here</a>',
    "see https://example.com/x.": (
        'see <a href="https://example.com/x">https://example.com/x</a>.'
    ),
    "<https://example.com/>": '<a href="https://example.com/">https://example.com/</a>',
    "[no](javascript:alert(1))": "[no](javascript:alert(1))",
    "<b>no</b> &amp;": "&lt;b&gt;no&lt;/b&gt; &amp;amp;",
    "one\ntwo": "one<br>two",
}

BLOCKS = {
    "# One\n## Two\n### Three\n-# small": (
        "<h3>One</h3><h4>Two</h4><h5>Three</h5><small>small</small>"
    ),
    "#not a heading": "<p>#not a heading</p>",
    "> a\n> b\nc": "<blockquote><div><p>a<br>b</p></div></blockquote><p>c</p>",
    ">>> a\nb": "<blockquote><div><p>a<br>b</p></div></blockquote>",
    "- a\n  - b\n- c": "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>",
    "- a\n1. b\n2. c": "<ul><li>a</li></ul><ol><li>b</li><li>c</li></ol>",
    "```py\nprint('<b>')\n```": "<pre><code>print('&lt;b&gt;')</code></pre>",
    "a ```b``` c": "<p>a </p><pre><code>b</code></pre><p> c</p>",
    "```\nopen": "<p>```<br>open</p>",
}


async def test_marks_become_elements(screen: PageHarness) -> None:
    page = await screen.open()
    shown = await page.evaluate(RENDER, list(INLINE))
    assert dict(zip(INLINE, shown, strict=True)) == {
        written: f"<p>{html}</p>" for written, html in INLINE.items()
    }


async def test_blocks_become_elements(screen: PageHarness) -> None:
    page = await screen.open()
    shown = await page.evaluate(RENDER, list(BLOCKS))
    assert dict(zip(BLOCKS, shown, strict=True)) == BLOCKS


async def test_a_text_made_to_be_slow_is_not_slow(screen: PageHarness) -> None:
    page = await screen.open()
    worst = ["*a " * 1300, "**_" * 1300, "[" * 4000, "`" * 4000, "> " * 2000, "||" * 2000]
    spent_ms = await page.evaluate(
        f"async (texts) => {{ const start = performance.now(); await ({RENDER})(texts);"
        " return performance.now() - start; }",
        worst,
    )
    assert spent_ms < 15_000, "a busy computer takes seconds, a slow parser minutes"


async def test_a_relative_stamp_follows_the_time(screen: PageHarness) -> None:
    page = await screen.open()
    words = await page.evaluate(
        """async () => {
            const { relative } = await import("/js/times.js");
            const apart = [-90, -5, 0, 59, 3600, 86400 * 3];
            return apart.map((seconds) => relative(1000 + seconds, "en-US", 1000));
        }"""
    )
    assert words == [
        "1 minute ago",
        "5 seconds ago",
        "now",
        "in 59 seconds",
        "in 1 hour",
        "in 3 days",
    ]
