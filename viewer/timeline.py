"""When pictures were taken, as densities to draw. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from viewer.shots import Shot

PER_HOUR = 4
"""Bars for each hour of a lane."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: ``at`` is its place on the axis, ``height`` 0 to 100."""

    at: int
    count: int
    height: int


def heights(counts: Sequence[int]) -> list[Bar]:
    """Return bars whose height grows with the root of the count, so that single pictures can be seen beside crowds."""
    most = max(counts, default=0)
    return [Bar(at, count, max(8, round(100 * (count / most) ** 0.5))) for at, count in enumerate(counts) if count]


def lane(times: Iterable[datetime]) -> list[Bar]:
    """Return the bars of a day by the wall clock: quarters of an hour from midnight on."""
    counts = [0] * (24 * PER_HOUR)
    for at in times:
        counts[at.hour * PER_HOUR + at.minute * PER_HOUR // 60] += 1
    return heights(counts)


def by_hour(times: Iterable[datetime]) -> Counter[int]:
    """Count pictures by hour of the wall clock."""
    return Counter(at.hour for at in times)


def last_day(quarters: Mapping[datetime, int], now: datetime) -> list[int]:
    """Count pictures in each of the last 24 hours, the oldest hour first, from those of each quarter of an hour."""
    counts = [0] * 24
    for begin, count in quarters.items():
        age = (now - begin) // timedelta(hours=1)
        if 0 <= age < 24:
            counts[23 - age] += count
    return counts


def sample(shots: Sequence[Shot], most: int) -> list[Shot]:
    """Return at most ``most`` of ``shots``, spread evenly, the first among them."""
    if len(shots) <= most:
        return list(shots)
    return [shots[number * len(shots) // most] for number in range(most)]
