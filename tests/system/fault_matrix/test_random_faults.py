"""Random faults break one request in ten of both worlds, for a long time: all jobs end well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.random_faults import RandomFaults
from tests.support.time_skipping_loop import run_skipping_time
from tests.system.fault_matrix.cells import ask, judge
from tests.system.fault_matrix.harness import open_matrix_harness

pytestmark = pytest.mark.proof


WISHES, RATE = 8, 0.1
DISCORD, KLING = r"^/(api|gateway|ephemeral-attachments)", r"^/(kling|results)"


async def outlived(folder: Path, seed: int) -> tuple[Counter[str], list[str], int]:
    """Send requests under random faults; return the ends, the broken promises, and the faults."""
    async with open_matrix_harness(folder) as made:
        await made.settled(await made.ask())
        storms = [RandomFaults(seed=seed, rate=RATE, path=path) for path in (DISCORD, KLING)]
        made.discord.place.plan.storms.append(storms[0])
        made.kling.plan.storms.append(storms[1])
        asked = [await ask(made) for _ in range(WISHES)]
        cells = [judge(made, await made.settled(word), word, answer) for answer, word in asked]
        made.discord.place.plan.clear()
        made.kling.plan.clear()
    ends = Counter(cell.end for cell in cells)
    return ends, [each for cell in cells for each in cell.broken], sum(s.struck for s in storms)


@pytest.mark.parametrize("seed", range(6))
def test_bad_weather_breaks_no_promise(
    tmp_path: Path, seed: int, figures: Callable[[str], None]
) -> None:
    ends, broken, struck = run_skipping_time(outlived(tmp_path, seed))

    words = ", ".join(f"{count} {end}" for end, count in ends.items())
    figures(f"bad weather, seed {seed}: {struck} requests broken; {words}")
    assert broken == []
    assert struck > 0
    assert ends["delivered"] >= WISHES / 2
