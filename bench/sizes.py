"""Sizes of the measurements: the whole set, or a quick one of about a minute."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Sizes of all parts; figures are medians over `repeats`."""

    repeats: int
    tasks: tuple[int, ...]
    """Parallel tasks, in a)."""
    inline: int
    """Maximum number of sequential tasks that are run, in a); more are extrapolated."""
    source_mb: float
    in_flight: tuple[int, ...]
    """Parallel whole jobs, in b)."""
    jobs: int
    """Whole jobs per run, in b)."""
    workloads: int
    """Number of bots that are compared, the most informative first, in b)."""
    commands: int
    """Slash commands, in c)."""
    admissions: int
    waiting: tuple[int, ...]
    """Waiting jobs, in e)."""
    resumed: int
    """Open jobs at a start, in e)."""
    past: tuple[int, ...]
    """Jobs in the database, in f)."""
    servers: tuple[int, ...]
    """Servers that the bot is in, in f)."""
    lives: int
    """Jobs that run through all states in each database, in f)."""


WHOLE = Scale(
    repeats=3,
    tasks=(1, 10, 100, 1000),
    inline=10,
    source_mb=8.0,
    in_flight=(100, 500),
    jobs=150,
    workloads=4,
    commands=500,
    admissions=2000,
    waiting=(1_000, 10_000, 100_000),
    resumed=10_000,
    past=(1_000, 10_000, 100_000, 1_000_000),
    servers=(10, 100, 1_000, 10_000),
    lives=150,
)
QUICK = Scale(
    repeats=1,
    tasks=(1, 6),
    inline=1,
    source_mb=8.0,
    in_flight=(5,),
    jobs=5,
    workloads=3,
    commands=50,
    admissions=500,
    waiting=(1_000,),
    resumed=1_000,
    past=(1_000, 10_000),
    servers=(10, 100),
    lives=40,
)
