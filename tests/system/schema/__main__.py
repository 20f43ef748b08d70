"""`make conformance`: does Discord's own schema accept everything that the bot sends?

Plays members who try everything in the sandbox, in every language, and checks each body that the
bot sent. Further folders of recorded bodies may be named. Exits with 1 if something is wrong, and
with 0 and a message if the schema cannot be fetched (with 1 in CI). `--fetch` only fetches it.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from cogs.ui.locales import tags
from tests.system.schema import spec
from tests.system.schema.judge import Judge, RecordedRequest
from tests.system.schema.scenario import NotPlayed, Played, play

RECORDED = spec.CACHE.parent / "conformance"
"""The recorded bodies stay there until the next run, for inspection."""

FORM_ERRORS = {50035, 50109, 50006, 40005, 50041}
"""Refusals of a body's form, not of missing permissions or objects."""


def main() -> int:
    """Fetch, play, check, report."""
    try:
        schema = spec.fetch()
    except spec.NotFetched as reason:
        sys.stdout.write(f"Not checked: {', '.join(spec.PACKAGES)} can not be had.\n{reason}\n")
        return 1 if os.environ.get("CI") else 0
    if sys.argv[1:] == ["--fetch"]:
        return 0
    problems: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    folders = [Path(word) for word in sys.argv[1:]]
    try:
        plays = asyncio.run(_play_all())
    except NotPlayed as reason:
        sys.stdout.write(f"{reason}\n")
        return 1
    for locale, played in plays.items():
        problems.update(_trouble(locale, played))
        folders.append(RECORDED / locale)
    _judge(Judge(schema), folders, kinds, problems)
    return _report(kinds, problems)


async def _play_all() -> dict[str, Played]:
    locales = sorted(tags())
    shutil.rmtree(RECORDED, ignore_errors=True)
    for locale in locales:
        (RECORDED / locale).mkdir(parents=True)
    plays = (play(locale, RECORDED / locale) for locale in locales)
    return dict(zip(locales, await asyncio.gather(*plays), strict=True))


def _judge(judge: Judge, folders: list[Path], kinds: Counter[str], problems: Counter[str]) -> None:
    for sent in _recorded(folders):
        kinds[sent.kind] += 1
        problems.update(f"{sent.kind}: {words}" for words in judge.problems(sent))


def _recorded(folders: list[Path]) -> Iterator[RecordedRequest]:
    for folder in folders:
        for path in sorted(folder.glob("*.jsonl")):
            for line in path.read_text("utf-8").splitlines():
                entry = json.loads(line)
                yield RecordedRequest(entry["route"], entry["body"], entry["files"])


def _trouble(locale: str, played: Played) -> Iterator[str]:
    """Yield the errors of the run, and the controls that were not tried."""
    diary = played.diary
    yield from (f"{locale}: not answered: {words}" for words in diary.silent)
    for name in sorted(played.commands - diary.answered):
        yield f"{locale}: never got through: {name} ({diary.refused.get(name, 'not tried')})"
    for kind in sorted(diary.seen - diary.pressed):
        yield f"{locale}: never pressed: {kind}"
    for broken in played.breaks:
        if broken["code"] in FORM_ERRORS:
            yield f"{locale}: refused: {broken['route']} {broken['reason']} {broken.get('errors')}"
    for line in played.log:
        if re.search(r"\bERROR\b(?! services\.engine\.provider_health)", line):
            yield f"{locale}: logged: {line}"


def _report(kinds: Counter[str], problems: Counter[str]) -> int:
    write = sys.stdout.write
    for kind, times in sorted(kinds.items()):
        write(f"{times:6} {kind}\n")
    for words, times in sorted(problems.items()):
        write(f"  ✗ {words}{f' ({times} times)' if times > 1 else ''}\n")
    write(f"{kinds.total()} bodies, {len(problems)} problems\n")
    return 1 if problems or not kinds else 0


if __name__ == "__main__":
    sys.exit(main())
