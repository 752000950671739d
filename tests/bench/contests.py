"""A contest: it fills the bucket, lets its sides do the same job in turn, and checks the result."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .goals import Goal
from .site import BUCKET, Site

CAMERA = "CAM-EXT-001"
DAY = "2022-02-24"
Command = Callable[[Site], Sequence[str]]


def ours(*arguments: str) -> Command:
    """Our core."""
    return lambda site: [sys.executable, "-m", "tests.bench.core", BUCKET, *arguments]


def baseline(what: str, *arguments: str) -> Command:
    """One of our own baselines."""
    return lambda site: [sys.executable, "-m", "tests.bench.baselines", what, BUCKET, *arguments]


def shell(script: str) -> Command:
    """What a person would script; ``{s5}`` is s5cmd with its endpoint, ``{work}`` a folder, ``{out}`` one in memory."""
    return lambda site: [
        "bash",
        "-ec",
        script.format(
            s5=f"s5cmd --endpoint-url {site.url} --log error", url=site.url, work=site.work, out=site.out, b=BUCKET
        ),
    ]


@dataclass(frozen=True)
class Contest:
    """``sides`` by name, ours first; ``items`` pictures each. ``check`` says whether the job is done.

    ``rounds`` other than the suite's are for what does not vary.
    """

    name: str
    items: int
    fill: Callable[[Site], None]
    sides: dict[str, Command]
    check: Callable[[Site], bool]
    latency: float = 0.0
    writes: int = 0
    goals: tuple[Goal, ...] = ()
    rounds: int | None = None
